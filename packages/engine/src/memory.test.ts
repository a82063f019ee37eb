import { describe, expect, it } from "vitest";
import { valueAndGrad } from "./autodiff.js";
import { align, allocateArena, allocateBlock, freeBlock, memoryBytes } from "./memory.js";
import { mlp } from "./nn/sequential.js";
import { add, square, sub } from "./ops/elementwise.js";
import { mean } from "./ops/reduce.js";
import { sum } from "./ops/shape.js";
import { adam } from "./optim/adam.js";
import { Params } from "./params.js";
import { Random } from "./random.js";
import { hold, liveTensors, scope, type Tensor, tensor, zeros } from "./tensor.js";

describe("blocks", () => {
  it("start on multiples of 16 and do not overlap", () => {
    const sizes = [1, 16, 17, 100, 4096];
    const starts = sizes.map(allocateBlock);
    const sorted = starts.map((start, i) => [start, start + align(sizes[i])]).sort((a, b) => a[0] - b[0]);
    for (const [start] of sorted) expect(start % 16).toBe(0);
    for (let i = 1; i < sorted.length; i++) expect(sorted[i][0]).toBeGreaterThanOrEqual(sorted[i - 1][1]);
    starts.forEach((start, i) => {
      freeBlock(start, sizes[i]);
    });
  });

  it("are reused after they were freed, whatever the order", () => {
    const before = memoryBytes();
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const starts = [64, 64, 64].map(allocateBlock);
      for (const i of order) freeBlock(starts[i], 64);
      // Neighbours have merged: one block of their joint size fits in their place.
      const joint = allocateBlock(192);
      expect(joint).toBe(Math.min(...starts));
      freeBlock(joint, 192);
    }
    expect(memoryBytes()).toEqual(before);
  });

  it("count bytes rightly beyond 2 GiB", () => {
    expect(align(2 ** 31 + 1)).toBe(2 ** 31 + 16);
    expect(align(0)).toBe(0);
    expect(align(16)).toBe(16);
  });

  it("refuse sizes that are none", () => {
    for (const bytes of [Number.NaN, -16]) {
      expect(() => allocateBlock(bytes)).toThrow(`a tensor must have 0 bytes or more, got ${bytes}`);
    }
  });

  it("refuse more than the memory can grow to", () => {
    expect(() => hold([2 ** 30])).toThrow(/limited to 4 GiB: \d+ MiB are in use and 4096 MiB more were asked for/);
    expect(() => hold([2 ** 30])).toThrow("run the body of a loop in scope()");
    expect(sum(tensor([1, 2])).item()).toBe(3);
  });
});

describe("growth", () => {
  it("keeps the values of tensors that are alive", () => {
    const held = hold([3]);
    held.set([1, 2, 3]);
    scope(() => {
      const scoped = tensor([4, 5, 6]);
      const total = memoryBytes().total;
      const large: Tensor[] = [];
      while (memoryBytes().total === total) large.push(zeros([1 << 20]));
      expect([...held.data]).toEqual([1, 2, 3]);
      expect([...scoped.data]).toEqual([4, 5, 6]);
      expect([...add(scoped, held).data]).toEqual([5, 7, 9]);
      expect(sum(large[large.length - 1]).item()).toBe(0);
    });
    expect([...held.data]).toEqual([1, 2, 3]);
  });

  it("in the middle of a recording gives the right gradient", () => {
    const params = Params.pack({ w: tensor([1, 2]) });
    const gradient = valueAndGrad(({ w }: { w: Tensor }) => {
      const y = square(w);
      const total = memoryBytes().total;
      while (memoryBytes().total === total) zeros([1 << 20]);
      return sum(y);
    });
    expect([...gradient(params).gradient.tree.w.data]).toEqual([2, 4]);
  });
});

