import type { Algorithm } from "../core/algorithm.js";
import { readable } from "../core/readable.js";

/** What an algorithm counts, as a word: environment steps unless it says otherwise. */
export type Unit = NonNullable<Algorithm["unit"]>;

/** "1,000 sweeps", "1 sweep". */
export function counted(count: number, unit: Unit = "step"): string {
  return `${readable(count)} ${count === 1 ? unit : `${unit}s`}`;
}

/** "12,345 steps/s", "2.5 sweeps/s". */
export function perSecond(rate: number, unit: Unit = "step"): string {
  return `${readable(rate >= 10 ? Math.round(rate) : rate)} ${unit}s/s`;
}

/** The name of an axis: "environment steps", "sweeps". */
export function axisOf(unit: Unit = "step"): string {
  return unit === "step" ? "environment steps" : `${unit}s`;
}
