import { expect, it } from "vitest";
import { endOfGrowingLine, isLineDue, isStopDue, stepsPerLine } from "./cadence.js";

it("a line is as long as is set, else a part of the run, at most 10,000 steps", () => {
  expect(stepsPerLine({ totalSteps: 100_000 })).toBe(500);
  expect(stepsPerLine({ totalSteps: 250 })).toBe(2);
  expect(stepsPerLine({ totalSteps: 100_000 }, 100)).toBe(1000);
  expect(stepsPerLine({ totalSteps: 1e9 })).toBe(10_000);
  expect(stepsPerLine({ totalSteps: 1e9, logEvery: 50_000 })).toBe(50_000);
});

it("growing lines are as long as is set at first, then a twentieth of what is done, and end with the run", () => {
  const config = { totalSteps: 1000, logEvery: 20 };
  expect([0, 380, 600, 990].map((step) => endOfGrowingLine(config, step))).toEqual([20, 400, 630, 1000]);
});

it("about 200 lines are due in a run, however many steps are taken at once, and one at its end", () => {
  const due = (total: number, stride: number) => {
    let count = 0;
    for (let step = 0; step < total; step += stride)
      if (isLineDue(step, Math.min(step + stride, total), total)) count += 1;
    return count;
  };
  expect(due(20_000, 1)).toBe(200);
  expect(due(20_000, 7)).toBe(200);
  expect(due(20_000, 1000)).toBe(20);
  expect(due(3, 1)).toBe(3);
  expect(isLineDue(998, 1003, 1003)).toBe(true);
});

it("a stop is due the rarer the less a step does", () => {
  const stops = (work: number) =>
    Array.from({ length: 2 ** 14 }, (_, i) => isStopDue(i, i + 1, work)).filter(Boolean).length;
  expect(stops(2 ** 14)).toBe(2 ** 14);
  expect(stops(2 ** 20)).toBe(2 ** 14);
  expect(stops(16)).toBe(16);
  expect(stops(1)).toBe(1);
});
