import { commonGrid, commonStretch, interpolated, type SampledCurve } from "../maths/statistics/common-grid.js";
import { sortedQuantile } from "../maths/statistics/stratified-bootstrap.js";
import type { MetricsEvent } from "../runner/metric-names.js";
import type { Summary } from "../runner/run-options.js";
import type { Unit } from "../runner/unit.js";
import { type BandCurve, type Estimate, estimate, type PerSeed, samplesOf } from "./seed-estimates.js";
import { type VarianceAtReturn, varianceAtReturn } from "./variance-at-return.js";

/** One of the things compared: an algorithm with settings, over several seeds. */
export interface ComparedVariant {
  /** What was typed: `reinforce:baseline=learned`. */
  readonly label: string;
  /** What its steps count. */
  readonly unit?: Unit;
  /** The metrics to be drawn on a logarithmic axis. */
  readonly logarithmic?: readonly string[];
  readonly runs: readonly VariantRun[];
}

/** A run of one variant: its seed, its lines and, once it has ended, its summary. */
export interface VariantRun {
  readonly seed: number;
  readonly events: readonly MetricsEvent[];
  /** Absent unless the run has ended. */
  readonly summary?: Summary;
  /** Why it did not end, if it failed. */
  readonly failed?: string;
}

/** What came out of a variant. Only runs that have ended count. */
export interface VariantResult {
  readonly label: string;
  readonly finished: readonly number[];
  readonly failed: readonly { readonly seed: number; readonly message: string }[];
  /** Seeds of runs that were stopped, or have not begun. */
  readonly unfinished: readonly number[];
  /** What training took, in the algorithm's unit; the median over the seeds. */
  readonly steps?: number;
  /** Score of the kind that `Comparison.score` says; absent where that was not measured. */
  readonly score?: Estimate & { readonly mean: number; readonly perSeed: readonly PerSeed[] };
  /** What the means of the final evaluations hide: the median over the seeds of their median returns, and the worst seed's quantile 5 %. */
  readonly spread?: {
    readonly median: number;
    readonly q05: number;
    readonly perSeed: readonly { readonly seed: number; readonly median: number; readonly q05: number }[];
  };
  /** When the training return reached the threshold; the median counts runs that did not as later than all others, null if it is one of them. */
  readonly threshold?: {
    readonly median: number | null;
    readonly reached: number;
    readonly perSeed: readonly PerSeed[];
  };
  /** Seconds of training, the median over the seeds. */
  readonly seconds?: number;
  readonly stepsPerSecond?: number;
  /** By metric. */
  readonly curves: Readonly<Record<string, BandCurve>>;
}

/** Runs of several variants side by side: their curves, scores and intervals. */
export interface Comparison {
  /** What the learning curves show: `episodeReturn` unless no episodes are played. */
  readonly metric: string;
  /** What the scores are: the mean return of the final evaluation, or, where no run has one, the last value of this metric. */
  readonly score: "evaluation" | (string & {});
  /** The return that counts as good enough. */
  readonly threshold?: number;
  readonly variants: readonly VariantResult[];
  /** Where `gradientVariance` is logged. */
  readonly gradientVariance?: VarianceAtReturn;
}

const SCORE_RESAMPLES = 10_000;
const GRID_POINTS = 101;

/** Metrics that every event has and that no one compares over steps. */
const LEFT_OUT = ["step", "episodes", "seconds", "stepsPerSecond"];

/**
 * The numbers of a comparison, after Agarwal et al. 2021 (arXiv:2108.13264): interquartile means over the seeds, with percentile intervals
 * of a bootstrap that draws whole runs. All seeds play the same environment, so that they are one stratum.
 *
 * Curves logged at different steps are interpolated linearly to 101 steps, evenly spaced from 0 to the end of the longest run, and to the last step that
 * all runs of a variant reach; a variant's curve has the steps between the first and the last that all of its runs cover.
 *
 * The same runs give the same intervals, whatever they are compared with: the bootstrap's stream depends on nothing but the number of runs.
 */
export function compareVariants(
  variants: readonly ComparedVariant[],
  { threshold }: { readonly threshold?: number } = {},
): Comparison {
  const logged = [
    ...new Set(variants.flatMap(({ runs }) => runs.flatMap(({ events }) => events.flatMap(Object.keys)))),
  ];
  const names = logged.filter((name) => !LEFT_OUT.includes(name));
  const metric = names.includes("episodeReturn") ? "episodeReturn" : (names[0] ?? "episodeReturn");
  const gradientVariance = varianceAtReturn(
    variants.map(({ label, runs }) => ({ label, runs: runs.filter(({ summary }) => summary) })),
  );
  const score = variants.some(({ runs }) => runs.some(({ summary }) => summary?.evaluation)) ? "evaluation" : metric;
  return {
    metric,
    score,
    ...(threshold === undefined ? {} : { threshold }),
    variants: variants.map((variant) => resultOf(variant, { score, names, threshold })),
    ...(gradientVariance === undefined ? {} : { gradientVariance }),
  };
}

