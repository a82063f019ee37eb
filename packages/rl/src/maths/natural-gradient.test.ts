import { describe, expect, it } from "vitest";
import { naturalGradient, stepToKl } from "./natural-gradient.js";

/** A symmetric positive definite matrix, row by row. */
const matrix = [
  [4, 1, 0],
  [1, 3, 1],
  [0, 1, 2],
];
const fisher = (v: Float64Array) => Float64Array.from(matrix, (row) => row.reduce((sum, f, i) => sum + f * v[i], 0));

describe("naturalGradient", () => {
  it("solves F x = g, with gᵀF⁻¹g as the curvature", () => {
    // F (1, −2, 3)ᵀ = (2, −2, 4)ᵀ, and their product is 18.
    const { direction, curvature, residual } = naturalGradient({
      fisher,
      gradient: Float64Array.of(2, -2, 4),
      damping: 0,
      iterations: 3,
    });
    for (const [i, x] of [1, -2, 3].entries()) expect(direction[i]).toBeCloseTo(x, 10);
    expect(curvature).toBeCloseTo(18, 10);
    expect(residual).toBeLessThan(1e-12);
  });

  it("damps: (F + I) x = g", () => {
    const { direction } = naturalGradient({ fisher, gradient: Float64Array.of(3, -4, 7), damping: 1, iterations: 3 });
    for (const [i, x] of [1, -2, 3].entries()) expect(direction[i]).toBeCloseTo(x, 10);
  });

  it("tells what too few iterations leave over", () => {
    const gradient = Float64Array.of(2, -2, 4);
    const { direction, residual } = naturalGradient({ fisher, gradient, damping: 0, iterations: 1 });
    // One step goes along g, by gᵀg/gᵀFg = 24/36.
    for (const [i, g] of gradient.entries()) expect(direction[i]).toBeCloseTo((2 / 3) * g, 12);
    const error = fisher(direction).map((product, i) => product - gradient[i]);
    expect(residual).toBeCloseTo(Math.hypot(...error) / Math.hypot(...gradient), 12);
  });

  it("goes nowhere where the gradient is 0", () => {
    const { direction, curvature, residual } = naturalGradient({
      fisher,
      gradient: new Float64Array(3),
      damping: 0.1,
      iterations: 5,
    });
    expect([...direction, curvature, residual]).toEqual([0, 0, 0, 0, 0]);
    expect(stepToKl(0.01, curvature)).toBe(0);
  });
});

it("stepToKl gives a step whose divergence ½xᵀFx is δ", () => {
  const step = stepToKl(0.01, 18);
  expect(0.5 * step * step * 18).toBeCloseTo(0.01, 15);
});

it("a curvature that is no number gives no length that is one", () => {
  expect(stepToKl(0.01, Number.NaN)).toBeNaN();
  expect(stepToKl(0.01, -1e-20)).toBe(0); // rounding of a direction that goes nowhere
});
