import { expect, it } from "vitest";
import { paceFrom } from "./progress-sink.js";

it("the pace is that of the last quarter of a minute, and one slow iteration hardly changes it", () => {
  const pace = paceFrom(1000, 0);
  expect(pace(1000, 100)).toBeUndefined();
  expect(pace(2000, 1000)).toBe(1000); // 1,000 steps in a second
  expect(pace(2010, 1100)).toBe(1000); // too soon to tell
  const slow = pace(2100, 2000) as number; // 100 steps in a second
  expect(slow).toBeCloseTo(100 + 900 * Math.exp(-1 / 15), 9);
  let last = 0;
  for (let second = 3; second < 123; second++) last = pace(1900 + 100 * second, 1000 * second) as number;
  expect(last).toBeCloseTo(100, 0);
});
