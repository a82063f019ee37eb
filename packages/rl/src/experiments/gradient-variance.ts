import { math, ops, Random, scope, tensor, valueAndGrad } from "@advantage/engine";
import { reinforce } from "../algorithms/policy-gradient/reinforce.js";
import type { CurvesFigure, TableFigure } from "../core/figure.js";
import type { EnvironmentNeed } from "../core/task.js";
import { collectEpisodes, type Episodes } from "../data/episodes.js";
import { explorer } from "../data/explorer.js";
import { actionTensor, rowsTensor } from "../data/rollout.js";
import { TrainingEnv } from "../data/training-env.js";
import { networksOf } from "../families/policy-gradient/actor-critic-family.js";
import { initRegression, valueRegression } from "../families/policy-gradient/value-regression.js";
import { episodeAdvantages } from "../maths/episode-advantages.js";
import { averageBaseline, episodeReturns, stepDiscounts } from "../maths/episode-returns.js";
import { covarianceTrace } from "../maths/gradient-variance.js";
import type { ActorParams } from "../networks/actor.js";
import { type Estimate, estimate } from "../report/seed-estimates.js";
import { type PreparedRun, prepareRun } from "../runner/prepare.js";

export interface GradientVarianceOptions {
  /** Default: CartPole-v1. */
  readonly environment?: string;
  /** Mean returns of 100 training episodes at which the policy is frozen and measured, ascending. Default: 30, 60, 120, 240. */
  readonly returns?: readonly number[];
  /** Episodes that the estimators share, at each return. Default: 200. */
  readonly episodes?: number;
  /** Batches of 20 episodes that the value function of each frozen policy is fitted to. Default: 10. */
  readonly valueBatches?: number;
  /** Policies trained from the start. Default: 5. */
  readonly seeds?: number;
  /** Seed of the first. Default: 1. */
  readonly seed?: number;
}

/** An estimator of the policy gradient, and what was measured of it at each return. */
export interface MeasuredEstimator {
  readonly id: "whole-return" | "causality" | "average-baseline" | "learned-baseline" | "critic-gae" | "critic-td";
  readonly label: string;
  /** Trace of the covariance of one episode's estimate: geometric interquartile mean over the seeds. */
  readonly variance: readonly Estimate[];
  /** Variances of each seed  [seeds][returns] */
  readonly bySeed: readonly (readonly number[])[];
}

export interface GradientVariance {
  readonly returns: readonly number[];
  readonly estimators: readonly MeasuredEstimator[];
  readonly figure: CurvesFigure;
  readonly table: TableFigure;
  /** What the numbers say, in a sentence or two. */
  readonly conclusion: string;
}

/** What every estimator is made of: whole episodes of one policy, and its value function. */
interface Measured {
  readonly batch: Episodes;
  readonly discount: number;
  /** V(sₜ)  [B] */
  readonly values: Float32Array;
  /** V of the episodes' last observations  [m] */
  readonly lastValues: Float32Array;
}

/** Ψₜ, the weights of the scores in ∇_θ J ≈ (1/m) Σᵢ Σₜ ∇_θ log π_θ(aₜ|sₜ) Ψₜ  [B]. */
type Weights = (measured: Measured) => Float64Array;

const toGo: Weights = ({ batch, discount }) => episodeReturns({ ...batch, discount, causality: true });

function advantages(form: "td" | "gae" | "monte-carlo"): Weights {
  return ({ batch, discount, values, lastValues }) =>
    episodeAdvantages({ ...batch, form, values, lastValues, discount, nStep: 1, gaeLambda: 0.95 });
}

/** γᵗ times what counts from step t on. */
function discounted(weights: Weights): Weights {
  return (measured) => {
    const discounts = stepDiscounts({ ...measured, starts: measured.batch.starts });
    return weights(measured).map((weight, row) => discounts[row] * weight);
  };
}

const estimators: readonly { id: MeasuredEstimator["id"]; label: string; weights: Weights }[] = [
  {
    id: "whole-return",
    label: "whole return",
    weights: ({ batch, discount }) => episodeReturns({ ...batch, discount, causality: false }),
  },
  { id: "causality", label: "reward to go", weights: discounted(toGo) },
  {
    id: "average-baseline",
    label: "less the average",
    weights: discounted((measured) => {
      const returns = toGo(measured);
      const baseline = averageBaseline({ returns, starts: measured.batch.starts, causality: true });
      return returns.map((value, row) => value - baseline[row]);
    }),
  },
  { id: "learned-baseline", label: "less V(s)", weights: discounted(advantages("monte-carlo")) },
  { id: "critic-gae", label: "critic, GAE(0.95)", weights: discounted(advantages("gae")) },
  { id: "critic-td", label: "critic, one step", weights: discounted(advantages("td")) },
];

/** Episodes of each batch that the value function is fitted to, and gradient steps on each. */
const VALUE_BATCH = 20;
const VALUE_EPOCHS = 40;

/** Environment steps after which a return that has not been reached is given up. */
const MOST_STEPS = 1_000_000;

