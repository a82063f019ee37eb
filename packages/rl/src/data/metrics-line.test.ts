import { expect, it } from "vitest";
import type { Progress } from "../core/algorithm.js";
import { MetricsLine } from "./metrics-line.js";

it("gives the means of a whole line, whether the run was stopped in its midst or not", () => {
  const config = { totalSteps: 70, logEvery: 30 };
  const gather = (line: MetricsLine, from: number, to: number) => {
    const made: Progress[] = [];
    for (let step = from + 10; step <= to; step += 10) {
      line.averages.add({ loss: step / 3 });
      made.push(line.progress({ step, episodes: [] }, config, (start) => ({ start })));
    }
    return made;
  };
  const whole = gather(new MetricsLine(), 0, 70);
  expect(whole.map(({ step, metrics, betweenLines }) => [step, betweenLines ?? metrics])).toEqual([
    [10, true],
    [20, true],
    [30, { loss: 20 / 3, start: 0 }],
    [40, true],
    [50, true],
    [60, { loss: (40 + 50 + 60) / 9, start: 30 }],
    [70, { loss: 70 / 3, start: 60 }], // the end of the run
  ]);
  const first = new MetricsLine();
  const before = gather(first, 0, 50);
  const second = new MetricsLine();
  second.restore(structuredClone(first.snapshot()));
  expect([...before, ...gather(second, 50, 70)]).toEqual(whole);
});
