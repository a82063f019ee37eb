/** The state of `RunningStatistics` as JSON. */
export interface RunningStatisticsState {
  readonly count: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/**
 * Mean and (population) variance of everything seen so far, per element, updated one sample at a time:
 * δ = x − mean, mean += δ/n, Var = (Var·(n−1) + δ²·(n−1)/n)/n. Chan, Golub & LeVeque 1979.
 * Starts from mean 0, variance 1 with the weight of 10⁻⁴ samples, as Gymnasium and Stable-Baselines3 do.
 */
export class RunningStatistics {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  #count = 1e-4;

  constructor(size: number) {
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
  }

  /** @param sample [size] */
  update(sample: ArrayLike<number>): void {
    const { mean, variance } = this;
    const before = this.#count;
    const total = before + 1;
    for (let i = 0; i < mean.length; i++) {
      const delta = sample[i] - mean[i];
      mean[i] += delta / total;
      variance[i] = (variance[i] * before + (delta * delta * before) / total) / total;
    }
    this.#count = total;
  }

  snapshot(): RunningStatisticsState {
    return { count: this.#count, mean: Array.from(this.mean), variance: Array.from(this.variance) };
  }

  restore(state: RunningStatisticsState): void {
    if (state?.mean?.length !== this.mean.length || state.variance?.length !== this.mean.length || !(state.count > 0)) {
      throw new RangeError(`running statistics must have count > 0 and ${this.mean.length} means and variances`);
    }
    this.mean.set(state.mean);
    this.variance.set(state.variance);
    this.#count = state.count;
  }
}
