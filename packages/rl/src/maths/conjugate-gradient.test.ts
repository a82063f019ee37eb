import { readFileSync } from "node:fs";
import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { conjugateGradient } from "./conjugate-gradient.js";

const golden: {
  cases: {
    n: number;
    condition: number;
    A: number[][];
    b: number[];
    iterates: { x: number[] }[];
    solution: number[];
  }[];
} = JSON.parse(readFileSync(new URL("../../../../test/golden/maths/conjugate_gradient.json", import.meta.url), "utf8"));

const product = (A: number[][]) => (v: Float64Array) =>
  Float64Array.from(A, (row) => row.reduce((sum, a, j) => sum + a * v[j], 0));
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(Array.from(a).reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0));

describe("recorded systems", () => {
  it.each(golden.cases)("n = $n, condition $condition: every iterate", ({ A, b, iterates, condition }) => {
    for (let k = 1; k <= iterates.length; k++) {
      const { solution: x, residual } = conjugateGradient(product(A), Float64Array.from(b), k, 0);
      expect(distance(x, iterates[k - 1].x)).toBeLessThan(1e-10 * condition);
      expect(
        distance(
          residual,
          product(A)(x).map((Ax, i) => b[i] - Ax),
        ),
      ).toBeLessThan(1e-10 * condition);
    }
  });

  it.each(golden.cases)("n = $n: 2n iterations reach the direct solution", ({ A, b, n, solution }) => {
    const found = conjugateGradient(product(A), Float64Array.from(b), 2 * n, 1e-24);
    expect(distance(found.solution, solution)).toBeLessThan(1e-9);
  });
});

describe("by hand", () => {
  // A = [[4, 1], [1, 3]], b = [1, 2]: α₁ = 5/20, x₁ = [¼, ½]; x₂ = A⁻¹b = [1/11, 7/11].
  const A = [
    [4, 1],
    [1, 3],
  ];
  it("one and two iterations", () => {
    const first = conjugateGradient(product(A), Float64Array.of(1, 2), 1);
    expect(first).toEqual({ solution: Float64Array.of(0.25, 0.5), residual: Float64Array.of(-0.5, 0.25) });
    const { solution } = conjugateGradient(product(A), Float64Array.of(1, 2), 2);
    expect(distance(solution, [1 / 11, 7 / 11])).toBeLessThan(1e-15);
  });

  it("stops at the tolerance, and at once for b = 0", () => {
    let products = 0;
    const identity = (v: Float64Array) => {
      products++;
      return v.slice();
    };
    expect(conjugateGradient(identity, Float64Array.of(3, -1), 10).solution).toEqual(Float64Array.of(3, -1));
    expect(products).toBe(1);
    expect(conjugateGradient(identity, new Float64Array(2), 10).solution).toEqual(new Float64Array(2));
    expect(products).toBe(1);
  });

  it("allows `apply` to reuse one array", () => {
    const out = new Float64Array(2);
    const apply = (v: Float64Array) => {
      out.set(product(A)(v));
      return out;
    };
    expect(distance(conjugateGradient(apply, Float64Array.of(1, 2)).solution, [1 / 11, 7 / 11])).toBeLessThan(1e-15);
  });
});

describe("scale and rounding", () => {
  const { A, b, solution } = golden.cases[0];
  it.each([1e-150, 1e-30, 1e-5, 1, 1e5, 1e30])("%e times the right-hand side is that times the solution", (scale) => {
    const found = conjugateGradient(
      product(A),
      Float64Array.from(b, (x) => scale * x),
      2 * b.length,
    );
    // The default tolerance: ‖b − Ax‖ ≤ 1e-5·‖b‖.
    expect(distance(found.residual, new Float64Array(b.length))).toBeLessThan(1.01e-5 * scale * Math.hypot(...b));
    const x = Float64Array.from(found.solution, (value) => value / scale);
    expect(distance(x, solution)).toBeLessThan(1e-3 * Math.hypot(...solution));
  });

  it("products in single precision with a singular matrix: it stops where only their rounding is left", () => {
    // A = JᵀJ/n has rank 5 of 20, b lies in its range: the least solution solves the system, and iterates stay in the range in exact arithmetic.
    const f = Math.fround;
    const random = Random.fromSeed(3);
    const [rank, n] = [5, 20];
    const J = Array.from({ length: rank }, (_, i) =>
      Float32Array.from({ length: n }, () => random.normal() * 10 ** -i),
    );
    const rough = (v: Float64Array) => {
      const Jv = J.map((row) => row.reduce((sum, j, k) => f(sum + f(j * f(v[k]))), 0));
      return Float64Array.from({ length: n }, (_, k) =>
        f(J.reduce((sum, row, i) => f(sum + f(row[k] * Jv[i])), 0) / n),
      );
    };
    for (const scale of [1e-5, 1, 1e5]) {
      const b = rough(Float64Array.from({ length: n }, () => scale * random.normal()));
      const { solution: x } = conjugateGradient(rough, b, 500, 0, 2 ** -19);
      const left = rough(x).map((value, k) => value - b[k]);
      expect(Math.hypot(...left) / Math.hypot(...b)).toBeLessThan(1e-4);
      expect(x.every(Number.isFinite)).toBe(true);
    }
  });
});

it("refuses what it cannot solve", () => {
  const b = Float64Array.of(1, 1);
  expect(() => conjugateGradient((v) => v.map((x) => -x), b)).toThrow(
    "matrix must be positive definite, got pᵀAp = -2 in iteration 1; add damping",
  );
  expect(() => conjugateGradient((v) => v.map(() => NaN), b)).toThrow("got pᵀAp = NaN");
  expect(() => conjugateGradient(() => new Float64Array(3), b)).toThrow("apply must return [2] values, got [3]");
  expect(() => conjugateGradient((v) => v, b, -1)).toThrow("iterations must be an integer >= 0, got -1");
  expect(() => conjugateGradient((v) => v, b, 1, NaN)).toThrow("tolerance must be >= 0, got NaN");
  expect(() => conjugateGradient((v) => v, b, 1, 0, -1)).toThrow("precision must be >= 0, got -1");
});
