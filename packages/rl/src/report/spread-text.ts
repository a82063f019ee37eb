import { readable } from "../core/readable.js";
import type { Evaluation } from "../runner/evaluate.js";

/**
 * "median 495, 5 % below 320, 2.0 % below 250": what a mean hides; "" where it hides nothing, or was not recorded. The median and the quantile
 * are left out where all returns are the same.
 */
export function spreadText({ median, quantiles, below, min, max }: Evaluation): string {
  return [
    ...(median === undefined || min === max ? [] : [`median ${readable(median)}`]),
    ...(quantiles === undefined || min === max ? [] : [`5 % below ${readable(quantiles.q05)}`]),
    ...(below === undefined ? [] : [`${(100 * below.share).toFixed(1)} % below ${readable(below.threshold)}`]),
  ].join(", ");
}
