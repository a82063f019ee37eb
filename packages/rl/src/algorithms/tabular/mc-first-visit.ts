/**
 * Monte Carlo policy evaluation: V(s) is the average of the returns that followed the first visit (or every visit) to s in each episode.
 *
 * Singh & Sutton 1996, "Reinforcement learning with replacing eligibility traces", section 3; Sutton & Barto 2018, section 5.1.
 * Notes: H 4.1; C, theorem 4.1.
 *
 * First-visit returns are independent: the estimate is unbiased, and ±1.96·s/√n is a confidence interval. Every-visit returns of one
 * episode overlap: the estimate is biased (the bias dies out), with a smaller error in the long run of few episodes; its interval is too narrow.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, choice, type Progress, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  type ExactSolution,
  evaluatedPolicy,
  exactSolution,
  nextLine,
  type PredictionState,
  predictionFields,
  predictionLearner,
  predictionLine,
  predictionMetrics,
  startPrediction,
  Trajectory,
} from "../../families/tabular/index.js";
import { sampleRow } from "../../maths/index.js";

const { totalSteps, seed, discount, policy, policyTable, policyEpsilon, logEvery } = predictionFields;

const config = schema({
  totalSteps,
  seed,
  discount,
  policy,
  policyTable,
  policyEpsilon,
  visits: choice(["first", "every"], { default: "first", help: "which visits to a state in an episode count" }),
  logEvery,
});

export type McFirstVisitConfig = ConfigOf<typeof config>;

export interface McFirstVisitState extends PredictionState {
  /** Σ(G − V)² of each state's returns, for the intervals  [S] */
  readonly squares: Float64Array;
  readonly trajectory: Trajectory;
}

/** Fewer returns than this say nothing about their own spread. */
const FEWEST = 10;

/** V(s) ± its 95 % interval's half-width, for the states with enough returns. */
export function confidence(
  { counts, values, squares }: Pick<McFirstVisitState, "counts" | "values" | "squares">,
  exact: ExactSolution | undefined,
): Record<string, number> {
  let states = 0;
  let sum = 0;
  let inside = 0;
  for (let s = 0; s < values.length; s++) {
    if (counts[s] < FEWEST) continue;
    const halfWidth = 1.96 * Math.sqrt(squares[s] / (counts[s] - 1) / counts[s]);
    states += 1;
    sum += halfWidth;
    // Where all returns were equal the interval is a point: rounding must not push it off.
    if (exact && Math.abs(values[s] - exact.values[s]) <= halfWidth + 1e-9 * Math.abs(exact.values[s])) inside += 1;
  }
  if (states === 0) return {};
  return { halfWidth: sum / states, ...(exact && { insideInterval: inside / states }) };
}

function* train(context: Context<McFirstVisitConfig>, state: McFirstVisitState): Generator<Progress, void, void> {
  const c = context.config;
  const { env, values, counts, squares, trajectory, policyRandom } = state;
  const A = env.numActions;
  const pi = evaluatedPolicy(context);
  const exact = exactSolution(context, pi);
  const firstVisit = new Int32Array(env.numStates);

  function learnFromEpisode(): void {
    const { states, rewards, length } = trajectory;
    for (let t = length - 1; t >= 0; t--) firstVisit[states[t]] = t; //      the smallest t stays
    let G = env.terminated ? 0 : values[env.nextState];
    for (let t = length - 1; t >= 0; t--) {
      G = rewards[t] + c.discount * G; //                                    G_t = r_t + γ G_{t+1}
      const s = states[t];
      if (c.visits === "first" && firstVisit[s] !== t) continue;
      counts[s] += 1; //                                                     N(s) ← N(s) + 1
      const error = G - values[s];
      values[s] += error / counts[s]; //                                     V(s) ← mean of its returns
      squares[s] += error * (G - values[s]); //                              Welford's update
    }
    trajectory.clear();
  }

  function learnUntil(end: number): void {
    for (; state.step < end; state.step++) {
      const from = env.state;
      env.step(sampleRow(policyRandom, pi, from * A, A)); //                 a ~ π(·|s)
      trajectory.push(from, env.reward);
      if (env.ended) learnFromEpisode();
    }
  }

  while (state.step < c.totalSteps) {
    learnUntil(nextLine(c, state.step));
    const metrics = { ...predictionLine(state, exact), ...confidence(state, exact) };
    yield { step: state.step, episodes: env.takeFinished(), metrics };
  }
}

export const mcFirstVisit: Algorithm<McFirstVisitConfig, McFirstVisitState> = {
  ...predictionLearner("mc-first-visit"),
  title: "First-visit Monte Carlo",
  summary: "Values of a policy as averages of the returns after the first visit to each state.",
  papers: [papers.singh1996],
  notes: ["H 4.1", "C Thm 4.1"],
  deviations: [
    "A running mean and its sum of squares (Welford 1962) instead of the sum of returns and a count.",
    "An episode that was cut by a time limit has its return completed by γᵀV(s_T): the rest is not known.",
    "The notes count rewards from 1; here r_t follows s_t.",
  ],
  config,
  metrics: {
    ...predictionMetrics,
    halfWidth: {
      meaning: `mean half-width of the 95 % confidence intervals of V, over states with at least ${FEWEST} returns`,
      healthy: "falls as 1/√n",
    },
    insideInterval: {
      meaning: "share of those states whose exact V^π lies in the interval; absent without an MDP",
      healthy: "about 0.95 with first visits, less with every visit",
    },
  },
  init(context) {
    const start = startPrediction(context, 0);
    return { ...start, squares: new Float64Array(start.values.length), trajectory: new Trajectory() };
  },
  train,
};
