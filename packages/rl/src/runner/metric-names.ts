import { printable } from "@advantage/engine";
import type { Algorithm, Metric } from "../core/algorithm.js";
import { axisOf } from "./unit.js";

/** What every run logs, whatever the algorithm: the first and last columns of `metrics.jsonl`. */
export const RUN_METRICS = {
  step: { meaning: "environment steps done", healthy: "rises to totalSteps" },
  episodes: { meaning: "training episodes that have ended", healthy: "rises" },
  episodeReturn: {
    meaning: "mean undiscounted sum of rewards of the last 100 training episodes; absent before the first has ended",
    healthy: "rises, then levels off",
  },
  episodeLength: {
    meaning: "mean number of steps of the last 100 training episodes",
    healthy: "longer where surviving pays, shorter where reaching a goal does",
  },
  seconds: { meaning: "seconds of training so far, the time before a resume included", healthy: "—" },
  stepsPerSecond: { meaning: "environment steps a second since the line before", healthy: "steady" },
} as const satisfies Record<string, Metric>;

/** The only fields of a metrics line that may differ between two runs with the same seed. */
export const WALL_CLOCK_METRICS: readonly string[] = ["seconds", "stepsPerSecond"];

/** How many of the latest training episodes the means are over. */
export const EPISODE_WINDOW = 100;

/** One line of `metrics.jsonl`: the names of `RUN_METRICS` and of the algorithm's `metrics`, in that order. */
export interface MetricsEvent {
  readonly step: number;
  readonly episodes: number;
  readonly episodeReturn?: number;
  readonly episodeLength?: number;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly [metric: string]: number | undefined;
}

/** Every name that a run of this algorithm may log, with its meaning and healthy range. */
export function metricNames(algorithm: Pick<Algorithm, "metrics" | "unit">): Readonly<Record<string, Metric>> {
  const { step, seconds, stepsPerSecond, ...counts } = RUN_METRICS;
  const inUnit = <M extends Metric>(metric: M) => ({
    ...metric,
    meaning: metric.meaning.replace("environment steps", axisOf(algorithm.unit)),
  });
  return { step: inUnit(step), ...counts, ...algorithm.metrics, seconds, stepsPerSecond: inUnit(stepsPerSecond) };
}

/**
 * The event that a line of `metrics.jsonl` holds.
 *
 * @throws SyntaxError with what is wrong with the line, as the end of a sentence
 */
export function metricsEventOf(line: string): MetricsEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new SyntaxError("it is not whole JSON");
  }
  if (typeof event !== "object" || event === null || Array.isArray(event)) throw new SyntaxError("it is no object");
  if (Object.hasOwn(event, "__proto__")) throw new SyntaxError("it has the name '__proto__'");
  for (const [name, value] of Object.entries({ step: undefined, ...event }))
    if (typeof value !== "number" || (name === "step" && value < 0))
      throw new SyntaxError(`its ${printable(name.slice(0, 60))} is no number`);
  return event as MetricsEvent;
}
