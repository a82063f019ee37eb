import { describe, expect, it } from "vitest";
import { constantSchedule, cosineSchedule, exponentialSchedule, linearSchedule } from "./schedules.js";

const at = (schedule: (progress: number) => number, ...progress: number[]) => progress.map(schedule);

it("constant", () => {
  expect(at(constantSchedule(3e-4), 0, 0.5, 1)).toEqual([3e-4, 3e-4, 3e-4]);
});

it("linear, also over the first part of a run", () => {
  expect(at(linearSchedule({ from: 1, to: 0 }), 0, 0.25, 0.5, 1)).toEqual([1, 0.75, 0.5, 0]);
  expect(at(linearSchedule({ from: 1, to: 0.5, until: 0.5 }), 0, 0.25, 0.5, 1)).toEqual([1, 0.75, 0.5, 0.5]);
});

it("exponential: the geometric mean half-way", () => {
  const [quarter, half] = at(exponentialSchedule({ from: 16, to: 1 }), 0.25, 0.5);
  expect(quarter).toBeCloseTo(8, 14);
  expect(half).toBeCloseTo(4, 14);
});

it("cosine: 60° after a third", () => {
  const [third, half] = at(cosineSchedule({ from: 4, to: 0 }), 1 / 3, 0.5);
  expect(third).toBeCloseTo(3, 14);
  expect(half).toBeCloseTo(2, 14);
});

describe("every schedule", () => {
  it.each([linearSchedule, exponentialSchedule, cosineSchedule])(
    "meets its ends exactly, keeps them beyond, and is monotonic",
    (make) => {
      const schedule = make({ from: 0.3, to: 0.1, until: 0.7 });
      expect(at(schedule, -1, 0, 0.7, 1, 2)).toEqual([0.3, 0.3, 0.1, 0.1, 0.1]);
      for (let i = 0; i < 70; i++) expect(schedule(i / 100)).toBeGreaterThan(schedule((i + 1) / 100));
    },
  );

  it("refuses what is not a range", () => {
    expect(() => linearSchedule({ from: NaN, to: 1 })).toThrow("from must be a finite number, got NaN");
    expect(() => cosineSchedule({ from: 1, to: Infinity })).toThrow("to must be a finite number, got Infinity");
    expect(() => linearSchedule({ from: 1, to: 0, until: 0 })).toThrow("until must be in (0, 1], got 0");
    expect(() => exponentialSchedule({ from: 1, to: 0 })).toThrow("to of an exponential schedule must be > 0, got 0");
  });
});
