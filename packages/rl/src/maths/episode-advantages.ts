import { generalisedAdvantage } from "./gae.js";
import { nStepReturns } from "./returns.js";

/** What stands for Q(sₜ, aₜ) in an advantage: the whole return, one reward and a value, n rewards and a value, or their λ-mixture. */
export type AdvantageForm = "monte-carlo" | "td" | "n-step" | "gae";

/** Whole episodes, one behind the other, with the values that their advantages are formed with. */
export interface EpisodeAdvantageOptions {
  readonly form: AdvantageForm;
  /** rₜ  [B] */
  readonly rewards: Float64Array;
  /** Where each of m episodes begins, and the end of the last  [m + 1] */
  readonly starts: Int32Array;
  /** 1 where an episode was cut without having ended  [m] */
  readonly cut: ArrayLike<number>;
  /** V(sₜ)  [B] */
  readonly values: ArrayLike<number>;
  /** V of the true last observations; used where an episode was cut  [m] */
  readonly lastValues: ArrayLike<number>;
  /** γ in [0, 1] */
  readonly discount: number;
  /** n ≥ 1, of form n-step. */
  readonly nStep: number;
  /** λ in [0, 1], of form gae. */
  readonly gaeLambda: number;
}

/**
 * Âₜ of whole episodes that lie one behind the other  [B]. Course notes C, eqs. 4.2.7, 4.2.8 and 4.2.10:
 *
 *     monte-carlo  Σₖ γᵏ rₜ₊ₖ − V(sₜ)
 *     td           rₜ + γV(sₜ₊₁) − V(sₜ)
 *     n-step       Σₖ₌₀ⁿ⁻¹ γᵏ rₜ₊ₖ + γⁿ V(sₜ₊ₙ) − V(sₜ)
 *     gae          Σₖ (γλ)ᵏ δₜ₊ₖ
 *
 * An episode that ended has no value after it, one that was cut has that of its last observation. Sums of n rewards: the notes' upper limit
 * t + n in 4.2.8 counts one too many. Âₜ + V(sₜ) is the target of the value function.
 */
export function episodeAdvantages({
  form,
  rewards,
  starts,
  cut,
  values,
  lastValues,
  discount,
  nStep,
  gaeLambda,
}: EpisodeAdvantageOptions): Float64Array {
  const rows = rewards.length;
  const own = Float64Array.from(values);
  const ends = episodeEnds({ starts, cut });
  const nextValues = successors({ values, starts, lastValues });
  const steps = { rewards, nextValues, ...ends, discount };
  if (form === "n-step") return nStepReturns({ ...steps, n: nStep }).map((value, row) => value - own[row]);
  const lambda = { "monte-carlo": 1, td: 0, gae: gaeLambda }[form];
  const advantages = new Float64Array(rows);
  generalisedAdvantage({ ...steps, values: own, numSteps: rows, numEnvs: 1, gaeLambda: lambda, advantages });
  return advantages;
}

/** The last step of each episode, as a task that ended or an episode that was cut  [B] each. */
export function episodeEnds({ starts, cut }: Pick<EpisodeAdvantageOptions, "starts" | "cut">): {
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
} {
  const rows = starts[starts.length - 1];
  const terminated = new Uint8Array(rows);
  const truncated = new Uint8Array(rows);
  for (let i = 0; i + 1 < starts.length; i++) (cut[i] === 1 ? truncated : terminated)[starts[i + 1] - 1] = 1;
  return { terminated, truncated };
}

/** The value after each step: the next step's, or the last observation's  [B]. Nothing may be made of it where the task ended. */
export function successors({
  values,
  starts,
  lastValues,
}: Pick<EpisodeAdvantageOptions, "values" | "starts" | "lastValues">): Float64Array {
  const next = new Float64Array(values.length);
  for (let row = 0; row + 1 < next.length; row++) next[row] = values[row + 1];
  for (let i = 0; i + 1 < starts.length; i++) next[starts[i + 1] - 1] = lastValues[i];
  return next;
}
