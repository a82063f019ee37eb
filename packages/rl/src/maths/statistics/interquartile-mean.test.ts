import { describe, expect, it } from "vitest";
import { interquartileMean } from "./interquartile-mean.js";

describe("the interquartile mean", () => {
  it.each([
    [[7], 7],
    [[1, 2], 1.5], // half of each
    [[1, 2, 6], (0.25 * 1 + 2 + 0.25 * 6) / 1.5], // 2.5
    [[1, 2, 4, 100], 3],
    [[10, 1, 4, 2, 3], (0.75 * 2 + 3 + 0.75 * 4) / 2.5], // 3
    [[0, 0, 1, 5, 9, 1000], (0.5 * 0 + 1 + 5 + 0.5 * 9) / 3], // 3.5
    [[8, 7, 6, 5, 4, 3, 2, 1], 4.5], // scipy.stats.trim_mean(range(1, 9), 0.25)
  ])("of %j is %d", (values, expected) => {
    expect(interquartileMean(values)).toBeCloseTo(expected, 12);
  });

  it("gives equal values back as they are", () => {
    for (let n = 1; n <= 9; n++) expect(interquartileMean(new Array(n).fill(500))).toBe(500);
  });

  it("leaves its argument as it was and refuses nothing", () => {
    const values = Float64Array.of(3, 1, 2);
    interquartileMean(values);
    expect([...values]).toEqual([3, 1, 2]);
    expect(() => interquartileMean([])).toThrow("the interquartile mean needs at least one value, got none");
  });
});
