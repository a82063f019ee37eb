import { expect, it } from "vitest";
import { StepSizes, stepSize } from "./step-size.js";

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

it("counts the updates of each entry, and follows a schedule", () => {
  const counts = new Int32Array(2);
  const harmonic = new StepSizes({ rule: "harmonic", constant: 1, exponent: 1, totalSteps: 10 }, counts);
  expect([harmonic.next(0), harmonic.next(0), harmonic.next(1), harmonic.next(0)]).toEqual([1, 1 / 2, 1, 1 / 3]);
  expect([...counts]).toEqual([3, 1]);
  const falling = { rule: "constant", constant: { from: 0.5, to: 0.1 }, exponent: 1, totalSteps: 10 } as const;
  const constant = new StepSizes(falling, counts);
  expect(constant.next(0)).toBe(0.5);
  constant.moveTo(5);
  expect(constant.next(0)).toBeCloseTo(0.3, 14);
  const early = new StepSizes({ ...falling, constant: { from: 0.5, to: 0.1, until: 0.5 } }, counts);
  const at = [0, 2.5, 5, 9].map((step) => {
    early.moveTo(step);
    return early.next(0);
  });
  [0.5, 0.3, 0.1, 0.1].forEach((expected, i) => {
    expect(at[i]).toBeCloseTo(expected, 14);
  });
});
