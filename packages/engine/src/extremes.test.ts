import { describe, expect, it } from "vitest";
import { largest, smallest } from "./extremes.js";

describe("largest and smallest", () => {
  it("are those of a million values, more than a call takes arguments", () => {
    const values = Float64Array.from({ length: 1_000_000 }, (_, i) => (i * 7919) % 1_000_003); // 7919 and 1,000,003 are prime: no two alike
    expect(smallest(values)).toBe(0);
    values[123_456] = 2e6;
    values[654_321] = -1;
    expect(largest(values)).toBe(2e6);
    expect(smallest(values)).toBe(-1);
  });

  it("are Math.max and Math.min of few, of none and of NaN", () => {
    for (const values of [[], [3], [-2, 5, 5, 1], [1, Number.NaN, 2], [Infinity, -Infinity]]) {
      expect(largest(new Set(values))).toBe(Math.max(...values));
      expect(smallest(values)).toBe(Math.min(...values));
    }
  });
});
