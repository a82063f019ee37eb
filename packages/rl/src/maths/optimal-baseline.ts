/**
 * The estimates  hᵢₖ − bₖ gᵢₖ  of m episodes with the baseline that has the least variance, one for each parameter k:
 *
 *     bₖ = 𝔼[gₖ hₖ] / 𝔼[gₖ²],   g = Σₜ ∇log π(aₜ|sₜ),   h = Σₜ ∇log π(aₜ|sₜ) Gₜ.
 *
 * With whole returns h = g·R(τ), and this is the notes' b = 𝔼[g² R]/𝔼[g²] (H 2.5, Prop. 9; C 3.1.17): the mean return, weighted by the squared
 * gradient. With rewards to go it is what the same derivation gives, the zero of d/db 𝔼[(h − b g)²]. The means are over the other episodes, so
 * that the estimates stay unbiased; where all of theirs are 0, so is b. It is kept within the range of the others' returns, which a weighted mean of
 * whole returns never leaves, and which keeps the slope of h against g from running away where it has few episodes to go by.
 *
 * @param scores    gᵢ  [m × P]
 * @param products  hᵢ  [m × P]
 * @param lowest    the lowest return of each episode  [m]
 * @param highest   the highest  [m]
 * @param out       written and returned; may be `products`  [m × P]
 */
export function optimalBaselineEstimates({
  scores,
  products,
  lowest,
  highest,
  out = new Float64Array(products.length),
}: {
  readonly scores: Float64Array;
  readonly products: Float64Array;
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly out?: Float64Array;
}): Float64Array {
  const count = lowest.length;
  const size = scores.length / count;
  if (products.length !== scores.length || !Number.isInteger(size)) {
    throw new RangeError(
      `scores and products must hold as many numbers, a multiple of m = ${count}, got ${scores.length} and ${products.length}`,
    );
  }
  const limits = Array.from(lowest, (_, i) => ({
    low: lowest.reduce((low, own, j) => (j === i ? low : Math.min(low, own)), Infinity),
    high: highest.reduce((high, own, j) => (j === i ? high : Math.max(high, own)), -Infinity),
  }));
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
      const { low, high } = limits[i];
      const b = weight > 0 ? Math.min(Math.max((cross + crossBehind[i + 1]) / weight, low), high) : 0;
      out[at] = h - b * g;
      squares += g * g;
      cross += g * h;
    }
  }
  return out;
}
