import type { Metric, MetricRange } from "../core/algorithm.js";
import { readable } from "../core/readable.js";
import type { MetricsEvent } from "./metric-names.js";

/** Lines that a judgement is over: one alone is noise. */
const LATEST = 10;

/** The share of them in the range of a sick run from which on the run is one: spikes do the harm, and a median hides them. */
const OFTEN = 0.2;

/** What a run shows of a metric, held against the range of a healthy run and that of a sick one. */
export interface Judgement {
  /** `unclear`: the metric has no range in numbers, or lies between the two. */
  readonly verdict: "healthy" | "too low" | "too high" | "unclear";
  /** What the verdict rests on: "above 0.1 in 4 of the last 10 lines". */
  readonly grounds: string;
}

/** @returns `undefined` where it was not logged */
export function judgeMetric(
  name: string,
  { range }: Pick<Metric, "range">,
  events: readonly MetricsEvent[],
): Judgement | undefined {
  const values: number[] = [];
  for (let i = events.length - 1; i >= 0 && values.length < LATEST; i--) {
    const value = events[i][name];
    if (value !== undefined) values.push(value);
  }
  if (values.length === 0) return undefined;
  return range === undefined ? { verdict: "unclear", grounds: "" } : verdictOn(values, range);
}

function verdictOn(values: readonly number[], { from, to, below, above }: MetricRange): Judgement {
  const often = (count: number) => count >= OFTEN * values.length && count > 0;
  const lines = values.length === 1 ? "the last line" : `the last ${values.length} lines`;
  const share = (count: number) => (values.length === 1 ? lines : `${count} of ${lines}`);
  const low = below === undefined ? 0 : values.filter((value) => value < below).length;
  const high = above === undefined ? 0 : values.filter((value) => value > above).length;
  if (often(low)) return { verdict: "too low", grounds: `below ${readable(below!)} in ${share(low)}` };
  if (often(high)) return { verdict: "too high", grounds: `above ${readable(above!)} in ${share(high)}` };
  const median = medianOf(values);
  const inside =
    (from !== undefined || to !== undefined) && median >= (from ?? -Infinity) && median <= (to ?? Infinity);
  return { verdict: inside ? "healthy" : "unclear", grounds: `median ${readable(median)} of ${lines}` };
}

function medianOf(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}
