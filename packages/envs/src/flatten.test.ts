import { expect, test } from "vitest";
import { flatSize, flatSpace, flattenInto } from "./flatten.js";
import { box } from "./spaces/box.js";
import { dict } from "./spaces/dict.js";
import { discrete } from "./spaces/discrete.js";
import { multiBinary } from "./spaces/multi-binary.js";
import { multiDiscrete } from "./spaces/multi-discrete.js";
import type { AnySpace } from "./spaces/space.js";

const all = dict({
  e: box({ low: -9, high: 9, shape: [2] }),
  d: multiBinary(2),
  c: multiDiscrete([2, 3]),
  b: discrete(3, 5),
  "10": discrete(2),
});

const cases: [string, AnySpace, unknown, number[]][] = [
  ["discrete", discrete(3), 2, [0, 0, 1]],
  ["discrete with a start", discrete(3, 5), 5, [1, 0, 0]],
  ["multiDiscrete", multiDiscrete([2, 3]), [1, 0], [0, 1, 1, 0, 0]],
  ["multiBinary", multiBinary(3), Uint8Array.of(1, 0, 1), [1, 0, 1]],
  ["box", box({ low: -9, high: 9, shape: [2, 1] }), [0.5, -2], [0.5, -2]],
  [
    "dict",
    all,
    { e: [0.5, -2], d: [0, 1], c: [1, 2], b: 6, "10": 1 },
    [/* 10 */ 0, 1, /* b */ 0, 1, 0, /* c */ 0, 1, 0, 0, 1, /* d */ 0, 1, /* e */ 0.5, -2],
  ],
];

test.each(cases)("%s", (_, space, value, flat) => {
  expect(flatSize(space)).toBe(flat.length);
  const out = new Float32Array(flat.length + 2).fill(7);
  expect(flattenInto(space, value, out, 1)).toBe(1 + flat.length);
  expect(Array.from(out)).toEqual([7, ...flat, 7]); // stale numbers are overwritten, neighbours left alone
  expect(flatSpace(space).contains(flat)).toBe(true);
});

test("the flat space has the bounds of the parts", () => {
  const flat = flatSpace(dict({ a: discrete(2), b: box({ low: -3, high: Infinity }) }));
  expect(Array.from(flat.low)).toEqual([0, 0, -3]);
  expect(Array.from(flat.high)).toEqual([1, 1, Infinity]);
});

test("what does not fit is refused", () => {
  const out = new Float32Array(20);
  expect(() => flattenInto(discrete(3), 3, out, 0)).toThrow("not an element of Discrete(3): 3");
  expect(() => flattenInto(box({ low: 0, high: 1, shape: [2] }), [1], out, 0)).toThrow(
    "an element of Box [2] in [0, 1] must hold 2 numbers, got [1]",
  );
  expect(() => flattenInto(all, { e: [0, 0] }, out, 0)).toThrow("must have '10'");
});
