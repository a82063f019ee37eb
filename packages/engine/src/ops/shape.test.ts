import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grad } from "../autodiff.js";
import { useBackend } from "../memory.js";
import { indices, type Shape, scope, sizeOf, type Tensor, tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import { mul, square } from "./elementwise.js";
import { broadcastTo, concat, normaliseAxis, reshape, slice, stack, sum, sumTo, transpose } from "./shape.js";

/** 0, 1, 2, … in this shape. */
function counting(shape: Shape): Tensor {
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => i),
    shape,
  );
}

/** The positions of all elements of a shape, in row-major order. */
function* positions(shape: Shape): Generator<number[]> {
  for (let i = 0; i < sizeOf(shape); i++) {
    const position: number[] = [];
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    yield position;
  }
}

function at(x: Tensor, position: readonly number[]): number {
  return x.data[position.reduce((index, p, axis) => index * x.shape[axis] + p, 0)];
}

describe.each(["wasm", "reference"] as const)("ops on shapes, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  describe("reshape", () => {
    it("keeps the order and fills in one open length", () => {
      scope(() => {
        const x = counting([2, 3, 4]);
        expect(reshape(x, [4, 6]).shape).toEqual([4, 6]);
        expect(reshape(x, [3, -1]).shape).toEqual([3, 8]);
        expect(reshape(x, [-1]).data).toEqual(x.data);
        expect(reshape(tensor(5), [1, 1]).shape).toEqual([1, 1]);
        expect(reshape(zeros([0, 3]), [0]).shape).toEqual([0]);
        expect(reshape(zeros([0, 3]), [-1, 3]).shape).toEqual([0, 3]);
        expect([...reshape(indices([1, 2]), [2, 1]).indexData]).toEqual([1, 2]);
      });
    });

    it("refuses another size, two open lengths and negative ones", () => {
      scope(() => {
        expect(() => reshape(zeros([2, 3]), [4])).toThrow("shape [2, 3] cannot be read as [4]");
        expect(() => reshape(zeros([2, 3]), [4, -1])).toThrow("cannot be read");
        expect(() => reshape(zeros([2, 3]), [-1, -1])).toThrow("cannot be read");
        expect(() => reshape(zeros([2, 3]), [-2, -3])).toThrow("cannot be read");
        expect(() => reshape(zeros([0, 3]), [0, -1])).toThrow("cannot be read");
      });
    });

    it("has the right gradients", () => {
      checkGradient((x) => square(reshape(x, [3, 2])), samples([[2, 3]]));
      checkSecondGradient((x) => square(reshape(x, [3, 2])), samples([[2, 3]]));
    });
  });

  describe("transpose", () => {
    it.each([
      [[], []],
      [[5], [0]],
      [
        [2, 3],
        [1, 0],
      ],
      [
        [7, 5],
        [1, 0],
      ],
      [
        [33, 17],
        [1, 0],
      ],
      [
        [0, 3],
        [1, 0],
      ],
      [
        [2, 3, 4],
        [2, 1, 0],
      ],
      [
        [2, 3, 4],
        [1, 2, 0],
      ],
      [
        [2, 3, 4, 5],
        [0, 2, 1, 3],
      ],
      [
        [2, 3, 4, 5],
        [3, 1, 0, 2],
      ],
      [
        [2, 1, 3, 1, 4, 2],
        [4, 1, 2, 5, 3, 0],
      ],
    ])("moves the axes of %j in the order %j", (shape: number[], order: number[]) => {
      scope(() => {
        const x = counting(shape);
        const y = transpose(x, order);
        expect(y.shape).toEqual(order.map((axis) => shape[axis]));
        for (const position of positions(y.shape)) {
          const from: number[] = [];
          for (const [i, axis] of order.entries()) from[axis] = position[i];
          expect(at(y, position)).toBe(at(x, from));
        }
      });
    });

    it("reverses by default", () => {
      scope(() => expect([...transpose(counting([2, 3])).data]).toEqual([0, 3, 1, 4, 2, 5]));
    });

    it("refuses what is no order of the axes", () => {
      scope(() => {
        for (const order of [[0], [0, 0], [0, 2], [0, 1, 2], [-1, 0]]) {
          expect(() => transpose(zeros([2, 3]), order)).toThrow("the order of 2 axes must name each once");
        }
        expect(() => transpose(zeros([2, 2, 2, 2, 2]), [4, 3, 2, 1, 0])).toThrow("transpose() handles four axes");
      });
    });

    it("has the right gradients", () => {
      checkGradient((x) => square(transpose(x)), samples([[2, 3]]));
      checkGradient((x) => square(transpose(x, [1, 2, 0])), samples([[2, 3, 2]]));
      checkSecondGradient((x) => square(transpose(x, [1, 2, 0])), samples([[2, 1, 3]]));
    });
  });

  describe("slice", () => {
    it.each([
      [[7], 0, 2, 5],
      [[7], 0, 3, 3],
      [[7], -1, 0, 7],
      [[3, 5], 0, 1, 3],
      [[3, 5], 1, 1, 4],
      [[2, 3, 4], 1, 1, 2],
      [[2, 3, 4], -1, 2, 4],
      [[2, 3, 2, 3], 2, 1, 2],
      [[2, 2, 3, 2, 2], 2, 1, 3],
      [[0, 3], 1, 1, 3],
    ] as const)("takes of %j along axis %i from %i to %i", (shape, axis, start, end) => {
      scope(() => {
        const x = counting(shape);
        const y = slice(x, axis, start, end);
        const along = axis < 0 ? axis + shape.length : axis;
        expect(y.shape).toEqual(Array.from<number>(shape).with(along, end - start));
        for (const position of positions(y.shape)) {
          expect(at(y, position)).toBe(at(x, position.with(along, position[along] + start)));
        }
      });
    });

    it("takes indices too", () => {
      scope(() => expect([...slice(indices([5, 6, 7]), 0, 1, 3).indexData]).toEqual([6, 7]));
    });

    it("refuses ranges outside", () => {
      scope(() => {
        const x = zeros([2, 3]);
        expect(() => slice(x, 1, 0, 4)).toThrow("slice() needs integers 0 ≤ start ≤ end ≤ 3, got 0 and 4");
        expect(() => slice(x, 1, -1, 2)).toThrow("got -1 and 2");
        expect(() => slice(x, 1, 2, 1)).toThrow("got 2 and 1");
        expect(() => slice(x, 1, 0.5, 2)).toThrow("got 0.5 and 2");
        expect(() => slice(x, 2, 0, 1)).toThrow("axis must be an integer in [-2, 1], got 2");
      });
    });

    it("has the right gradients", () => {
      checkGradient((x) => square(slice(x, 1, 1, 3)), samples([[2, 4]]));
      checkGradient((x) => mul(slice(x, 0, 0, 2), slice(x, 0, 1, 3)), samples([[3, 2]]));
      checkSecondGradient(
        (x) => square(mul(slice(x, 0, 0, 2), slice(x, 0, 1, 3))),
        samples([[3, 2]], { high: 1, low: -1 }),
      );
    });
  });

  describe("concat and stack", () => {
    it.each([
      [[[2], [3], [0]], 0],
      [
        [
          [2, 3],
          [4, 3],
        ],
        0,
      ],
      [
        [
          [2, 3],
          [2, 1],
          [2, 2],
        ],
        1,
      ],
      [
        [
          [2, 1, 3],
          [2, 2, 3],
        ],
        -2,
      ],
      [[[1, 2, 1, 3]], 3],
    ] as [number[][], number][])("joins %j along axis %i", (shapes, axis) => {
      const parts = samples(shapes);
      scope(() => {
        const y = concat(parts, axis);
        const along = axis < 0 ? axis + shapes[0].length : axis;
        expect(y.shape).toEqual(
          shapes[0].with(
            along,
            shapes.reduce((total, shape) => total + shape[along], 0),
          ),
        );
        for (const position of positions(y.shape)) {
          let part = 0;
          let offset = position[along];
          while (offset >= shapes[part][along]) offset -= shapes[part++][along];
          expect(at(y, position)).toBe(at(parts[part], position.with(along, offset)));
        }
      });
      checkGradient((...xs) => square(concat(xs, axis)), parts);
    });

    it("stacks under a new axis", () => {
      scope(() => {
        const y = stack([tensor([1, 2]), tensor([3, 4]), tensor([5, 6])]);
        expect(y.shape).toEqual([3, 2]);
        expect([...y.data]).toEqual([1, 2, 3, 4, 5, 6]);
        expect(stack([tensor(1), tensor(2)]).shape).toEqual([2]);
        expect([...concat([indices([1]), indices([2, 3])], 0).indexData]).toEqual([1, 2, 3]);
      });
    });

    it("refuses unequal shapes, mixed types and nothing", () => {
      scope(() => {
        expect(() => concat([zeros([2, 3]), zeros([3, 3])], 1)).toThrow(
          "concat() needs equal types and equal shapes but for axis 1, got f32 [2, 3] and f32 [3, 3]",
        );
        expect(() => concat([zeros([2]), zeros([2, 1])], 0)).toThrow("equal shapes but for axis 0");
        expect(() => concat([zeros([2]), indices([2])], 0)).toThrow("got f32 [2] and i32 [1]");
        expect(() => concat([], 0)).toThrow("at least one tensor");
        expect(() => stack([])).toThrow("at least one tensor");
      });
    });

    it("has the right gradients, with constants and inputs used twice", () => {
      const [a, b] = samples([
        [2, 2],
        [2, 2],
      ]);
      checkGradient((x, y) => square(stack([x, y, x])), [a, b]);
      checkGradient((x) => square(concat([x, b, x], 1)), [a]);
      checkSecondGradient((x, y) => square(concat([x, y], 1)), [a, b]);
    });
  });

  describe("broadcastTo and sumTo", () => {
    const cases: [Shape, Shape][] = [
      [[], []],
      [[], [2, 3]],
      [[1], [4]],
      [[3], [2, 3]],
      [
        [2, 1],
        [2, 3],
      ],
      [
        [1, 3],
        [2, 3],
      ],
      [
        [2, 1, 3],
        [2, 2, 3],
      ],
      [
        [3, 1],
        [2, 3, 2],
      ],
      [
        [2, 1, 2, 1],
        [2, 3, 2, 3],
      ],
      [[2], [2, 1, 2, 1, 2]],
      [[1], [0]],
      [
        [1, 3],
        [0, 3],
      ],
    ];

    it.each(cases)("repeats %j to %j", (from, to) => {
      scope(() => {
        const x = counting(from);
        const y = broadcastTo(x, to);
        expect(y.shape).toEqual(to);
        for (const position of positions(to)) {
          const own = position.slice(to.length - from.length).map((p, axis) => (from[axis] === 1 ? 0 : p));
          expect(at(y, position)).toBe(at(x, own));
        }
      });
    });

    it.each(cases)("sums back to %j from %j: ⟨broadcast x, y⟩ = ⟨x, sum y⟩", (from, to) => {
      const [x, y] = samples([from, to]);
      scope(() => {
        const reduced = sumTo(y, from);
        expect(reduced.shape).toEqual(from);
        const inner = (p: Tensor, q: Tensor) => p.values().reduce((total, v, i) => total + v * q.data[i], 0);
        expect(inner(broadcastTo(x, to), y)).toBeCloseTo(inner(x, reduced), 4);
      });
      checkGradient((p) => square(broadcastTo(p, to)), [x], { tolerance: 1e-3 });
      checkGradient((p) => square(sumTo(p, from)), [y], { tolerance: 1e-3 });
    });

    it("has the right second derivatives", () => {
      checkSecondGradient((x) => square(broadcastTo(x, [2, 3])), samples([[3]]));
      checkSecondGradient((x) => square(sumTo(x, [3])), samples([[2, 3]]));
    });

    it("refuses shapes that do not fit", () => {
      scope(() => {
        expect(() => broadcastTo(zeros([3]), [2])).toThrow("shape [3] does not broadcast to [2]");
        expect(() => broadcastTo(zeros([2, 3]), [3])).toThrow("shape [2, 3] does not broadcast to [3]");
        expect(() => broadcastTo(zeros([2]), [2, 3])).toThrow("does not broadcast");
      });
    });
  });

  describe("sum", () => {
    it.each([
      [[], undefined],
      [[0], undefined],
      [[130], undefined],
      [[2, 3, 4], undefined],
      [[5], 0],
      [[0], 0],
      [[3, 5], 0],
      [[3, 5], 1],
      [[3, 0], 0],
      [[3, 0], 1],
      [[0, 3], 0],
      [[2, 3, 5], 0],
      [[2, 3, 5], 1],
      [[2, 3, 5], -1],
      [[2, 2, 2, 3], 2],
    ] as [number[], number | undefined][])("adds %j over axis %s", (shape, axis) => {
      const [x] = samples([shape]);
      scope(() => {
        const y = sum(x, axis);
        const along = axis === undefined ? undefined : normaliseAxis(axis, shape.length);
        const expected = new Map<string, number>();
        const kept = along === undefined ? [] : shape.toSpliced(along, 1);
        for (const position of positions(kept)) expected.set(position.join(), 0);
        for (const position of positions(shape)) {
          const key = (along === undefined ? [] : position.toSpliced(along, 1)).join();
          expected.set(key, expected.get(key)! + at(x, position));
        }
        expect(y.shape).toEqual(kept);
        for (const position of positions(kept)) expect(at(y, position)).toBeCloseTo(expected.get(position.join())!, 4);
        if (along !== undefined) expect(sum(x, axis, true).shape).toEqual(shape.with(along, 1));
      });
      if (x.size < 50) checkGradient((p) => square(sum(p, axis)), [x], { tolerance: 2e-3 });
    });

    it("has the right second derivatives", () => {
      checkSecondGradient((x) => square(sum(x, 0)), samples([[2, 3]]));
      checkSecondGradient((x) => square(sum(x, 1, true)), samples([[2, 3]]));
      checkSecondGradient((x) => square(sum(x)), samples([[3]]), { tolerance: 2e-3 });
    });

    it("gives NaN and infinities on", () => {
      scope(() => {
        expect(sum(tensor([1, Number.NaN])).item()).toBeNaN();
        expect(sum(tensor([1, Number.POSITIVE_INFINITY])).item()).toBe(Number.POSITIVE_INFINITY);
        expect(sum(tensor([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])).item()).toBeNaN();
      });
    });

    it("refuses an axis that is not there", () => {
      scope(() => {
        expect(() => sum(zeros([2, 3]), 2)).toThrow("axis must be an integer in [-2, 1], got 2");
        expect(() => sum(zeros([2, 3]), -3)).toThrow("got -3");
        expect(() => sum(zeros([2, 3]), 0.5)).toThrow("got 0.5");
        expect(() => sum(zeros([]), 0)).toThrow("a scalar has no axes, got axis 0");
      });
    });
  });

  it("gives a gradient of the input's shape to a scalar of shape [1, 1]", () => {
    const gradient = scope(() => grad((x) => reshape(sum(square(x)), [1, 1]))(tensor([1, 2]))[0].values());
    expect([...gradient]).toEqual([2, 4]);
  });
});
