/**
 * TD(λ) policy evaluation: every TD error changes all states visited before it in the episode, the less the longer ago.
 * λ = 0 is TD(0), λ = 1 (nearly) Monte Carlo.
 *
 * Sutton 1988, "Learning to predict by the methods of temporal differences", Machine Learning 3; replacing traces: Singh & Sutton 1996.
 * Notes: H 2.10 and C 4.2 (λ-returns), beside H 4.2.
 *
 *     e(s_t) ← e(s_t) + 1 (accumulating) or 1 (replacing);  for all s:  V(s) ← V(s) + α δ e(s),  e(s) ← γλ e(s)
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, choice, type Progress, real, schema } from "../../core/index.js";
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
  lambda: real({ default: 0.8, min: 0, max: 1, symbol: "λ", help: "decay of the traces: 0 is TD(0), 1 Monte Carlo" }),
  traces: choice(["accumulating", "replacing"], { default: "accumulating", help: "what a visit does to its trace" }),
});

export type TdLambdaConfig = ConfigOf<typeof config>;

export interface TdLambdaState extends PredictionState {
  /** e(s)  [S] */
  readonly traces: Float64Array;
}

function* train(context: Context<TdLambdaConfig>, state: TdLambdaState): Generator<Progress, void, void> {
  const c = context.config;
  const { env, values, traces, policyRandom } = state;
  const A = env.numActions;
  const decay = c.discount * c.lambda;
  const accumulating = c.traces === "accumulating";
  const pi = evaluatedPolicy(context);
  const exact = exactSolution(context, pi);
  const alpha = stepSizesOf(c, state.counts);

  /** Runs to step `end`; Σ|δ|. */
  function learnUntil(end: number): number {
    let sumOfErrors = 0;
    // for each step
    for (; state.step < end; state.step++) {
      alpha.moveTo(state.step);
      const from = env.state;
      env.step(sampleRow(policyRandom, pi, from * A, A)); //                a ~ π(·|s);  r, s′
      const next = env.terminated ? 0 : values[env.nextState];
      const delta = env.reward + c.discount * next - values[from]; //       δ = r + γ V(s′) − V(s)
      traces[from] = accumulating ? traces[from] + 1 : 1; //                e(s) ← e(s) + 1, or 1
      alpha.count(from);
      for (let s = 0; s < traces.length; s++) {
        if (traces[s] === 0) continue;
        values[s] += alpha.now(s) * delta * traces[s]; //                   V(s) ← V(s) + α δ e(s)
        traces[s] *= decay; //                                              e(s) ← γλ e(s)
      }
      if (env.ended) traces.fill(0);
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

export const tdLambda: Algorithm<TdLambdaConfig, TdLambdaState> = {
  ...predictionLearner("td-lambda"),
  title: "TD(λ)",
  summary: "Values of a policy, with every TD error passed back along the states that led to it.",
  papers: [papers.sutton1988, papers.singh1996],
  notes: ["beside H 4.2"],
  deviations: [
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not.",
    "Traces begin anew with each episode.",
    "Step sizes that fall (1/n, 1/n^ω) count the visits of the state that the error changes, so that only visited states move.",
  ],
  config,
  metrics: { tdError: tdErrorMetric, ...predictionMetrics },
  init(context) {
    const start = startPrediction(context, context.config.initialValue);
    return { ...start, traces: new Float64Array(start.values.length) };
  },
  train,
};