interface Compared {
  readonly score: string;
  readonly names: readonly string[];
  readonly threshold?: number;
}

function resultOf({ label, runs }: ComparedVariant, { score, names, threshold }: Compared): VariantResult {
  const ended = runs.filter((run) => run.summary !== undefined);
  const about = {
    label,
    finished: ended.map(({ seed }) => seed),
    failed: runs.flatMap(({ seed, failed }) => (failed === undefined ? [] : [{ seed, message: failed }])),
    unfinished: runs.filter((run) => !run.summary && run.failed === undefined).map(({ seed }) => seed),
  };
  if (ended.length === 0) return { ...about, curves: {} };
  const scores = ended.map((run) => ({ seed: run.seed, value: scoreOf(run, score) }));
  const known = scores.flatMap(({ value }) => (value === null ? [] : [value]));
  const grid = commonGrid(
    ended.map(({ events }) => ({ x: events.map(({ step }) => step) })),
    GRID_POINTS,
  );
  const curves = names.flatMap((name) => {
    const curve = bandCurve(
      ended.map(({ events }) => samplesOf(events, name)),
      grid,
    );
    return curve === undefined ? [] : [[name, curve] as const];
  });
  const spreads = ended.flatMap(({ seed, summary }) => {
    const { median, quantiles } = summary?.evaluation ?? {};
    return median === undefined || quantiles === undefined ? [] : [{ seed, median, q05: quantiles.q05 }];
  });
  return {
    ...about,
    ...(known.length === 0
      ? {}
      : { score: { ...estimate(known, SCORE_RESAMPLES), mean: meanOf(known), perSeed: scores } }),
    ...(spreads.length === 0 ? {} : { spread: spreadOf(spreads) }),
    ...(threshold === undefined ? {} : { threshold: reachedAt(ended, threshold) }),
    steps: median(ended.map(({ summary }) => summary!.steps)),
    seconds: median(ended.map(({ summary }) => summary!.seconds)),
    stepsPerSecond: median(ended.map(({ summary }) => summary!.stepsPerSecond)),
    curves: Object.fromEntries(curves),
  };
}

function scoreOf({ summary, events }: VariantRun, score: string): number | null {
  if (score === "evaluation") return summary?.evaluation?.mean ?? null;
  return events.findLast((event) => event[score] !== undefined)?.[score] ?? null;
}

function bandCurve(runs: readonly SampledCurve[], grid: readonly number[]): BandCurve | undefined {
  const stretch = commonStretch(runs);
  if (stretch === undefined) return undefined;
  const { from, to } = stretch;
  const inside = grid.filter((at) => at >= from && at < to);
  const x = [...inside, to];
  const estimates = x.map((at) => estimate(runs.map((run) => interpolated(run, at))));
  return {
    x,
    y: estimates.map(({ iqm }) => iqm),
    low: estimates.map(({ low }) => low),
    high: estimates.map(({ high }) => high),
  };
}

function reachedAt(runs: readonly VariantRun[], threshold: number): VariantResult["threshold"] {
  const perSeed = runs.map(({ seed, events }) => ({
    seed,
    value: events.find(({ episodeReturn }) => episodeReturn !== undefined && episodeReturn >= threshold)?.step ?? null,
  }));
  const middle = median(perSeed.map(({ value }) => value ?? Number.POSITIVE_INFINITY));
  return {
    median: Number.isFinite(middle) ? middle : null,
    reached: perSeed.filter(({ value }) => value !== null).length,
    perSeed,
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(perSeed: NonNullable<VariantResult["spread"]>["perSeed"]): VariantResult["spread"] {
  return {
    median: median(perSeed.map((seed) => seed.median)),
    q05: perSeed.reduce((worst, { q05 }) => Math.min(worst, q05), Number.POSITIVE_INFINITY),
    perSeed,
  };
}

/** The middle value; of an even number the mean of both, which is infinite if one is. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted[Math.floor(sorted.length / 2)];
  return middle === Number.POSITIVE_INFINITY ? middle : sortedQuantile(sorted, 0.5);
}
