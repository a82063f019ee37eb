import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../memory.js";
import { scope, type Tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import { relu, sigmoid, square, tanh } from "./elementwise.js";
import { type FusedActivation, linear, matmul } from "./linear.js";
import { sum } from "./shape.js";

/** Matrix b of a stack of matrices, transposed if asked, as rows of f64. */
function matrix(x: Tensor, transposed: boolean, b = 0): number[][] {
  const [rows, cols] = x.shape.slice(-2);
  const element = (r: number, c: number) => x.data[b * rows * cols + r * cols + c];
  return transposed
    ? Array.from({ length: cols }, (_, c) => Array.from({ length: rows }, (_, r) => element(r, c)))
    : Array.from({ length: rows }, (_, r) => Array.from({ length: cols }, (_, c) => element(r, c)));
}

function product(a: number[][], b: number[][], n: number): number[] {
  return a.flatMap((row) => Array.from({ length: n }, (_, j) => row.reduce((total, v, p) => total + v * b[p][j], 0)));
}

function expectClose(actual: Float32Array, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs(actual[i] - expected[i]), `element ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(expected[i])),
    );
  }
}

const transpositions = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

const activations: Record<FusedActivation, (x: number) => number> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

describe.each(["wasm", "reference"] as const)("products, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  describe.each(transpositions)("matmul, a transposed %s, b transposed %s", (ta, tb) => {
    const shapesOf = (m: number, n: number, k: number, batch?: number) => {
      const lead = batch === undefined ? [] : [batch];
      return [
        [...lead, ...(ta ? [k, m] : [m, k])],
        [...lead, ...(tb ? [n, k] : [k, n])],
      ];
    };

    it.each([
      [1, 1, 1],
      [1, 7, 3],
      [3, 1, 5],
      [4, 8, 4],
      [5, 9, 7],
      [17, 33, 19],
      [0, 3, 2],
      [3, 0, 2],
      [2, 3, 0],
    ])("multiplies [%i, k]·[k, %i], k = %i", (m, n, k) => {
      const [a, b] = samples(shapesOf(m, n, k));
      scope(() => {
        const y = matmul(a, b, { a: ta, b: tb });
        expect(y.shape).toEqual([m, n]);
        expectClose(y.data, product(matrix(a, ta), matrix(b, tb), n), 1e-5);
      });
    });

    it.each([
      [3, 2, 5, 4],
      [1, 3, 3, 3],
      [2, 1, 1, 3],
      [0, 2, 3, 4],
    ])("multiplies a batch of %i: [%i, k]·[k, %i], k = %i", (batch, m, n, k) => {
      const [a, b] = samples(shapesOf(m, n, k, batch));
      scope(() => {
        const y = matmul(a, b, { a: ta, b: tb });
        expect(y.shape).toEqual([batch, m, n]);
        const expected = Array.from({ length: batch }, (_, i) => product(matrix(a, ta, i), matrix(b, tb, i), n));
        expectClose(y.data, expected.flat(), 1e-5);
      });
    });

    it.each([1, 2])("has the right gradients (samples %i)", (seed) => {
      const options = { a: ta, b: tb };
      const [a, b] = samples(shapesOf(2, 3, 4), { seed });
      checkGradient((x, y) => matmul(x, y, options), [a, b], { tolerance: 1e-3 });
      checkGradient((x) => matmul(x, b, options), [a]);
      checkGradient((y) => matmul(a, y, options), [b]);
      const [c, d] = samples(shapesOf(2, 1, 3, 2), { seed });
      checkGradient((x, y) => matmul(x, y, options), [c, d], { tolerance: 1e-3 });
      checkGradient((x) => matmul(x, x, options), samples([[3, 3]], { seed }), { tolerance: 1e-3 });
    });

    it("has the right second derivatives", () => {
      const options = { a: ta, b: tb };
      const unit = { low: -1, high: 1 };
      checkSecondGradient((x, y) => square(matmul(x, y, options)), samples(shapesOf(2, 1, 3), unit), {
        tolerance: 2e-3,
      });
      checkSecondGradient((x, y) => tanh(matmul(x, y, options)), samples(shapesOf(1, 2, 2, 2), unit), {
        tolerance: 2e-3,
      });
    });
  });

  it("multiplies into zeros where there is nothing to add up", () => {
    scope(() => expect([...matmul(zeros([2, 0]), zeros([0, 2])).data]).toEqual([0, 0, 0, 0]));
  });

  describe.each(Object.entries(activations))("linear with activation %s", (name, f) => {
    const activation = name as FusedActivation;

    it.each([
      [[1, 3], 5],
      [[5, 7], 9],
      [[17, 4], 2],
      [[6], 3],
      [[2, 3, 4], 5],
      [[2, 1, 2, 3], 2],
      [[0, 3], 2],
      [[3, 0], 2],
    ] as [number[], number][])("maps %j to %i features", (shape, outSize) => {
      const inSize = shape[shape.length - 1];
      const [x, weight, bias] = samples([shape, [inSize, outSize], [outSize]], { low: -1, high: 1 });
      scope(() => {
        const rows = shape.slice(0, -1).reduce((total, length) => total * length, 1);
        const byRow = Array.from({ length: rows }, (_, r) => [...x.data.subarray(r * inSize, (r + 1) * inSize)]);
        const plain = product(byRow, matrix(weight, false), outSize);
        const y = linear(x, weight, bias, activation);
        expect(y.shape).toEqual([...shape.slice(0, -1), outSize]);
        expectClose(
          y.data,
          plain.map((v, i) => f(v + bias.data[i % outSize])),
          5e-6,
        );
        expectClose(linear(x, weight, null, activation).data, plain.map(f), 5e-6);
      });
    });

    it.each([1, 2, 3])("has the right gradients (samples %i)", (seed) => {
      const [x, weight, bias] = samples([[3, 4], [4, 2], [2]], { seed, low: -1, high: 1 });
      // A pre-activation near 0 would put relu's kink within reach: the bias keeps it away.
      if (activation === "relu") awayFromKink(x, weight, bias);
      checkGradient((p, w, b) => linear(p, w, b, activation), [x, weight, bias]);
      checkGradient((p) => linear(p, weight, bias, activation), [x]);
      checkGradient((w) => linear(x, w, bias, activation), [weight]);
      checkGradient((b) => linear(x, weight, b, activation), [bias]);
      if (activation !== "relu") {
        checkGradient((p, w) => linear(p, w, null, activation), [x, weight]);
        const [deep] = samples([[2, 2, 4]], { seed, low: -1, high: 1 });
        checkGradient((p, w, b) => linear(p, w, b, activation), [deep, weight, bias]);
      }
    });

    it("has the right second derivatives", () => {
      const [x, weight, bias] = samples([[2, 3], [3, 2], [2]], { low: -1, high: 1 });
      if (activation === "relu") awayFromKink(x, weight, bias);
      checkSecondGradient((p, w, b) => square(linear(p, w, b, activation)), [x, weight, bias], { tolerance: 2e-3 });
      checkSecondGradient((w) => linear(x, w, bias, activation), [weight]);
    });

    it("is the product followed by the activation", () => {
      const [x, weight, bias] = samples([[3, 4], [4, 2], [2]]);
      const separate = { none: (y: Tensor) => y, relu, tanh, sigmoid }[activation];
      scope(() => {
        const fused = linear(x, weight, bias, activation).values();
        expectClose(fused, [...separate(linear(x, weight, bias)).data], 1e-6);
      });
    });
  });

  it("names shapes that do not fit", () => {
    scope(() => {
      expect(() => matmul(zeros([2, 3]), zeros([2, 3]))).toThrow(
        "matmul() needs [m, k]·[k, n] (or both with the same batch axis), got [2, 3]·[2, 3]",
      );
      expect(() => matmul(zeros([2, 3]), zeros([2, 3]), { a: true, b: true })).toThrow("got [2, 3]ᵀ·[2, 3]ᵀ");
      expect(() => matmul(zeros([3]), zeros([3]))).toThrow("matmul() needs");
      expect(() => matmul(zeros([2, 2, 3]), zeros([3, 2]))).toThrow("matmul() needs");
      expect(() => matmul(zeros([2, 2, 3]), zeros([3, 3, 2]))).toThrow("matmul() needs");
      expect(() => linear(zeros([2, 3]), zeros([4, 2]), null)).toThrow(
        "linear() needs x […, in], weight [in, out] and bias [out], got [2, 3], [4, 2] and none",
      );
      expect(() => linear(zeros([2, 3]), zeros([3, 2]), zeros([3]))).toThrow("got [2, 3], [3, 2] and [3]");
      expect(() => linear(zeros([2, 3]), zeros([3, 2]), zeros([1, 2]))).toThrow("and [1, 2]");
      expect(() => linear(zeros([]), zeros([3, 2]), null)).toThrow("linear() needs");
    });
  });

  it("sums a column of ones like sum()", () => {
    const [x] = samples([[5, 3]]);
    scope(() => {
      const ones = zeros([1, 5]);
      ones.data.fill(1);
      expectClose(matmul(ones, x).data, [...sum(x, 0).data], 1e-6);
    });
  });
});

/** Grows the bias until no x·W + b is within 0.3 of zero. */
function awayFromKink(x: Tensor, weight: Tensor, bias: Tensor): void {
  for (let column = 0; column < bias.size; column++) {
    const near = () => {
      const z = scope(() => ({ values: linear(x, weight, bias).values() })).values;
      return z.some((v, i) => i % bias.size === column && Math.abs(v) < 0.3);
    };
    while (near()) bias.data[column] += 0.1;
  }
}

it("refuses an activation that it does not fuse", () => {
  scope(() => {
    for (const name of ["foo", "gelu", "toString"]) {
      expect(() => linear(zeros([1, 2]), zeros([2, 3]), null, name as "relu")).toThrow(
        `linear() applies one of the activations none, relu, tanh, sigmoid, got "${name}"`,
      );
    }
  });
});
