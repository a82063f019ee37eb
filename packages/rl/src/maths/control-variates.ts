/*
 * How much of a control variate to use: η of Q-Prop (Gu et al. 2017, arXiv:1611.02247, section 3.2). The variate is Ā(s, a), what a critic
 * says of the action beyond its mean over the policy, 𝔼_π[Ā(s, ·)] = 0. Episodes lie one behind the other: B steps in all, those of episode i
 * of m at starts[i] … starts[i + 1] − 1.
 */

/** η by name: 0, 1, Cov[Â, Ā]/Var[Ā], 1 where Cov[Â, Ā] > 0 and else 0, the sign of Cov[Â, Ā]. */
export const variateForms = ["none", "standard", "adaptive", "conservative", "aggressive"] as const;

/** Name of a form of the control variate. */
export type VariateForm = (typeof variateForms)[number];

/**
 * What Cov[Â, Ā] is estimated from: the step itself, or the steps of the other episodes. A single step's estimate ÂĀ depends on its action, and so
 * then does η: what is subtracted with it and what is added no longer cancel.
 */
export const covarianceSources = ["others", "sample"] as const;

/** Name of where the covariance in η comes from. */
export type CovarianceSource = (typeof covarianceSources)[number];

/**
 * η of each step  [B].
 *
 * @param advantages  Âₜ  [B]
 * @param variates    Ā(sₜ, aₜ)  [B]
 * @param variances   Var_{a~π}[Ā(sₜ, a)]  [B]
 * @param starts      [m + 1]; at least two episodes for covariances from others
 */
export function variateCoefficients({
  advantages,
  variates,
  variances,
  starts,
  form,
  covariance,
}: {
  readonly advantages: ArrayLike<number>;
  readonly variates: ArrayLike<number>;
  readonly variances: ArrayLike<number>;
  readonly starts: Int32Array;
  readonly form: VariateForm;
  readonly covariance: CovarianceSource;
}): Float64Array {
  const rows = starts[starts.length - 1];
  for (const [name, { length }] of Object.entries({ advantages, variates, variances })) {
    if (length !== rows) throw new RangeError(`${name} must hold B = ${rows} numbers, got ${length}`);
  }
  const eta = new Float64Array(rows);
  if (form === "none" || form === "standard") return eta.fill(form === "none" ? 0 : 1);
  if (covariance === "sample") {
    for (let row = 0; row < rows; row++) eta[row] = coefficient(form, advantages[row] * variates[row], variances[row]);
    return eta;
  }
  const episodes = starts.length - 1;
  const products = new Float64Array(episodes);
  const spreads = new Float64Array(episodes);
  for (let i = 0; i < episodes; i++) {
    for (let row = starts[i]; row < starts[i + 1]; row++) {
      products[i] += advantages[row] * variates[row];
      spreads[i] += variances[row];
    }
  }
  const total = (values: Float64Array, without: number) =>
    values.reduce((sum, value, i) => (i === without ? sum : sum + value), 0);
  for (let i = 0; i < episodes; i++) {
    eta.fill(coefficient(form, total(products, i), total(spreads, i)), starts[i], starts[i + 1]);
  }
  return eta;
}

function coefficient(form: "adaptive" | "conservative" | "aggressive", product: number, spread: number): number {
  switch (form) {
    case "adaptive":
      return spread === 0 ? 0 : product / spread;
    case "conservative":
      return product > 0 ? 1 : 0;
    case "aggressive":
      return Math.sign(product);
  }
}
