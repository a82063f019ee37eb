import { conjugateGradient } from "./conjugate-gradient.js";

export interface NaturalGradient {
  /** x ≈ (F + λI)⁻¹ g  [n] */
  readonly direction: Float64Array;
  /** xᵀ(F + λI)x: twice the KL divergence of a step x, to second order. 0 where g is 0. */
  readonly curvature: number;
  /** ‖g − (F + λI)x‖ / ‖g‖ */
  readonly residual: number;
}

/**
 * The natural gradient x = (F + λI)⁻¹ g by conjugate gradients: the steepest ascent where distance is the KL divergence between policies.
 * Kakade 2001, "A Natural Policy Gradient"; Schulman et al. 2015, appendix C (arXiv:1502.05477).
 *
 * @param fisher      v ↦ F v, both [n]
 * @param gradient    g  [n]
 * @param damping     λ ≥ 0
 * @param iterations  at most so many products with F, and one more
 */
export function naturalGradient({
  fisher,
  gradient,
  damping,
  iterations,
}: {
  fisher: (v: Float64Array) => Float64Array;
  gradient: Float64Array;
  damping: number;
  iterations: number;
}): NaturalGradient {
  const damped = (v: Float64Array) => {
    const product = fisher(v);
    for (let i = 0; i < v.length; i++) product[i] += damping * v[i];
    return product;
  };
  const direction = conjugateGradient(damped, gradient, iterations);
  const product = damped(direction);
  let curvature = 0;
  let error = 0;
  let norm = 0;
  for (let i = 0; i < direction.length; i++) {
    curvature += direction[i] * product[i];
    error += (gradient[i] - product[i]) * (gradient[i] - product[i]);
    norm += gradient[i] * gradient[i];
  }
  return { direction, curvature, residual: norm > 0 ? Math.sqrt(error / norm) : 0 };
}

/** The multiple of a direction x whose KL divergence is δ to second order: √(2δ / xᵀFx); 0 for a direction that goes nowhere. */
export function stepToKl(klRadius: number, curvature: number): number {
  return curvature > 0 ? Math.sqrt((2 * klRadius) / curvature) : 0;
}
