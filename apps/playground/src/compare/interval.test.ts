import { expect, test } from "vitest";
import { intervalCurve } from "./interval.js";

test("mean and t interval of two runs, by hand", () => {
  // At every x the values are a and a + 2: mean a + 1, s = √2, error = 12.706·√2/√2.
  const curve = intervalCurve([
    { x: [0, 10], y: [0, 10] },
    { x: [0, 10], y: [2, 12] },
  ]);
  expect(curve.x[0]).toBe(0);
  expect(curve.x.at(-1)).toBe(10);
  expect(curve.y[0]).toBe(1);
  expect(curve.y.at(-1)).toBeCloseTo(11, 12);
  expect(curve.high[0] - curve.y[0]).toBeCloseTo(12.706, 10);
  expect(curve.y[0] - curve.low[0]).toBeCloseTo(12.706, 10);
});

test("only the stretch that all runs cover, interpolated", () => {
  const curve = intervalCurve([
    { x: [0, 4, 8], y: [0, 4, 8] },
    { x: [2, 6], y: [2, 6] },
  ]);
  expect([curve.x[0], curve.x.at(-1)]).toEqual([2, 6]);
  curve.x.forEach((x, i) => {
    expect(curve.y[i]).toBeCloseTo(x, 12);
    expect(curve.high[i] - curve.low[i]).toBeCloseTo(0, 12);
  });
});

test("one run has no interval, none no curve", () => {
  expect(intervalCurve([]).x).toEqual([]);
  const one = intervalCurve([{ x: [1, 2], y: [5, 7] }]);
  expect(one.low).toEqual(one.y);
  expect(intervalCurve([{ x: [3], y: [5] }])).toEqual({ x: [3], y: [5], low: [5], high: [5] });
});
