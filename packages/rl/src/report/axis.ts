/*
 * Ranges and ticks of axes. A logarithmic axis is a linear one of log₁₀ of the values. Both kinds come to an end for every pair of numbers that
 * a run may log, denormal ones included (a chart library's own ticks need not: leeoniya/uPlot#1098). The functions stand alone, without names of
 * their module or names within, for the script of a page carries their text.
 */

/** Decades that a logarithmic axis has room for: what lies further below the largest value is rounding, and would flatten all the rest. */
export const MAX_DECADES = 24;

/**
 * The ends of a logarithmic axis: whole powers of ten where the values span more than one decade.
 *
 * @param low   the smallest value, as a power of ten
 * @param high  the largest
 */
export function logRange(low: number, high: number, maxDecades: number): [from: number, to: number] {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) return [-1, 1];
  const from = Math.max(low, high - maxDecades);
  if (high - from > 1) return [Math.floor(from) + 0, Math.ceil(high) + 0]; // + 0: -0 is written "-0"
  const pad = high > from ? 0.05 * (high - from) : 0.5;
  return [from - pad, high + pad];
}

/** At most about `most` round numbers (1, 2 or 5 times a power of ten apart) in [low, high], and never more than twice as many. */
export function linearTicks(low: number, high: number, most: number): number[] {
  const rough = high / most - low / most;
  if (!(rough > 0) || !Number.isFinite(rough)) return Number.isFinite(low) ? [low] : [];
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  if (magnitude === 0) return [low, high];
  const step = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const ticks: number[] = [];
  for (let i = 0; i <= 2 * most; i++) {
    const tick = Number(((first + i) * step).toPrecision(12));
    if (tick > high) break;
    if (tick >= low && tick !== ticks[ticks.length - 1]) ticks.push(tick);
  }
  return ticks;
}

/**
 * Ticks of a logarithmic axis, as powers of ten: whole ones, every so many that there are at most `most`; 1, 2 and 5 times those where less than
 * two are in sight. Where even these are not, the axis is as good as linear: its two ends.
 *
 * @param from  the lower end as a power of ten
 */
export function logTicks(from: number, to: number, most: number): number[] {
  const [first, last] = [Math.ceil(from - 1e-9), Math.floor(to + 1e-9)];
  if (!(last - first < 1000)) return [];
  const every = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers: number[] = [];
  for (let power = Math.ceil(first / every) * every; power <= last; power += every) powers.push(power + 0);
  if (powers.length > 1) return powers;
  const between: number[] = [];
  for (let power = first - 1; power <= last; power++)
    for (const factor of [1, 2, 5]) {
      const tick = power + Math.log10(factor);
      if (tick >= from && tick <= to) between.push(tick);
    }
  return between.length > 1 ? between : [from + 0.1 * (to - from), to - 0.1 * (to - from)];
}

/** The number at a place of a logarithmic axis: 10^x, exactly where x is whole. */
export function powerOfTen(power: number): number {
  return Number.isInteger(power) ? Number(`1e${power}`) : 10 ** power;
}
