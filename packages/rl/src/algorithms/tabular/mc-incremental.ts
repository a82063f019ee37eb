/**
 * Incremental Monte Carlo policy evaluation: at the end of an episode, the value of every state visited moves towards the return that
 * followed the visit.
 *
 * Sutton & Barto 2018, eq. 6.1. Notes: H 4.1 (the second box); C, theorem 4.1.
 *
 *     V(s_t) ← V(s_t) + α [G_t − V(s_t)]
 *
 * With harmonic step sizes this is every-visit Monte Carlo, the plain average.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, type Progress, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  evaluatedPolicy,
  exactSolution,
  nextLine,
  type PredictionState,
  predictionFields,
  predictionLearner,
  predictionLine,
  startPrediction,
  stepSizesOf,
  Trajectory,
} from "../../families/tabular/index.js";
import { sampleRow } from "../../maths/index.js";

const config = schema(predictionFields);

export type McIncrementalConfig = ConfigOf<typeof config>;

export interface McIncrementalState extends PredictionState {
  readonly trajectory: Trajectory;
}

function* train(context: Context<McIncrementalConfig>, state: McIncrementalState): Generator<Progress, void, void> {
  const c = context.config;
  const { env, values, trajectory, policyRandom } = state;
  const A = env.numActions;
  const pi = evaluatedPolicy(context);
  const exact = exactSolution(context, pi);
  const alpha = stepSizesOf(c, state.counts);

  function learnFromEpisode(): void {
    const { states, rewards, length } = trajectory;
    let G = env.terminated ? 0 : values[env.nextState];
    for (let t = length - 1; t >= 0; t--) {
      G = rewards[t] + c.discount * G; //                                   G_t = r_t + γ G_{t+1}
      const s = states[t];
      values[s] += alpha.next(s) * (G - values[s]); //                      V(s_t) ← V(s_t) + α [G_t − V(s_t)]
    }
    trajectory.clear();
  }

  function learnUntil(end: number): void {
    for (; state.step < end; state.step++) {
      alpha.moveTo(state.step);
      const from = env.state;
      env.step(sampleRow(policyRandom, pi, from * A, A)); //                a ~ π(·|s)
      trajectory.push(from, env.reward);
      if (env.ended) learnFromEpisode();
    }
  }

  while (state.step < c.totalSteps) {
    learnUntil(nextLine(c, state.step));
    yield { step: state.step, episodes: env.takeFinished(), metrics: predictionLine(state, exact) };
  }
}

export const mcIncremental: Algorithm<McIncrementalConfig, McIncrementalState> = {
  ...predictionLearner("mc-incremental"),
  title: "Incremental Monte Carlo",
  summary: "Values of a policy that move towards the return of every visit.",
  papers: [papers.sectionOf(papers.sutton2018, "6.1")],
  notes: ["H 4.1", "C Thm 4.1"],
  deviations: [
    "An episode that was cut by a time limit has its return completed by γᵀV(s_T): the rest is not known.",
    "The visits of an episode are gone through from its end, so that returns are added up once; the notes go from its start. With constant steps the order matters for states visited twice.",
  ],
  config,
  init: (context) => ({ ...startPrediction(context, context.config.initialValue), trajectory: new Trajectory() }),
  train,
};
