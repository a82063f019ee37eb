import { constant, ops, type Params, type Tensor, type Tree, tensor, valueAndGrad } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { int } from "../../core/index.js";
import { actionTensor, type Episodes } from "../../data/index.js";
import { covarianceTrace } from "../../maths/index.js";
import { type Actor, type ActorParams, type Distribution, type GradientStep, policyAt } from "../../networks/index.js";
import { episodeSequences } from "./episode-sequences.js";

/** What a loss over whole episodes is made of: at least where each of them begins. */
interface EpisodeRows {
  /** [m + 1] */
  readonly starts: Int32Array;
}

/** A loss summed over rows `from` … `to` − 1, with numbers to report. */
export type RowsLoss<T extends Tree, Rows> = (
  params: T,
  rows: Rows,
  from: number,
  to: number,
) => { readonly loss: Tensor; readonly metrics: Readonly<Record<string, Tensor>> };

/** Gradients of a loss that is summed over the steps of whole episodes. */
export interface EpisodeGradients<T extends Tree, Rows> {
  /** Averaged over the m episodes. */
  mean(params: Params<T>, rows: Rows): GradientStep<T>;
  /** Gradients of each episode by itself  [m × P], in the layout of `params.flat`. */
  each(params: Params<T>, rows: Rows): Float64Array;
}

/** Gradients of a loss over whole episodes, from the loss of a stretch of rows: their mean over the episodes, or one for each. */
export function episodeGradients<T extends Tree, Rows extends EpisodeRows>(
  lossOf: RowsLoss<T, Rows>,
): EpisodeGradients<T, Rows> {
  const gradientOf = valueAndGrad((params: T, rows: Rows, from: number, to: number, episodes: number) => {
    const { loss, metrics } = lossOf(params, rows, from, to);
    return { loss: ops.div(loss, episodes), metrics };
  });
  return {
    mean(params, rows) {
      const episodes = rows.starts.length - 1;
      return gradientOf(params, rows, 0, rows.starts[episodes], episodes);
    },
    each(params, rows) {
      const { starts } = rows;
      const size = params.flat.size;
      const gradients = new Float64Array((starts.length - 1) * size);
      for (let i = 0; i + 1 < starts.length; i++) {
        gradients.set(gradientOf(params, rows, starts[i], starts[i + 1], 1).gradient.flat.data, i * size);
      }
      return gradients;
    },
  };
}

/**
 * The mean of `episodeGradients`. With `measured` it comes with the trace of the covariance of one episode's gradient, `gradientVariance`, at the
 * cost of m small backward passes; the batch's is 1/m of it.
 */
export function episodeGradient<T extends Tree, Rows extends EpisodeRows>(
  lossOf: RowsLoss<T, Rows>,
): (params: Params<T>, rows: Rows, measured: boolean) => GradientStep<T> {
  const { mean, each } = episodeGradients(lossOf);
  return (params, rows, measured) => {
    const episodes = rows.starts.length - 1;
    const spread: Record<string, number> =
      measured && episodes > 1 ? { gradientVariance: covarianceTrace(each(params, rows), episodes) } : {};
    const estimate = mean(params, rows);
    return { ...estimate, metrics: { ...estimate.metrics, ...spread } };
  };
}

/** Whole episodes, and the weight of each step's score ∇_θ log π_θ(aₜ|sₜ)  [B]. */
export interface WeightedEpisodes extends Episodes {
  readonly weights: Float64Array;
}

/** −Σₜ weightₜ log π_θ(aₜ|sₜ), whose gradient is descended to ascend the policy gradient. */
export function weightedScores(actionSpace: Space, actor: Actor): RowsLoss<ActorParams, WeightedEpisodes> {
  return (params, { observations, actions, weights, starts }, from, to) => {
    const size = observations.length / weights.length;
    const perAction = actions.length / weights.length;
    const input = tensor(observations.subarray(from * size, to * size), [to - from, size]);
    const taken = actionTensor(actionSpace, actions.subarray(from * perAction, to * perAction), to - from);
    const sequences = episodeSequences(actor.cell?.stateSize ?? 0, starts, from, to);
    const pi = policyAt(actor, params, input, sequences);
    const weight = tensor(Float32Array.from(weights.subarray(from, to)));
    return { loss: ops.neg(ops.sum(ops.mul(pi.logProb(taken), weight))), metrics: spreadOf(pi) };
  };
}

/** Entropy and spread of a policy's actions, to be reported. */
export function spreadOf(pi: Distribution): Record<string, Tensor> {
  return constant(() => {
    const { logStd } = pi.parameters;
    return {
      entropy: ops.mean(pi.entropy()),
      ...(logStd === undefined ? {} : { std: ops.mean(ops.exp(logStd)) }),
    };
  });
}

/** Setting of how often `gradientVariance` is measured. */
export const varianceEvery = int({
  default: 10,
  min: 0,
  help: "batches per measurement of the gradient's variance; 0: never",
});

/** Metric `gradientVariance`. */
export const gradientVarianceMetric = {
  meaning:
    "trace of the covariance of one episode's gradient estimate, measured on the batch; the batch's is 1/m of it",
  healthy: "the lower the steadier: falls from whole returns over baselines to a critic; grows with the returns",
  logarithmic: true,
};