/**
 * The variance of six estimators of the policy gradient, each a step of the notes' way from REINFORCE to the actor-critic: whole returns,
 * causality, a baseline, a learned baseline, a critic. Notes: H 2.3–2.6, C 3.1 and 4.2; Greensmith, Bartlett & Baxter 2004.
 *
 * All of them estimate from the same episodes of the same policy with the same value function, so that nothing but the weights differs. REINFORCE with a
 * learned baseline trains the policies; at each return its policy is frozen, and its value function fitted further to episodes of it that serve for nothing
 * else. Step t counts γᵗ, which algorithms mostly leave out: only so do all but the critics' have the same expectation, the gradient of the mean
 * discounted return, γ = 0.99. (Whole returns have it without being told; what a cut episode would still have earned is worth γ⁵⁰⁰ or nothing.)
 *
 * @throws RangeError in one sentence if the options do not fit
 */
export function gradientVariance(options: GradientVarianceOptions = {}): GradientVariance {
  const { environment = "CartPole-v1", returns = [30, 60, 120, 240], seeds = 5, seed = 1 } = options;
  const { episodes = 200, valueBatches = 10 } = options;
  requireOptions({ returns, seeds, episodes, valueBatches });
  const bySeed = Array.from({ length: seeds }, (_, i) =>
    measureRun({ environment, returns, episodes, valueBatches, seed: seed + i }),
  );
  const measured = estimators.map(({ id, label }, which) => ({
    id,
    label,
    variance: returns.map((_, at) => geometric(bySeed.map((run) => run[at][which]))),
    bySeed: bySeed.map((run) => run.map((stage) => stage[which])),
  }));
  const about = { returns, estimators: measured };
  return {
    ...about,
    figure: figureOf(about, { environment, episodes, seeds }),
    table: tableOf(about),
    conclusion: conclusionOf(about, seeds),
  };
}

/** The variance of each estimator at each return of one training run  [returns][estimators]. */
function measureRun(options: Required<Omit<GradientVarianceOptions, "seeds">>): number[][] {
  const { environment, returns, seed } = options;
  const settings = {
    totalSteps: MOST_STEPS,
    seed,
    baseline: "learned",
    learningRate: 3e-3,
    varianceEvery: 0,
  };
  const prepared = prepareRun(reinforce, environment, settings, { preset: "none" });
  const state = reinforce.init(prepared.context);
  const training = reinforce.train(prepared.context, state) as Generator<{ episodes: readonly { return: number }[] }>;
  const recent: number[] = [];
  return returns.map((level) => {
    while (recent.length < 100 || mean(recent) < level) {
      const { value, done } = training.next();
      if (done)
        throw new RangeError(`${environment}: seed ${seed} did not reach a return of ${level} in ${MOST_STEPS} steps`);
      for (const episode of value.episodes) recent.push(episode.return);
      recent.splice(0, Math.max(0, recent.length - 100));
    }
    return measurePolicy(prepared, state, Random.fromSeed(seed).fork("measure").fork(String(level)), options);
  });
}

type Prepared = PreparedRun<
  ReturnType<typeof reinforce.config.parse>,
  ReturnType<typeof reinforce.init>,
  EnvironmentNeed
>;

/** The estimators on fresh episodes of the policy as it is. What is being trained stays as it was. */
function measurePolicy(
  { context }: Prepared,
  { params, critic: trained }: ReturnType<typeof reinforce.init>,
  random: Random,
  { episodes, valueBatches }: Pick<Required<GradientVarianceOptions>, "episodes" | "valueBatches">,
): number[] {
  const { config, env } = context;
  const { actionSpace } = env;
  const networks = networksOf(context);
  const training = new TrainingEnv(env.vector(1), random.fork("env"), config);
  const act = explorer(networks.actor, params.tree, random.fork("policy"), {
    numEnvs: 1,
    actionSpace,
  });
  const play = (numEpisodes: number, name: string) =>
    collectEpisodes(training, act, { actionSpace, numEpisodes, step: 0, random: random.fork(name) });
  const size = training.observationSize;
  const observationsOf = (flat: Float32Array) => rowsTensor(flat, size);

  const own = initRegression(trained.params.tree);
  own.params.flat.data.set(trained.params.flat.data);
  const both = { actor: params.tree, critic: own.params.tree };
  const fit = valueRegression(networks, { valueLearningRate: 2e-3, valueEpochs: VALUE_EPOCHS });
  const valuesOf = (batch: Episodes) =>
    scope(() => ({
      values: networks.value(both, observationsOf(batch.observations)).values(),
      lastValues: networks.value(both, observationsOf(batch.lastObservations)).values(),
    }));
  for (let i = 0; i < valueBatches; i++) {
    const batch = play(VALUE_BATCH, `values ${i}`);
    const bootstrap = valuesOf(batch).lastValues.map((value, k) => value * batch.cut[k]);
    const target = episodeReturns({ ...batch, bootstrap, discount: config.discount, causality: true });
    scope(() =>
      fit(own, params.tree, {
        observations: observationsOf(batch.observations),
        target: tensor(Float32Array.from(target)),
        step: i,
      }),
    );
  }

  const batch = play(episodes, "episodes");
  const measured = { batch, discount: config.discount, ...valuesOf(batch) };
  const gradientOf = valueAndGrad((actor: ActorParams, weights: Float64Array, from: number, to: number) => {
    const observations = observationsOf(batch.observations.subarray(from * size, to * size));
    const perAction = batch.actions.length / batch.rewards.length;
    const actions = batch.actions.subarray(from * perAction, to * perAction);
    const pi = networks.actor.distribution(actor, networks.actor.features(actor, observations));
    const weight = tensor(Float32Array.from(weights.subarray(from, to)));
    return ops.sum(ops.mul(pi.logProb(actionTensor(actionSpace, actions, to - from)), weight));
  });
  /** Gradients of each episode by itself  [m × P] */
  const rowsOf = (weights: Float64Array) => {
    const parameters = params.flat.size;
    const rows = new Float64Array(episodes * parameters);
    for (let i = 0; i < episodes; i++) {
      const { starts } = batch;
      scope(() => {
        const { gradient } = gradientOf(params, weights, starts[i], starts[i + 1]);
        rows.set(gradient.flat.data, i * parameters);
      });
    }
    return rows;
  };
  return estimators.map(({ weights }) => covarianceTrace(rowsOf(weights(measured)), episodes));
}

