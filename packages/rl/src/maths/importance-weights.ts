import { math } from "@advantage/engine";
import { episodeReturns } from "./episode-returns.js";
import { importanceSampling } from "./importance-sampling.js";

/*
 * What the policy gradient multiplies the scores ∇log π(aₜ|sₜ) by where another policy β chose the actions. Episodes lie one behind the
 * other: B steps in all, those of episode i of m at starts[i] … starts[i + 1] − 1.
 */

/**
 * Which ratios ρₜ = π(aₜ|sₜ)/β(aₜ|sₜ) a step's score is weighed by (notes C 3.2):
 *
 *  - `trajectory`  all of the episode's (3.2.7): unbiased
 *  - `causal`      those up to t, and each later reward by those up to it (3.2.8): unbiased
 *  - `past`        those up to t, rewards as they are (3.2.9): the states of π, but β's action values
 *  - `per-step`    its own: the states and the action values of β
 */
export const weightings = ["trajectory", "causal", "past", "per-step"] as const;

/** Name of the product of ratios that weighs a step off policy. */
export type Weighting = (typeof weightings)[number];

/**
 * The product of ratios that belongs to each step  [B]: ∏_{t′} ρ_{t′} over the episode (trajectory), ∏_{t′≤t} ρ_{t′} (causal, past), ρₜ (per-step);
 * each at most `maxWeight` (truncated importance sampling, Ionides 2008: biased downwards, of bounded variance).
 *
 * @param logRatios  ln ρₜ  [B]
 * @param starts     [m + 1]
 */
export function importanceWeights({
  logRatios,
  starts,
  weighting,
  maxWeight = Number.POSITIVE_INFINITY,
}: {
  readonly logRatios: ArrayLike<number>;
  readonly starts: Int32Array;
  readonly weighting: Weighting;
  readonly maxWeight?: number;
}): Float64Array {
  const rows = starts[starts.length - 1];
  if (logRatios.length !== rows)
    throw new RangeError(`logRatios must hold B = ${rows} numbers, got ${logRatios.length}`);
  const weights = new Float64Array(rows);
  for (let i = 0; i + 1 < starts.length; i++) {
    let sum = 0;
    for (let row = starts[i]; row < starts[i + 1]; row++) {
      sum = weighting === "per-step" ? logRatios[row] : sum + logRatios[row];
      weights[row] = Math.min(math.exp(sum), maxWeight);
    }
    if (weighting === "trajectory") weights.fill(weights[starts[i + 1] - 1], starts[i], starts[i + 1]);
  }
  return weights;
}

/**
 * The numbers that the scores ∇log π(aₜ|sₜ) of episodes of β are multiplied by to estimate π's gradient  [B]:
 *
 *     trajectory      Wₜ (Σ_{t′} γ^{t′} r_{t′} − bₜ)
 *     causal          Σ_{t′≥t} γ^{t′−t} W_{t′} r_{t′} − Wₜ bₜ
 *     past, per-step  Wₜ (Σ_{t′≥t} γ^{t′−t} r_{t′} − bₜ)
 *
 * @param weights   Wₜ: `importanceWeights` of the same weighting  [B]
 * @param rewards   rₜ  [B]
 * @param baseline  bₜ, of the state or of other episodes, not of this one's actions  [B]
 * @param starts    [m + 1]
 */
export function offPolicyScoreWeights({
  weights,
  rewards,
  baseline,
  starts,
  discount,
  weighting,
}: {
  readonly weights: Float64Array;
  readonly rewards: Float64Array;
  readonly baseline: ArrayLike<number>;
  readonly starts: Int32Array;
  readonly discount: number;
  readonly weighting: Weighting;
}): Float64Array {
  for (const [name, { length }] of Object.entries({ weights, baseline })) {
    if (length !== rewards.length)
      throw new RangeError(`${name} must hold B = ${rewards.length} numbers, got ${length}`);
  }
  if (weighting === "causal") {
    const weighed = rewards.map((reward, row) => weights[row] * reward);
    const returns = episodeReturns({ rewards: weighed, starts, discount, causality: true });
    return returns.map((value, row) => value - weights[row] * baseline[row]);
  }
  const returns = episodeReturns({ rewards, starts, discount, causality: weighting !== "trajectory" });
  return returns.map((value, row) => weights[row] * (value - baseline[row]));
}

/**
 * The share of the samples that the weights leave: effective sample size (Kong 1992) over their number, in [0, 1]; of episodes for whole
 * trajectories, of steps otherwise. 0 where a weight has grown beyond all numbers, NaN where one is none.
 *
 * @param weights  `importanceWeights`  [B]
 * @param starts   [m + 1]
 */
export function effectiveShare({
  weights,
  starts,
  weighting,
}: {
  readonly weights: Float64Array;
  readonly starts: Int32Array;
  readonly weighting: Weighting;
}): number {
  const samples =
    weighting === "trajectory" ? Float64Array.from(starts.subarray(1), (end) => weights[end - 1]) : weights;
  const largest = samples.reduce((high, weight) => Math.max(high, weight), 0);
  if (Number.isNaN(largest)) return Number.NaN;
  if (largest === 0 || largest === Number.POSITIVE_INFINITY) return 0;
  // Of the size of 1, so that no square overflows.
  const ratios = samples.map((weight) => weight / largest);
  return importanceSampling({ values: ratios, ratios }).effectiveSampleSize / ratios.length;
}
