import { largest, math, smallest } from "@advantage/engine";
import { commonStretch, interpolated, type SampledCurve } from "../maths/statistics/common-grid.js";
import type { MetricsEvent } from "../runner/metric-names.js";
import { type BandCurve, type Estimate, estimate, type PerSeed, samplesOf } from "./seed-estimates.js";

/** The gradient's variance of several algorithms, where they were equally good. */
export interface VarianceAtReturn {
  /** The training returns that every run got through. */
  readonly from: number;
  readonly to: number;
  readonly variants: readonly {
    readonly label: string;
    /** Over the training return, as far as all runs of the variant got. */
    readonly curve: BandCurve;
    /** Geometric mean over the returns that every run got through. */
    readonly mean: Estimate & { readonly perSeed: readonly PerSeed[] };
  }[];
}

interface MeasuredVariant {
  readonly label: string;
  readonly runs: readonly { readonly seed: number; readonly events: readonly MetricsEvent[] }[];
}

const LEVELS = 41;

/**
 * Compares `gradientVariance` at equal training returns.
 *
 * Runs cannot be compared at equal steps: the variance grows with the returns, by orders of magnitude, and who learns faster has the higher one. So
 * each run's variance is read where its training return first reaches a level, on straight lines between the logarithms of its measurements, at 41
 * levels evenly spaced. Means over levels and interquartile means over seeds are taken of logarithms as well: what is compared are ratios.
 *
 * Still no proof, as the policies of equal return are not the same ones; nor is it of the estimator alone, for a critic is as good as its training was.
 *
 * @returns `undefined` if there is nothing measured, or no return that all runs got through
 */
export function varianceAtReturn(variants: readonly MeasuredVariant[]): VarianceAtReturn | undefined {
  const measured = variants.flatMap(({ label, runs }) => {
    const paths = runs.flatMap((run) => pathOf(run) ?? []);
    return paths.length > 0 ? [{ label, paths }] : [];
  });
  const all = measured.flatMap(({ paths }) => paths);
  const shared = commonStretch(all.map(({ best }) => ({ x: best.y })));
  if (shared === undefined) return undefined;
  const lowest = smallest(all.map(({ best }) => best.y[0]));
  const highest = largest(all.map(({ best }) => best.y[best.y.length - 1]));
  return {
    ...shared,
    variants: measured.map(({ label, paths }) => {
      const own = commonStretch(paths.map(({ best }) => ({ x: best.y })))!;
      const x = spaced(lowest, highest).filter((level) => level >= own.from && level <= own.to);
      const curve = x.map((level) => geometric(paths.map((path) => logVarianceAt(path, level))));
      const means = paths.map((path) => {
        const logs = spaced(shared.from, shared.to).map((level) => logVarianceAt(path, level));
        return { seed: path.seed, value: logs.reduce((sum, log) => sum + log, 0) / logs.length };
      });
      return {
        label,
        curve: {
          x,
          y: curve.map(({ iqm }) => iqm),
          low: curve.map(({ low }) => low),
          high: curve.map(({ high }) => high),
        },
        mean: {
          ...geometric(means.map(({ value }) => value)),
          perSeed: means.map(({ seed, value }) => ({ seed, value: math.exp(value) })),
        },
      };
    }),
  };
}

/** How a run's return rose, and the variance on the way. */
interface Path {
  readonly seed: number;
  /** The steps at which the training return was higher than ever before, and those returns. */
  readonly best: SampledCurve;
  /** Logarithms of the measurements, by steps. */
  readonly logVariance: SampledCurve;
}

function pathOf({ seed, events }: MeasuredVariant["runs"][number]): Path | undefined {
  const returns = samplesOf(events, "episodeReturn");
  const measured = samplesOf(events, "gradientVariance");
  const kept = measured.y.flatMap((variance, i) => (variance > 0 ? [i] : []));
  if (returns.x.length === 0 || kept.length === 0) return undefined;
  const best: { x: number[]; y: number[] } = { x: [], y: [] };
  for (const [i, value] of returns.y.entries()) {
    if (best.y.length > 0 && value <= best.y[best.y.length - 1]) continue;
    best.x.push(returns.x[i]);
    best.y.push(value);
  }
  return {
    seed,
    best,
    logVariance: { x: kept.map((i) => measured.x[i]), y: kept.map((i) => math.log(measured.y[i])) },
  };
}

function logVarianceAt({ best, logVariance }: Path, level: number): number {
  const first = best.y.findIndex((value) => value >= level);
  return interpolated(logVariance, best.x[first < 0 ? best.x.length - 1 : first]);
}

function geometric(logs: readonly number[]): Estimate {
  const { iqm, low, high } = estimate(logs);
  return { iqm: math.exp(iqm), low: math.exp(low), high: math.exp(high) };
}

/** Both ends are exact: what is reached at the end must not be missed by a rounding. */
function spaced(from: number, to: number): number[] {
  return Array.from({ length: LEVELS }, (_, i) => (i === LEVELS - 1 ? to : from + ((to - from) * i) / (LEVELS - 1)));
}
