import { describe, expect, it } from "vitest";
import { Random } from "../random.js";
import type { Tensor } from "../tensor.js";
import { constantValues, glorotUniform, normalValues, orthogonal, uniformFanIn } from "./initialisers.js";

function moments(x: Tensor): { mean: number; variance: number; largest: number } {
  const values = [...x.values()];
  const mean = values.reduce((total, v) => total + v, 0) / values.length;
  const variance = values.reduce((total, v) => total + (v - mean) ** 2, 0) / values.length;
  return { mean, variance, largest: Math.max(...values.map(Math.abs)) };
}

describe("orthogonal", () => {
  it.each([
    [1, 1],
    [4, 4],
    [8, 3],
    [3, 8],
    [64, 64],
    [1, 5],
    [5, 1],
  ])("has orthonormal rows or columns, [%i, %i]", (fanIn, fanOut) => {
    const gain = Math.SQRT2;
    const w = orthogonal(gain)(Random.fromSeed(1), [fanIn, fanOut]);
    expect(w.shape).toEqual([fanIn, fanOut]);
    const at = (i: number, j: number) => w.data[i * fanOut + j] / gain;
    const [count, length] = [Math.min(fanIn, fanOut), Math.max(fanIn, fanOut)];
    for (let p = 0; p < count; p++) {
      for (let q = 0; q < count; q++) {
        let product = 0;
        for (let i = 0; i < length; i++) product += fanIn >= fanOut ? at(i, p) * at(i, q) : at(p, i) * at(q, i);
        expect(Math.abs(product - (p === q ? 1 : 0))).toBeLessThan(2e-6);
      }
    }
  });

  it.each([
    [600, 500],
    [160, 9000],
  ])("is orthonormal in the kernels, too, where it is large, [%i, %i]", (fanIn, fanOut) => {
    const w = orthogonal()(Random.fromSeed(1), [fanIn, fanOut]).values();
    const [count, length] = [Math.min(fanIn, fanOut), Math.max(fanIn, fanOut)];
    const vectors = Array.from({ length: count }, (_, v) =>
      Float64Array.from({ length }, (_, i) => (fanIn >= fanOut ? w[i * fanOut + v] : w[v * fanOut + i])),
    );
    let worst = 0;
    for (const [p, a] of vectors.entries()) {
      // Its own panel's, the next one's, and the last.
      for (const q of [p, p + 1, p + 31, p + 40, count - 1].filter((other) => other < count)) {
        const product = a.reduce((sum, x, i) => sum + x * vectors[q][i], 0);
        worst = Math.max(worst, Math.abs(product - (p === q ? 1 : 0)));
      }
    }
    expect(worst).toBeLessThan(1e-6);
  });

  it("is uniform on the sphere where it is large: fourth moments, and signs that do not follow the diagonal", () => {
    const n = 520;
    const w = orthogonal()(Random.fromSeed(3), [n, n]).values();
    // Haar: 𝔼 x² = 1/n exactly over all elements, 𝔼 x⁴ = 3/(n (n + 2)); a diagonal of R with two signs would pile up one sign in w's.
    const fourth = w.reduce((sum, x) => sum + x ** 4, 0) / w.length;
    expect(fourth * n * (n + 2)).toBeCloseTo(3, 1);
    const trace = Array.from({ length: n }, (_, i) => w[i * n + i]).reduce((sum, x) => sum + x, 0);
    expect(Math.abs(trace)).toBeLessThan(5); // of variance 1 (Diaconis & Shahshahani 1994)
  });

  it("has no preferred direction: the element [0, 0] averages to 0, its square to 1/n", () => {
    const random = Random.fromSeed(2);
    const values = Array.from({ length: 2000 }, () => orthogonal()(random, [3, 3]).data[0]);
    // Standard errors: √(1/3/2000) = 0.013 and √(0.089/2000) = 0.007.
    expect(Math.abs(values.reduce((total, v) => total + v, 0) / 2000)).toBeLessThan(0.06);
    expect(Math.abs(values.reduce((total, v) => total + v * v, 0) / 2000 - 1 / 3)).toBeLessThan(0.03);
  });
});

describe("uniform and normal", () => {
  it("keeps U(−1/√in, 1/√in) within its bounds, of variance 1/(3·in)", () => {
    const { mean, variance, largest } = moments(uniformFanIn(Random.fromSeed(1), [100, 200]));
    expect(largest).toBeLessThanOrEqual(Math.fround(0.1));
    expect(largest).toBeGreaterThan(0.0999);
    expect(Math.abs(mean)).toBeLessThan(0.002);
    expect(variance).toBeCloseTo(0.01 / 3, 4);
  });

  it("keeps Glorot's within √(6/(in + out)), of variance 2/(in + out)", () => {
    const { mean, variance, largest } = moments(glorotUniform(Random.fromSeed(1), [50, 100]));
    expect(largest).toBeLessThanOrEqual(0.2 + 1e-6);
    expect(largest).toBeGreaterThan(0.199);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(variance).toBeCloseTo(2 / 150, 3);
  });

  it("draws normals of the given deviation", () => {
    const { mean, variance } = moments(normalValues(0.5)(Random.fromSeed(1), [100, 200]));
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 0.25)).toBeLessThan(0.012);
  });

  it("gives the same values for the same seed, and constants", () => {
    for (const initialiser of [uniformFanIn, glorotUniform, normalValues(1), orthogonal()]) {
      const [a, b, c] = [1, 1, 2].map((seed) => initialiser(Random.fromSeed(seed), [3, 4]).values());
      expect(a).toEqual(b);
      expect(a).not.toEqual(c);
    }
    expect([...constantValues([2, 2], 0.5).data]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });
});
