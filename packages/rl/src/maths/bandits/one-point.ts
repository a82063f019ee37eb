import { math, type Random } from "@advantage/engine";

/*
 * Gradients of a reward of which only the values at single points are seen. d is the number of an action's coordinates.
 */

/**
 * A direction drawn evenly from the unit sphere.
 *
 * @param out  u, |u| = 1, written and returned  [d]
 */
export function unitDirection(random: Random, out: Float64Array): Float64Array {
  let squares = 0;
  do {
    squares = 0;
    for (let i = 0; i < out.length; i++) {
      out[i] = random.normal();
      squares += out[i] * out[i];
    }
  } while (squares === 0);
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < out.length; i++) out[i] *= scale;
  return out;
}

/**
 * The one-point gradient estimate, added to what is there:
 *
 *     g = (d/δ) r(x + δu) u,    𝔼_u[g] = ∇ 𝔼_v[r(x + δv)],  u on the unit sphere, v in the unit ball.
 *
 * Flaxman, Kalai & McMahan 2005, lemma 2.1.
 *
 * @param direction  u  [d]
 * @param reward     r(x + δu), less a baseline that does not depend on u
 * @param radius     δ
 * @param weight     of this draw, 1/n of n
 * @param out        Σ weight·g  [d]
 */
export function addSpherePoint(
  { direction, reward, radius, weight }: { direction: Float64Array; reward: number; radius: number; weight: number },
  out: Float64Array,
): void {
  const size = out.length;
  for (let i = 0; i < size; i++) out[i] += (weight * size * reward * direction[i]) / radius;
}

/**
 * The natural gradient of 𝔼[r(a)] for a ~ N(m, MMᵀ) in the policy's own coordinates, in which its Fisher matrix is the identity (twice it for
 * the shape), added to what is there: with a = m + Mz,
 *
 *     g_m = r z  [d],    G_M = r (zzᵀ − I)  [d × d];    m ← m + η_m M g_m,  M ← M exp(½ η_M G_M).
 *
 * Glasmachers, Schaul, Sun, Wierstra & Schmidhuber 2010, Exponential natural evolution strategies, GECCO.
 *
 * @param draw    z ~ N(0, I)  [d]
 * @param reward  r(m + Mz), less a baseline that does not depend on z
 * @param weight  of this draw, 1/n of n
 * @param mean    Σ weight·g_m  [d]
 * @param shape   Σ weight·G_M  [d × d]
 */
export function addGaussianPoint(
  { draw, reward, weight }: { draw: Float64Array; reward: number; weight: number },
  mean: Float64Array,
  shape: Float64Array,
): void {
  const size = mean.length;
  for (let i = 0; i < size; i++) {
    mean[i] += weight * reward * draw[i];
    for (let j = 0; j < size; j++) shape[i * size + j] += weight * reward * (draw[i] * draw[j] - (i === j ? 1 : 0));
  }
}

/** A matrix times a vector, [d × d]·[d], written to `out`. */
export function matrixVector(matrix: Float64Array, vector: Float64Array, out: Float64Array): Float64Array {
  const size = vector.length;
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j] * vector[j];
    out[i] = sum;
  }
  return out;
}

/**
 * M ← M exp(S) of a square matrix, by the Taylor series of S/2ᵏ with |S/2ᵏ| ≤ ½, squared k times. Moler & Van Loan 2003, method 3.
 *
 * @param matrix    M, overwritten  [d × d]
 * @param exponent  S  [d × d]
 */
export function multiplyByExponential(matrix: Float64Array, exponent: Float64Array): void {
  const size = Math.sqrt(matrix.length);
  let norm = 0;
  for (const value of exponent) norm = Math.max(norm, Math.abs(value) * size);
  const halvings = norm > 0.5 ? Math.ceil(math.log(2 * norm) / math.log(2)) : 0;
  const small = exponent.map((value) => value / 2 ** halvings);
  let term = identity(size);
  let sum = identity(size);
  for (let k = 1; k <= 16; k++) {
    term = product(term, small, size).map((value) => value / k);
    sum = sum.map((value, i) => value + term[i]);
  }
  for (let i = 0; i < halvings; i++) sum = product(sum, sum, size);
  matrix.set(product(matrix, sum, size));
}

/** I  [d × d] */
export function identity(size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) out[i * size + i] = 1;
  return out;
}

function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k];
      for (let j = 0; j < size; j++) out[i * size + j] += factor * b[k * size + j];
    }
  }
  return out;
}
