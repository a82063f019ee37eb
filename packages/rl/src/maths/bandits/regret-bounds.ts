import { math } from "@advantage/engine";

/** What the theorems for the expert setting speak of. */
export interface HedgeSetting {
  /** K: how many rounds were played. */
  readonly rounds: number;
  /** η > 0, the same in all rounds. */
  readonly learningRate: number;
  /** R: the rewards of a round lie in an interval of this length. */
  readonly range: number;
  /** π₁(a*): what the first policy gave to the arm compared with; 1/A from a uniform start. */
  readonly probability: number;
}

/**
 * Regret of exponential weights with full information, for every sequence of rewards in an interval of length R and every arm a*:
 *
 *     Σₖ rₖ(a*) − Σₖ ⟨πₖ, rₖ⟩ ≤ log(1/π₁(a*))/η + η K R²/8
 *
 * (Hoeffding's lemma in each round; Cesa-Bianchi & Lugosi 2006, "Prediction, Learning, and Games", theorem 2.2.)
 */
export function hedgeRegretBound({ rounds, learningRate, range, probability }: HedgeSetting): number {
  return logOverRate(probability, learningRate) + (learningRate * rounds * range * range) / 8;
}

/** The η that minimises `hedgeRegretBound` from a uniform start, η = √(8 log A / K) / R; the bound is then R·√(K log A / 2). */
export function hedgeLearningRate(arms: number, rounds: number, range: number): number {
  return positiveOrOne(Math.sqrt((8 * math.log(arms)) / rounds) / range);
}

/** What the theorems for bandit feedback speak of. */
export interface Exp3Setting {
  /** A */
  readonly arms: number;
  /** K: how many rounds were played, n of them between updates. */
  readonly rounds: number;
  /** n, default 1 */
  readonly samples?: number;
  readonly learningRate: number;
  /** ε: share of the draws that are uniform over the arms. Default: 0. */
  readonly exploration?: number;
  /** The smallest that a reward less its baseline, r − b, can be. */
  readonly low: number;
  /** The largest. */
  readonly high: number;
  /** π₁(a*); 1/A from a uniform start. */
  readonly probability: number;
}

/**
 * Expected regret of EXP3 against any arm a*, for every sequence of rewards fixed beforehand, with x = r − b in [low, high] and
 * B = max |x|:
 *
 *     𝔼[Σₖ rₖ(a*) − Σₖ rₖ(aₖ)] ≤ n·log(1/π₁(a*))/η + c·η A K B² + ε K (high − low)
 *
 * - c = ½ if x ≤ 0 (a baseline at least as large as any reward: rewards as losses), since eˣ ≤ 1 + x + x²/2 there.
 *   Bubeck & Cesa-Bianchi 2012, theorem 3.1 (arXiv:1204.5721).
 * - c = e − 2 if x may be positive but exploration keeps η·x/p(a) ≤ 1, that is η·high·A ≤ ε. Auer et al. 2002, theorem 3.1.
 * - Otherwise an estimate may be so large that no bound holds: undefined. (The note's EXP3 with b = 0 is of this kind.)
 *
 * n > 1: the K/n updates see means of n estimates, whose squares are at most the mean of the squares.
 */
export function exp3RegretBound(setting: Exp3Setting): number | undefined {
  const { arms, rounds, samples = 1, learningRate, exploration = 0, low, high, probability } = setting;
  const losses = high <= 0;
  if (!losses && !(learningRate * high * arms <= exploration)) return undefined;
  const largest = Math.max(-low, high);
  const second = (losses ? 0.5 : Math.E - 2) * learningRate * arms * rounds * largest * largest;
  return samples * logOverRate(probability, learningRate) + second + exploration * rounds * (high - low);
}

/** The η that minimises `exp3RegretBound` for losses of size up to R from a uniform start: η = √(2 n log A / (A K)) / R. */
export function exp3LearningRate(arms: number, rounds: number, range: number, samples = 1): number {
  return positiveOrOne(Math.sqrt((2 * samples * math.log(arms)) / (arms * rounds)) / range);
}

/** One arm, or rewards that are all the same: every η is as good as any other. */
function positiveOrOne(learningRate: number): number {
  return learningRate > 0 && learningRate < Infinity ? learningRate : 1;
}

/** log(1/p)/η */
function logOverRate(probability: number, learningRate: number): number {
  return -math.log(Math.min(1, probability)) / learningRate;
}
