import { expect, it } from "vitest";
import { EventHistory } from "./event-history.js";
import { metricsEventOf } from "./metric-names.js";

const stepsOf = (count: number, most: number) => {
  const history = new EventHistory(most);
  for (let step = 0; step < count; step++) history.add({ step, episodes: 0, seconds: 0, stepsPerSecond: 0 });
  return history.events().map(({ step }) => step);
};

it("an event history keeps all events of a short run, and evenly spaced ones and the latest of a long one", () => {
  expect(stepsOf(0, 4)).toEqual([]);
  expect(stepsOf(4, 4)).toEqual([0, 1, 2, 3]);
  expect(stepsOf(5, 4)).toEqual([0, 2, 4]);
  expect(stepsOf(6, 4)).toEqual([0, 2, 4, 5]);
  expect(stepsOf(9, 4)).toEqual([0, 4, 8]);
  expect(stepsOf(1_000_000, 100).length).toBeLessThanOrEqual(101);
});

it.each([
  ["null", "it is no object"],
  ["[1]", "it is no object"],
  ["{", "it is not whole JSON"],
  ['{"step":1,"loss":"0.5"}', "its loss is no number"],
  ['{"step":1,"loss":null}', "its loss is no number"],
  ['{"step":1,"loss":{"toFixed":1}}', "its loss is no number"],
  ['{"loss":1}', "its step is no number"],
  ['{"step":-1}', "its step is no number"],
  ['{"step":1,"__proto__":1}', "it has the name '__proto__'"],
  [`{"step":1,"${"x".repeat(200)}":null}`, "its xxx"],
])("a line of metrics that is none is told: %s", (line, message) => {
  expect(() => metricsEventOf(line)).toThrow(message);
  expect(() => metricsEventOf(line)).toThrow(/^.{0,100}$/);
});

it("a line of metrics is an object of numbers", () => {
  expect(metricsEventOf('{"step":1,"constructor":2}')).toEqual({ step: 1, constructor: 2 });
});
