import { math } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import { hedgeLearningRate, hedgeRegretBound } from "./bandits/regret-bounds.js";

/**
 * R: the length of the smallest interval that holds every expected reward r(s, a) and, if the task can end, 0, which is what is earned
 * after its end. V and Q lie in an interval of length R/(1 − γ).
 */
export function rewardSpan({ expectedReward, episodic }: FiniteMdp): number {
  let low = episodic ? 0 : Infinity;
  let high = episodic ? 0 : -Infinity;
  for (const reward of expectedReward) {
    low = Math.min(low, reward);
    high = Math.max(high, reward);
  }
  return high - low;
}

/** What the theorems on exponential weights in an MDP speak of; the first policy is uniform. */
export interface ExponentialWeightsSetting {
  /** A */
  readonly numActions: number;
  /** γ in [0, 1) */
  readonly discount: number;
  /** R, see `rewardSpan` */
  readonly span: number;
  /** K */
  readonly iterations: number;
  /** η of π_{k+1} ∝ π_k exp(η Q^π_k) */
  readonly learningRate: number;
}

/**
 * Regret of exponential weights in an MDP, for every ρ:
 *
 *     Σ_{k<K} (V*(ρ) − V^π_k(ρ)) ≤ 1/(1−γ) · (log A/η + η K G²/8),   G = R/(1−γ) the range of Q.
 *
 * By the performance difference lemma the regret is 1/(1−γ) times the mean over d^π* of the regrets of exponential weights in each state,
 * each of which sees rewards Q^π_k(s, ·) in an interval of length G. Even-Dar, Kakade & Mansour 2009, "Online Markov decision processes".
 *
 * The note (W) states 1/(1−γ)²·(log A/η + ηAK): that counts Q in units of 1/(1−γ), so that its η is ours divided by 1−γ, and has a
 * factor A that is needed only if Q is sampled; and its √ has lost a factor 2.
 */
export function mdpRegretBound({
  numActions,
  discount,
  span,
  iterations,
  learningRate,
}: ExponentialWeightsSetting): number {
  const range = span / (1 - discount);
  return hedgeRegretBound({ rounds: iterations, learningRate, range, probability: 1 / numActions }) / (1 - discount);
}

/** The η that minimises `mdpRegretBound`: √(8 log A/K)·(1−γ)/R; the bound is then R/(1−γ)²·√(K log A/2). */
export function mdpLearningRate({
  numActions,
  discount,
  span,
  iterations,
}: Omit<ExponentialWeightsSetting, "learningRate">): number {
  return hedgeLearningRate(numActions, iterations, span / (1 - discount));
}

/**
 * Last iterate of exponential weights, which is natural policy gradient, after K updates, for every ρ and every η > 0:
 *
 *     V*(ρ) − V^π_K(ρ) ≤ (log A/(η(1−γ)) + R/(1−γ)²) / K.
 *
 * Agarwal, Kakade, Lee & Mahajan 2021, theorem 16 (arXiv:1908.00261), whose η is ours times 1−γ and whose R is 1. What the note (W) remarks can be
 * shown. K times it bounds the regret as well.
 */
export function lastIterateBound({
  numActions,
  discount,
  span,
  iterations,
  learningRate,
}: ExponentialWeightsSetting): number {
  const rest = 1 - discount;
  return (math.log(numActions) / (learningRate * rest) + span / (rest * rest)) / iterations;
}

/**
 * What one natural policy gradient step of size η is sure to improve:  V^π_{k+1}(ρ) − V^π_k(ρ) ≥ 1/η Σ_s ρ(s) log Σ_a π_k(a|s) exp(η A^π_k(s, a)) ≥ 0.
 * Agarwal et al. 2021, lemma 17.
 *
 * @param policy     π_k  [S·A]
 * @param advantage  A^π_k  [S·A]
 */
export function naturalImprovementBound(
  { initial, numActions }: FiniteMdp,
  policy: Float64Array,
  advantage: Float64Array,
  learningRate: number,
): number {
  let bound = 0;
  for (let state = 0; state < initial.length; state++) {
    if (initial[state] === 0) continue;
    const row = state * numActions;
    let largest = 0;
    for (let i = row; i < row + numActions; i++) largest = Math.max(largest, advantage[i]);
    let excess = 0; // Σ π (exp(η(A − max)) − 1): sums to no less than −1
    for (let i = row; i < row + numActions; i++)
      excess += policy[i] * math.expm1(learningRate * (advantage[i] - largest));
    bound += initial[state] * (largest + math.log1p(excess) / learningRate);
  }
  return Math.max(0, bound);
}

/**
 * β such that V^π_θ(ρ) is β-smooth in the softmax parameters, β = 8R/(1−γ)³.  Mei et al. 2020, lemma 7 (arXiv:2005.06392); Agarwal et al.
 * 2021, lemma 53. Gradient ascent with η improves by at least η(1 − ηβ/2)·‖∇V‖², which is positive for η < 2/β and best for η = 1/β.
 */
export function softmaxSmoothness(span: number, discount: number): number {
  const rest = 1 - discount;
  return (8 * span) / (rest * rest * rest);
}

/**
 * C = 4εγ/(1−γ)², ε = max |A(s, a)|, of the bound V(π) ≥ L_π_old(π) − C·max_s KL(π_old(·|s) ‖ π(·|s)).  Schulman et al. 2015, theorem 1 and eq. 9;
 * notes H, theorem 13.
 */
export function trustRegionPenalty(advantage: Float64Array, discount: number): number {
  let largest = 0;
  for (const value of advantage) largest = Math.max(largest, Math.abs(value));
  return (4 * largest * discount) / ((1 - discount) * (1 - discount));
}
