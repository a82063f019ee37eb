import { expect, it } from "vitest";
import { covarianceTrace, meanOfRows } from "./gradient-variance.js";

it("mean and covariance of rows, by hand", () => {
  const rows = Float64Array.of(1, 10, 2, 20, 6, 30);
  expect([...meanOfRows(rows, 3)]).toEqual([3, 20]);
  // Deviations −2, −1, 3 and −10, 0, 10: (14 + 200)/2.
  expect(covarianceTrace(rows, 3)).toBeCloseTo(107, 12);
});

it("equal rows do not vary", () => {
  expect(covarianceTrace(Float64Array.of(1, 2, 1, 2), 2)).toBe(0);
});