function figureOf(
  { returns, estimators }: Pick<GradientVariance, "returns" | "estimators">,
  { environment, episodes, seeds }: { environment: string; episodes: number; seeds: number },
): CurvesFigure {
  return {
    kind: "curves",
    title: "Variance of the policy gradient, estimator by estimator",
    caption: `Trace of the covariance of one episode's estimate, on the same ${episodes} episodes of the same policy, frozen when its mean return first reached the value below. ${environment}, γ = 0.99; interquartile means of ${seeds} policies with 95 % bootstrap intervals, in logarithms. Notes H 2.3–2.6.`,
    xLabel: "mean return of the policy",
    yLabel: "variance",
    yLog: true,
    curves: estimators.map(({ label, variance }) => ({
      label,
      x: [...returns],
      y: variance.map(({ iqm }) => iqm),
      low: variance.map(({ low }) => low),
      high: variance.map(({ high }) => high),
    })),
  };
}

function tableOf({ returns, estimators }: Pick<GradientVariance, "returns" | "estimators">): TableFigure {
  return {
    kind: "table",
    title: "Variance by estimator",
    caption:
      "Of the variance of whole returns, by the mean return of the policy. The critics' estimates have a bias, all others have none.",
    columns: ["estimator", ...returns.map((level) => `at ${level}`)],
    rows: estimators.map(({ label, variance }) => [
      label,
      ...variance.map(({ iqm }, at) => Number((iqm / estimators[0].variance[at].iqm).toPrecision(2))),
    ]),
  };
}

/** The notes' way from one to the next. */
const STORY: readonly MeasuredEstimator["id"][] = [
  "whole-return",
  "causality",
  "average-baseline",
  "learned-baseline",
  "critic-td",
];

function conclusionOf(
  { returns, estimators }: Pick<GradientVariance, "returns" | "estimators">,
  seeds: number,
): string {
  const story = STORY.map((id) => estimators.find((estimator) => estimator.id === id)!);
  const lowered = story.slice(1).map((estimator, i) => {
    const before = story[i].bySeed;
    const lower = estimator.bySeed.flatMap((run, k) => run.filter((value, at) => value < before[k][at])).length;
    return `${estimator.label} ${lower}`;
  });
  const last = returns.length - 1;
  const shares = story.map(({ variance }) => variance[last].iqm / story[0].variance[last].iqm);
  const shown = shares.slice(1).map((share) => Number(share.toPrecision(2)));
  return `Of ${seeds * returns.length} policies, so many have a lower variance with each step than with the one before: ${lowered.join(", ")}. At a return of ${returns[last]} that is ${shown.join(", ")} of what whole returns have.`;
}

function geometric(values: readonly number[]): Estimate {
  const { iqm, low, high } = estimate(values.map(math.log));
  return { iqm: math.exp(iqm), low: math.exp(low), high: math.exp(high) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function requireOptions(options: Required<Omit<GradientVarianceOptions, "environment" | "seed">>): void {
  const { returns, seeds, episodes, valueBatches } = options;
  const ascending = returns.every((value, i) => Number.isFinite(value) && (i === 0 || value > returns[i - 1]));
  if (returns.length === 0 || !ascending) {
    throw new RangeError(`returns must be at least one number, in ascending order, got [${returns.join(", ")}]`);
  }
  for (const [name, count, least] of [
    ["seeds", seeds, 1],
    ["episodes", episodes, 2],
    ["valueBatches", valueBatches, 0],
  ] as const) {
    if (!Number.isSafeInteger(count) || count < least) {
      throw new RangeError(`${name} must be an integer >= ${least}, got ${count}`);
    }
  }
}
