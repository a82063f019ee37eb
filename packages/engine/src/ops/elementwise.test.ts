import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grad } from "../autodiff.js";
import { useBackend } from "../memory.js";
import { indices, type Shape, scope, sizeOf, type Tensor, tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import {
  abs,
  add,
  broadcastShape,
  clip,
  cos,
  div,
  elu,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  type Operand,
  reciprocal,
  relu,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from "./elementwise.js";
import { sum } from "./shape.js";

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
/** ½·(1 + erf(x/√2)) by Simpson's rule on the density. */
function normalCdf(x: number): number {
  const n = 2000;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let total = density(0) + density(x);
  for (let i = 1; i < n; i++) total += (i % 2 === 0 ? 2 : 4) * density((x * i) / n);
  return 0.5 + (total * x) / n / 3;
}

interface UnaryCase {
  readonly op: (x: Tensor) => Tensor;
  readonly f: (x: number) => number;
  /** Where the samples lie, if not in [−2, 2]. */
  readonly low?: number;
  readonly high?: number;
  /** f at NaN, +0, −0, +∞, −∞ (NaN, f(0), f(−0), …); by default by `f`. */
  readonly special?: readonly number[];
}

const unaries: Readonly<Record<string, UnaryCase>> = {
  neg: { op: neg, f: (x) => -x },
  abs: { op: abs, f: Math.abs },
  sign: { op: sign, f: Math.sign },
  floor: { op: floor, f: Math.floor },
  exp: { op: exp, f: Math.exp },
  log: { op: log, f: Math.log, low: 0.4, high: 4 },
  log1p: { op: log1p, f: Math.log1p, low: -0.6, high: 3 },
  sqrt: { op: sqrt, f: Math.sqrt, low: 0.4, high: 4 },
  square: { op: square, f: (x) => x * x },
  reciprocal: { op: reciprocal, f: (x) => 1 / x, low: 0.5, high: 3 },
  tanh: { op: tanh, f: Math.tanh },
  sigmoid: { op: sigmoid, f: logistic },
  relu: { op: relu, f: (x) => Math.max(x, 0) },
  softplus: {
    op: softplus,
    f: (x) => Math.log1p(Math.exp(x)),
    special: [Number.NaN, Math.LN2, Math.LN2, Number.POSITIVE_INFINITY, 0],
  },
  sin: { op: sin, f: Math.sin },
  cos: { op: cos, f: Math.cos },
  erf: {
    op: erf,
    f: (x) => 2 * normalCdf(x * Math.SQRT2) - 1,
    special: [Number.NaN, 0, -0, 1, -1],
  },
  gelu: { op: gelu, f: (x) => x * normalCdf(x), special: [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NaN] },
  silu: { op: silu, f: (x) => x * logistic(x), special: [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NaN] },
  elu: { op: elu, f: (x) => (x > 0 ? x : Math.expm1(x)), special: [Number.NaN, 0, 0, Number.POSITIVE_INFINITY, -1] },
};

interface BinaryCase {
  readonly op: (a: Tensor, b: Operand) => Tensor;
  readonly f: (a: number, b: number) => number;
}

const binaries: Readonly<Record<string, BinaryCase>> = {
  add: { op: add, f: (a, b) => a + b },
  sub: { op: sub, f: (a, b) => a - b },
  mul: { op: mul, f: (a, b) => a * b },
  div: { op: div, f: (a, b) => a / b },
  minimum: { op: minimum, f: Math.min },
  maximum: { op: maximum, f: Math.max },
};

const comparisons: Readonly<Record<string, BinaryCase>> = {
  greater: { op: greater, f: (a, b) => Number(a > b) },
  greaterEqual: { op: greaterEqual, f: (a, b) => Number(a >= b) },
  less: { op: less, f: (a, b) => Number(a < b) },
  lessEqual: { op: lessEqual, f: (a, b) => Number(a <= b) },
  equal: { op: equal, f: (a, b) => Number(a === b) },
};

/** Pairs of shapes that broadcast, and what to. */
const broadcasts: readonly (readonly [a: Shape, b: Shape, result: Shape])[] = [
  [[], [], []],
  [[5], [5], [5]],
  [
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [], [2, 3]], // scalar
  [[], [2, 3], [2, 3]],
  [[2, 3], [1], [2, 3]],
  [[1, 1], [3], [1, 3]],
  [
    [2, 3],
    [1, 1],
    [2, 3],
  ],
  [[2, 3], [3], [2, 3]], // row
  [[3], [2, 3], [2, 3]],
  [
    [2, 3],
    [1, 3],
    [2, 3],
  ],
  [
    [2, 3, 4],
    [3, 4],
    [2, 3, 4],
  ], // a row of rows
  [
    [2, 3, 4],
    [1, 3, 4],
    [2, 3, 4],
  ],
  [
    [2, 3],
    [2, 1],
    [2, 3],
  ], // column
  [
    [2, 1],
    [2, 3],
    [2, 3],
  ],
  [
    [2, 3, 4],
    [2, 3, 1],
    [2, 3, 4],
  ],
  [
    [2, 3, 4],
    [3, 1],
    [2, 3, 4],
  ], // a column with missing axes
  [
    [2, 3, 4],
    [2, 1, 4],
    [2, 3, 4],
  ], // a middle axis
  [
    [2, 3, 4],
    [2, 1, 1],
    [2, 3, 4],
  ],
  [
    [2, 1],
    [1, 3],
    [2, 3],
  ], // both sides
  [[3], [2, 1], [2, 3]],
  [
    [2, 1, 4],
    [3, 1],
    [2, 3, 4],
  ],
  [
    [2, 1, 2, 1],
    [3, 1, 2],
    [2, 3, 2, 2],
  ],
  [
    [2, 1, 2, 1, 2],
    [2, 1, 2, 1, 2],
    [2, 1, 2, 1, 2],
  ],
  [[2, 1, 2, 1, 2], [2], [2, 1, 2, 1, 2]],
  [[0], [], [0]], // nothing
  [[0], [1], [0]],
  [
    [2, 0],
    [2, 1],
    [2, 0],
  ],
  [[0, 3], [3], [0, 3]],
  [
    [0, 1],
    [1, 3],
    [0, 3],
  ],
  [[5, 0], [0], [5, 0]],
];

/** The element of `values`, a dense array of `shape`, that stands at place `index` of the broadcast result. */
function broadcastElement(values: Float32Array, shape: Shape, result: Shape, index: number): number {
  let at = 0;
  let stride = 1;
  let rest = index;
  for (let axis = 1; axis <= result.length; axis++) {
    const position = rest % result[result.length - axis];
    rest = Math.floor(rest / result[result.length - axis]);
    const length = shape[shape.length - axis] ?? 1;
    if (length !== 1) at += stride * position;
    stride *= length;
  }
  return values[at];
}

function expectClose(actual: Float32Array, expected: ArrayLike<number>, tolerance = 3e-6): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const e = Math.fround(expected[i]);
    if (Number.isFinite(e)) {
      expect(Math.abs(actual[i] - e), `element ${i}: ${actual[i]} for ${e}`).toBeLessThanOrEqual(
        tolerance * (1 + Math.abs(e)),
      );
    } else expect(actual[i], `element ${i}`).toBe(e);
  }
}

