import { standardise } from "../maths/normaliser.js";

/** The whole of the statistics as plain JSON: what a checkpoint stores. */
export interface RunningMomentsState {
  readonly count: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/**
 * Mean and variance of each feature over all rows seen so far, updated batch by batch; for standardising observations.
 * Batches are merged by the parallel formula of Chan, Golub & LeVeque 1983, "Algorithms for computing the sample variance", eq. 2.1:
 *
 *     δ = μ_b − μ,   n' = n + n_b
 *     μ' = μ + δ n_b/n'
 *     σ'² n' = σ² n + σ_b² n_b + δ² n n_b/n'
 */
export class RunningMoments {
  /** Number of rows seen. */
  count = 0;
  /** μ  [size]; 0 before the first row. */
  readonly mean: Float64Array;
  /** σ², with divisor n  [size]; 1 before the first row. */
  readonly variance: Float64Array;

  /** @param size number of features in a row */
  constructor(readonly size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`size must be an integer >= 1, got ${size}`);
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
  }

  /** @param batch [rows × size] */
  update(batch: Float32Array | Float64Array, rows: number): void {
    this.#requireRows("batch", batch, rows);
    if (rows === 0) return;
    const { size, count } = this;
    const total = count + rows;
    for (let feature = 0; feature < size; feature++) {
      let batchMean = 0;
      for (let at = feature; at < rows * size; at += size) batchMean += batch[at];
      batchMean /= rows;
      if (!Number.isFinite(batchMean)) {
        throw new RangeError(`observations must be finite, got a batch mean of ${batchMean} in feature ${feature}`);
      }
      let batchSquares = 0; // Σ (x − μ_b)²
      for (let at = feature; at < rows * size; at += size) batchSquares += (batch[at] - batchMean) ** 2;
      const delta = batchMean - this.mean[feature];
      const squares = this.variance[feature] * count + batchSquares + delta * delta * ((count * rows) / total);
      this.mean[feature] += (delta * rows) / total;
      this.variance[feature] = squares / total;
    }
    this.count = total;
  }

  /**
   * output = clip((input − μ)/√(σ² + 1e-8), ±clip), row by row.
   *
   * @param input   [rows × size]
   * @param output  [rows × size]; may be `input`
   */
  normalise(input: Float32Array, output: Float32Array, rows: number, clip = 10): void {
    this.#requireRows("input", input, rows);
    this.#requireRows("output", output, rows);
    if (!(clip > 0)) throw new RangeError(`clip must be > 0, got ${clip}`);
    standardise(input, output, rows, { mean: this.mean, variance: this.variance, clip });
  }

  snapshot(): RunningMomentsState {
    return { count: this.count, mean: Array.from(this.mean), variance: Array.from(this.variance) };
  }

  restore({ count, mean, variance }: RunningMomentsState): void {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`count must be an integer >= 0, got ${count}`);
    for (const [name, values] of [["mean", mean] as const, ["variance", variance] as const]) {
      if (values.length !== this.size) {
        throw new RangeError(`${name} must hold ${this.size} values, one a feature, got ${values.length}`);
      }
    }
    this.count = count;
    this.mean.set(mean);
    this.variance.set(variance);
  }

  #requireRows(name: string, array: Float32Array | Float64Array, rows: number): void {
    if (!Number.isInteger(rows) || rows < 0) throw new RangeError(`rows must be an integer >= 0, got ${rows}`);
    if (array.length < rows * this.size) {
      throw new RangeError(`${name} must hold rows × size = ${rows * this.size} values, got ${array.length}`);
    }
  }
}
