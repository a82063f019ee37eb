/**
 * Returns of a policy's episodes: undiscounted, discounted, n-step, λ, GAE and V-trace, each an estimate of V^π(s₀), against the exact value. What is bootstrapped is bootstrapped
 * with the exact V^π, so that all of them are unbiased and differ in variance alone.
 *
 * Sutton & Barto 2018, chapters 3, 7 and 12; Schulman et al. 2016 (GAE); Espeholt et al. 2018 (V-trace). Notes: H 1.2, 2.10; C 4.2.
 */
import type { Random } from "@advantage/engine";
import type { Algorithm, Context, Metric, Progress } from "../../core/algorithm.js";
import type { Figure } from "../../core/figure.js";
import { type ConfigOf, int, real, schema } from "../../core/schema.js";
import {
  chosenPolicy,
  discountField,
  policyField,
  requireChosenPolicy,
  seedField,
  suttonBarto,
} from "../../families/foundations/foundation.js";
import { mdpOf, solvedPolicy, solverKinds } from "../../families/tabular/solver.js";
import { TableEnv } from "../../families/tabular/table-env.js";
import { sampleRow } from "../../maths/exploration.js";
import { exactValues } from "../../maths/finite-mdp/exact.js";
import { generalisedAdvantage } from "../../maths/gae.js";
import { lambdaReturns, nStepReturns, rewardToGo } from "../../maths/returns.js";
import { vTrace } from "../../maths/v-trace.js";

const config = schema({
  totalSteps: int({ default: 20_000, min: 1, help: "environment steps to simulate" }),
  seed: seedField,
  discount: discountField,
  policy: policyField("the policy that acts"),
  n: int({ default: 5, min: 1, help: "steps of the n-step return" }),
  lambda: real({ default: 0.9, min: 0, max: 1, symbol: "λ", help: "trace decay of λ-returns and GAE" }),
  reportEvery: int({
    default: 20,
    min: 1,
    help: "environment steps from one line of the metrics to the next, at first",
  }),
});

export type ReturnsConfig = ConfigOf<typeof config>;

/** The estimates of V^π(s₀) that are compared. */
const estimators = ["monteCarlo", "nStep", "lambda"] as const;

export interface ReturnsState {
  step: number;
  readonly env: TableEnv;
  readonly policyRandom: Random;
  /** The episode that runs: states, rewards, true next states. */
  readonly states: number[];
  readonly rewards: number[];
  readonly nextStates: number[];
  episodes: number;
  /** Mean of the estimates' errors  [estimators] */
  readonly mean: Float64Array;
  /** Σ (error − mean)²  [estimators] */
  readonly squares: Float64Array;
  /** The largest violation of an identity so far. */
  mismatch: number;
}

function* train(
  { config: c, env: source }: Context<ReturnsConfig>,
  state: ReturnsState,
): Generator<Progress, void, void> {
  const mdp = mdpOf(source);
  const policy = chosenPolicy(mdp, c);
  const exact = exactValues(mdp, policy, c.discount);
  const { env, policyRandom } = state;
  while (state.step < c.totalSteps) {
    const until = Math.min(c.totalSteps, state.step + Math.max(c.reportEvery, Math.floor(state.step / 20)));
    for (; state.step < until; state.step++) {
      state.states.push(env.state);
      env.step(sampleRow(policyRandom, policy, env.state * mdp.numActions, mdp.numActions));
      state.rewards.push(env.reward);
      state.nextStates.push(env.nextState);
      if (env.ended) endEpisode(c, state, exact, env.terminated);
    }
    yield { step: state.step, episodes: env.takeFinished(), metrics: metricsOf(state) };
  }
}

function metricsOf({ episodes, mean, squares, mismatch }: ReturnsState): Record<string, number> {
  if (episodes < 2) return {};
  const metrics: Record<string, number> = { mismatch };
  estimators.forEach((name, i) => {
    metrics[`${name}Bias`] = mean[i];
    metrics[`${name}Error`] = Math.sqrt(squares[i] / (episodes - 1) / episodes);
  });
  return metrics;
}

