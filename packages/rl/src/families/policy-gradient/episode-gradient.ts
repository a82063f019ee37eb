import { ops, type Params, type Tensor, type Tree, valueAndGrad } from "@advantage/engine";
import { covarianceTrace } from "../../maths/gradient-variance.js";

/** What a loss over whole episodes is made of: at least where each of them begins. */
interface EpisodeRows {
  /** [m + 1] */
  readonly starts: Int32Array;
}

/** A gradient to descend, as `optim` takes it, and what was seen on the way. */
export interface GradientEstimate<T extends Tree> {
  readonly loss: number;
  readonly gradient: Params<T>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A loss summed over rows `from` … `to` − 1, with numbers to report. */
export type RowsLoss<T extends Tree, Rows> = (
  params: T,
  rows: Rows,
  from: number,
  to: number,
) => { readonly loss: Tensor; readonly metrics: Readonly<Record<string, Tensor>> };

/**
 * The gradient of a loss summed over the steps and averaged over m whole episodes. With `measured` it comes with the trace of the covariance
 * of one episode's gradient, `gradientVariance`, at the cost of m small backward passes; the batch's is 1/m of it.
 */
export function episodeGradient<T extends Tree, Rows extends EpisodeRows>(
  lossOf: RowsLoss<T, Rows>,
): (params: Params<T>, rows: Rows, measured: boolean) => GradientEstimate<T> {
  const gradientOf = valueAndGrad((params: T, rows: Rows, from: number, to: number, episodes: number) => {
    const { loss, metrics } = lossOf(params, rows, from, to);
    return { loss: ops.div(loss, episodes), metrics };
  });

  function variance(params: Params<T>, rows: Rows): number {
    const episodes = rows.starts.length - 1;
    const size = params.flat.size;
    const gradients = new Float64Array(episodes * size);
    for (let i = 0; i < episodes; i++) {
      gradients.set(gradientOf(params, rows, rows.starts[i], rows.starts[i + 1], 1).gradient.flat.data, i * size);
    }
    return covarianceTrace(gradients, episodes);
  }

  return (params, rows, measured) => {
    const episodes = rows.starts.length - 1;
    const spread: Record<string, number> = measured && episodes > 1 ? { gradientVariance: variance(params, rows) } : {};
    const { value: loss, gradient, metrics } = gradientOf(params, rows, 0, rows.starts[episodes], episodes);
    return { loss, gradient, metrics: { ...metrics, ...spread } };
  };
}

/** How `gradientVariance` is documented. */
export const gradientVarianceMetric = {
  meaning:
    "trace of the covariance of one episode's gradient estimate, measured on the batch; the batch's is 1/m of it",
  healthy: "the lower the steadier: falls from whole returns over baselines to a critic; grows with the returns",
  logarithmic: true,
};
