import { describe, expect, it } from "vitest";
import { copySnapshot, snapshotProblem } from "./snapshot-value.js";

const cycle: { self?: unknown } = {};
cycle.self = [cycle];
const deep = Array.from({ length: 200 }).reduce((inner) => [inner], 0);

describe("snapshotProblem", () => {
  it.each([
    [null],
    [undefined],
    [
      {
        t: 1,
        name: "é\ud800",
        done: false,
        last: undefined,
        best: Number.NaN,
        least: Number.NEGATIVE_INFINITY,
        zero: -0,
      },
    ],
    [[1, [2, [3]]]],
    [10n],
    [
      new Map<unknown, unknown>([
        [new Int8Array(2), new Set([1n])],
        ["b", new Date(5)],
      ]),
    ],
    [Object.assign(Object.create(null), { constructor: 1, prototype: 2 })],
    [Int8Array.of(-1)],
    [Uint8Array.of(255)],
    [Uint8ClampedArray.of(255)],
    [Int16Array.of(-3)],
    [Uint16Array.of(3)],
    [Int32Array.of(-3)],
    [Uint32Array.of(3)],
    [Float32Array.of(0.5)],
    [Float64Array.of(0.1)],
    [BigInt64Array.of(-1n)],
    [BigUint64Array.of(1n)],
  ])("has none with %s, which is copied exactly", (value) => {
    expect(snapshotProblem(value)).toBeUndefined();
    expect(copySnapshot(value)).toEqual(value);
  });

  it.each([
    [{ f: () => 1 }, "snapshot.f is a function: a checkpoint keeps"],
    [{ a: [Symbol("x")] }, "snapshot.a.0 is a symbol"],
    [{ piece: new (class Piece {})() }, "snapshot.piece is a Piece: a checkpoint keeps"],
    [{ m: new (class Board extends Map {})() }, "snapshot.m is a Board"],
    [{ a: new (class Row extends Array {})() }, "snapshot.a is a Row"],
    [{ a: new (class Cells extends Int8Array {})(2) }, "snapshot.a is a Cells"],
    [{ b: Buffer.from("x") }, "snapshot.b is a Buffer"],
    [{ b: new ArrayBuffer(2) }, "snapshot.b is an ArrayBuffer"],
    [new DataView(new ArrayBuffer(2)), "snapshot is a DataView"],
    [new WeakMap(), "snapshot is a WeakMap"],
    [/x/, "snapshot is a RegExp"],
    [new Map([[{ f() {} }, 1]]), "snapshot.0.key.f is a function"],
    [new Set([cycle]), "snapshot.0.self.0 contains itself"],
    [cycle, "snapshot.self.0 contains itself"],
    [Object.assign([], { length: 2 }), "snapshot is an array with holes"],
    [Object.assign([1], { extra: 1 }), "snapshot is an array with holes or with names of its own"],
    [Object.assign(new Date(0), { zone: 1 }), "snapshot is a Date with names of its own"],
    [{ [Symbol("s")]: 1 }, "snapshot has a symbol for a name"],
    [{ $array: 1 }, "snapshot has the name '$array'"],
    [JSON.parse('{"a":{"__proto__":1}}'), "snapshot.a has the name '__proto__'"],
    [deep, "is nested more than 100 deep"],
  ])("says what a checkpoint cannot keep: %#", (value, message) => {
    expect(snapshotProblem(value)).toContain(message);
    expect(() => copySnapshot(value)).toThrow(TypeError);
  });

  it("takes an object in two places for two, as a checkpoint does", () => {
    const shared = [1];
    const copy = copySnapshot({ a: shared, b: shared }) as { a: number[]; b: number[] };
    expect(copy).toEqual({ a: [1], b: [1] });
    expect(copy.a).not.toBe(copy.b);
  });
});
