import { largest, smallest } from "@advantage/engine";

/** Numbers over steps, x in ascending order. */
export interface SampledCurve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/**
 * The steps at which curves that were logged at different steps are compared: `points` evenly spaced ones from 0 to the last step of the longest.
 */
export function commonGrid(curves: readonly Pick<SampledCurve, "x">[], points: number): number[] {
  const last = curves.reduce((most, { x }) => Math.max(most, x.at(-1) ?? 0), 0);
  return Array.from({ length: points }, (_, i) => (last * i) / (points - 1));
}

/** The stretch of steps that all curves cover; `undefined` if there is none. */
export function commonStretch(curves: readonly Pick<SampledCurve, "x">[]): { from: number; to: number } | undefined {
  if (curves.length === 0 || curves.some(({ x }) => x.length === 0)) return undefined;
  const from = largest(curves.map(({ x }) => x[0]));
  const to = smallest(curves.map(({ x }) => x[x.length - 1]));
  return from <= to ? { from, to } : undefined;
}

/** The value at a step, on the straight line between the two samples around it; that of the first or last one beyond them. */
export function interpolated({ x, y }: SampledCurve, at: number): number {
  const above = firstNotBelow(x, at);
  if (above === 0) return y[0];
  if (above === x.length) return y[x.length - 1];
  const share = (at - x[above - 1]) / (x[above] - x[above - 1]);
  return y[above - 1] + share * (y[above] - y[above - 1]);
}

/** The index of the first of ascending numbers that is not below a value, by bisection; their count if all are. */
function firstNotBelow(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
