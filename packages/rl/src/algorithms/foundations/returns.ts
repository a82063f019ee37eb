/**
 * Returns of a policy's episodes: undiscounted, discounted, n-step, λ, GAE and V-trace, each an estimate of V^π(s₀), against the exact value. What is bootstrapped is bootstrapped
 * with the exact V^π, so that all of them are unbiased and differ in variance alone.
 *
 * V-trace is also run off policy: from the same episodes it estimates the values of another policy, with real ratios, clipped at ρ̄ and c̄. What it then converges to is the value of
 * π_ρ̄ ∝ min(ρ̄μ, π) (Espeholt et al. 2018, section 4.1), which is solved for exactly and bootstrapped with: its estimates are unbiased too.
 *
 * Sutton & Barto 2018, chapters 3, 7 and 12; Schulman et al. 2016 (GAE); Espeholt et al. 2018 (V-trace). Notes: H 1.2, 2.10; C 4.2.
 *
 * Where it differs from its sources: `deviations`, below.
 */

import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  type Curve,
  endOfGrowingLine,
  type Figure,
  int,
  type Metric,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { chosenPolicy, policyField, requireChosenPolicy } from "../../families/foundations/index.js";
import {
  emptyTrace,
  mdpOf,
  recordPoint,
  solvedPolicy,
  solverKinds,
  TableEnv,
  type Trace,
} from "../../families/tabular/index.js";
import {
  exactValues,
  generalisedAdvantage,
  lambdaReturns,
  nStepReturns,
  optimum,
  requireSolvable,
  rewardToGo,
  sampleRow,
  uniformPolicy,
  vTrace,
} from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 20_000, help: "environment steps to simulate" },
  seed: settings.seed,
  discount: settings.discount,
  policy: policyField("the policy that acts"),
  n: int({ default: 5, min: 1, help: "steps of the n-step return" }),
  lambda: real({ default: 0.9, min: 0, max: 1, symbol: "λ", help: "trace decay of λ-returns and GAE" }),
  targetShare: real({
    default: 0.5,
    min: 0,
    max: 1,
    help: "share of the other policy (optimal where the uniform one acts, and the other way round) in the target of off-policy V-trace",
  }),
  rhoClip: real({
    default: 1,
    above: 0,
    symbol: "ρ̄",
    help: "bound of off-policy V-trace's ratios: decides whose values it has",
  }),
  traceClip: real({
    default: 1,
    above: 0,
    symbol: "c̄",
    help: "bound of its traces, at most ρ̄: decides their variance",
  }),
  logEvery: settings.firstLogEvery,
});

export type ReturnsConfig = ConfigOf<typeof config>;

/** The estimates of V^π(s₀) that are compared. */
const estimators = ["monteCarlo", "nStep", "lambda", "vTrace"] as const;

export interface ReturnsState {
  step: number;
  readonly env: TableEnv;
  readonly policyRandom: Random;
  /** The episode that runs: states, actions, rewards, true next states. */
  readonly states: number[];
  readonly actions: number[];
  readonly rewards: number[];
  readonly nextStates: number[];
  episodes: number;
  /** Mean of the estimates' errors  [estimators] */
  readonly mean: Float64Array;
  /** Σ (error − mean)²  [estimators] */
  readonly squares: Float64Array;
  /** The largest violation of an identity so far. */
  mismatch: number;
  /** Means and standard errors, at the lines of metrics. */
  readonly trace: Trace;
}

/** What off-policy V-trace estimates from episodes of μ. */
interface OffPolicy {
  /** π(a|s)/μ(a|s) at s·A + a; 0 where μ has none  [S·A] */
  readonly ratios: Float64Array;
  /** V of π_ρ̄ ∝ min(ρ̄μ, π)  [S] */
  readonly values: Float64Array;
}

/** The target (1 − x)·μ + x·(the other policy), its ratios, and the values that its clipping leads to. */
function offPolicyOf(mdp: FiniteMdp, c: ReturnsConfig, policy: Float64Array): OffPolicy {
  const { numActions } = mdp;
  const other =
    c.policy === "uniform" && isSolvable(mdp, c.discount) ? optimum(mdp, c.discount).policy : uniformPolicy(mdp);
  const target = policy.map((p, row) => (1 - c.targetShare) * p + c.targetShare * other[row]);
  const ratios = target.map((p, row) => (policy[row] > 0 ? p / policy[row] : 0));
  const clipped = target.map((p, row) => Math.min(c.rhoClip * policy[row], p));
  for (let start = 0; start < clipped.length; start += numActions) {
    const row = clipped.subarray(start, start + numActions);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let a = 0; a < numActions; a++) row[a] /= sum;
  }
  return { ratios, values: exactValues(mdp, clipped, c.discount) };
}

function isSolvable(mdp: FiniteMdp, discount: number): boolean {
  try {
    requireSolvable(mdp, discount);
    return true;
  } catch {
    return false; // γ = 1, and some policy may never end: the uniform one takes its place
  }
}

