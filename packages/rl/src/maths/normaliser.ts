/** How a policy standardises observations: the statistics it was trained with, frozen. */
export interface FrozenNormaliser {
  /** [observationSize] each, f64. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Limit of the standardised values. */
  readonly clip: number;
}

/** out = clip((x − μ)/√(σ² + 1e-8), ±limit), row by row; `output` may be `input`. */
export function standardise(
  input: Float32Array,
  output: Float32Array,
  rows: number,
  { mean, variance, clip }: FrozenNormaliser,
): void {
  const size = mean.length;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < size; i++, at++) {
      const value = (input[at] - mean[i]) / Math.sqrt(variance[i] + 1e-8);
      output[at] = value < -clip ? -clip : value > clip ? clip : value;
    }
  }
}
