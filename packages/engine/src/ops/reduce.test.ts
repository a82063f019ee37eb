import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grad } from "../autodiff.js";
import { useBackend } from "../memory.js";
import { scope, type Tensor, tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import { exp, mul, square } from "./elementwise.js";
import { allFinite, argmax, logSoftmax, logSumExp, max, mean, min, softmax, variance } from "./reduce.js";
import { sum } from "./shape.js";

/** A matrix as rows of f64. */
function rowsOf(x: Tensor): number[][] {
  const cols = x.shape[x.shape.length - 1];
  return Array.from({ length: x.size / cols }, (_, r) => [...x.data.subarray(r * cols, (r + 1) * cols)]);
}

function expectClose(actual: Float32Array, expected: readonly number[], tolerance = 2e-6): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs(actual[i] - expected[i]), `element ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(expected[i])),
    );
  }
}

const average = (row: readonly number[]) => row.reduce((total, v) => total + v, 0) / row.length;
const softmaxOf = (row: readonly number[]) => {
  const top = Math.max(...row);
  const total = row.reduce((t, v) => t + Math.exp(v - top), 0);
  return row.map((v) => Math.exp(v - top) / total);
};
const logSumExpOf = (row: readonly number[]) => {
  const top = Math.max(...row);
  return top + Math.log(row.reduce((t, v) => t + Math.exp(v - top), 0));
};

describe.each(["wasm", "reference"] as const)("reductions, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  it.each([
    [1, 1],
    [3, 5],
    [5, 3],
    [4, 8],
    [7, 33],
    [2, 130],
  ])("agree with f64 arithmetic on [%i, %i]", (rows, cols) => {
    const [x] = samples([[rows, cols]]);
    scope(() => {
      const byRow = rowsOf(x);
      const byColumn = Array.from({ length: cols }, (_, c) => byRow.map((row) => row[c]));
      expectClose(mean(x, 1).data, byRow.map(average));
      expectClose(mean(x, 0).data, byColumn.map(average));
      expectClose(mean(x).data, [average(byRow.flat())], 1e-5);
      const spread = (row: number[]) => average(row.map((v) => (v - average(row)) ** 2));
      expectClose(variance(x, 1).data, byRow.map(spread), 1e-5);
      expectClose(variance(x, 0).data, byColumn.map(spread), 1e-5);
      expectClose(variance(x).data, [spread(byRow.flat())], 1e-5);
      expect([...max(x, 1).data]).toEqual(byRow.map((row) => Math.max(...row)));
      expect([...max(x, 0).data]).toEqual(byColumn.map((column) => Math.max(...column)));
      expect(max(x).item()).toBe(Math.max(...byRow.flat()));
      expect([...min(x, -1).data]).toEqual(byRow.map((row) => Math.min(...row)));
      expect([...min(x, -2).data]).toEqual(byColumn.map((column) => Math.min(...column)));
      expect(min(x).item()).toBe(Math.min(...byRow.flat()));
      expect([...argmax(x).indexData]).toEqual(byRow.map((row) => row.indexOf(Math.max(...row))));
      expectClose(softmax(x).data, byRow.flatMap(softmaxOf));
      expectClose(
        logSoftmax(x).data,
        byRow.flatMap((row) => row.map((v) => v - logSumExpOf(row))),
      );
      expectClose(logSumExp(x).data, byRow.map(logSumExpOf));
    });
  });

  it("gives the shapes, with and without the axis", () => {
    scope(() => {
      const x = zeros([2, 3, 4]);
      for (const op of [mean, variance, max, min]) {
        expect(op(x).shape).toEqual([]);
        expect(op(x, 1).shape).toEqual([2, 4]);
        expect(op(x, 1, true).shape).toEqual([2, 1, 4]);
        expect(op(x, -1).shape).toEqual([2, 3]);
        expect(op(x, 0, true).shape).toEqual([1, 3, 4]);
      }
      expect(softmax(x).shape).toEqual([2, 3, 4]);
      expect(logSoftmax(x).shape).toEqual([2, 3, 4]);
      expect(logSumExp(x).shape).toEqual([2, 3]);
      expect(logSumExp(x, true).shape).toEqual([2, 3, 1]);
      expect(argmax(x).shape).toEqual([2, 3]);
      expect(argmax(zeros([3])).shape).toEqual([]);
    });
  });

  it("handles nothing: the identity of max and min, NaN of mean, empty results", () => {
    scope(() => {
      expect(max(zeros([0])).item()).toBe(Number.NEGATIVE_INFINITY);
      expect([...min(zeros([2, 0]), 1).data]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
      expect(max(zeros([0, 3]), 1).shape).toEqual([0]);
      expect(mean(zeros([0])).item()).toBeNaN();
      expect(softmax(zeros([0, 3])).shape).toEqual([0, 3]);
      expect(softmax(zeros([3, 0])).shape).toEqual([3, 0]);
      expect(logSumExp(zeros([0, 3])).shape).toEqual([0]);
      expect([...logSumExp(zeros([2, 0])).data]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
      expect(argmax(zeros([0, 3])).shape).toEqual([0]);
    });
  });

  it("handles NaN and infinities", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    scope(() => {
      const x = tensor([
        [1, nan, 3],
        [-inf, 0, inf],
        [-inf, 1, 2],
      ]);
      expect([...max(x, 1).data]).toEqual([nan, inf, 2]);
      expect([...min(x, 1).data]).toEqual([nan, -inf, -inf]);
      expect(max(x, 0).data[1]).toBeNaN();
      expect([...argmax(x).indexData]).toEqual([1, 2, 2]);
      expectClose(softmax(tensor([-inf, 1, 2])).data, softmaxOf([-inf, 1, 2]));
      expect(logSoftmax(tensor([-inf, 1, 2])).data[0]).toBe(-inf);
      expectClose(
        logSoftmax(tensor([-inf, 1, 2])).data.slice(1),
        [1, 2].map((v) => v - logSumExpOf([1, 2])),
      );
      expect([...logSumExp(x).data.slice(0, 2)]).toEqual([nan, inf]);
      expect(logSumExp(tensor([-inf, -inf])).item()).toBe(-inf);
    });
  });

  it("does not overflow", () => {
    scope(() => {
      const x = tensor([1000, 1001, 999]);
      expectClose(softmax(x).data, softmaxOf([0, 1, -1]));
      expectClose(logSumExp(x).data, [1000 + logSumExpOf([0, 1, -1])], 1e-6);
      expectClose(logSumExp(tensor([-1000, -1001])).data, [-1000 + logSumExpOf([0, -1])], 1e-6);
      expectClose(
        logSoftmax(x).data,
        [0, 1, -1].map((v) => v - logSumExpOf([0, 1, -1])),
        1e-5,
      );
    });
  });

  it("takes the first of equal maxima", () => {
    scope(() =>
      expect([
        ...argmax(
          tensor([
            [1, 3, 3, 2],
            [0, 0, 0, 0],
          ]),
        ).indexData,
      ]).toEqual([1, 0]),
    );
  });

  const differentiable: Record<string, (x: Tensor) => Tensor> = {
    mean: (x) => mean(x),
    "mean over axis 0": (x) => mean(x, 0),
    "mean over the last axis, kept": (x) => mean(x, -1, true),
    variance: (x) => variance(x),
    "variance over axis 0": (x) => variance(x, 0),
    "variance over axis 1": (x) => variance(x, 1),
    max: (x) => max(x),
    "max over axis 0": (x) => max(x, 0),
    "max over axis 1, kept": (x) => max(x, 1, true),
    min: (x) => min(x),
    "min over axis 0, kept": (x) => min(x, 0, true),
    "min over the last axis": (x) => min(x, -1),
    softmax,
    logSoftmax,
    logSumExp: (x) => logSumExp(x),
    "logSumExp, kept": (x) => logSumExp(x, true),
    "entropy of a softmax": (x) => sum(mul(softmax(x), logSoftmax(x)), -1),
  };

  describe.each(Object.entries(differentiable))("%s", (_, f) => {
    it.each([1, 2, 3])("has the right gradient (samples %i)", (seed) => {
      checkGradient(f, samples([[3, 4]], { seed }));
      checkGradient((x) => square(f(x)), samples([[2, 3, 2]], { seed }), { tolerance: 1e-3 });
    });

    it("has the right second derivative", () => {
      checkSecondGradient(f, samples([[2, 3]]));
      checkSecondGradient((x) => square(f(x)), samples([[2, 3]]), { tolerance: 2e-3 });
      checkSecondGradient((x) => exp(f(x)), samples([[3, 2]], { low: -1, high: 1 }), { tolerance: 1e-3 });
    });
  });

  it("shares the gradient among equal maxima", () => {
    const gradient = (f: (x: Tensor) => Tensor) =>
      scope(() =>
        grad((x) => sum(f(x)))(
          tensor([
            [1, 3, 3, 2],
            [4, 0, 1, 2],
          ]),
        )[0].values(),
      );
    expect([...gradient((x) => max(x, 1))]).toEqual([0, 0.5, 0.5, 0, 1, 0, 0, 0]);
    expect([...gradient((x) => max(x))]).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it("gives masked elements of softmax and logSumExp no gradient", () => {
    const masked = () => tensor([Number.NEGATIVE_INFINITY, 1, 2]);
    for (const f of [softmax, (x: Tensor) => logSumExp(x)]) {
      const gradient = scope(() => grad((x) => sum(square(f(x))))(masked())[0].values());
      expect(Math.abs(gradient[0])).toBe(0);
      expect(gradient.every(Number.isFinite)).toBe(true);
    }
  });

  it("names what is wrong", () => {
    scope(() => {
      expect(() => max(zeros([2]), 1)).toThrow("axis must be an integer in [-1, 0], got 1");
      expect(() => argmax(zeros([2, 0]))).toThrow("argmax() needs a last axis with elements, got shape [2, 0]");
      expect(() => argmax(tensor(1))).toThrow("argmax() needs a last axis");
      for (const op of [softmax, logSoftmax, logSumExp]) expect(() => op(tensor(1))).toThrow("at least one axis");
    });
  });
});

it("allFinite finds what is no number, wherever it is", () => {
  scope(() => {
    expect(allFinite(zeros([0]))).toBe(true);
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (let at = 0; at < 9; at++) {
        const x = zeros([3, 3]);
        expect(allFinite(x)).toBe(true);
        x.data[at] = broken;
        expect(allFinite(x)).toBe(false);
      }
    }
  });
});
