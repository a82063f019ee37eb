/**
 * The estimates  hᵢₖ − bₖ gᵢₖ  of m episodes with the baseline that has the least variance, one for each parameter k:
 *
 *     bₖ = 𝔼[gₖ hₖ] / 𝔼[gₖ²],   g = Σₜ ∇log π(aₜ|sₜ),   h = Σₜ ∇log π(aₜ|sₜ) Gₜ.
 *
 * With whole returns h = g·R(τ), and this is the notes' b = 𝔼[g² R]/𝔼[g²] (H 2.5, Prop. 9; C 3.1.17): the mean return, weighted by the squared
 * gradient. With rewards to go it is what the same derivation gives, the zero of d/db 𝔼[(h − b g)²]. The means are over the other episodes, so
 * that the estimates stay unbiased; where all of theirs are 0, so is b.
 *
 * @param scores    gᵢ  [m × P]
 * @param products  hᵢ  [m × P]
 * @param count     m
 * @param out       written and returned; may be `products`  [m × P]
 */
export function optimalBaselineEstimates({
  scores,
  products,
  count,
  out = new Float64Array(products.length),
}: {
  readonly scores: Float64Array;
  readonly products: Float64Array;
  readonly count: number;
  readonly out?: Float64Array;
}): Float64Array {
  const size = scores.length / count;
  if (products.length !== scores.length || !Number.isInteger(size)) {
    throw new RangeError(
      `scores and products must hold as many numbers, a multiple of count = ${count}, got ${scores.length} and ${products.length}`,
    );
  }
  // Sums over the episodes before and behind each, not the total less its own: no digits are lost where its own is the largest.
  const squaresBehind = new Float64Array(count + 1);
  const crossBehind = new Float64Array(count + 1);
  for (let k = 0; k < size; k++) {
    for (let i = count - 1; i >= 0; i--) {
      const g = scores[i * size + k];
      squaresBehind[i] = squaresBehind[i + 1] + g * g;
      crossBehind[i] = crossBehind[i + 1] + g * products[i * size + k];
    }
    let squares = 0;
    let cross = 0;
    for (let i = 0; i < count; i++) {
      const at = i * size + k;
      const [g, h] = [scores[at], products[at]];
      const weight = squares + squaresBehind[i + 1];
      out[at] = weight > 0 ? h - ((cross + crossBehind[i + 1]) / weight) * g : h;
      squares += g * g;
      cross += g * h;
    }
  }
  return out;
}
