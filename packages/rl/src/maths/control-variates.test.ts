import { describe, expect, it } from "vitest";
import { variateCoefficients } from "./control-variates.js";

// Three episodes of two, one and one steps; products ÂĀ: 2, −1 | −6 | 4.
const starts = Int32Array.of(0, 2, 3, 4);
const batch = { advantages: [1, 1, -3, 2], variates: [2, -1, 2, 2], variances: [4, 4, 2, 0], starts };

describe("η from the step itself, as in the paper", () => {
  it.each([
    ["none", [0, 0, 0, 0]],
    ["standard", [1, 1, 1, 1]],
    ["adaptive", [0.5, -0.25, -3, 0]],
    ["conservative", [1, 0, 0, 1]],
    ["aggressive", [1, -1, -1, 1]],
  ] as const)("%s", (form, expected) => {
    expect([...variateCoefficients({ ...batch, form, covariance: "sample" })]).toEqual(expected);
  });
});

describe("η from the other episodes", () => {
  // Others' sums: products −2, 5, −5; variances 2, 8, 10.
  it.each([
    ["none", [0, 0, 0, 0]],
    ["standard", [1, 1, 1, 1]],
    ["adaptive", [-1, -1, 0.625, -0.5]],
    ["conservative", [0, 0, 1, 0]],
    ["aggressive", [-1, -1, 1, -1]],
  ] as const)("%s", (form, expected) => {
    expect([...variateCoefficients({ ...batch, form, covariance: "others" })]).toEqual(expected);
  });

  it("uses nothing where the others say nothing", () => {
    const flat = { ...batch, variates: [0, 0, 0, 0], variances: [0, 0, 0, 0] };
    for (const form of ["adaptive", "conservative", "aggressive"] as const)
      expect([...variateCoefficients({ ...flat, form, covariance: "others" })]).toEqual([0, 0, 0, 0]);
  });
});

it("wants a number for each step", () => {
  expect(() => variateCoefficients({ ...batch, variates: [1], form: "standard", covariance: "others" })).toThrow(
    "variates must hold B = 4 numbers, got 1",
  );
});
