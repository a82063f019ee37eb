import { Random } from "@advantage/engine";
import { copySnapshot, snapshotProblem } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { type Captured, capture, release, restore } from "./snapshot.js";

/** Keeps nested data with typed arrays, as parameters, optimisers and vector environments do. */
class Moments {
  mean = new Float64Array(2);
  count = 0;

  snapshot() {
    return { mean: this.mean, inner: { count: this.count, ids: Int32Array.of(1, 2) } };
  }

  restore(saved: { mean: Float64Array; inner: { count: number } }) {
    if (saved.mean.length !== this.mean.length)
      throw new RangeError(`mean has ${saved.mean.length} numbers, expected 2`);
    this.mean.set(saved.mean);
    this.count = saved.inner.count;
  }
}

function fresh() {
  return {
    step: 0,
    best: Number.NEGATIVE_INFINITY,
    name: "",
    done: false,
    last: undefined as number | undefined,
    none: null as { a: number } | null,
    recent: [] as { at: number; values: number[] }[],
    weights: new Float32Array(3),
    bytes: new Uint8Array(2),
    words: new Uint32Array(1),
    random: Random.fromSeed(1),
    layers: [{ w: new Float64Array(1), moments: new Moments() }],
  };
}

function used() {
  const state = fresh();
  state.step = 7;
  state.best = Number.NaN;
  state.name = "q";
  state.done = true;
  state.last = -0;
  state.none = { a: Number.POSITIVE_INFINITY };
  state.recent = [{ at: 0.1 + 0.2, values: [1, Number.NaN] }];
  state.weights.set([1, Number.NaN, -0]);
  state.bytes.set([1, 255]);
  state.words[0] = 4_000_000_000;
  state.random.normal();
  state.layers[0].w[0] = Math.PI;
  state.layers[0].moments.mean.set([1, 2]);
  state.layers[0].moments.count = 9;
  return state;
}

/** As it is after a way through a file. */
const throughJson = ({ json, tensors }: Captured): Captured => ({ json: JSON.parse(JSON.stringify(json)), tensors });

