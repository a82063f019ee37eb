import { expect, it } from "vitest";
import { commonGrid, commonStretch, interpolated } from "./common-grid.js";

it("the grid goes evenly from 0 to the end of the longest curve", () => {
  expect(commonGrid([{ x: [3, 40] }, { x: [10, 100] }], 5)).toEqual([0, 25, 50, 75, 100]);
  expect(commonGrid([], 2)).toEqual([0, 0]);
});

it("the stretch is what all curves cover", () => {
  expect(commonStretch([{ x: [3, 40] }, { x: [10, 100] }])).toEqual({ from: 10, to: 40 });
  expect(commonStretch([{ x: [3, 5] }, { x: [10, 100] }])).toBeUndefined();
  expect(commonStretch([{ x: [3, 5] }, { x: [] }])).toBeUndefined();
  expect(commonStretch([])).toBeUndefined();
});

it("values lie on straight lines between the samples", () => {
  const curve = { x: [10, 20, 40], y: [1, 2, 10] };
  expect([10, 15, 20, 25, 40].map((at) => interpolated(curve, at))).toEqual([1, 1.5, 2, 4, 10]);
  expect([0, 50].map((at) => interpolated(curve, at))).toEqual([1, 10]);
  expect(interpolated({ x: [5], y: [7] }, 5)).toBe(7);
});
