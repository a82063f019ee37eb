import { Random } from "@advantage/engine";
import type { SampledCurve } from "../maths/statistics/common-grid.js";
import { sortedInterquartileMean } from "../maths/statistics/interquartile-mean.js";
import { bootstrapInterval, stratifiedResamples } from "../maths/statistics/stratified-bootstrap.js";
import type { MetricsEvent } from "../runner/metric-names.js";

/** An interquartile mean over the seeds with the ends of its 95 % stratified bootstrap interval. */
export interface Estimate {
  readonly iqm: number;
  readonly low: number;
  readonly high: number;
}

/** Interquartile means over the seeds at steps of the common grid, with their intervals. */
export interface BandCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** A number of each run; null where there is none. */
export interface PerSeed {
  readonly seed: number;
  readonly value: number | null;
}

const CURVE_RESAMPLES = 1000;

/** The interquartile mean of values, one a seed, with its interval. */
export function estimate(values: readonly number[], resamples = CURVE_RESAMPLES): Estimate {
  const iqm = sortedInterquartileMean(Float64Array.from(values).sort());
  return { iqm, ...bootstrapInterval(values, resamplesOf(values.length, resamples), sortedInterquartileMean) };
}

const drawn = new Map<string, Int32Array[]>();

function resamplesOf(runs: number, count: number): Int32Array[] {
  const key = `${runs} of ${count}`;
  const random = Random.fromSeed(0).fork("bootstrap").fork(String(runs));
  const resamples = drawn.get(key) ?? stratifiedResamples({ strata: [runs], count, random });
  drawn.set(key, resamples);
  return resamples;
}

/** One metric over steps; events without it are left out. */
export function samplesOf(events: readonly MetricsEvent[], name: string): SampledCurve {
  const present = events.filter((event) => event[name] !== undefined);
  return { x: present.map(({ step }) => step), y: present.map((event) => event[name] as number) };
}