describe("capture and restore", () => {
  it("restores a list longer than a call takes arguments", () => {
    const long = Array.from({ length: 300_000 }, (_, i) => i);
    const live = { list: [0] };
    restore(live, capture({ list: long }));
    expect(live.list).toEqual(long);
  });

  it("bring back every bit, in place", () => {
    const from = used();
    const into = fresh();
    const { weights, random, layers } = into;
    restore(into, throughJson(capture(from)));
    expect(into).toEqual(from);
    expect(Object.is(into.last, -0)).toBe(true);
    expect(Object.is(into.weights[2], -0)).toBe(true);
    expect(into.weights).toBe(weights);
    expect(into.random).toBe(random);
    expect(into.layers[0].moments).toBe(layers[0].moments);
    expect(into.layers[0].moments.count).toBe(9);
    expect(into.random.normal()).toBe(from.random.normal());
  });

  it("copy: neither the state nor the capture changes with the other", () => {
    const from = used();
    const captured = capture(from);
    from.weights[0] = 5;
    const into = fresh();
    restore(into, captured);
    into.weights[0] = 6;
    expect(captured.tensors["state.weights"][0]).toBe(1);
    expect(Object.keys(captured.tensors)).toContain("state.layers.0.moments.mean");
  });

  it("refuse what cannot be saved, by its path", () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => capture({ a: { f: () => 0 } })).toThrow("state.a.f is a function");
    expect(() => capture({ a: [new WeakMap()] })).toThrow(
      "state.a.0 is a WeakMap, which has no snapshot() and restore()",
    );
    expect(() => capture({ a: Buffer.from("x") })).toThrow("state.a is a Buffer, which has no snapshot()");
    expect(() => capture({ a: { snapshot: () => new Moments(), restore() {} } })).toThrow(
      "state.a is a Moments, which is no plain data",
    );
    expect(() => capture({ a: new Map([[1, Random.fromSeed(1)]]) })).toThrow(
      "state.a.0.value is a Random, which is no plain data",
    );
    expect(() => capture({ a: loop })).toThrow("state.a.self contains itself");
    expect(() => capture({ $a: 1 })).toThrow("names in a state must not be '__proto__' nor start with '$'");
  });

  it.each([
    [{ m: new Float32Array(3) }, { m: new Float32Array(2) }, "state.m has 2 numbers, expected 3"],
    [
      { m: new Float32Array(3) },
      { m: new Float64Array(3) },
      "state.m is a Float64Array in it, expected a Float32Array",
    ],
    [{ m: new Float32Array(3) }, { m: 3 }, "state.m is a number in it, expected a Float32Array"],
    [{ a: 1, b: 2 }, { a: 1 }, "state.b is missing in it"],
    [{ a: 1 }, { a: 1, b: { c: 1 } }, "state.b is in it but not in this state"],
    [{ a: 1 }, { a: "x" }, "state.a is a string in it, expected a number"],
    [{ a: { b: 1 } }, { a: [1] }, "state.a is a list in it, expected an object"],
    [{ a: [1] }, { a: { b: 1 } }, "state.a is an object in it, expected a list"],
    [{ a: [new Float32Array(1)] }, { a: [] }, "state.a has 0 items, expected 1"],
    [{ a: Random.fromSeed(1) }, { a: { key: 1 } }, "state.a is an object in it, expected an object's snapshot"],
    [{ a: null }, { a: Random.fromSeed(1) }, "state.a is an object's snapshot in it, expected nothing"],
  ])("say which part does not fit: %j from %j", (into, from, message) => {
    expect(() => restore(into, throughJson(capture(from)))).toThrow(`checkpoint does not fit: ${message}`);
  });

  it("say what an object's own restore found wrong", () => {
    const captured = capture({ m: new Moments() });
    const tensors = { ...captured.tensors, "state.m.mean": new Float64Array(5) };
    expect(() => restore({ m: new Moments() }, { json: captured.json, tensors })).toThrow(
      "checkpoint does not fit: state.m: mean has 5 numbers, expected 2",
    );
    expect(() => restore({ m: new Moments() }, { json: captured.json, tensors: {} })).toThrow(
      "checkpoint is damaged: the numbers of state.m.mean are missing",
    );
  });

  it.each([
    ["bigint", -(10n ** 30n), { a: 0n }],
    [
      "Map",
      new Map<unknown, unknown>([
        [{ at: [1] }, Int8Array.of(-1)],
        ["b", new Map([[Number.NaN, -0]])],
      ]),
      { a: new Map() },
    ],
    ["Set", new Set([1n, "x", undefined]), { a: new Set() }],
    ["Date", new Date(86_400_000), { a: new Date() }],
    ["Date that is none", new Date(Number.NaN), { a: new Date() }],
    ["Int8Array", Int8Array.of(-128, 127), { a: new Int8Array(2) }],
    ["Uint8ClampedArray", Uint8ClampedArray.of(0, 255), { a: new Uint8ClampedArray(2) }],
    ["Int16Array", Int16Array.of(-32768, 1), { a: new Int16Array(2) }],
    ["Uint16Array", new Uint16Array([1, 65535, 2]).subarray(1), { a: new Uint16Array(2) }],
    ["BigInt64Array", BigInt64Array.of(-(2n ** 63n)), { a: new BigInt64Array(1) }],
    ["BigUint64Array", BigUint64Array.of(2n ** 64n - 1n), { a: new BigUint64Array(1) }],
  ])("keep a %s exactly, in a state and in a snapshot", (_, value, into) => {
    const captured = throughJson(capture({ a: value }));
    restore(into, captured);
    expect(into.a).toStrictEqual(value);
    expect(release(captured)).toStrictEqual({ a: value });
    expect(snapshotProblem(value)).toBeUndefined();
    expect(copySnapshot(value)).toStrictEqual(value);
  });

  it("keep names with dots apart", () => {
    const state = { "a.b": Float32Array.of(1), a: { b: Float32Array.of(2) } };
    expect(release(throughJson(capture(state)))).toEqual(state);
  });

  it("never reach beyond a state's own names", () => {
    const poison = '{"polluted":"yes","env":{"NODE_OPTIONS":"--version"}}';
    const places = [
      `{"__proto__":${poison},"a":{"n":1},"free":{}}`,
      `{"a":{"n":1,"__proto__":${poison}},"free":{}}`,
      `{"a":{"n":1},"free":{"__proto__":${poison}}}`,
      `{"a":{"n":1},"free":{"x":[{"__proto__":${poison}}]}}`,
      `{"constructor":{"prototype":${poison}},"a":{"n":1},"free":{}}`,
      `{"a":{"n":1,"constructor":{"prototype":${poison}}},"free":{}}`,
      `{"toString":${poison},"a":{"n":1},"free":{}}`,
    ];
    for (const json of places) {
      const into = { a: { n: 0 }, free: {} };
      expect(() => restore(into, { json: JSON.parse(json), tensors: {} }), json).toThrow(
        /^checkpoint (does not fit|is damaged)/,
      );
      expect(Object.getPrototypeOf(into.free)).toBe(Object.prototype);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).env).toBeUndefined();
  });

  it.each([
    [{ $value: "12" }, "a is no value that can be read"],
    [{ $map: [1] }, "a is no list of pairs"],
    [{ $map: 1 }, "a is no list of items"],
    [{ $array: "a", type: "Int16Array" }, "a holds a Uint8Array, not a Int16Array"],
    [{ $array: "a", type: "constructor" }, "a holds a Uint8Array, not a constructor"],
  ])("say what is damaged: %j", (saved, message) => {
    expect(() => restore({ a: null }, { json: { a: saved }, tensors: { a: new Uint8Array(3) } })).toThrow(
      `checkpoint is damaged: state.${message}`,
    );
  });
});
