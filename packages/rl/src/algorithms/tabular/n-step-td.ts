/**
 * n-step TD policy evaluation: the value of a state moves towards the next n rewards plus the value of the state after them.
 * n = 1 is TD(0), n = ∞ Monte Carlo; in between is often best.
 *
 * Sutton & Barto 2018, section 7.1. Notes: H 2.10 and C 4.2 (n-step returns), beside H 4.2.
 *
 *     V(s_t) ← V(s_t) + α [r_t + γ r_{t+1} + … + γⁿ⁻¹ r_{t+n−1} + γⁿ V(s_{t+n}) − V(s_t)]
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, int, type Progress, schema } from "../../core/index.js";
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

const config = schema({
  ...predictionFields,
  returnSteps: int({ default: 4, min: 1, max: 100_000, symbol: "n", help: "rewards before the bootstrap" }),
});

export type NStepTdConfig = ConfigOf<typeof config>;

export interface NStepTdState extends PredictionState {
  /** The states that wait for their n-th reward, in a ring  [n] */
  readonly states: Int32Array;
  /** Their rewards  [n] */
  readonly rewards: Float64Array;
  /** Place of the oldest. */
  first: number;
  /** How many wait. */
  waiting: number;
}

function* train(context: Context<NStepTdConfig>, state: NStepTdState): Generator<Progress, void, void> {
  const c = context.config;
  const { env, values, states, rewards, policyRandom } = state;
  const A = env.numActions;
  const n = c.returnSteps;
  const pi = evaluatedPolicy(context);
  const exact = exactSolution(context, pi);
  const alpha = stepSizesOf(c, state.counts);

  /** Updates the oldest state that waits, from all rewards since; |δ|. */
  function learnOldest(): number {
    let G = env.terminated ? 0 : values[env.nextState];
    for (let i = state.waiting - 1; i >= 0; i--) G = rewards[(state.first + i) % n] + c.discount * G;
    const s = states[state.first];
    const delta = G - values[s];
    values[s] += alpha.next(s) * delta; //                                  V(s_t) ← V(s_t) + α [G − V(s_t)]
    state.first = (state.first + 1) % n;
    state.waiting -= 1;
    return Math.abs(delta);
  }

  /** Runs to step `end`; Σ|δ| and the number of updates. */
  function learnUntil(end: number): { sumOfErrors: number; updates: number } {
    let sumOfErrors = 0;
    let updates = 0;
    for (; state.step < end; state.step++) {
      alpha.moveTo(state.step);
      const place = (state.first + state.waiting) % n;
      states[place] = env.state;
      env.step(sampleRow(policyRandom, pi, env.state * A, A)); //           a ~ π(·|s)
      rewards[place] = env.reward;
      state.waiting += 1;
      while (state.waiting === n || (env.ended && state.waiting > 0)) {
        sumOfErrors += learnOldest();
        updates += 1;
      }
    }
    return { sumOfErrors, updates };
  }

  while (state.step < c.totalSteps) {
    const { sumOfErrors, updates } = learnUntil(nextLine(c, state.step));
    const tdError: Record<string, number> = updates === 0 ? {} : { tdError: sumOfErrors / updates };
    yield { step: state.step, episodes: env.takeFinished(), metrics: { ...tdError, ...predictionLine(state, exact) } };
  }
}

export const nStepTd: Algorithm<NStepTdConfig, NStepTdState> = {
  ...predictionLearner("n-step-td"),
  title: "n-step TD",
  summary: "Values of a policy, each learnt from n rewards and the value of the state after them.",
  papers: [papers.sectionOf(papers.sutton2018, "7.1")],
  notes: ["beside H 4.2"],
  deviations: ["An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not."],
  config,
  metrics: { tdError: tdErrorMetric, ...predictionMetrics },
  init: (context) => ({
    ...startPrediction(context, context.config.initialValue),
    states: new Int32Array(context.config.returnSteps),
    rewards: new Float64Array(context.config.returnSteps),
    first: 0,
    waiting: 0,
  }),
  train,
};