describe.each(["wasm", "reference"] as const)("element-wise ops, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  describe.each(Object.entries(unaries))("%s", (_, { op, f, low, high, special }) => {
    it.each([0, 1, 3, 4, 7, 17, 130])("computes %i elements", (n) => {
      const [x] = samples([[n]], { low, high, fromZero: 0 });
      scope(() => expectClose(op(x).data, x.values().map(f)));
    });

    it("follows f at NaN, ±0 and ±∞", () => {
      const inputs = [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      scope(() => {
        const found = op(tensor(inputs)).data;
        const expected = special ?? inputs.map(f);
        inputs.forEach((input, i) => {
          // Zeros with their sign, but for relu, where either will do.
          if (Number.isFinite(expected[i]) && expected[i] !== 0) expect(found[i]).toBeCloseTo(expected[i], 6);
          else expect(op === relu ? found[i] + 0 : found[i], `at ${input}`).toBe(expected[i]);
        });
      });
    });

    it.each([1, 2, 3])("has the right gradient (samples %i)", (seed) => {
      // 4·0.6 apart and off the integers and the zero: no kink of floor, sign, abs or relu is near.
      checkGradient(op, samples([[2, 3]], { seed, low: low ?? -1.8, high: high ?? 1.8 }).map(offIntegers));
    });

    it("has the right second derivative", () => {
      checkSecondGradient(op, samples([[5]], { low: low ?? -1.8, high: high ?? 1.8 }).map(offIntegers), {
        tolerance: 1e-3,
      });
    });
  });

  describe.each(Object.entries({ ...binaries, ...comparisons }))("%s", (_, { op, f }) => {
    it.each(broadcasts)("broadcasts %j and %j to %j", (aShape, bShape, result) => {
      const [a, b] = samples([aShape, bShape], { fromZero: 0.3 });
      scope(() => {
        const y = op(a, b);
        expect(y.shape).toEqual(result);
        const expected = Array.from({ length: sizeOf(result) }, (_, i) =>
          f(broadcastElement(a.data, aShape, result, i), broadcastElement(b.data, bShape, result, i)),
        );
        expectClose(y.data, expected, 1e-6);
      });
    });

    it.each([1, 3, 4, 17, 130])("computes %i elements, and with a number", (n) => {
      const [a, b] = samples([[n], [n]], { fromZero: 0.3 });
      scope(() => {
        expectClose(
          op(a, b).data,
          a.values().map((x, i) => f(x, b.data[i])),
          1e-6,
        );
        expectClose(
          op(a, 0.75).data,
          a.values().map((x) => f(x, 0.75)),
          1e-6,
        );
      });
    });

    it("follows IEEE 754 at NaN, ±0, ±∞ and ties", () => {
      const special = [Number.NaN, 0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, -2];
      const pairs = special.flatMap((a) => special.map((b) => [a, b]));
      scope(() => {
        const [a, b] = [tensor(pairs.map(([x]) => x)), tensor(pairs.map(([, y]) => y))];
        pairs.forEach(([x, y], i) => {
          const expected = f(x, y);
          const where = `f(${Object.is(x, -0) ? "-0" : x}, ${Object.is(y, -0) ? "-0" : y})`;
          expect(op(a, b).data[i], where).toBe(expected);
          expect(op(tensor([x]), y).data[0], `${where}, a number`).toBe(expected);
          expect(op(tensor([x, x]), tensor(y)).data[1], `${where}, a scalar`).toBe(expected);
          expect(op(tensor(x), tensor([y, y])).data[1], `${where}, a scalar on the left`).toBe(expected);
        });
      });
    });

    it("names shapes that do not fit", () => {
      expect(() => scope(() => op(zeros([2, 3]), zeros([2])))).toThrow(
        "shapes [2, 3] and [2] do not broadcast: axis −1 has 3 and 2",
      );
      expect(() => scope(() => op(zeros([2, 3]), zeros([3, 3])))).toThrow("axis −2 has 2 and 3");
    });
  });

  describe.each(Object.entries(binaries))("gradient of %s", (_, { op }) => {
    it.each(broadcasts.filter(([, , result]) => sizeOf(result) <= 24))("with shapes %j and %j", (aShape, bShape) => {
      const [a, b] = samples([aShape, bShape], { fromZero: 0.6, low: -2.5, high: 2.5 });
      const apart = separated(a, b);
      checkGradient(op, apart);
    });

    it.each([1, 2, 3])("with samples %i, with a number, one constant side and an input on both sides", (seed) => {
      const [a, b] = samples([[2, 3], [3]], { seed, fromZero: 0.6, low: -2.5, high: 2.5 });
      const [x, y] = separated(a, b);
      checkGradient(op, [x, y]);
      checkGradient((p) => op(p, 0.125), [x]);
      checkGradient((p) => op(p, y), [x]);
      checkGradient((p) => op(x, p), [y]);
      checkGradient((p) => op(mul(p, 2), p), [x]);
    });

    it.each([
      [
        [2, 3],
        [2, 3],
      ],
      [[2, 3], []],
      [[2, 3], [3]],
      [
        [2, 1],
        [1, 3],
      ],
    ])("of second order with shapes %j and %j", (aShape, bShape) => {
      const [a, b] = samples([aShape, bShape], { fromZero: 0.8, low: -2.5, high: 2.5 });
      // Squared, so that the derivatives of linear ops do not vanish.
      checkSecondGradient((p, q) => square(op(p, q)), separated(a, b), { tolerance: 2e-3 });
    });
  });

  it("takes a number on the left of sub and div", () => {
    const [x] = samples([[2, 3]], { fromZero: 0.7 });
    scope(() => {
      expectClose(
        sub(2, x).data,
        x.values().map((v) => 2 - v),
      );
      expectClose(
        div(2, x).data,
        x.values().map((v) => 2 / v),
      );
    });
    checkGradient((p) => sub(2, p), [x]);
    checkGradient((p) => div(2, p), [x], { tolerance: 1e-3 });
    checkSecondGradient((p) => square(div(2, p)), [samples([[4]], { low: 1, high: 3 })[0]], { tolerance: 2e-3 });
    expect(() => sub(1, 2)).toThrow("sub() needs a tensor on one side, got two numbers");
    expect(() => div(1, 2)).toThrow("div() needs a tensor on one side, got two numbers");
  });

  describe("clip", () => {
    it("limits the values", () => {
      scope(() => {
        const x = tensor([-3, -1, 0.5, 1, 3, Number.NaN, Number.NEGATIVE_INFINITY]);
        expect([...clip(x, -1, 1).data]).toEqual([-1, -1, 0.5, 1, 1, Number.NaN, -1]);
      });
    });

    it("passes the gradient inside and at the limits, as PyTorch's clamp", () => {
      const gradient = scope(() => grad((x) => sum(clip(x, -1, 1)))(tensor([-3, -1, 0.5, 1, 3]))[0].values());
      expect([...gradient]).toEqual([0, 1, 1, 1, 0]);
      checkGradient((x) => clip(x, -1, 1), [tensor([-1.7, -0.4, 0.3, 1.2])]);
      checkSecondGradient((x) => square(clip(x, -1, 1)), [tensor([-1.7, -0.4, 0.3, 1.2])]);
    });
  });

  describe("conventions at ties and kinks, as PyTorch", () => {
    const gradients = (f: (a: Tensor, b: Tensor) => Tensor, a: number[], b: number[]) =>
      scope(() => grad((x, y) => sum(f(x, y)))(tensor(a), tensor(b)).map((g) => [...g.values()]));

    it("shares the gradient of equal arguments of minimum and maximum half and half", () => {
      expect(gradients(minimum, [1, 2, 3], [2, 2, 2])).toEqual([
        [1, 0.5, 0],
        [0, 0.5, 1],
      ]);
      expect(gradients(maximum, [1, 2, 3], [2, 2, 2])).toEqual([
        [0, 0.5, 1],
        [1, 0.5, 0],
      ]);
    });

    it("gives the full gradient where both sides of PPO's minimum are the same function", () => {
      const advantage = tensor([2, -1, 3]);
      const loss = (ratio: Tensor) => minimum(mul(ratio, advantage), mul(clip(ratio, 0.8, 1.2), advantage));
      const gradient = scope(() => grad((ratio) => sum(loss(ratio)))(tensor([1, 1, 1]))[0].values());
      expect([...gradient]).toEqual([2, -1, 3]);
    });

    it("gives a all of it beside a number, as clamp", () => {
      expect(gradients((a) => minimum(a, 2), [1, 2, 3], [0])[0]).toEqual([1, 1, 0]);
      expect(gradients((a) => maximum(a, 2), [1, 2, 3], [0])[0]).toEqual([0, 1, 1]);
    });

    it("has gradient 0 of relu and abs at 0, and 1 of elu", () => {
      expect(gradients(relu, [-1, 0, 1], [0])[0]).toEqual([0, 0, 1]);
      expect(gradients(abs, [-1, 0, 1], [0])[0]).toEqual([-1, 0, 1]);
      expect(gradients(elu, [0, 1], [0])[0]).toEqual([1, 1]);
    });
  });

  describe("where", () => {
    it("chooses, with broadcasting; NaN counts as true", () => {
      scope(() => {
        const condition = tensor([1, 0, Number.NaN]);
        expect([...where(condition, tensor([1, 2, 3]), tensor([4, 5, 6])).data]).toEqual([1, 5, 3]);
        const y = where(tensor([[1], [0]]), tensor([1, 2, 3]), tensor(9));
        expect(y.shape).toEqual([2, 3]);
        expect([...y.data]).toEqual([1, 2, 3, 9, 9, 9]);
        expect(where(zeros([0]), zeros([1]), zeros([])).shape).toEqual([0]);
      });
    });

    it.each([
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [[2, 1], [3], []],
      [[3], [2, 1], [2, 3]],
    ])("has the right gradient with shapes %j, %j and %j", (c, a, b) => {
      const [condition, x, y] = samples([c, a, b]);
      const mask = greater(condition, 0);
      checkGradient((p, q) => where(mask, p, q), [x, y]);
      checkSecondGradient((p, q) => square(where(mask, p, q)), [x, y]);
    });

    it("gives no NaN to the side that was not chosen", () => {
      const [gradient] = scope(() => [
        grad((x) => sum(where(greater(x, 0), sqrt(x), mul(x, 0))))(tensor([4]))[0].values(),
      ]);
      expect([...gradient]).toEqual([0.25]);
      const infinite = scope(() =>
        grad((a, b) => sum(mul(where(tensor([1, 0]), a, b), tensor([Number.POSITIVE_INFINITY, 1]))))(
          tensor([1, 1]),
          tensor([1, 1]),
        ).map((g) => [...g.values()]),
      );
      expect(infinite).toEqual([
        [Number.POSITIVE_INFINITY, 0],
        [0, 1],
      ]);
    });
  });

  it("passes no gradient through stopGradient and comparisons", () => {
    const gradient = scope(() =>
      grad((x) => sum(add(mul(stopGradient(square(x)), x), greater(x, 0))))(tensor([3, -2]))[0].values(),
    );
    expect([...gradient]).toEqual([9, 4]);
  });
});

