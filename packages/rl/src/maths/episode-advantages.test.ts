import { expect, it } from "vitest";
import { type AdvantageForm, episodeAdvantages, episodeEnds, successors } from "./episode-advantages.js";

// Two episodes: three steps to an end, then two steps to a cut.
const batch = {
  starts: Int32Array.of(0, 3, 5),
  cut: [0, 1],
  rewards: Float64Array.of(1, 2, 4, 8, 16),
  values: [10, 20, 30, 40, 50],
  lastValues: [1000, 60], // the first must not be looked at: that episode ended
  discount: 0.5,
};
const advantages = (form: AdvantageForm, { nStep = 2, gaeLambda = 0.5 } = {}) =>
  Array.from(episodeAdvantages({ ...batch, form, nStep, gaeLambda }));

it("one reward and the next value, by hand", () => {
  // 1 + 10 − 10, 2 + 15 − 20, 4 − 30;  8 + 25 − 40, 16 + 30 − 50.
  expect(advantages("td")).toEqual([1, -3, -26, -7, -4]);
});

it("the whole return, by hand", () => {
  // Returns 1 + 1 + 1, 2 + 2, 4;  8 + 8 + 15, 16 + 30.
  expect(advantages("monte-carlo")).toEqual([3 - 10, 4 - 20, 4 - 30, 31 - 40, 46 - 50]);
});

it("two rewards and a value, by hand", () => {
  // 1 + 1 + 30/4, 2 + 2, 4;  8 + 8 + 60/4, 16 + 30.
  expect(advantages("n-step")).toEqual([9.5 - 10, 4 - 20, 4 - 30, 31 - 40, 46 - 50]);
});

it("their λ-mixture, by hand", () => {
  // γλ = 1/4 on the one-step errors above.
  expect(advantages("gae")).toEqual([1 + (-3 - 26 / 4) / 4, -3 - 26 / 4, -26, -7 - 4 / 4, -4]);
});

it("the forms meet at their ends: n = 1 and λ = 0 are one-step, n ≥ T and λ = 1 Monte Carlo", () => {
  expect(advantages("n-step", { nStep: 1 })).toEqual(advantages("td"));
  expect(advantages("gae", { gaeLambda: 0 })).toEqual(advantages("td"));
  expect(advantages("n-step", { nStep: 9 })).toEqual(advantages("monte-carlo"));
  expect(advantages("gae", { gaeLambda: 1 })).toEqual(advantages("monte-carlo"));
});

it("last steps are ends or cuts", () => {
  const { terminated, truncated } = episodeEnds(batch);
  expect([...terminated]).toEqual([0, 0, 1, 0, 0]);
  expect([...truncated]).toEqual([0, 0, 0, 0, 1]);
  expect([...successors(batch)]).toEqual([20, 30, 1000, 50, 60]);
});

it("refuses a share above 1", () => {
  expect(() => advantages("gae", { gaeLambda: 1.2 })).toThrow("gaeLambda must be in [0, 1], got 1.2");
});
