import { describe, expect, it } from "vitest";
import { scheduleAt } from "./schedule.js";

describe("scheduleAt", () => {
  it("is a straight line, or a constant", () => {
    expect(scheduleAt(0.5, 0.7)).toBe(0.5);
    expect([0, 0.25, 1, 2].map((progress) => scheduleAt({ from: 4, to: 0 }, progress))).toEqual([4, 3, 0, 0]);
  });
});
