import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../memory.js";
import { scope, tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import { square } from "./elementwise.js";
import { layerNorm } from "./norm.js";

describe.each(["wasm", "reference"] as const)("layerNorm, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  it.each([
    [[1, 1], 1e-5],
    [[3, 5], 1e-5],
    [[2, 3, 4], 1e-3],
    [[7], 1e-5],
    [[2, 130], 1e-5],
    [[0, 3], 1e-5],
    [[3, 0], 1e-5],
  ] as [number[], number][])("normalises the last axis of %j, ε = %d", (shape, epsilon) => {
    const cols = shape[shape.length - 1];
    const [x, gamma, beta] = samples([shape, [cols], [cols]]);
    scope(() => {
      const y = layerNorm(x, gamma, beta, epsilon);
      expect(y.shape).toEqual(shape);
      for (let r = 0; r < x.size / Math.max(cols, 1); r++) {
        const row = [...x.data.subarray(r * cols, (r + 1) * cols)];
        const mean = row.reduce((total, v) => total + v, 0) / cols;
        const variance = row.reduce((total, v) => total + (v - mean) ** 2, 0) / cols;
        row.forEach((v, c) => {
          const expected = ((v - mean) / Math.sqrt(variance + epsilon)) * gamma.data[c] + beta.data[c];
          expect(y.data[r * cols + c]).toBeCloseTo(expected, 5);
        });
      }
    });
  });

  it("is stable far from zero", () => {
    scope(() => {
      const y = layerNorm(tensor([[1000, 1001, 1002]]), tensor([1, 1, 1]), zeros([3]));
      const scale = 1 / Math.sqrt(2 / 3 + 1e-5);
      [-scale, 0, scale].forEach((v, i) => {
        expect(y.data[i]).toBeCloseTo(v, 4);
      });
    });
  });

  it.each([1, 2, 3])("has the right gradients (samples %i)", (seed) => {
    const [x, gamma, beta] = samples([[3, 4], [4], [4]], { seed });
    checkGradient((p, g, b) => layerNorm(p, g, b), [x, gamma, beta]);
    checkGradient((p) => layerNorm(p, gamma, beta), [x]);
    checkGradient((g) => layerNorm(x, g, beta), [gamma]);
    checkGradient((b) => square(layerNorm(x, gamma, b)), [beta], { tolerance: 1e-3 });
    checkGradient((p, g, b) => layerNorm(p, g, b), [samples([[2, 2, 4]], { seed })[0], gamma, beta]);
  });

  it("has the right second derivatives", () => {
    const [x, gamma, beta] = samples([[2, 3], [3], [3]]);
    checkSecondGradient((p, g, b) => layerNorm(p, g, b), [x, gamma, beta], { tolerance: 1e-3 });
    checkSecondGradient((p, g, b) => square(layerNorm(p, g, b)), [x, gamma, beta], { tolerance: 2e-3 });
    checkSecondGradient((b) => square(layerNorm(x, gamma, b)), [beta], { tolerance: 1e-3 });
  });

  it("names shapes that do not fit", () => {
    scope(() => {
      expect(() => layerNorm(zeros([2, 3]), zeros([2]), zeros([3]))).toThrow(
        "layerNorm() needs x […, features], gamma and beta [features], got [2, 3], [2] and [3]",
      );
      expect(() => layerNorm(zeros([2, 3]), zeros([3]), zeros([1, 3]))).toThrow("and [1, 3]");
      expect(() => layerNorm(zeros([]), zeros([1]), zeros([1]))).toThrow("layerNorm() needs");
    });
  });
});
