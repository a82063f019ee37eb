import { expect, it } from "vitest";
import { averageBaseline, episodeReturns, stepDiscounts, valueBaseline } from "./episode-returns.js";

// Three episodes, of 3, 1 and 2 steps.
const starts = Int32Array.of(0, 3, 4, 6);
const rewards = Float64Array.of(1, 2, 4, 8, 16, 32);

it("rewards to go, by hand", () => {
  const returns = episodeReturns({ rewards, starts, discount: 0.5, causality: true });
  expect([...returns]).toEqual([3, 4, 4, 8, 32, 32]);
  expect([...rewards]).toEqual([1, 2, 4, 8, 16, 32]);
});

it("whole returns stand at every step", () => {
  const returns = episodeReturns({ rewards, starts, discount: 0.5, causality: false });
  expect([...returns]).toEqual([3, 3, 3, 8, 32, 32]);
});

it("an episode that was cut goes on with its bootstrap", () => {
  const bootstrap = [0, 4, 0];
  const returns = episodeReturns({ rewards, starts, bootstrap, discount: 0.5, causality: true });
  expect([...returns]).toEqual([3, 4, 4, 10, 32, 32]);
});

it("γᵗ counts from each episode's first step", () => {
  expect([...stepDiscounts({ starts, discount: 0.5 })]).toEqual([1, 0.5, 0.25, 1, 1, 0.5]);
  expect([...stepDiscounts({ starts, discount: 0 })]).toEqual([1, 0, 0, 1, 1, 0]);
});

it("the average at each time step is of the other episodes that got so far", () => {
  const returns = Float64Array.of(3, 4, 4, 8, 32, 32);
  // t = 0: of {3, 8, 32}; t = 1: of {4, 32}; t = 2: nobody else.
  expect([...averageBaseline({ returns, starts, causality: true })]).toEqual([20, 32, 0, 17.5, 5.5, 4]);
});

it("the average of whole returns is of all other episodes, whatever their length", () => {
  const returns = Float64Array.of(3, 3, 3, 8, 32, 32);
  expect([...averageBaseline({ returns, starts, causality: false })]).toEqual([20, 20, 20, 17.5, 5.5, 5.5]);
});

it("one episode has no others", () => {
  const alone = { returns: Float64Array.of(3, 2), starts: Int32Array.of(0, 2) };
  expect([...averageBaseline({ ...alone, causality: true })]).toEqual([0, 0]);
  expect([...averageBaseline({ ...alone, causality: false })]).toEqual([0, 0]);
});

it("a value function expects of a reward to go what it says of the state, of a whole return what it said of the first", () => {
  const values = Float32Array.of(3, 1, 4, 1.5, 9, 2);
  expect([...valueBaseline({ values, starts, causality: true })]).toEqual([3, 1, 4, 1.5, 9, 2]);
  expect([...valueBaseline({ values, starts, causality: false })]).toEqual([3, 3, 3, 1.5, 9, 9]);
});

it("refuses a discount outside [0, 1]", () => {
  expect(() => episodeReturns({ rewards, starts, discount: 1.2, causality: true })).toThrow(
    "discount must be in [0, 1], got 1.2",
  );
});
