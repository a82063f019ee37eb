import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { addGaussianPoint, addSpherePoint, identity, multiplyByExponential, unitDirection } from "./one-point.js";

/** Points evenly around a circle. */
const circle = Array.from({ length: 360 }, (_, i) =>
  Float64Array.of(Math.cos((2 * Math.PI * i) / 360), Math.sin((2 * Math.PI * i) / 360)),
);

describe("the one-point gradient estimate", () => {
  it("has the gradient of the smoothed reward as its mean: of a quadratic, exactly its gradient", () => {
    const x = [0.3, -0.2];
    const reward = (a: number, b: number) => 2 * a - 3 * b - 0.5 * a * a - 4 * b * b + a * b;
    for (const radius of [0.01, 0.5]) {
      const mean = new Float64Array(2);
      for (const direction of circle) {
        const value = reward(x[0] + radius * direction[0], x[1] + radius * direction[1]);
        addSpherePoint({ direction, reward: value, radius, weight: 1 / circle.length }, mean);
      }
      expect(mean[0]).toBeCloseTo(2 - x[0] + x[1], 10);
      expect(mean[1]).toBeCloseTo(-3 - 8 * x[1] + x[0], 10);
    }
  });

  it("by hand: d = 2, δ = ½, r = 3, u = (0.6, 0.8): g = 12u", () => {
    const out = new Float64Array(2);
    addSpherePoint({ direction: Float64Array.of(0.6, 0.8), reward: 3, radius: 0.5, weight: 1 }, out);
    expect([...out]).toEqual([7.199999999999999, 9.600000000000001]);
  });

  it("draws directions evenly from the sphere: mean 0, covariance I/d", () => {
    const random = Random.fromSeed(2);
    const n = 20_000;
    const sums = new Float64Array(3);
    const squares = new Float64Array(3);
    const u = new Float64Array(3);
    for (let i = 0; i < n; i++) {
      unitDirection(random, u);
      expect(Math.hypot(...u)).toBeCloseTo(1, 12);
      for (let k = 0; k < 3; k++) {
        sums[k] += u[k] / n;
        squares[k] += u[k] ** 2 / n;
      }
    }
    for (let k = 0; k < 3; k++) {
      expect(Math.abs(sums[k])).toBeLessThan(4 * Math.sqrt(1 / 3 / n));
      expect(Math.abs(squares[k] - 1 / 3)).toBeLessThan(0.01);
    }
  });
});

describe("the natural gradient of a normal distribution", () => {
  it("of a linear reward r = ⟨c, z⟩ is (c, 0) on average", () => {
    const random = Random.fromSeed(3);
    const mean = new Float64Array(2);
    const shape = new Float64Array(4);
    const n = 100_000;
    const draw = new Float64Array(2);
    for (let i = 0; i < n; i++) {
      draw[0] = random.normal();
      draw[1] = random.normal();
      addGaussianPoint({ draw, reward: 2 * draw[0] - draw[1], weight: 1 / n }, mean, shape);
    }
    expect(mean[0]).toBeCloseTo(2, 1);
    expect(mean[1]).toBeCloseTo(-1, 1);
    for (const value of shape) expect(Math.abs(value)).toBeLessThan(0.06);
  });

  it("of a quadratic reward −½zᵀHz is (0, −H): 𝔼[z⁴] = 3 by Gauss–Hermite points", () => {
    // Three points ±√3, 0 with weights 1/6, 2/3, 1/6 integrate polynomials up to degree 5 exactly.
    const points = [-Math.sqrt(3), 0, Math.sqrt(3)];
    const weights = [1 / 6, 2 / 3, 1 / 6];
    const H = [2, 0.5, 0.5, 1];
    const mean = new Float64Array(2);
    const shape = new Float64Array(4);
    points.forEach((a, i) => {
      points.forEach((b, j) => {
        const reward = -0.5 * (H[0] * a * a + 2 * H[1] * a * b + H[3] * b * b);
        addGaussianPoint({ draw: Float64Array.of(a, b), reward, weight: weights[i] * weights[j] }, mean, shape);
      });
    });
    mean.forEach((value) => {
      expect(Math.abs(value)).toBeLessThan(1e-14);
    });
    shape.forEach((value, i) => {
      expect(value).toBeCloseTo(-H[i], 13);
    });
  });
});

describe("the matrix exponential", () => {
  it("of a diagonal is the exponentials; of a rotation's generator the rotation", () => {
    const diagonal = identity(2);
    multiplyByExponential(diagonal, Float64Array.of(3, 0, 0, -2));
    expect(Math.abs(diagonal[0] / Math.exp(3) - 1)).toBeLessThan(1e-13);
    expect(Math.abs(diagonal[3] / Math.exp(-2) - 1)).toBeLessThan(1e-13);
    const rotation = identity(2);
    multiplyByExponential(rotation, Float64Array.of(0, -1.2, 1.2, 0));
    [Math.cos(1.2), -Math.sin(1.2), Math.sin(1.2), Math.cos(1.2)].forEach((value, i) => {
      expect(rotation[i]).toBeCloseTo(value, 13);
    });
  });
});
