/**
 * TD(0) policy evaluation: after every step, the value of a state moves towards the reward plus the value of the next state.
 *
 * Sutton 1988, "Learning to predict by the methods of temporal differences", Machine Learning 3. Notes: H 4.2.
 *
 *     V(s) ← V(s) + α δ,  δ = r + γ V(s′) − V(s)
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
  predictionMetrics,
  startPrediction,
  stepSizesOf,
  tdErrorMetric,
} from "../../families/tabular/index.js";
import { sampleRow } from "../../maths/index.js";

const config = schema(predictionFields);

export type Td0Config = ConfigOf<typeof config>;

function* train(context: Context<Td0Config>, state: PredictionState): Generator<Progress, void, void> {
  const c = context.config;
  const { env, values, policyRandom } = state;
  const A = env.numActions;
  const pi = evaluatedPolicy(context);
  const exact = exactSolution(context, pi);
  const alpha = stepSizesOf(c, state.counts);

  /** Runs to step `end`; Σ|δ|. */
  function learnUntil(end: number): number {
    let sumOfErrors = 0;
    // for each step
    for (; state.step < end; state.step++) {
      alpha.moveTo(state.step);
      const s = env.state;
      env.step(sampleRow(policyRandom, pi, s * A, A)); //                   a ~ π(·|s);  r, s′
      const next = env.terminated ? 0 : values[env.nextState];
      const delta = env.reward + c.discount * next - values[s]; //          δ = r + γ V(s′) − V(s)
      values[s] += alpha.next(s) * delta; //                                V(s) ← V(s) + α δ
      sumOfErrors += Math.abs(delta);
    }
    return sumOfErrors;
  }

  while (state.step < c.totalSteps) {
    const start = state.step;
    const tdError = learnUntil(nextLine(c, start)) / (state.step - start);
    yield { step: state.step, episodes: env.takeFinished(), metrics: { tdError, ...predictionLine(state, exact) } };
  }
}

export const td0: Algorithm<Td0Config, PredictionState> = {
  ...predictionLearner("td0"),
  title: "TD(0)",
  summary: "Values of a policy, each learnt from the next state's value.",
  papers: [papers.sutton1988],
  notes: ["H 4.2"],
  deviations: [
    "States are updated as they are visited. The box of the notes (H 4.2) loops over all s, which no sampled step can do.",
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not.",
  ],
  config,
  metrics: { tdError: tdErrorMetric, ...predictionMetrics },
  init: (context) => startPrediction(context, context.config.initialValue),
  train,
};
