import { describe, expect, it } from "vitest";
import { leavesOf, mapTree, Params, polyakUpdate } from "./params.js";
import { scope, type Tensor, tensor, zeros } from "./tensor.js";

const tree = () => ({
  body: [
    {
      weight: tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      bias: tensor([7, 8, 9]),
    },
  ],
  scale: tensor(10),
});

describe("trees", () => {
  it("name their leaves by path, depth first", () => {
    scope(() => {
      expect(leavesOf(tree()).map(({ name }) => name)).toEqual(["body.0.weight", "body.0.bias", "scale"]);
      expect(leavesOf(tensor(1)).map(({ name }) => name)).toEqual([""]);
      expect(leavesOf([])).toEqual([]);
    });
  });

  it("map to the same structure", () => {
    scope(() => {
      const names: string[] = [];
      const mapped = mapTree(tree(), (leaf, name) => {
        names.push(name);
        return zeros(leaf.shape);
      });
      expect(names).toEqual(["body.0.weight", "body.0.bias", "scale"]);
      expect(Array.isArray(mapped.body)).toBe(true);
      expect(mapped.body[0].weight.shape).toEqual([2, 3]);
      expect([...mapped.body[0].bias.data]).toEqual([0, 0, 0]);
    });
  });
});

describe("Params", () => {
  it("packs leaves on 16-byte boundaries, with zeros between, and outlives scopes", () => {
    const params = scope(() => {
      const packed = Params.pack(tree());
      return { packed };
    }).packed;
    expect([...params.flat.data]).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 0, 10, 0, 0, 0]);
    for (const leaf of params.leaves) expect(leaf.pointer % 16).toBe(0);
    expect(params.count).toBe(10);
    expect(params.tree.body[0].weight.shape).toEqual([2, 3]);
    expect(params.tree.scale.item()).toBe(10);
  });

  it("shares memory between the tree and the block", () => {
    const params = Params.pack(tree());
    params.flat.data[8] = 70;
    expect(params.tree.body[0].bias.data[0]).toBe(70);
    params.tree.scale.set([11]);
    expect(params.flat.data[12]).toBe(11);
  });

  it("copies: the original, the copy and what was packed are independent", () => {
    const source = tree();
    const params = Params.pack(source);
    const copy = Params.copyOf(params);
    params.tree.scale.set([0]);
    expect(copy.tree.scale.item()).toBe(10);
    expect(source.scale.item()).toBe(10);
    expect([...Params.zerosLike(params).flat.data].every((v) => v === 0)).toBe(true);
    expect(Params.zerosLike(params).tree.body[0].weight.shape).toEqual([2, 3]);
  });

  it("packs nothing", () => {
    const params = Params.pack<readonly Tensor[]>([]);
    expect(params.count).toBe(0);
    expect(params.snapshot()).toEqual({});
  });

  it("takes snapshots by name, and restores them", () => {
    const params = Params.pack(tree());
    const saved = params.snapshot();
    expect(Object.keys(saved)).toEqual(["body.0.weight", "body.0.bias", "scale"]);
    expect([...saved["body.0.bias"]]).toEqual([7, 8, 9]);
    params.flat.data.fill(0);
    expect([...saved["body.0.bias"]]).toEqual([7, 8, 9]);
    params.restore(saved);
    expect(params.snapshot()).toEqual(saved);
    expect(params.flat.data[6]).toBe(0);
  });

  it("restores all or nothing, and says what does not fit", () => {
    const params = Params.pack(tree());
    const before = params.flat.values();
    const { scale, ...rest } = params.snapshot();
    expect(() => params.restore(rest)).toThrow("the parameters miss 'scale' []");
    expect(() => params.restore({ ...rest, scale, "body.0.bias": [1, 2] })).toThrow(
      "parameter 'body.0.bias' has 2 values, expected 3 for [3]",
    );
    expect(() => params.restore({ ...rest, scale, head: [1] })).toThrow(
      "the parameters have no 'head'; is this another network?",
    );
    expect(params.flat.values()).toEqual(before);
  });
});

describe("polyakUpdate", () => {
  it("moves the target by τ of the difference", () => {
    const target = Params.pack({ w: tensor([0, 1, -2]) });
    const source = Params.pack({ w: tensor([4, 1, 2]) });
    polyakUpdate(target, source, 0.25);
    expect([...target.tree.w.data]).toEqual([1, 1, -1]);
    expect([...source.tree.w.data]).toEqual([4, 1, 2]);
    polyakUpdate(target, source, 0);
    expect([...target.tree.w.data]).toEqual([1, 1, -1]);
  });

  it("copies exactly with τ = 1, also where the target is large, infinite or NaN", () => {
    const target = Params.pack({ w: tensor([1e30, Number.POSITIVE_INFINITY, Number.NaN, 5]) });
    const source = Params.pack({ w: tensor([1e-30, 1, 2, 0.1]) });
    polyakUpdate(target, source, 1);
    expect(target.tree.w.values()).toEqual(source.tree.w.values());
  });

  it("refuses other structures", () => {
    const target: Params = Params.pack({ w: tensor([1, 2, 3, 4]) });
    expect(() => polyakUpdate(target, Params.pack({ w: zeros([8]) }), 0.5)).toThrow(
      "polyakUpdate() needs equal structures, got [4] and [8]",
    );
    expect(() => polyakUpdate(target, Params.pack({ w: zeros([2, 2]) }), 0.5)).toThrow("got [4] and [2, 2]");
    expect(() => polyakUpdate(target, Params.pack({ w: zeros([4]), b: zeros([]) }), 1)).toThrow("got [4] and [4] []");
    expect([...target.flat.data]).toEqual([1, 2, 3, 4]);
  });
});
