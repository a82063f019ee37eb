import { expect, it } from "vitest";
import { spreadText } from "./spread-text.js";

it("says in words what the mean hides, and nothing where it hides nothing", () => {
  const old = { episodes: 4, mean: 2.5, std: 1, min: 1, max: 4, deterministic: true };
  expect(spreadText(old)).toBe("");
  const quantiles = { q05: 1.5, q25: 1.75, q75: 3.25, q95: 3.85 };
  const now = { ...old, median: 2.5, quantiles, below: { threshold: 3, share: 0.5 } };
  expect(spreadText(now)).toBe("median 2.5, 5 % below 1.5, 50.0 % below 3");
  expect(spreadText({ ...now, min: 4 })).toBe("50.0 % below 3");
});