/** All kinds of returns of the episode that has ended; their errors as estimates of V^π(s₀). */
function endEpisode(c: ReturnsConfig, state: ReturnsState, exact: Float64Array, terminated: boolean): void {
  const { rewards, states, nextStates, mean, squares } = state;
  const T = rewards.length;
  const ends = (flag: boolean) => Uint8Array.from({ length: T }, (_, t) => (flag && t === T - 1 ? 1 : 0));
  const experience = {
    rewards: Float64Array.from(rewards),
    values: Float64Array.from(states, (s) => exact[s]),
    nextValues: Float64Array.from(nextStates, (s) => exact[s]),
    terminated: ends(terminated),
    truncated: ends(!terminated),
    discount: c.discount,
  };
  const bootstrap = terminated ? 0 : experience.nextValues[T - 1];
  const toGo = rewardToGo({ rewards, discount: c.discount, bootstrap });
  const nStep = nStepReturns({ ...experience, n: c.n });
  const lambda = lambdaReturns({ ...experience, lambda: c.lambda });
  const gae = new Float64Array(T);
  generalisedAdvantage({ ...experience, numSteps: T, numEnvs: 1, gaeLambda: c.lambda, advantages: gae });
  const trace = vTrace({ ...experience, lambda: c.lambda, ratios: new Float64Array(T).fill(1) });

  // Gₜ = rₜ + γGₜ₊₁;  Âₜ + V(sₜ) and, on policy, V-trace's target are the λ-return.
  for (let t = 0; t < T; t++) {
    const next = t === T - 1 ? bootstrap : toGo[t + 1];
    state.mismatch = Math.max(
      state.mismatch,
      Math.abs(toGo[t] - rewards[t] - c.discount * next),
      Math.abs(gae[t] + experience.values[t] - lambda[t]),
      Math.abs(trace[t] - lambda[t]),
    );
  }
  state.episodes += 1;
  [toGo[0], nStep[0], lambda[0]].forEach((estimate, i) => {
    const error = estimate - exact[states[0]];
    const change = error - mean[i]; // Welford
    mean[i] += change / state.episodes;
    squares[i] += change * (error - mean[i]);
  });
  for (const list of [states, rewards, nextStates]) list.length = 0;
}

function figures({ config: c }: Context<ReturnsConfig>, state: ReturnsState): readonly Figure[] {
  const { episodes, mean, squares } = state;
  if (episodes < 2) return [];
  const kinds = [
    "discounted return (λ = 1)",
    `${c.n}-step return`,
    `λ-return, λ = ${c.lambda} (also GAE + V and V-trace)`,
  ];
  return [
    {
      kind: "table",
      title: "Estimates of V(s₀)",
      caption: `Over ${episodes} episodes of the ${c.policy} policy, γ = ${c.discount}, bootstrapped with the exact V: the mean errors should be within two or three standard errors of 0, and the shorter the return, the smaller its deviation.`,
      columns: ["return", "mean − exact", "standard error", "standard deviation"],
      rows: kinds.map((kind, i) => {
        const deviation = Math.sqrt(squares[i] / (episodes - 1));
        return [kind, mean[i], deviation / Math.sqrt(episodes), deviation];
      }),
    },
  ];
}

const bias = (of: string): Metric => ({
  meaning: `mean of ${of} − V^π(s₀) over the episodes`,
  healthy: "within two or three standard errors of 0",
});
const standardError = (of: string): Metric => ({
  meaning: `standard error of the mean of ${of}`,
  healthy: "falls like 1/√episodes",
  logarithmic: true,
});

export const returns: Algorithm<ReturnsConfig, ReturnsState> = {
  id: "returns",
  title: "Returns",
  summary: "Discounted, n-step and λ-returns, GAE and V-trace of a policy's episodes against its exact values.",
  family: "foundations",
  papers: [
    suttonBarto,
    {
      title: "High-Dimensional Continuous Control Using Generalized Advantage Estimation",
      authors: "Schulman, Moritz, Levine, Jordan, Abbeel",
      year: 2016,
      url: "https://arxiv.org/abs/1506.02438",
    },
    {
      title: "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner Architectures",
      authors: "Espeholt et al.",
      year: 2018,
      url: "https://arxiv.org/abs/1802.01561",
    },
  ],
  notes: ["H 1.2", "H 2.10", "C 4.2"],
  config,
  metrics: {
    monteCarloBias: bias("the discounted return"),
    monteCarloError: standardError("the discounted return"),
    nStepBias: bias("the n-step return"),
    nStepError: standardError("the n-step return"),
    lambdaBias: bias("the λ-return"),
    lambdaError: standardError("the λ-return"),
    mismatch: {
      meaning: "largest violation of Gₜ = rₜ + γGₜ₊₁, Âₜ + V(sₜ) = G^λₜ and, on policy, V-trace = G^λₜ",
      healthy: "rounding",
    },
  },
  presets: {},
  ...solverKinds,
  learnsFrom: "interaction",
  validate: requireChosenPolicy,

  init: ({ env, random }) => ({
    step: 0,
    env: new TableEnv(env, random.fork("env")),
    policyRandom: random.fork("policy"),
    states: [],
    rewards: [],
    nextStates: [],
    episodes: 0,
    mean: new Float64Array(estimators.length),
    squares: new Float64Array(estimators.length),
    mismatch: 0,
  }),
  train,
  policy: (context) => solvedPolicy("returns", context, chosenPolicy(mdpOf(context.env), context.config)),
  figures,
};
