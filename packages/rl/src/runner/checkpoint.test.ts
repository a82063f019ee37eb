import { expect, it } from "vitest";
import { readCheckpointHeader } from "./checkpoint.js";

const whole = {
  schemaVersion: 1,
  algorithm: "counter",
  environment: "Walk-v0",
  config: { totalSteps: 100, seed: 1 },
  step: 10,
  events: 1,
  seconds: 0.5,
  episodes: { count: 1, returns: [2], lengths: [3] },
  state: { step: 10 },
};

it("is read as it is if it is whole", () => {
  expect(readCheckpointHeader(whole)).toBe(whole);
});

it.each([
  [null, "it names no schemaVersion"],
  [[], "it names no schemaVersion"],
  [{ ...whole, step: -5 }, "its step cannot be read"],
  [{ ...whole, events: 1.5 }, "its events cannot be read"],
  [{ ...whole, seconds: -1, state: null }, "its seconds, state cannot be read"],
  [{ ...whole, config: [] }, "its config cannot be read"],
  [{ ...whole, episodes: { count: 1, returns: ["2"], lengths: [3] } }, "its episodes cannot be read"],
  [{ ...whole, episodes: undefined, algorithm: 3 }, "its algorithm, episodes cannot be read"],
])("is refused in a sentence if it is not: %#", (json, reason) => {
  expect(() => readCheckpointHeader(json)).toThrow(`checkpoint is damaged: ${reason}`);
});