function* train(
  { config: c, env: source }: Context<ReturnsConfig>,
  state: ReturnsState,
): Generator<Progress, void, void> {
  const mdp = mdpOf(source);
  const policy = chosenPolicy(mdp, c);
  const exact = exactValues(mdp, policy, c.discount);
  const offPolicy = offPolicyOf(mdp, c, policy);
  const { env, policyRandom } = state;
  while (state.step < c.totalSteps) {
    const until = endOfGrowingLine(c, state.step);
    for (; state.step < until; state.step++) {
      state.states.push(env.state);
      const action = sampleRow(policyRandom, policy, env.state * mdp.numActions, mdp.numActions);
      state.actions.push(action);
      env.step(action);
      state.rewards.push(env.reward);
      state.nextStates.push(env.nextState);
      if (env.ended) endEpisode(c, state, exact, offPolicy, env.terminated);
    }
    const metrics = metricsOf(state);
    if (state.episodes > 1) recordPoint(state.trace, state.step, metrics);
    yield { step: state.step, episodes: env.takeFinished(), metrics };
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
function endEpisode(
  c: ReturnsConfig,
  state: ReturnsState,
  exact: Float64Array,
  { ratios, values }: OffPolicy,
  terminated: boolean,
): void {
  const { rewards, states, actions, nextStates, mean, squares } = state;
  const numActions = ratios.length / values.length;
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
  const offPolicy = vTrace({
    ...experience,
    values: Float64Array.from(states, (s) => values[s]),
    nextValues: Float64Array.from(nextStates, (s) => values[s]),
    ratios: Float64Array.from(states, (s, t) => ratios[s * numActions + actions[t]]),
    rhoClip: c.rhoClip,
    traceClip: c.traceClip,
    lambda: c.lambda,
  });

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
  const s0 = states[0];
  const errors = [toGo[0] - exact[s0], nStep[0] - exact[s0], lambda[0] - exact[s0], offPolicy[0] - values[s0]];
  errors.forEach((error, i) => {
    const change = error - mean[i]; // Welford
    mean[i] += change / state.episodes;
    squares[i] += change * (error - mean[i]);
  });
  for (const list of [states, actions, rewards, nextStates]) list.length = 0;
}

function figures({ config: c }: Context<ReturnsConfig>, state: ReturnsState): readonly Figure[] {
  const { episodes, mean, squares, trace } = state;
  if (episodes < 2) return [];
  const kinds = [
    "discounted return (λ = 1)",
    `${c.n}-step return`,
    `λ-return, λ = ${c.lambda} (also GAE + V and V-trace)`,
    `V-trace off policy, ρ̄ = ${c.rhoClip}, c̄ = ${c.traceClip}`,
  ];
  const { steps: x, series } = trace;
  const curves = estimators.map((name, i): Curve => {
    const bias = series[`${name}Bias`];
    const error = series[`${name}Error`];
    const at = (sign: number) => bias.map((value, j) => value + sign * 1.96 * error[j]);
    return { label: kinds[i], x, y: bias, low: at(-1), high: at(1) };
  });
  return [
    {
      kind: "curves",
      title: "Estimates of V(s₀) less the exact value",
      caption: `Means over the episodes of the ${c.policy} policy with their 95 % intervals, γ = ${c.discount}: all are unbiased, and the shorter the return, the smaller its interval.`,
      xLabel: "environment steps",
      yLabel: "mean − exact",
      xLog: true,
      curves: [...curves, { label: "no bias", x: [x[0], x[x.length - 1]], y: [0, 0], reference: true }],
    },
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
  papers: [papers.sutton2018, papers.schulman2015gae, papers.espeholt2018],
  notes: ["H 1.2", "H 2.10", "C 4.2"],
  deviations: [
    "On policy, V-trace is checked to be the λ-return; off policy, its mean against the exact values of π_ρ̄ (Espeholt et al. 2018, section 4.1). Where γ = 1 and no optimal policy is finite, the target is μ itself.",
    "The slips of H 2.10 in the n-step estimators are noted with PPO.",
  ],
  config,
  mainMetric: "monteCarloError",
  metrics: {
    monteCarloBias: bias("the discounted return"),
    monteCarloError: standardError("the discounted return"),
    nStepBias: bias("the n-step return"),
    nStepError: standardError("the n-step return"),
    lambdaBias: bias("the λ-return"),
    lambdaError: standardError("the λ-return"),
    vTraceBias: {
      meaning: "mean of off-policy V-trace − V(s₀) of π_ρ̄, the policy that its clipping leads to",
      healthy: "within two or three standard errors of 0",
    },
    vTraceError: standardError("off-policy V-trace"),
    mismatch: {
      meaning: "largest violation of Gₜ = rₜ + γGₜ₊₁, Âₜ + V(sₜ) = G^λₜ and, on policy, V-trace = G^λₜ",
      healthy: "rounding",
    },
  },
  presets: {},
  ...solverKinds,
  needs: ["env", "mdp"],

  validate(context) {
    const { rhoClip, traceClip } = context.config;
    if (traceClip > rhoClip)
      throw new ConfigError([`traceClip must be at most rhoClip = ${rhoClip}, got ${traceClip}`]);
    requireChosenPolicy(context);
  },

  init: ({ env, random }) => ({
    step: 0,
    env: new TableEnv(env, random.fork("env")),
    policyRandom: random.fork("policy"),
    states: [],
    actions: [],
    rewards: [],
    nextStates: [],
    episodes: 0,
    mean: new Float64Array(estimators.length),
    squares: new Float64Array(estimators.length),
    mismatch: 0,
    trace: emptyTrace(estimators.flatMap((name) => [`${name}Bias`, `${name}Error`])),
  }),
  train,
  policy: (context) => solvedPolicy("returns", context, chosenPolicy(mdpOf(context.env), context.config)),
  figures,
};
