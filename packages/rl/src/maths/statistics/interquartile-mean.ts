/**
 * Interquartile mean: the mean of the middle half of the values, which neither a lucky nor a failed run can move far.
 * Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice" (arXiv:2108.13264), section 4.3.
 *
 * A quarter of the weight is cut from each end. Where n is not divisible by 4, the values on the cut keep the part of their weight that is inside:
 * five have the weights 0, ¾, 1, ¾, 0, over their sum 2½. (The paper's own library calls scipy's `trim_mean(x, 0.25)`, which drops
 * ⌊n/4⌋ whole values from each end: 0, 1, 1, 1, 0 of five, and nothing at all of three. Where 4 divides n both are the same.)
 *
 * @param values n ≥ 1
 * @throws RangeError if there are none
 */
export function interquartileMean(values: ArrayLike<number>): number {
  if (values.length === 0) throw new RangeError("the interquartile mean needs at least one value, got none");
  return sortedInterquartileMean(Float64Array.from(values).sort());
}

/** `interquartileMean` of values that are in ascending order. */
export function sortedInterquartileMean(values: Float64Array): number {
  const n = values.length;
  const cut = n / 4;
  let sum = 0;
  for (let i = Math.floor(cut); i < n - Math.floor(cut); i++) {
    // Value i fills [i, i + 1] of [0, n]: what of it is in [n/4, 3n/4] counts.
    sum += (Math.min(i + 1, n - cut) - Math.max(i, cut)) * values[i];
  }
  return sum / (n / 2);
}
