/**
 * REINFORCE's batches, and its estimate of the gradient from them: returns, baselines, and what the scores are multiplied by. The loop is in `reinforce.ts`.
 */
import type { Params, Tensor } from "@advantage/engine";
import type { Context } from "../../core/index.js";
import {
  type Continuations,
  type ContinuedEpisodes,
  continuationLanes,
  continuedEpisodes,
  type Episodes,
  explorer,
  rowsTensor,
} from "../../data/index.js";
import {
  episodeCollector,
  episodeGradients,
  episodeValues,
  moveStd,
  weightedScores,
} from "../../families/policy-gradient/index.js";
import {
  baselineOfOthers,
  covarianceTrace,
  episodeReturns,
  meanOfRows,
  optimalBaselineEstimates,
  stepDiscounts,
  valueBaseline,
} from "../../maths/index.js";
import type { ActorCritic, ActorParams, GradientStep } from "../../networks/index.js";
import type { ReinforceConfig, ReinforceState } from "./reinforce.js";

/** What the gradient of a batch is made of, and what the learned baseline is fitted to. */
interface Weights {
  /** wₜ: 1, or γᵗ  [B] */
  readonly step: Float64Array;
  /** Gₜ  [B] */
  readonly returns: Float64Array;
  /** bₜ  [B]; zeros with the optimal one, which is different for each parameter */
  readonly baseline: Float64Array;
  /** V(sₜ)  [B]; empty unless the baseline is learned */
  readonly values: Float32Array;
  /** Rewards to go  [B]; empty unless the baseline is learned */
  readonly target: Float64Array;
}

/** wₜ, Gₜ and bₜ of a batch, from the value function as the batches before it left it. */
export function weightsOf(
  { config: c }: Context<ReinforceConfig>,
  networks: ActorCritic,
  state: Pick<ReinforceState, "params" | "critic">,
  batch: Episodes & Partial<ContinuedEpisodes>,
): Weights {
  const { rewards, starts } = batch;
  const rows = rewards.length;
  const step = c.discountGradient && c.causality ? stepDiscounts({ ...c, starts }) : new Float64Array(rows).fill(1);
  const options = { rewards, starts, discount: c.discount };
  const params = { actor: state.params.tree, critic: state.critic.params.tree };
  const mean = (returns: Float64Array, bootstrapped: boolean) =>
    batch.continuations === undefined
      ? returns
      : meanOfRollouts(returns, batch.continuations, (observations) =>
          bootstrapped ? networks.value(params, observations).data : new Float32Array(observations.shape[0]),
        );
  if (c.baseline !== "learned") {
    const returns = mean(episodeReturns({ ...options, causality: c.causality }), false);
    const baseline = baselineOfOthers(c.baseline, { ...c, returns, starts });
    return { step, returns, baseline, values: new Float32Array(0), target: new Float64Array(0) };
  }
  const { values, lastValues } = episodeValues(networks, params, batch);
  const bootstrap = lastValues.map((value, i) => value * batch.cut[i]);
  const target = mean(episodeReturns({ ...options, bootstrap, causality: true }), true);
  const returns = c.causality ? target : episodeReturns({ ...options, bootstrap, causality: false });
  return { step, returns, baseline: valueBaseline({ ...c, values, starts }), values, target };
}

/** G̃ₜ = (1/N) Σᵢ Gₜ⁽ⁱ⁾  [B]; the values of the states in which rollouts were cut are added where there are any. */
function meanOfRollouts(
  returns: Float64Array,
  { rollouts, returns: others, cuts }: Continuations,
  valuesOf: (observations: Tensor) => ArrayLike<number>,
): Float64Array {
  const sums = returns.map((own, row) => own + others[row]);
  if (cuts.length > 0) {
    const size = cuts[0].observation.length;
    const observations = new Float32Array(cuts.length * size);
    for (const [i, { observation }] of cuts.entries()) observations.set(observation, i * size);
    const values = valuesOf(rowsTensor(observations, size));
    for (const [i, { row, weight }] of cuts.entries()) sums[row] += weight * values[i];
  }
  return sums.map((sum) => sum / rollouts);
}

/**
 * The batch's estimate of −∇_θ J, for the baseline that the config names. With `measured`, or where it needs them, from the gradients of
 * single episodes; their covariance's trace is `gradientVariance`.
 */
export function gradientEstimator({ config: c, env }: Context<ReinforceConfig>, { actor }: ActorCritic) {
  const { mean, each } = episodeGradients(weightedScores(env.actionSpace, actor));
  return (
    params: Params<ActorParams>,
    batch: Episodes,
    { step, returns, baseline }: Weights,
    measured: boolean,
  ): GradientStep<ActorParams> => {
    const episodes = batch.starts.length - 1;
    const weighted = { ...batch, weights: returns.map((value, row) => step[row] * (value - baseline[row])) };
    let estimates: Float64Array | null = null;
    if (c.baseline === "optimal") {
      const scores = each(params, { ...batch, weights: step });
      const products = each(params, weighted);
      estimates = optimalBaselineEstimates({ scores, products, ...rangesOf(returns, batch.starts), out: products });
    } else if (measured && episodes > 1) estimates = each(params, weighted);
    const estimate = mean(params, weighted);
    if (c.baseline === "optimal" && estimates !== null)
      estimate.gradient.flat.data.set(meanOfRows(estimates, episodes));
    const variance: Record<string, number> =
      measured && estimates !== null ? { gradientVariance: covarianceTrace(estimates, episodes) } : {};
    return { ...estimate, metrics: { ...estimate.metrics, ...variance } };
  };
}

/** The lowest and the highest return of each episode. */
function rangesOf(returns: Float64Array, starts: Int32Array) {
  const own = Array.from({ length: starts.length - 1 }, (_, i) => returns.subarray(starts[i], starts[i + 1]));
  return {
    lowest: Float64Array.from(own, (values) => values.reduce((low, value) => Math.min(low, value))),
    highest: Float64Array.from(own, (values) => values.reduce((high, value) => Math.max(high, value))),
  };
}

/** Runs the next batch: whole episodes, or those with further rollouts from each of their states. */
export function collector(context: Context<ReinforceConfig>, { actor }: ActorCritic, state: ReinforceState) {
  const { config: c, env, random } = context;
  if (c.rollouts === 1) return episodeCollector(context, state, actor, state.params.tree);
  const acting = (numEnvs: number) =>
    explorer(actor, state.params.tree, state.policyRandom, { numEnvs, actionSpace: env.actionSpace });
  const [act, acts] = [acting(1), acting(continuationLanes)];
  return () => {
    moveStd(context, state.params.tree, state.step);
    return continuedEpisodes(env, act, acts, {
      ...{ numEpisodes: c.numEpisodes, rollouts: c.rollouts, discount: c.discount, step: state.step },
      random: random.fork("episodes").fork(String(state.batch)),
    });
  };
}
