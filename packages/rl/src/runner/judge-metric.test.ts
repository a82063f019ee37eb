import { describe, expect, it } from "vitest";
import { judgeMetric } from "./judge-metric.js";
import type { MetricsEvent } from "./metric-names.js";

/** PPO's approximate KL. */
const kl = { range: { from: 0.003, to: 0.03, above: 0.1 } };
const logged = (...values: (number | undefined)[]) =>
  values.map((kl, i) => ({ step: i, episodes: 0, seconds: 0, stepsPerSecond: 0, kl })) as MetricsEvent[];

describe("the judgement of a metric", () => {
  it.each([
    [0.01, "healthy"],
    [0.003, "healthy"],
    [0.05, "unclear"],
    [1.39, "too high"],
    [1.7e-8, "unclear"], // a run that has converged
    [Number.NaN, "unclear"],
  ])("says of %d: %s", (value, verdict) => {
    expect(judgeMetric("kl", kl, logged(value))).toMatchObject({ verdict });
  });

  it("is over the latest ten lines that have it: their median, or spikes in a fifth of them", () => {
    const early = Array.from({ length: 20 }, () => 5);
    const late = [0.01, 0.02, undefined, 0.01, 9, 0.02, 0.01, 0.02, 0.01, 0.02, 0.02];
    expect(judgeMetric("kl", kl, logged(...early, ...late))).toEqual({
      verdict: "healthy",
      grounds: "median 0.02 of the last 10 lines",
    });
    expect(judgeMetric("kl", kl, logged(...late, 0.2))).toEqual({
      verdict: "too high",
      grounds: "above 0.1 in 2 of the last 10 lines",
    });
    expect(judgeMetric("kl", kl, logged(0.01, 0.02))?.grounds).toBe("median 0.015 of the last 2 lines");
  });

  it("is unclear without numbers, and absent where nothing was logged", () => {
    expect(judgeMetric("kl", {}, logged(3))?.verdict).toBe("unclear");
    expect(judgeMetric("kl", { range: { below: 0 } }, logged(0.4))?.verdict).toBe("unclear");
    expect(judgeMetric("kl", { range: { below: 0 } }, logged(-1))).toEqual({
      verdict: "too low",
      grounds: "below 0 in the last line",
    });
    expect(judgeMetric("kl", kl, logged(undefined))).toBeUndefined();
  });
});
