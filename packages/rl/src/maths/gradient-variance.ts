/** The mean of m rows  [P]. */
export function meanOfRows(rows: Float64Array, count: number): Float64Array {
  const mean = new Float64Array(rows.length / count);
  for (let i = 0; i < rows.length; i++) mean[i % mean.length] += rows[i] / count;
  return mean;
}

/** Trace of the covariance of m rows:  Σᵢ ‖xᵢ − x̄‖²/(m − 1),  m ≥ 2. */
export function covarianceTrace(rows: Float64Array, count: number): number {
  const mean = meanOfRows(rows, count);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const deviation = rows[i] - mean[i % mean.length];
    sum += deviation * deviation;
  }
  return sum / (count - 1);
}
