import { describe, expect, it } from "vitest";
import { gradientVariance } from "./gradient-variance.js";

describe("the variance of six estimators on the same episodes", () => {
  const options = { returns: [25, 50], seeds: 1, episodes: 60, valueBatches: 4 };
  const result = gradientVariance(options);
  const at = (id: string, which: number) =>
    result.estimators.find((estimator) => estimator.id === id)!.bySeed[0][which];

  it("falls from whole returns over causality and a baseline to a critic", () => {
    for (const which of [0, 1]) {
      const story = ["whole-return", "causality", "average-baseline", "critic-td"].map((id) => at(id, which));
      for (let i = 1; i < story.length; i++) expect(story[i]).toBeLessThan(story[i - 1]);
      expect(at("learned-baseline", which)).toBeLessThan(at("causality", which));
      expect(at("critic-gae", which)).toBeLessThan(at("learned-baseline", which));
    }
  });

  it("grows with the return", () => expect(at("causality", 1)).toBeGreaterThan(2 * at("causality", 0)));

  it("is drawn as a curve an estimator, and told", () => {
    expect(result.figure.curves).toHaveLength(6);
    for (const { x, y, low, high } of result.figure.curves) {
      expect([x, y.length, low?.length, high?.length]).toEqual([[25, 50], 2, 2, 2]);
    }
    expect(result.table.rows[0]).toEqual(["whole return", 1, 1]);
    expect(result.conclusion).toMatch(/^Of 2 policies, .*: reward to go 2, less the average 2, .*At a return of 50/);
  });

  it("is the same for the same seed", () => {
    const few = { returns: [25], seeds: 1, episodes: 3, valueBatches: 0 };
    const of = (seed: number) => gradientVariance({ ...few, seed }).estimators.map(({ bySeed }) => bySeed);
    expect(of(2)).toEqual(of(2));
    expect(of(2)).not.toEqual(of(3));
  });
});

it.each([
  [{ returns: [] }, "returns must be at least one number, in ascending order, got []"],
  [{ returns: [50, 20] }, "got [50, 20]"],
  [{ seeds: 0 }, "seeds must be an integer >= 1, got 0"],
  [{ episodes: 1 }, "episodes must be an integer >= 2, got 1"],
])("refuses %j", (options, message) => {
  expect(() => gradientVariance(options)).toThrow(message);
});
