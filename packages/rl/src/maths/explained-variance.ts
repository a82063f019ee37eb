import { equalUpToRounding } from "./rounding.js";

/**
 * 1 − Var[target − prediction] / Var[target]: 1 is a perfect prediction, 0 no better than the mean, below 0 worse.
 * NaN where the targets are all equal, or differ by no more than rounding: of targets bootstrapped from predictions that is rounding of either's size.
 */
export function explainedVariance(prediction: ArrayLike<number>, target: ArrayLike<number>): number {
  const count = target.length;
  if (equalUpToRounding(target, prediction)) return Number.NaN;
  let [meanTarget, meanError] = [0, 0];
  for (let i = 0; i < count; i++) {
    meanTarget += target[i] / count;
    meanError += (target[i] - prediction[i]) / count;
  }
  let [variance, errorVariance] = [0, 0];
  for (let i = 0; i < count; i++) {
    const deviation = target[i] - meanTarget;
    const error = target[i] - prediction[i] - meanError;
    variance += deviation * deviation;
    errorVariance += error * error;
  }
  return 1 - errorVariance / variance;
}

/** Explained variance as a metric: absent where the targets are all equal. */
export function explainedVarianceMetric(
  prediction: ArrayLike<number>,
  target: ArrayLike<number>,
): { readonly explainedVariance?: number } {
  const share = explainedVariance(prediction, target);
  return Number.isNaN(share) ? {} : { explainedVariance: share };
}
