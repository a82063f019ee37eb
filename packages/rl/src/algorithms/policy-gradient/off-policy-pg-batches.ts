/**
 * Batches of older policies, kept for the off-policy policy gradient and weighed by how likely the policy of now makes them. The loop is in
 * `off-policy-pg.ts`.
 */
import { ops, type Params, scope, tensor, valueAndGrad } from "@advantage/engine";
import type { ActionBatch } from "@advantage/envs";
import type { Context } from "../../core/index.js";
import { actionTensor, type Episodes, rowsTensor } from "../../data/index.js";
import { episodeSequences, episodeValues, spreadOf } from "../../families/policy-gradient/index.js";
import {
  baselineOfOthers,
  effectiveShare,
  episodeReturns,
  importanceWeights,
  offPolicyScoreWeights,
  stepDiscounts,
  valueBaseline,
} from "../../maths/index.js";
import { type ActorCritic, type ActorParams, policyAt } from "../../networks/index.js";
import type { OffPolicyPgConfig, OffPolicyPgState } from "./off-policy-pg.js";

/** A batch of episodes with all that later policies need to learn from it. */
export interface KeptBatch {
  /** [m + 1] */
  readonly starts: Int32Array;
  /** sₜ [B × observationSize] */
  readonly observations: Float32Array;
  readonly actions: ActionBatch;
  /** rₜ; where an episode was cut, with the learned baseline, the value of its last state included  [B] */
  readonly rewards: Float64Array;
  /** bₜ  [B] */
  readonly baseline: Float64Array;
  /** log β(aₜ|sₜ)  [B] */
  readonly logProb: Float32Array;
}

/** π_θ and log π_θ(aₜ|sₜ) of a batch. */
export function policyOn(
  { env }: Context<OffPolicyPgConfig>,
  { actor }: ActorCritic,
  params: ActorParams,
  { starts, observations, actions }: Pick<KeptBatch, "starts" | "observations" | "actions">,
) {
  const rows = starts[starts.length - 1];
  const input = rowsTensor(observations, observations.length / rows);
  const pi = policyAt(actor, params, input, episodeSequences(actor.cell?.stateSize ?? 0, starts));
  return { pi, logProb: pi.logProb(actionTensor(env.actionSpace, actions, rows)) };
}

/** Episodes of the policy of now, for the policies to come: with its probabilities, and baselines that know nothing of them. */
export function keep(
  context: Context<OffPolicyPgConfig>,
  networks: ActorCritic,
  { params, critic }: Pick<OffPolicyPgState, "params" | "critic">,
  { starts, observations, actions, rewards: raw, cut, lastObservations }: Episodes,
): KeptBatch {
  const { baseline: kind, discount, weighting } = context.config;
  const causality = weighting !== "trajectory";
  return scope(() => {
    const logProb = policyOn(context, networks, params.tree, { starts, observations, actions }).logProb;
    const batch = { starts, observations, actions, logProb: Float32Array.from(logProb.data) };
    if (kind !== "learned") {
      const returns = episodeReturns({ rewards: raw, starts, discount, causality });
      return { ...batch, rewards: raw, baseline: baselineOfOthers(kind, { returns, starts, causality }) };
    }
    const tree = { actor: params.tree, critic: critic.params.tree };
    const { values, lastValues } = episodeValues(networks, tree, { observations, lastObservations, starts });
    const rewards = raw.slice();
    for (const [i, value] of lastValues.entries()) rewards[starts[i + 1] - 1] += cut[i] * discount * value;
    const baseline = valueBaseline({ values, starts, causality });
    return { ...batch, rewards, baseline };
  });
}

/** A batch as the policy of now weighs it. */
export interface Weighed {
  readonly batch: KeptBatch;
  /** wₜ Cₜ  [B] */
  readonly scoreWeights: Float64Array;
  readonly share: number;
  readonly largest: number;
}

/** Weighs the batches that are kept for the policy π_θ. */
export function weigher(context: Context<OffPolicyPgConfig>, networks: ActorCritic) {
  const { config: c } = context;
  return (params: Params<ActorParams>, kept: readonly KeptBatch[]): readonly Weighed[] =>
    kept.map((batch) => {
      const { starts, logProb: behaviour } = batch;
      const logProb = scope(() => policyOn(context, networks, params.tree, batch).logProb.values());
      const logRatios = Float64Array.from(logProb, (target, row) => target - behaviour[row]);
      const weights = importanceWeights({ ...c, logRatios, starts });
      const scoreWeights = offPolicyScoreWeights({ ...c, ...batch, weights });
      if (c.discountGradient && c.weighting !== "trajectory") {
        for (const [row, weight] of stepDiscounts({ ...c, starts }).entries()) scoreWeights[row] *= weight;
      }
      return {
        batch,
        scoreWeights,
        share: effectiveShare({ ...c, weights, starts }),
        largest: weights.reduce((high, weight) => Math.max(high, weight), 0),
      };
    });
}

/** What a gradient step saw of the batches: all those kept, used or not. */
export function weightMetrics(weighed: readonly Weighed[], used: readonly Weighed[]) {
  return {
    effectiveShare: weighed.reduce((sum, { share }) => sum + share / weighed.length, 0),
    largestWeight: used.reduce((high, { largest }) => Math.max(high, largest), 0),
    batchesUsed: used.length,
  };
}

/** The estimate of −∇_θ J from weighed batches: −(1/m) Σᵢ Σₜ wₜ Cₜ ∇_θ log π_θ(aₜ|sₜ), m the episodes of them all. */
export function gradientEstimator(context: Context<OffPolicyPgConfig>, networks: ActorCritic) {
  return valueAndGrad((actor: ActorParams, weighed: readonly Weighed[]) => {
    const episodes = weighed.reduce((sum, { batch }) => sum + batch.starts.length - 1, 0);
    const parts = weighed.map(({ batch, scoreWeights }) => {
      const { pi, logProb } = policyOn(context, networks, actor, batch);
      return {
        loss: ops.div(ops.sum(ops.mul(logProb, tensor(Float32Array.from(scoreWeights)))), -episodes),
        metrics: spreadOf(pi),
      };
    });
    // The newest batch is the last.
    const { metrics } = parts[parts.length - 1];
    return { loss: parts.map(({ loss }) => loss).reduce((sum, loss) => ops.add(sum, loss)), metrics };
  });
}
