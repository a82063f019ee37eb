import type { Random } from "@advantage/engine";

/** The ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How a stratified bootstrap resamples. */
export interface ResampleOptions {
  /** How many values each stratum has; they lie one stratum behind the other. Runs on one task are one stratum. */
  readonly strata: readonly number[];
  readonly count: number;
  readonly random: Random;
}

/**
 * Which values each resample is made of: from every stratum as many as it has, drawn with replacement from it alone  [count × N].
 * Agarwal et al. 2021 (arXiv:2108.13264), section 4.1.
 *
 * Several statistics of the same runs, such as the points of a learning curve, take the same resamples: what is drawn is whole runs.
 */
export function stratifiedResamples({ strata, count, random }: ResampleOptions): Int32Array[] {
  const size = strata.reduce((sum, own) => sum + own, 0);
  return Array.from({ length: count }, () => {
    const resample = new Int32Array(size);
    let start = 0;
    for (const own of strata) {
      for (let i = start; i < start + own; i++) resample[i] = start + random.int(own);
      start += own;
    }
    return resample;
  });
}

/**
 * Percentile bootstrap interval: the quantiles (1 − level)/2 and (1 + level)/2 of a statistic over the resamples. Efron 1979; Agarwal et al. 2021.
 *
 * @param values    one for each index that the resamples hold  [N]
 * @param statistic of the sorted values of a resample
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  resamples: readonly Int32Array[],
  statistic: (sorted: Float64Array) => number,
  level = 0.95,
): Interval {
  const drawn = new Float64Array(values.length);
  const statistics = Float64Array.from(resamples, (resample) => {
    for (let i = 0; i < drawn.length; i++) drawn[i] = values[resample[i]];
    return statistic(drawn.sort());
  }).sort();
  return { low: sortedQuantile(statistics, (1 - level) / 2), high: sortedQuantile(statistics, (1 + level) / 2) };
}

/** The quantile of values in ascending order, interpolated linearly between the two around it (type 7 of Hyndman & Fan 1996). */
export function sortedQuantile(values: Float64Array, share: number): number {
  const at = share * (values.length - 1);
  const below = Math.floor(at);
  if (at === below) return values[below]; // what is behind it may be infinite
  return values[below] + (at - below) * (values[below + 1] - values[below]);
}
