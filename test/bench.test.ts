import { expect, test } from "vitest";
import { scaledBar } from "../bench/speed/scaled-bar.mjs";

test("a bar for 57 GFLOP/s on a machine with half of that: half the rate, twice the time", () => {
  expect(scaledBar({ bar: 45_000, peak: 28.5, lowerIsBetter: false })).toBe(22_500);
  expect(scaledBar({ bar: 130, peak: 28.5, lowerIsBetter: true })).toBe(260);
  expect(scaledBar({ bar: 1, peak: 57, lowerIsBetter: true })).toBe(1);
});
