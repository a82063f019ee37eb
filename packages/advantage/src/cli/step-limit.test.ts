import { watchedPlace } from "@advantage/rl";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { limitSteps } from "./step-limit.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** As in `ThreadMemory`: steps, and whether one is under way. */
const [STEP, STEPPING] = [1, 4];

test("a step is told once when it has been under way for so long, and not one that returns in time", () => {
  const place = watchedPlace("Own-v0", 0, 1);
  const told: string[] = [];
  const places: (typeof place)[] = [];
  limitSteps(places, 5, (sentence) => told.push(sentence));
  places.push(watchedPlace("Idle-v0", 0, 1), place);
  place.words[STEPPING] = 1;
  for (let step = 1; step <= 10; step++) {
    place.words[STEP] = step; // each takes 4 seconds
    vi.advanceTimersByTime(4000);
  }
  place.words[STEPPING] = 0;
  vi.advanceTimersByTime(60_000); // an update of the networks
  expect(told).toEqual([]);
  place.words[STEP] = 11;
  place.words[STEPPING] = 1;
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(told).toEqual(["Own-v0: environment 0, step 11 has not returned for 5 seconds"]);
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(1);
});

test("nothing is told after its end", () => {
  const place = watchedPlace("Own-v0", 0, 1);
  place.words[STEPPING] = 1;
  const tell = vi.fn();
  limitSteps([place], 1, tell)();
  vi.advanceTimersByTime(60_000);
  expect(tell).not.toHaveBeenCalled();
});
