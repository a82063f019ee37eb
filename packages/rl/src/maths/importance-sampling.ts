/** 𝔼_p[f] from samples of q. */
export interface ImportanceEstimate {
  /** Σ wᵢ f(xᵢ)/n: unbiased, its variance can be infinite. */
  readonly ordinary: number;
  /** Σ wᵢ f(xᵢ)/Σ wᵢ: biased by O(1/n), never outside the range of f. NaN if all weights are 0. */
  readonly weighted: number;
  /** (Σ wᵢ)²/Σ wᵢ²: so many samples of p itself would be about as good. Kong 1992. 0 if all weights are 0. */
  readonly effectiveSampleSize: number;
}

/**
 * Importance sampling:  𝔼_p[f] = 𝔼_q[w f],  w = p/q.  Owen 2013, "Monte Carlo theory, methods and examples", ch. 9; for returns, w is the product of the
 * policies' ratios along the trajectory (notes C 3.2).
 *
 * @param values  f(xᵢ), xᵢ ~ q  [n]
 * @param ratios  wᵢ = p(xᵢ)/q(xᵢ), finite, at least 0  [n]
 */
export function importanceSampling({
  values,
  ratios,
}: {
  readonly values: ArrayLike<number>;
  readonly ratios: ArrayLike<number>;
}): ImportanceEstimate {
  const n = values.length;
  if (n === 0) throw new RangeError("values must hold at least 1 sample, got none");
  if (ratios.length !== n) throw new RangeError(`ratios must hold n = ${n} numbers, got ${ratios.length}`);
  let sum = 0;
  let squares = 0;
  let product = 0;
  for (let i = 0; i < n; i++) {
    const w = ratios[i];
    if (!(w >= 0 && w < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`ratio ${i} must be finite and at least 0, got ${w}: p must have no mass where q has none`);
    }
    sum += w;
    squares += w * w;
    product += w * values[i];
  }
  return estimateFromSums({ count: n, sum, squares, product });
}

/** Importance-sampling estimate from Σ wᵢ, Σ wᵢ² and Σ wᵢ f(xᵢ), for those who do not keep their samples. */
export function estimateFromSums({
  count,
  sum,
  squares,
  product,
}: {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
  readonly product: number;
}): ImportanceEstimate {
  return {
    ordinary: product / count,
    weighted: product / sum,
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
  };
}
