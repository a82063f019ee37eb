import { expect, it } from "vitest";
import type { MetricsEvent } from "../runner/metric-names.js";
import { varianceAtReturn } from "./variance-at-return.js";

/** Returns at steps 1, 2, …, and the variance of each; undefined where it was not measured. */
function events(returns: readonly number[], variance: readonly (number | undefined)[]): MetricsEvent[] {
  return returns.map((episodeReturn, i) => ({
    step: i + 1,
    episodes: i,
    episodeReturn,
    ...(variance[i] === undefined ? {} : { gradientVariance: variance[i] }),
    seconds: i,
    stepsPerSecond: 1,
  }));
}

it("compares where the returns are equal, not where the steps are", () => {
  // Both estimators have variance R², or a tenth of it; the second learns twice as fast.
  const slow = [10, 20, 30, 40, 50, 60, 70, 80];
  const fast = [10, 30, 50, 70, 90, 110, 130, 150];
  const squares = (returns: readonly number[], factor: number) => returns.map((value) => factor * value * value);
  const result = varianceAtReturn([
    { label: "noisy", runs: [{ seed: 1, events: events(slow, squares(slow, 1)) }] },
    { label: "quiet", runs: [{ seed: 1, events: events(fast, squares(fast, 0.1)) }] },
    { label: "silent", runs: [{ seed: 1, events: events(fast, []) }] },
  ]);
  expect(result).toMatchObject({ from: 10, to: 80 });
  const [noisy, quiet] = result!.variants;
  expect(result!.variants).toHaveLength(2);
  // At equal steps the quiet one would look up to a third as noisy. Steps are whole, so that levels between two returns cost a little.
  const ratio = quiet.mean.iqm / noisy.mean.iqm;
  expect(ratio).toBeGreaterThan(0.1);
  expect(ratio).toBeLessThan(0.15);
  expect(noisy.curve.x.at(-1)).toBeLessThanOrEqual(80);
  expect(quiet.curve.x.at(-1)).toBe(150);
});

it("reads the variance where a level is first reached, between the logarithms of its neighbours", () => {
  // 20 is first reached at step 3, half way between measurements of 1 and 100; what follows a fall does not count.
  const path = events([10, 15, 20, 12, 20], [undefined, 1, undefined, 100, 1e9]);
  const result = varianceAtReturn([{ label: "a", runs: [{ seed: 7, events: path }] }])!;
  expect(result).toMatchObject({ from: 10, to: 20 });
  const { curve, mean } = result.variants[0];
  expect(curve.y.at(-1)).toBeCloseTo(10, 9);
  expect(curve.y[0]).toBeCloseTo(1, 9);
  // Levels 10, 10.25, … 15 have variance 1, the 20 above 15 have 10: the geometric mean is 10^(20/41).
  expect(mean.iqm).toBeCloseTo(10 ** (20 / 41), 9);
  expect(mean.perSeed[0].seed).toBe(7);
});

it("is nothing where nothing was measured, or no return was reached by all", () => {
  expect(varianceAtReturn([{ label: "a", runs: [{ seed: 1, events: events([1, 2], []) }] }])).toBeUndefined();
  expect(varianceAtReturn([])).toBeUndefined();
  const far = (label: string, returns: number[]) => ({ label, runs: [{ seed: 1, events: events(returns, [1, 1]) }] });
  expect(varianceAtReturn([far("a", [1, 2]), far("b", [5, 6])])).toBeUndefined();
});
