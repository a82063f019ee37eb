import { expect, test } from "vitest";
import { linearTicks, logRange, logTicks, MAX_DECADES, powerOfTen } from "./axis.js";

/** Numbers of every size that a run may log, and pairs of neighbours. */
const SIZES = [
  5e-324,
  1e-320,
  2.2e-308,
  1e-300,
  4e-29,
  1e-26,
  1e-17,
  1e-9,
  0.03,
  1,
  999,
  1e6,
  1e17,
  1e20,
  1e33,
  1e40,
  1e300,
  Number.MAX_VALUE,
];
const PAIRS = SIZES.flatMap((low) =>
  [...SIZES, low * (1 + 2 ** -52), low * 1.0001, low * 3, 40 * low]
    .filter((high) => high >= low && Number.isFinite(high))
    .map((high) => [low, high] as const),
);

test("a logarithmic axis has few ticks, in order and in sight, whatever the values", () => {
  for (const [low, high] of PAIRS) {
    const [from, to] = logRange(Math.log10(low), Math.log10(high), MAX_DECADES);
    expect(to, `${low} to ${high}`).toBeGreaterThan(from);
    expect(to - from).toBeLessThanOrEqual(MAX_DECADES + 2);
    expect(to).toBeGreaterThanOrEqual(Math.log10(high));
    for (const most of [3, 8]) {
      const ticks = logTicks(from, to, most);
      expect(ticks.length, `${low} to ${high}`).toBeGreaterThanOrEqual(2);
      expect(ticks.length).toBeLessThanOrEqual(Math.max(most, 7));
      ticks.forEach((tick, i) => {
        expect(tick).toBeGreaterThanOrEqual(from - 1e-8);
        expect(tick).toBeLessThanOrEqual(to + 1e-8);
        if (i > 0) expect(tick).toBeGreaterThan(ticks[i - 1]);
      });
    }
  }
}, 5_000);

test("a linear axis has few ticks, in order and in sight, whatever the values", () => {
  const ends = PAIRS.flatMap(([low, high]) => [
    [low, high],
    [-high, -low],
    [-low, high],
    [0, high],
  ]);
  for (const [low, high] of ends) {
    const ticks = linearTicks(low, high, 5);
    expect(ticks.length, `${low} to ${high}`).toBeLessThanOrEqual(11);
    ticks.forEach((tick, i) => {
      expect(tick).toBeGreaterThanOrEqual(low);
      expect(tick).toBeLessThanOrEqual(high);
      if (i > 0) expect(tick).toBeGreaterThan(ticks[i - 1]);
    });
  }
}, 5_000);

test("ticks as one would write them", () => {
  expect(linearTicks(0, 500, 5)).toEqual([0, 100, 200, 300, 400, 500]);
  expect(linearTicks(-0.13, 0.21, 5)).toEqual([-0.1, 0, 0.1, 0.2]);
  expect(linearTicks(7, 7, 5)).toEqual([7]);
  expect(logRange(Math.log10(3e-5), Math.log10(0.2), MAX_DECADES)).toEqual([-5, 0]);
  expect(logTicks(-5, 0, 8)).toEqual([-5, -4, -3, -2, -1, 0]);
  expect(logTicks(-24, 0, 4)).toEqual([-21, -14, -7, 0]);
  expect(logTicks(-0.1, 0.8, 8).map(powerOfTen)).toEqual([1, expect.closeTo(2, 12), expect.closeTo(5, 12)]);
  expect(powerOfTen(-24)).toBe(1e-24); // 10 ** -24 is not
});

test("values that have no place on a logarithmic axis leave an axis", () => {
  for (const [low, high] of [
    [0, 1],
    [-1, 1],
    [Number.NaN, 1],
    [1, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
    [2, 1],
  ])
    expect(logRange(Math.log10(low), Math.log10(high), MAX_DECADES)).toEqual([-1, 1]);
});
