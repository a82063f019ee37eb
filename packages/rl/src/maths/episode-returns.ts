import { rewardToGo } from "./returns.js";

/*
 * What REINFORCE multiplies the scores ∇log π(aₜ|sₜ) of whole episodes by. Episodes lie one behind the other: B steps in all, those of episode
 * i of m at starts[i] … starts[i + 1] − 1.
 */

/** Whole episodes, one behind the other, whose returns are formed. */
export interface EpisodeReturnsOptions {
  /** rₜ  [B] */
  readonly rewards: Float64Array;
  /** [m + 1] */
  readonly starts: Int32Array;
  /** What is taken for the rewards after each episode's last step: 0, or the value of the state in which it was cut  [m] */
  readonly bootstrap?: ArrayLike<number>;
  /** γ in [0, 1] */
  readonly discount: number;
  /** From each step on, or the whole episode's for every step. */
  readonly causality: boolean;
}

/**
 * The return of each step  [B]: its reward to go Gₜ = Σ_{t′≥t} γ^{t′−t} r_{t′} (`causality`, notes H 2.4), or the whole episode's
 * R(τ) = Σ_{t′} γ^{t′} r_{t′} at every step (H 2.3).
 */
export function episodeReturns({
  rewards,
  starts,
  bootstrap,
  discount,
  causality,
}: EpisodeReturnsOptions): Float64Array {
  const returns = rewards.slice();
  for (let i = 0; i + 1 < starts.length; i++) {
    const own = returns.subarray(starts[i], starts[i + 1]);
    rewardToGo({ rewards: own, discount, bootstrap: bootstrap?.[i] ?? 0, returns: own });
    if (!causality) own.fill(own[0]);
  }
  return returns;
}

/** γᵗ of each step, t counted from its episode's first  [B]. */
export function stepDiscounts({ starts, discount }: Pick<EpisodeReturnsOptions, "starts" | "discount">): Float64Array {
  const weights = new Float64Array(starts[starts.length - 1]);
  for (let i = 0; i + 1 < starts.length; i++) {
    let weight = 1;
    for (let row = starts[i]; row < starts[i + 1]; row++, weight *= discount) weights[row] = weight;
  }
  return weights;
}

/**
 * What a value function expects of the returns  [B]: V(sₜ) of rewards to go, V(s₀) at every step of whole ones. Either is settled before aₜ is chosen,
 * so that neither changes the expected gradient; but V(sₜ) is no expectation of a whole return, whose first rewards are behind it already.
 *
 * @param values V(sₜ)  [B]
 */
export function valueBaseline({
  values,
  starts,
  causality,
}: {
  readonly values: ArrayLike<number>;
  readonly starts: Int32Array;
  readonly causality: boolean;
}): Float64Array {
  const baseline = Float64Array.from(values);
  if (!causality)
    for (let i = 0; i + 1 < starts.length; i++) baseline.fill(values[starts[i]], starts[i], starts[i + 1]);
  return baseline;
}

interface OtherEpisodes {
  /** `episodeReturns`  [B] */
  readonly returns: Float64Array;
  readonly starts: Int32Array;
  readonly causality: boolean;
}

/**
 * The average of the returns in the *other* episodes  [B]: at the same time step, over those that got so far (0 if none did: the end of the
 * longest episode has no baseline, see `constantBaseline`), or with whole returns over all. Leaving the episode's own return out keeps the baseline independent of its actions: averaged over all m, as
 * the notes write it (H 2.5, C 3.1.11), it would scale the expected gradient by 1 − 1/m.
 */
export function averageBaseline({ returns, starts, causality }: OtherEpisodes): Float64Array {
  const baseline = new Float64Array(returns.length);
  const episodes = starts.length - 1;
  const lengthOf = (i: number) => starts[i + 1] - starts[i];
  for (let t = 0; ; t++) {
    // A whole return is in its episode's first row, and counts for every step of the others.
    const at = causality ? t : 0;
    let sum = 0;
    let count = 0;
    let reached = 0;
    for (let i = 0; i < episodes; i++) {
      if (lengthOf(i) > t) reached += 1;
      if (lengthOf(i) <= at) continue;
      sum += returns[starts[i] + at];
      count += 1;
    }
    if (reached === 0) return baseline;
    if (count < 2) continue;
    for (let i = 0; i < episodes; i++) {
      if (lengthOf(i) > t) baseline[starts[i] + t] = (sum - returns[starts[i] + at]) / (count - 1);
    }
  }
}

/**
 * One number for all steps of an episode  [B]: the mean of the returns at all steps of the *other* episodes; with whole returns, the mean of theirs,
 * as `averageBaseline` has it. Of rewards to go it is the mean of what is left, not of what an episode brings (H 2.5's b, which late steps do not
 * get any more).
 */
export function constantBaseline({ returns, starts, causality }: OtherEpisodes): Float64Array {
  if (!causality) return averageBaseline({ returns, starts, causality });
  const baseline = new Float64Array(returns.length);
  const episodes = starts.length - 1;
  const sums = Float64Array.from({ length: episodes }, (_, i) =>
    returns.subarray(starts[i], starts[i + 1]).reduce((sum, value) => sum + value, 0),
  );
  for (let i = 0; i < episodes; i++) {
    // Summed anew, not the total less its own: no digits are lost where its own is the largest.
    const others = sums.reduce((sum, value, j) => (j === i ? sum : sum + value), 0);
    const steps = returns.length - (starts[i + 1] - starts[i]);
    if (steps > 0) baseline.fill(others / steps, starts[i], starts[i + 1]);
  }
  return baseline;
}

/** The baseline of that name that is made of the other episodes' returns  [B]; zeros for others. */
export function baselineOfOthers(name: string, episodes: OtherEpisodes): Float64Array {
  if (name === "average") return averageBaseline(episodes);
  return name === "constant" ? constantBaseline(episodes) : new Float64Array(episodes.returns.length);
}
