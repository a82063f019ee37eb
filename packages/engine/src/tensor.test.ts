import { describe, expect, it } from "vitest";
import { valueAndGrad } from "./autodiff.js";
import { add, mul, square, stopGradient } from "./ops/elementwise.js";
import { broadcastTo, reshape, sum } from "./ops/shape.js";
import { Params } from "./params.js";
import { full, hold, indices, liveTensors, ones, type Shape, scope, Tensor, tensor, zeros } from "./tensor.js";

describe("making tensors", () => {
  it("from nested numbers, flat numbers and a shape, and single numbers", () => {
    scope(() => {
      expect(tensor(3).shape).toEqual([]);
      expect(tensor(3).item()).toBe(3);
      expect(tensor([1, 2, 3]).shape).toEqual([3]);
      const cube = tensor([
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [
          [7, 8],
          [9, 10],
          [11, 12],
        ],
      ]);
      expect(cube.shape).toEqual([2, 3, 2]);
      expect([...cube.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect([...tensor(new Float32Array([1, 2, 3, 4]), [2, 2]).data]).toEqual([1, 2, 3, 4]);
      expect(tensor([1, 2, 3, 4], [4, 1]).shape).toEqual([4, 1]);
      expect(tensor([]).shape).toEqual([0]);
      expect(tensor([[], []]).shape).toEqual([2, 0]);
      expect([...full([2], 7).data]).toEqual([7, 7]);
      expect([...zeros([2]).data]).toEqual([0, 0]);
      expect([...ones([2]).data]).toEqual([1, 1]);
      expect(tensor(0.1).item()).toBe(Math.fround(0.1));
      expect([...tensor([Number.NaN, -0, Number.POSITIVE_INFINITY]).data]).toEqual([
        Number.NaN,
        -0,
        Number.POSITIVE_INFINITY,
      ]);
    });
  });

  it("refuses ragged numbers and wrong counts", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      "nested numbers must be equally long at every depth: [2, 2] by the first ones, then 1 elements at depth 1",
    );
    expect(() => tensor([[1, 2], [3], [4, 5, 6]])).toThrow("nested numbers must be equally long");
    expect(() => tensor([[1], 2])).toThrow("then a number at depth 1");
    expect(() => tensor([1, [2]])).toThrow("nested numbers must be equally long");
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow("shape [2, 2] needs 4 values, got 3");
    expect(() => indices([1, 2], [3])).toThrow("shape [3] needs 3 values, got 2");
    expect(() => indices([0, 1.5])).toThrow("indices must be integers in [−2³¹, 2³¹ − 1], got 1.5 at 1");
    expect(() => indices([Number.NaN])).toThrow("got NaN at 0");
  });

  it("refuses indices that 32 bits do not hold", () => {
    scope(() => {
      const limits = [-(2 ** 31), 2 ** 31 - 1];
      expect([...indices(limits).indexData]).toEqual(limits);
      for (const value of [2 ** 31, 2 ** 32, -(2 ** 31) - 1, Number.POSITIVE_INFINITY]) {
        expect(() => indices([value])).toThrow(`indices must be integers in [−2³¹, 2³¹ − 1], got ${value} at 0`);
      }
    });
  });

  it("refuses what is no number", () => {
    for (const [value, shown] of [
      ["abc", '"abc"'],
      [[["a"]], '"a"'],
      [[1, "a"], '"a"'],
      [undefined, "undefined"],
      [[1, undefined], "undefined"],
      [null, "null"],
    ] as const) {
      expect(() => tensor(value as unknown as number)).toThrow(
        `tensor() needs numbers or nested lists of numbers, got ${shown}`,
      );
    }
  });

  it("refuses shapes that are none, and goes on afterwards", () => {
    const makers = [zeros, ones, hold, (shape: Shape) => full(shape, 1), (shape: Shape) => tensor([1], shape)];
    makers.push((shape) => indices([1], shape));
    scope(() => {
      const before = tensor([1, 2, 3]);
      for (const make of makers) {
        expect(() => make([zeros([2]).shape[5]])).toThrow(
          "the lengths of a shape must be whole numbers ≥ 0, got [undefined]",
        );
        expect(() => make([-1000])).toThrow("the lengths of a shape must be whole numbers ≥ 0, got [-1000]");
        expect(() => make([-1000, -2])).toThrow("got [-1000, -2]");
        expect(() => make([2.5])).toThrow("got [2.5]");
        expect(() => make([Number.NaN])).toThrow("got [NaN]");
        expect(() => make(3 as unknown as Shape)).toThrow("a shape must be a list of lengths such as [2, 3], got 3");
      }
      expect(() => broadcastTo(zeros([1]), [2.5])).toThrow("got [2.5]");
      const after = tensor([4, 5, 6]);
      expect([...before.data, ...after.data]).toEqual([1, 2, 3, 4, 5, 6]);
      expect(after.pointer).toBeGreaterThan(before.pointer);
    });
  });

  it("does not alias the shape that it was given", () => {
    scope(() => {
      const shape = [2, 3];
      const x = zeros(shape);
      shape[0] = 9;
      expect(x.shape).toEqual([2, 3]);
    });
  });
});

