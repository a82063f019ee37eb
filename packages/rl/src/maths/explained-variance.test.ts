import { describe, expect, it } from "vitest";
import { explainedVariance } from "./explained-variance.js";

describe("explainedVariance", () => {
  it("is 1 for a perfect prediction, also one that is off by a constant", () => {
    expect(explainedVariance([1, 2, 4], [1, 2, 4])).toBe(1);
    expect(explainedVariance([11, 12, 14], [1, 2, 4])).toBe(1);
  });

  it("is 0 for a constant, and below 0 for worse", () => {
    expect(explainedVariance([5, 5, 5], [1, 2, 3])).toBe(0);
    // Errors −2, 0, 2 … Var 8/3; targets Var 2/3: 1 − 4.
    expect(explainedVariance([3, 2, 1], [1, 2, 3])).toBe(-3);
  });

  it("worked by hand", () => {
    // Targets 0, 2: variance 1. Errors 0, 1: variance ¼.
    expect(explainedVariance([0, 1], [0, 2])).toBe(0.75);
  });

  it("is NaN where there is nothing to explain", () => {
    expect(explainedVariance([1, 2], [3, 3])).toBeNaN();
    expect(explainedVariance([], [])).toBeNaN();
  });
});
