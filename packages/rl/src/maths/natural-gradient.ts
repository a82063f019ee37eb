import { conjugateGradient } from "./conjugate-gradient.js";
import { addScaled, dot } from "./vectors.js";

/** A natural gradient with what it was found by. */
export interface NaturalGradient {
  /** x ≈ (F + λI)⁻¹ g  [n] */
  readonly direction: Float64Array;
  /** xᵀ(F + λI)x: twice the KL divergence of a step x, to second order. 0 where g is 0. */
  readonly curvature: number;
  /** ‖g − (F + λI)x‖ / ‖g‖ */
  readonly residual: number;
}

/** ‖g − (F + λI)x‖ ≤ 1e-4·‖g‖ is as near as products in single precision come where damping is a thousandth of the largest curvature. */
const tolerance = 1e-8;

/**
 * The natural gradient x = (F + λI)⁻¹ g by conjugate gradients: the steepest ascent where distance is the KL divergence between policies.
 * Kakade 2001, "A Natural Policy Gradient"; Schulman et al. 2015, appendix C (arXiv:1502.05477).
 *
 * @param fisher      v ↦ F v, both [n]
 * @param gradient    g  [n]
 * @param damping     λ ≥ 0
 * @param iterations  at most so many products with F
 * @param precision   relative rounding error of the products with F: if left out, that of networks in single precision, some 16 times that of a number
 */
export function naturalGradient({
  fisher,
  gradient,
  damping,
  iterations,
  precision = 2 ** -19,
}: {
  fisher: (v: Float64Array) => Float64Array;
  gradient: Float64Array;
  damping: number;
  iterations: number;
  precision?: number;
}): NaturalGradient {
  const damped = (v: Float64Array) => addScaled(fisher(v), damping, v);
  const { solution, residual } = conjugateGradient(damped, gradient, iterations, tolerance, precision);
  const norm = dot(gradient, gradient);
  return {
    direction: solution,
    curvature: dot(solution, gradient) - dot(solution, residual), // xᵀ(g − r)
    residual: norm === 0 ? 0 : Math.sqrt(dot(residual, residual) / norm),
  };
}

/** The multiple of a direction x whose KL divergence is δ to second order: √(2δ / xᵀFx); 0 for one that goes nowhere, NaN where the curvature is. */
export function stepToKl(klRadius: number, curvature: number): number {
  return curvature <= 0 ? 0 : Math.sqrt((2 * klRadius) / curvature);
}
