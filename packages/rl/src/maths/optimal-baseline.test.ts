import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { covarianceTrace } from "./gradient-variance.js";
import { optimalBaselineEstimates } from "./optimal-baseline.js";

/** Whole returns: each is its episode's lowest and highest. */
const range = (...returns: number[]) => ({ lowest: Float64Array.from(returns), highest: Float64Array.from(returns) });

it("by hand: one parameter, three episodes with whole returns", () => {
  // g = 1, 2, −1 and R = 3, 1, 5: without its own, b = (4·1 + 1·5)/5, (1·3 + 1·5)/2, (1·3 + 4·1)/5.
  const scores = Float64Array.of(1, 2, -1);
  const products = Float64Array.of(3, 2, -5);
  const estimates = optimalBaselineEstimates({ scores, products, ...range(3, 1, 5) });
  const expected = [1 * (3 - 9 / 5), 2 * (1 - 4), -1 * (5 - 7 / 5)];
  for (const [i, value] of expected.entries()) expect(estimates[i]).toBeCloseTo(value, 12);
  expect([...products]).toEqual([3, 2, -5]);
});

it("each parameter has its own; one that no other episode moved has none", () => {
  const scores = Float64Array.of(1, 0, 1, 5);
  const products = Float64Array.of(2, 0, 6, 20);
  // First parameter: b = 6 and 2. Second: b = 4 for the first episode, nothing for the second.
  const estimates = optimalBaselineEstimates({ scores, products, ...range(2, 6) });
  expect([...estimates]).toEqual([2 - 6, 0, 6 - 2, 20]);
});

it("stays within the range of the others' returns", () => {
  // The slope is 100 and −100, of a hundredth and of one; the returns lay between 1 and 3, and 2 and 5.
  const limited = { lowest: Float64Array.of(2, 1), highest: Float64Array.of(5, 3) };
  const scores = Float64Array.of(1, 0.01);
  const products = Float64Array.of(-100, 1);
  expect([...optimalBaselineEstimates({ scores, products, ...limited })]).toEqual([-100 - 3, 1 - 2 * 0.01]);
});

it("equal returns leave nothing", () => {
  const scores = Float64Array.of(0.3, -2, 0.7);
  const estimates = optimalBaselineEstimates({ scores, products: scores.map((g) => 4 * g), ...range(4, 4, 4) });
  for (const estimate of estimates) expect(Math.abs(estimate)).toBeLessThan(1e-14);
});

describe("Prop. 9", () => {
  it("no other number has a lower variance where the size of the gradient tells the return", () => {
    // R = 1 + g²: 𝔼[g²R]/𝔼[g²] = 1 + 3 for normal g, against a mean return of 2.
    const random = Random.fromSeed(1);
    const count = 4000;
    const scores = Float64Array.from({ length: count }, () => random.normal());
    const returns = scores.map((g) => 1 + g * g);
    const variance = (b: number) =>
      covarianceTrace(
        returns.map((r, i) => scores[i] * (r - b)),
        count,
      );
    const products = returns.map((r, i) => scores[i] * r);
    const optimal = covarianceTrace(optimalBaselineEstimates({ scores, products, ...range(...returns) }), count);
    for (const b of [0, 2, 3, 5, 6]) expect(optimal).toBeLessThan(variance(b));
    expect(optimal / variance(4)).toBeCloseTo(1, 1);
  });
});

it("refuses arrays that do not fit", () => {
  const scores = new Float64Array(4);
  expect(() => optimalBaselineEstimates({ scores, products: new Float64Array(3), ...range(1, 2) })).toThrow(
    "scores and products must hold as many numbers, a multiple of m = 2, got 4 and 3",
  );
});
