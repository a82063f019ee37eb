import { expect, test } from "vitest";
import { SAMPLED, StepTime } from "./step-time.js";

/** Milliseconds estimated for so many steps, each of which takes as long as `duration` says. */
function estimate(steps: number, duration: (step: number) => number, clock = 0): { estimated: number; spent: number } {
  const time = new StepTime(clock);
  let spent = 0;
  for (let step = 0; step < steps; step++) {
    spent += duration(step);
    if (time.due()) time.add(duration(step) + clock);
  }
  return { estimated: time.milliseconds, spent };
}

test("equal steps", () => {
  const { estimated, spent } = estimate(6400, () => 0.002, 0.0005);
  expect(estimated / spent).toBeCloseTo(1, 9);
});

test("one sample that was interrupted does not count 64 times over", () => {
  // 500 steps of 1 µs in half a millisecond; the core was away for 4 ms once, in a step that was timed.
  const { estimated } = estimate(500, (step) => (step === 2 * SAMPLED ? 4 : 0.001));
  expect(estimated).toBeCloseTo(0.5, 9);
  expect(estimate(500, (step) => (step === 0 ? 4 : 0.001)).estimated).toBeCloseTo(0.5, 9);
});

test("a coarse clock's zeros and ticks average out", () => {
  // Steps of 2 µs by a clock of 100 µs: one sample in 50 reads 100 µs, the others 0.
  const { estimated } = estimate(64_000, (step) => ((step / SAMPLED) % 50 === 0 ? 0.1 : 0));
  expect(estimated).toBeCloseTo(64_000 * 0.002, 6);
});

test("steps that are slow count as they are, long ones among short ones too", () => {
  expect(estimate(640, () => 12).estimated).toBeCloseTo(640 * 12, 6);
  // Every fourth sample takes four times as long.
  const { estimated, spent } = estimate(64_000, (step) => (Math.floor(step / SAMPLED) % 4 === 0 ? 0.8 : 0.2));
  expect(estimated / spent).toBeCloseTo(1, 9);
});

test("nothing stepped, no time", () => {
  expect(estimate(0, () => 1).estimated).toBe(0);
});