it("refuses index tensors where numbers are wanted", () => {
  expect(() => scope(() => add(indices([1, 2]), 1))).toThrow("an op on numbers got an index tensor of shape [2]");
  expect(() => scope(() => equal(tensor([1, 2]), indices([1, 2])))).toThrow("an op on numbers got an index tensor");
});

it("broadcasts shapes by NumPy's rules", () => {
  expect(broadcastShape([2, 1, 4], [3, 1])).toEqual([2, 3, 4]);
  expect(broadcastShape([], [])).toEqual([]);
  expect(broadcastShape([0], [1])).toEqual([0]);
  expect(() => broadcastShape([0], [2])).toThrow("shapes [0] and [2] do not broadcast: axis −1 has 0 and 2");
});

/** Moves each element out of the reach of the steps of `floor` and `sign`. */
function offIntegers(x: Tensor): Tensor {
  x.set(x.values().map((v) => (Math.abs(v - Math.round(v)) < 0.1 ? Math.round(v) + Math.sign(v) * 0.15 : v)));
  return x;
}

/** Adds ±0.3 to b's elements that are near one of a's, so that minimum and maximum have no near-ties. */
function separated(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const values = a.values();
  b.set(
    b.values().map((v) => {
      let moved = v;
      while (values.some((x) => Math.abs(x - moved) < 0.08 || Math.abs(2 * x - moved) < 0.08))
        moved += Math.sign(v) * 0.05;
      return moved;
    }),
  );
  return [a, b];
}

it("names an operand that is no tensor", () => {
  scope(() => {
    const t = tensor([1, 2]);
    const none = undefined as unknown as Tensor;
    expect(() => add(1 as unknown as Tensor, t)).toThrow("an op needs a tensor, got 1; make one with tensor()");
    expect(() => add(1 as unknown as Tensor, 2)).toThrow("an op needs a tensor, got 1");
    expect(() => mul(t, none)).toThrow("an op needs a tensor, got undefined");
    expect(() => mul(t, [1, 2] as unknown as Tensor)).toThrow("an op needs a tensor, got 1,2");
    expect(() => exp("x" as unknown as Tensor)).toThrow('an op needs a tensor, got "x"');
  });
});
