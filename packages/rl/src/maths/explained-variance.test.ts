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

  it.each([1, 0.1, 0.3, 100.1, 1e6 + 0.1])("is NaN where only rounding tells targets of %s apart", (reward) => {
    const predictions = Float32Array.from({ length: 1000 }, (_, i) => reward * Math.sin(i));
    // What an advantage with the value added back makes of the same reward.
    const targets = predictions.map((value) => Math.fround(reward - value) + value);
    expect(new Set(targets).size).toBeGreaterThan(reward === 1e6 + 0.1 ? 0 : 1);
    expect(explainedVariance(predictions, targets)).toBeNaN();
    expect(explainedVariance(predictions, new Float64Array(1000).fill(reward))).toBeNaN();
    // A spread that the numbers can show is one.
    expect(
      explainedVariance(
        targets,
        targets.map((target, i) => target * (1 + (i % 2) * 1e-4)),
      ),
    ).not.toBeNaN();
  });

  it("is no number where a prediction is none", () => {
    expect(explainedVariance([Number.NaN, 1], [1, 2])).toBeNaN();
  });
});
