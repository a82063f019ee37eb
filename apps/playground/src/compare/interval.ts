import { largest, smallest } from "@advantage/engine";
import type { Column } from "../training/columns.js";

/** The curve of several runs: their mean, and the interval that holds the true mean with 95 % confidence. */
export interface IntervalCurve {
  readonly x: number[];
  readonly y: number[];
  readonly low: number[];
  readonly high: number[];
}

/** Points of the common axis. */
const POINTS = 200;

/** Two-sided 95 % quantiles of Student's t with 1, 2, … degrees of freedom; beyond, the normal one is close enough. */
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * Mean ± t₀.₉₇₅(n−1)·s/√n over the stretch that all runs cover, each interpolated linearly. With one run the interval is empty.
 *
 * @param columns one per run, x ascending
 */
export function intervalCurve(columns: readonly Column[]): IntervalCurve {
  const curve: IntervalCurve = { x: [], y: [], low: [], high: [] };
  const filled = columns.filter(({ x }) => x.length > 0);
  if (filled.length === 0) return curve;
  const from = largest(filled.map(({ x }) => x[0]));
  const to = smallest(filled.map(({ x }) => x[x.length - 1]));
  if (from > to) return curve;
  const cursors = filled.map(() => 0);
  const points = from === to ? 1 : POINTS;
  for (let i = 0; i < points; i++) {
    const at = points === 1 ? from : from + ((to - from) * i) / (points - 1);
    const values = filled.map((column, k) => valueAt(column, at, cursors, k));
    const n = values.length;
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    const error = n > 1 ? (T_95[n - 2] ?? 1.96) * Math.sqrt(squares / (n - 1) / n) : 0;
    curve.x.push(at);
    curve.y.push(mean);
    curve.low.push(mean - error);
    curve.high.push(mean + error);
  }
  return curve;
}

/** Between the two points around it; `cursors[k]` remembers where they were. */
function valueAt({ x, y }: Column, at: number, cursors: number[], k: number): number {
  let i = cursors[k];
  while (i < x.length - 2 && x[i + 1] < at) i += 1;
  cursors[k] = i;
  if (i + 1 >= x.length || x[i + 1] === x[i]) return y[Math.min(i, x.length - 1)];
  const share = Math.min(1, Math.max(0, (at - x[i]) / (x[i + 1] - x[i])));
  return y[i] + share * (y[i + 1] - y[i]);
}
