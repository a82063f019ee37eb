/** GFLOP/s of the raw tile on the machine that the bars were set for. */
const REFERENCE_PEAK = 57;

/**
 * What a bar is worth on a machine with another peak (GFLOP/s): rates grow with it, times shrink.
 *
 * @param {{ bar: number, peak: number, lowerIsBetter: boolean }} of
 */
export function scaledBar({ bar, peak, lowerIsBetter }) {
  return lowerIsBetter ? (bar * REFERENCE_PEAK) / peak : (bar * peak) / REFERENCE_PEAK;
}
