import { ops, type Params, scope, tensor } from "@advantage/engine";
import type { Context } from "../../core/index.js";
import { actionTensor, type Episodes, rowsTensor } from "../../data/index.js";
import { episodeAdvantages, stepDiscounts } from "../../maths/index.js";
import type { ActorCritic, ActorParams, CriticParams } from "../../networks/index.js";
import { episodeGradient, spreadOf } from "./episode-gradient.js";
import type { LinearVariate } from "./linear-variate.js";
import type { Regression } from "./value-regression.js";

interface VariateGradientConfig {
  /** γ */
  readonly discount: number;
  /** λ of the advantages. */
  readonly gaeLambda: number;
  /** Whether wₜ is γᵗ instead of 1. */
  readonly discountGradient: boolean;
}

interface VariateGradientState {
  /** θ */
  readonly params: Params<ActorParams>;
  /** V_φ */
  readonly critic: Regression;
  /** w */
  readonly variate: Params<CriticParams>;
}

/** A batch with all that its gradient is made of; constants to the loss. */
export interface VariateEpisodes extends Episodes {
  /** wₜ (Âₜ − ηₜ Ā(sₜ, aₜ)), what the scores are multiplied by  [B] */
  readonly scoreWeights: Float64Array;
  /** wₜ ηₜ, what the correction is multiplied by  [B] */
  readonly correctionWeights: Float64Array;
  /** g(sₜ) of the control variate  [B × K] */
  readonly slopes: Float32Array;
}

/** What the critics say of a batch, as the batches before it left them. */
export interface CriticValues {
  /** V_φ(sₜ)  [B] */
  readonly values: Float32Array;
  /** Âₜ  [B] */
  readonly advantages: Float64Array;
  /** Ā(sₜ, aₜ)  [B] */
  readonly variates: Float32Array;
  /** Var_π[Ā(sₜ, ·)]  [B] */
  readonly variances: Float32Array;
  /** g(sₜ)  [B × K] */
  readonly slopes: Float32Array;
}

/** What both critics say of a batch of B steps: V_φ and Âₜ, and of the control variate Ā(sₜ, aₜ), its variance and its slopes. */
export function criticValuesOf(
  { config: c, env }: Context<VariateGradientConfig>,
  networks: ActorCritic,
  variate: LinearVariate,
  state: VariateGradientState,
  batch: Episodes,
): CriticValues {
  return scope(() => {
    const rows = batch.rewards.length;
    const size = batch.observations.length / rows;
    const observations = rowsTensor(batch.observations, size);
    const params = { actor: state.params.tree, critic: state.critic.params.tree };
    const { pi, value } = networks.both(params, observations);
    const values = value.values();
    const lastValues = networks.value(params, rowsTensor(batch.lastObservations, size)).values();
    const advantages = episodeAdvantages({ ...c, ...batch, form: "gae", nStep: 1, values, lastValues });
    const slopes = variate.slopes(state.variate.tree, observations, pi);
    const actions = actionTensor(env.actionSpace, batch.actions, rows);
    const { advantage, variance } = variate.advantage(slopes, pi, actions);
    return {
      values,
      advantages,
      variates: Float32Array.from(advantage.data),
      variances: Float32Array.from(variance.data),
      slopes: Float32Array.from(slopes.data),
    };
  });
}

/** The batch with the control variate in it to the share η  [B]. */
export function withVariate(
  { config: c }: Context<VariateGradientConfig>,
  batch: Episodes,
  { advantages, variates, slopes }: CriticValues,
  eta: Float64Array,
): VariateEpisodes {
  const step = c.discountGradient ? stepDiscounts({ ...c, starts: batch.starts }) : null;
  const weight = (row: number) => (step === null ? 1 : step[row]);
  return {
    ...batch,
    scoreWeights: advantages.map((advantage, row) => weight(row) * (advantage - eta[row] * variates[row])),
    correctionWeights: eta.map((share, row) => weight(row) * share),
    slopes,
  };
}

/**
 * The batch's estimate of −∇_θ J with a control variate Ā(s, a) whose mean over the policy is known; with `measured` the trace of the covariance of
 * one episode's, `gradientVariance`. Gu et al. 2017, "Q-Prop" (arXiv:1611.02247), eqs. 7 and 8, for every Ā of `LinearVariate`:
 *
 *     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ [∇_θ log π_θ(aₜ|sₜ) (Âₜ − ηₜ Ā(sₜ, aₜ)) + ηₜ ∇_θ ⟨g(sₜ), x_θ(sₜ)⟩]
 */
export function variateGradient({ env }: Context<unknown>, networks: ActorCritic, variate: LinearVariate) {
  return episodeGradient((actor: ActorParams, batch: VariateEpisodes, from: number, to: number) => {
    const rows = batch.rewards.length;
    const part = (flat: Float32Array) => {
      const size = flat.length / rows;
      return rowsTensor(flat.subarray(from * size, to * size), size);
    };
    const weights = (values: Float64Array) => tensor(Float32Array.from(values.subarray(from, to)));
    const perAction = batch.actions.length / rows;
    const actions = batch.actions.subarray(from * perAction, to * perAction);
    const pi = networks.actor.distribution(actor, networks.actor.features(actor, part(batch.observations)));
    const logProb = pi.logProb(actionTensor(env.actionSpace, actions, to - from));
    const scored = ops.sum(ops.mul(logProb, weights(batch.scoreWeights)));
    // ∇_θ 𝔼_π[Q̄_w] = ∇_θ ⟨g, x_θ⟩
    const mean = ops.sum(ops.mul(part(batch.slopes), variate.meanFeatures(pi)), 1);
    const corrected = ops.sum(ops.mul(mean, weights(batch.correctionWeights)));
    return { loss: ops.neg(ops.add(scored, corrected)), metrics: spreadOf(pi) };
  });
}
