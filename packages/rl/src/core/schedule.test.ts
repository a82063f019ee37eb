import { describe, expect, it } from "vitest";
import { heldSchedules, lastStepOf, scheduleAt } from "./schedule.js";

describe("scheduleAt", () => {
  it("is a straight line, or a constant", () => {
    expect(scheduleAt(0.5, 0.7)).toBe(0.5);
    expect([0, 0.25, 1, 2].map((progress) => scheduleAt({ from: 4, to: 0 }, progress))).toEqual([4, 3, 0, 0]);
  });
  it("may have an end of its own, and keeps what it has reached there", () => {
    const early = { from: 1, to: 0.5, until: 0.25 };
    expect([0, 0.125, 0.25, 0.9].map((progress) => scheduleAt(early, progress))).toEqual([1, 0.75, 0.5, 0.5]);
    expect([lastStepOf(early, 400), lastStepOf({ from: 1, to: 0 }, 400), lastStepOf(3, 400)]).toEqual([100, 400, 400]);
  });
});

it("a schedule that is held goes on in a longer run as it was, and keeps its end", () => {
  const config = { totalSteps: 100, learningRate: { from: 4, to: 0 }, clip: { from: 1, to: 0, until: 0.5 }, epochs: 3 };
  const held = heldSchedules(config, 100, 400);
  expect(held).toEqual({ learningRate: { from: 4, to: 0, until: 0.25 }, clip: { from: 1, to: 0, until: 0.125 } });
  for (const step of [0, 25, 50, 99, 100, 300]) {
    expect(scheduleAt(held.learningRate, step / 400)).toBeCloseTo(scheduleAt(config.learningRate, step / 100), 14);
  }
});
