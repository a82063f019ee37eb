/** One step of so many is timed: looking at the clock costs about as much as the smallest environments' steps. */
export const SAMPLED = 64;

/** Samples by size: the bin of i holds those of up to 2^i microseconds. */
const BINS = 32;
/** Up to half a millisecond a sample is believed: a browser's clock may be that coarse, and a system takes a core away for longer. */
const BELIEVED = 9;
/** Above that, up to sixteen times the median's. */
const BINS_ABOVE_MEDIAN = 4;

/**
 * An estimate of the time that steps take, from one in 64. A sample during which the system gave the core to somebody else would count 64 times
 * over, and on a busy machine such samples would be most of the sum: those far above the median are left out.
 */
export class StepTime {
  readonly #clock: number;
  #calls = 0;
  readonly #counts = new Float64Array(BINS);
  readonly #sums = new Float64Array(BINS);

  /** @param clock milliseconds between two looks at the clock, which every sample holds */
  constructor(clock: number) {
    this.#clock = clock;
  }

  /** Whether the step that comes now is to be timed. */
  due(): boolean {
    return this.#calls++ % SAMPLED === 0;
  }

  /** @param milliseconds of one step */
  add(milliseconds: number): void {
    const bin = Math.min(BINS - 1, Math.max(0, Math.ceil(Math.log2(1000 * milliseconds))));
    this.#counts[bin] += 1;
    this.#sums[bin] += milliseconds - this.#clock;
  }

  /** Milliseconds of all steps so far. */
  get milliseconds(): number {
    const samples = this.#counts.reduce((sum, count) => sum + count, 0);
    if (samples === 0) return 0;
    let below = 0;
    const median = this.#counts.findIndex((count) => {
      below += count;
      return below >= samples / 2;
    });
    let [count, sum] = [0, 0];
    for (let bin = 0; bin <= Math.min(BINS - 1, Math.max(BELIEVED, median + BINS_ABOVE_MEDIAN)); bin++) {
      count += this.#counts[bin];
      sum += this.#sums[bin];
    }
    return Math.max(0, (sum / count) * this.#calls);
  }
}