describe("the arena", () => {
  it("gives the same places to scope after scope, with no further memory", () => {
    const places = () => scope(() => ({ at: Array.from({ length: 5 }, () => zeros([300_000]).pointer) })).at;
    const first = places();
    const bytes = memoryBytes();
    for (let i = 0; i < 100; i++) expect(places()).toEqual(first);
    expect(memoryBytes()).toEqual(bytes);
  });

  it("takes a tensor that is larger than its chunks", () => {
    const size = 1 << 21;
    scope(() => {
      const small = tensor([1]);
      const large = zeros([size]);
      large.data[size - 1] = 7;
      expect(sum(large).item()).toBe(7);
      expect(small.item()).toBe(1);
      const after = tensor([2]);
      expect(large.data[size - 1]).toBe(7);
      expect(after.item()).toBe(2);
    });
    const bytes = memoryBytes();
    scope(() => {
      zeros([size]);
    });
    expect(memoryBytes()).toEqual(bytes);
  });

  it("refuses sizes that are none, and is as it was before", () => {
    scope(() => {
      const first = allocateArena(16);
      for (const bytes of [Number.NaN, -16]) {
        expect(() => allocateArena(bytes)).toThrow(`a tensor must have 0 bytes or more, got ${bytes}`);
      }
      expect(allocateArena(16)).toBe(first + 16);
    });
  });

  it("goes on after it got no memory for a chunk", () => {
    scope(() => {
      const before = tensor([1, 2, 3]);
      for (let i = 0; i < 3; i++) expect(() => allocateArena(2 ** 32)).toThrow("limited to 4 GiB");
      scope(() => tensor([7, 7, 7]));
      const after = scope(() => tensor([4, 5, 6]));
      const large = zeros([1 << 20]);
      expect([...before.data, ...after.data, large.data[0]]).toEqual([1, 2, 3, 4, 5, 6, 0]);
    });
  });

  it("aligns every tensor", () => {
    scope(() => {
      for (const n of [0, 1, 3, 4, 5, 7]) expect(zeros([n]).pointer % 16).toBe(0);
    });
  });
});

describe("a training loop", () => {
  it("has as many live tensors after 1,000 updates as after one", () => {
    const random = Random.fromSeed(1);
    const network = mlp(3, 2, { hiddenSizes: [8, 8], activation: "tanh" });
    const params = Params.pack(scope(() => network.init(random)));
    const optimiser = adam();
    const state = optimiser.init(params);
    const inputs = new Float32Array(5 * 3);
    random.fillNormal(inputs);
    const step = valueAndGrad((tree: typeof params.tree) => {
      const x = tensor(inputs, [5, 3]);
      const y = network.apply(tree, x);
      return { loss: mean(square(sub(y, 1))), metrics: { mean: mean(y) } };
    });
    const update = () => {
      const { gradient, value, metrics } = step(params);
      optimiser.update(params, gradient, state, { learningRate: 1e-3 });
      return [value, metrics.mean];
    };
    const [first] = update();
    const after = liveTensors();
    let last = first;
    for (let i = 1; i < 1000; i++) [last] = update();
    expect(liveTensors()).toEqual(after);
    expect(last).toBeLessThan(first / 10);
  });
});

// Vitest's workers are not started with --expose-gc; node:v8 can turn it on at run time.
describe("held tensors", () => {
  it("go back when nothing refers to them", async () => {
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const settle = async (done: () => boolean) => {
      for (let i = 0; i < 50 && !done(); i++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    await settle(() => false);
    const before = liveTensors();
    const kept = hold([4]);
    kept.set([1, 2, 3, 4]);
    (() => {
      for (let i = 0; i < 100; i++) hold([1000]);
    })();
    expect(liveTensors().held).toBe(before.held + 101);
    await settle(() => liveTensors().held === before.held + 1);
    expect(liveTensors()).toEqual({ ...before, held: before.held + 1, blockBytes: before.blockBytes + 16 });
    expect([...kept.data]).toEqual([1, 2, 3, 4]);

    // A view keeps the memory of its base.
    const { stopGradient } = await import("./ops/elementwise.js");
    const view = (() => {
      const base = hold([3]);
      base.set([7, 8, 9]);
      return stopGradient(base);
    })();
    await settle(() => false);
    expect(liveTensors().held).toBe(before.held + 2);
    expect([...view.data]).toEqual([7, 8, 9]);
  });
});
