import { dot } from "../vectors.js";
import type { PolicyChain } from "./policy-chain.js";

/** y = (I − γP)·x. Returns the array written. */
function apply(
  { numStates, rowStart, nextState, weight }: PolicyChain,
  discount: number,
  x: Float64Array,
  y: Float64Array,
) {
  for (let state = 0, k = 0; state < numStates; state++) {
    const end = rowStart[state + 1];
    let next = 0;
    for (; k < end; k++) next += weight[k] * x[nextState[k]];
    y[state] = x[state] - discount * next;
  }
  return y;
}

function largest(a: Float64Array): number {
  let size = 0;
  for (let i = 0; i < a.length; i++) size = Math.max(size, Math.abs(a[i]));
  return size;
}

/**
 * Improves V towards the solution of (I − γP^π)·V = r^π by the stabilised bi-conjugate gradient method: a product with the sparse matrix
 * costs what a sweep of backups costs, and the number of them grows like the square root of what backups need. Van der Vorst 1992 (SIAM J. Sci. Stat.
 * Comput. 13(2)).
 *
 * @param values         V, the start; overwritten by the best solution found  [S]
 * @param tolerance      stop once ‖r^π + γP^π V − V‖∞ is at most this
 * @param maxIterations  of two products each
 * @returns              the residual ‖r^π + γP^π V − V‖∞ reached, measured anew; it can be above `tolerance`
 */
export function solveChain(
  chain: PolicyChain,
  discount: number,
  values: Float64Array,
  { tolerance, maxIterations }: { readonly tolerance: number; readonly maxIterations: number },
): number {
  const n = chain.numStates;
  const x = values.slice();
  const r = new Float64Array(n);
  const shadow = new Float64Array(n);
  const p = new Float64Array(n);
  const v = new Float64Array(n);
  const t = new Float64Array(n);
  const residualOf = (at: Float64Array) => {
    apply(chain, discount, at, r);
    for (let i = 0; i < n; i++) r[i] = chain.reward[i] - r[i];
    return largest(r);
  };
  let best = residualOf(x);
  let rho = 1;
  let alpha = 1;
  let omega = 1;
  let restart = true;
  for (let iteration = 0; iteration < maxIterations && best > tolerance; iteration++) {
    if (restart) {
      residualOf(x);
      shadow.set(r);
      p.fill(0);
      v.fill(0);
      rho = alpha = omega = 1;
      restart = false;
    }
    const rhoNext = dot(shadow, r);
    if (rhoNext === 0) break;
    const beta = (rhoNext / rho) * (alpha / omega);
    rho = rhoNext;
    for (let i = 0; i < n; i++) p[i] = r[i] + beta * (p[i] - omega * v[i]);
    apply(chain, discount, p, v);
    const slope = dot(shadow, v);
    if (slope === 0) break;
    alpha = rho / slope;
    for (let i = 0; i < n; i++) r[i] -= alpha * v[i]; // half a step: the residual s of the paper
    apply(chain, discount, r, t);
    const square = dot(t, t);
    omega = square === 0 ? 0 : dot(t, r) / square;
    let size = 0;
    for (let i = 0; i < n; i++) {
      x[i] += alpha * p[i] + omega * r[i];
      r[i] -= omega * t[i];
      size = Math.max(size, Math.abs(r[i]));
    }
    if (!Number.isFinite(size)) break;
    if (size <= tolerance || iteration === maxIterations - 1 || omega === 0) {
      const measured = residualOf(x); // the recursion's residual drifts from the true one
      if (measured < best) {
        best = measured;
        values.set(x);
      } else if (measured > 0.5 * best) {
        break; // as far as rounding lets it
      }
      restart = true;
    }
  }
  return best;
}
