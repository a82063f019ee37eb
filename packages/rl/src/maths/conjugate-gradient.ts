import { dot } from "./vectors.js";

/** Solution of A x = b by conjugate gradients, with what is left of b. */
export interface ConjugateGradient {
  /** x  [n] */
  readonly solution: Float64Array;
  /** r = b − A x  [n], as the iterations carry it along. */
  readonly residual: Float64Array;
}

/**
 * Conjugate gradients: an approximate solution x of A x = b for a symmetric positive definite A that is known only through products
 * with it, such as the damped Fisher matrix of TRPO. Starts from x = 0; in exact arithmetic the k-th iterate minimises
 * ½xᵀAx − bᵀx over span{b, Ab, …, Aᵏ⁻¹b}, and n iterations solve the system.
 * Hestenes & Stiefel 1952, "Methods of conjugate gradients for solving linear systems"; Schulman et al. 2015, appendix C
 * (arXiv:1502.05477).
 *
 * Nothing depends on the scale of b: s·b gives s·x. A direction whose curvature pᵀAp/pᵀp is below the products' rounding, of which only the sign of
 * an error may be left, is not taken: the iterate before it is the best that such products can tell.
 *
 * @param apply       v ↦ A v, both [n]; the result is read before the next call, so it may be one reused array
 * @param b           right-hand side  [n]
 * @param iterations  at most so many products with A
 * @param tolerance   stops once ‖b − A x‖² ≤ tolerance·‖b‖²
 * @param precision   relative rounding error of the products: 2⁻⁵² of doubles, 2⁻²³ of single precision
 * @throws RangeError where the first direction's curvature is not positive, or any is no finite number
 */
export function conjugateGradient(
  apply: (v: Float64Array) => Float64Array,
  b: Float64Array,
  iterations = 10,
  tolerance = 1e-10,
  precision = 2 ** -52,
): ConjugateGradient {
  if (!Number.isInteger(iterations) || iterations < 0) {
    throw new RangeError(`iterations must be an integer >= 0, got ${iterations}`);
  }
  if (!(tolerance >= 0)) throw new RangeError(`tolerance must be >= 0, got ${tolerance}`);
  if (!(precision >= 0)) throw new RangeError(`precision must be >= 0, got ${precision}`);
  const x = new Float64Array(b.length);
  const r = b.slice(); // residual b − A x
  const p = b.slice(); // search direction
  let rr = dot(r, r);
  const enough = tolerance * rr;
  let steepest = 0; // the largest pᵀAp/pᵀp so far
  for (let k = 0; k < iterations && !(rr <= enough); k++) {
    const Ap = apply(p);
    if (Ap.length !== b.length) throw new RangeError(`apply must return [${b.length}] values, got [${Ap.length}]`);
    const curvature = dot(p, Ap);
    if (!Number.isFinite(curvature) || (k === 0 && curvature <= 0)) {
      throw new RangeError(
        `matrix must be positive definite, got pᵀAp = ${curvature} in iteration ${k + 1}; add damping`,
      );
    }
    const relative = curvature / dot(p, p);
    if (k > 0 && relative <= precision * steepest) break;
    steepest = Math.max(steepest, relative);
    const alpha = rr / curvature;
    const rrNext = advance(x, r, p, Ap, alpha);
    turnTo(p, r, rrNext / rr);
    rr = rrNext;
  }
  return { solution: x, residual: r };
}

// Loops stand in functions of their own, which stay compiled whatever `apply` is.

/** x ← x + α p and r ← r − α A p; gives rᵀr. */
function advance(x: Float64Array, r: Float64Array, p: Float64Array, Ap: Float64Array, alpha: number): number {
  let rr = 0;
  for (let i = 0; i < x.length; i++) {
    x[i] += alpha * p[i];
    const left = r[i] - alpha * Ap[i];
    r[i] = left;
    rr += left * left;
  }
  return rr;
}

/** p ← r + β p */
function turnTo(p: Float64Array, r: Float64Array, beta: number): void {
  for (let i = 0; i < p.length; i++) p[i] = r[i] + beta * p[i];
}
