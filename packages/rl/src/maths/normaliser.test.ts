import { expect, it } from "vitest";
import { standardise } from "./normaliser.js";

it("takes out the mean, divides by the deviation and limits, row by row and in place", () => {
  const normaliser = { mean: Float64Array.of(1, -2), variance: Float64Array.of(4, 0.25), clip: 3 };
  const values = Float32Array.of(3, -2, -1, -1.5, 100, -100);
  standardise(values, values, 3, normaliser);
  const expected = [1, 0, -1, 1, 3, -3];
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i], 6);
});