describe("reading and writing", () => {
  it("copies out and in", () => {
    scope(() => {
      const x = tensor([1, 2, 3]);
      const copy = x.values();
      x.set([4, 5, 6]);
      expect([...copy]).toEqual([1, 2, 3]);
      expect([...x.data]).toEqual([4, 5, 6]);
      const saved = x.snapshot();
      x.set([0, 0, 0]);
      x.restore(saved);
      expect([...x.data]).toEqual([4, 5, 6]);
      const index = indices([3, 1]);
      const savedIndex = index.snapshot();
      index.restore([0, 0]);
      index.restore(savedIndex);
      expect([...index.indexData]).toEqual([3, 1]);
      expect(indices([7]).item()).toBe(7);
    });
  });

  it("says what is wrong", () => {
    scope(() => {
      expect(() => tensor([1, 2]).item()).toThrow("item() needs a tensor of one element, got shape [2]");
      expect(() => tensor([1, 2]).set([1])).toThrow("set() needs 2 values for shape [2], got 1");
      expect(() => indices([1]).data).toThrow("an index tensor has no f32 values; read indexData");
      expect(() => tensor([1]).indexData).toThrow("indexData needs an index tensor");
    });
  });
});

describe("scope", () => {
  it("ends its temporaries: using one afterwards is an error that says what to do", () => {
    let escaped: Tensor | undefined;
    scope(() => {
      escaped = tensor([1, 2]);
    });
    const message =
      "a tensor of shape [2] was used after its scope ended; return it from the scope, or make it with hold()";
    const dead = escaped!;
    expect(() => dead.data).toThrow(message);
    expect(() => dead.values()).toThrow(message);
    expect(() => dead.set([1, 2])).toThrow(message);
    expect(() => scope(() => add(dead, 1))).toThrow(message);
    expect(() => scope(() => add(tensor([1, 2]), dead))).toThrow(message);
    expect(() => scope(() => reshape(dead, [2, 1]))).toThrow(message);
    expect(() => scope(() => stopGradient(dead))).toThrow(message);
  });

  it("ends views with their base", () => {
    let escaped: Tensor | undefined;
    scope(() => {
      escaped = reshape(tensor([1, 2]), [2, 1]);
    });
    expect(() => escaped!.data).toThrow("after its scope ended");
  });

  it("moves results out: tensors, arrays, records and nests of them", () => {
    scope(() => {
      const outer = tensor([9]);
      const result = scope(() => {
        const x = tensor([1, 2]);
        return { x, list: [mul(x, 2), { deep: add(x, 1) }], index: indices([4]), outer, label: "kept", none: null };
      });
      scope(() => zeros([100])); // would overwrite what was not moved
      expect([...result.x.data]).toEqual([1, 2]);
      expect([...(result.list[0] as Tensor).data]).toEqual([2, 4]);
      expect([...(result.list[1] as { deep: Tensor }).deep.data]).toEqual([2, 3]);
      expect([...result.index.indexData]).toEqual([4]);
      expect(result.outer).toBe(outer);
      expect(result.label).toBe("kept");
      expect(result.none).toBeNull();
      expect(scope(() => 5)).toBe(5);
      expect(scope(() => "text")).toBe("text");
    });
  });

  it("moves results out to the outside, where they are held", () => {
    const before = liveTensors().held;
    const result = scope(() => square(tensor([1, 2, 3])));
    expect(liveTensors().held).toBe(before + 1);
    scope(() => zeros([1000]));
    expect([...result.data]).toEqual([1, 4, 9]);
  });

  it("nests: an inner one ends before the outer, whose tensors stay", () => {
    scope(() => {
      const a = tensor([1]);
      let inner: Tensor | undefined;
      scope(() => {
        inner = add(a, 1);
        expect(inner.item()).toBe(2);
      });
      expect(() => inner!.item()).toThrow("after its scope ended");
      expect(a.item()).toBe(1);
      expect(add(a, 1).item()).toBe(2);
    });
  });

  it("ends when its body throws", () => {
    let escaped: Tensor | undefined;
    const before = liveTensors();
    expect(() =>
      scope(() => {
        escaped = tensor([1]);
        throw new Error("from the body");
      }),
    ).toThrow("from the body");
    expect(() => escaped!.data).toThrow("after its scope ended");
    expect(liveTensors().scoped).toBe(before.scoped);
  });

  it("refuses an async body", () => {
    expect(() => scope(async () => tensor([1]))).toThrow("scope() needs a synchronous function");
  });

  it("keeps what the tape needs while a loss is recorded", () => {
    const params = Params.pack({ w: tensor([2, 3]) });
    const gradient = valueAndGrad(({ w }: { w: Tensor }) => {
      const inner = scope(() => square(mul(w, 2)));
      scope(() => zeros([1000]));
      return sum(inner);
    });
    // Σ(2w)²: gradient 8w
    expect([...gradient(params).gradient.tree.w.data]).toEqual([16, 24]);
  });

  it("leaves held tensors alone", () => {
    let kept: Tensor | undefined;
    scope(() => {
      kept = hold([2]);
      kept.set([5, 6]);
    });
    scope(() => zeros([1000]));
    expect([...kept!.data]).toEqual([5, 6]);
    expect(kept).toBeInstanceOf(Tensor);
  });
});
