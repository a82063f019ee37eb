import { expect, it } from "vitest";
import { stepSize } from "./step-size.js";

it("is α, 1/n or 1/n^ω", () => {
  expect(stepSize("constant", 7, 0.3, 0.8)).toBe(0.3);
  expect(stepSize("harmonic", 4, 0.3, 0.8)).toBe(0.25);
  expect(stepSize("polynomial", 16, 0.3, 0.75)).toBeCloseTo(0.125, 15); // 2^(−4·¾)
  expect(stepSize("polynomial", 1, 0.3, 0.6)).toBe(1);
});

it("harmonic steps make the average of the samples", () => {
  let mean = 100;
  [3, 5, 10].forEach((sample, i) => {
    mean += stepSize("harmonic", i + 1, 0.1, 1) * (sample - mean);
  });
  expect(mean).toBeCloseTo(6, 14);
});
