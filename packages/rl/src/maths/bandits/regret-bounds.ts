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

/** What the theorem for linear bandits speaks of. */
export interface LinearSetting {
  /** d: numbers of one arm's features. */
  readonly dimensions: number;
  /** K */
  readonly rounds: number;
  readonly learningRate: number;
  /** γ: share of the draws that are from the exploring policy. */
  readonly exploration: number;
  /** maxₐ x(a)ᵀ P(μ)⁻¹ x(a) under the exploring policy μ. */
  readonly worstVariance: number;
  /** B: no reward is larger in size. */
  readonly largest: number;
  /** π₁(a*) */
  readonly probability: number;
}

/**
 * Expected regret of EXP2 with exploration against any arm a*, where rewards are linear in the features but for noise of mean 0:
 *
 *     𝔼[Σₖ rₖ(a*) − Σₖ rₖ(aₖ)] ≤ log(1/π₁(a*))/η + (e − 2) η d K B² + 2 γ K B,    if η B maxₐ x(a)ᵀP(μ)⁻¹x(a) ≤ γ.
 *
 * That condition keeps η⟨θ̂, x(a)⟩ ≤ 1, for which eʸ ≤ 1 + y + (e − 2)y²; the middle term then is 𝔼 Σₐ π(a)⟨θ̂, x(a)⟩² ≤ B² tr(P⁻¹P). Without it
 * no bound holds: undefined. Bubeck & Cesa-Bianchi 2012, theorem 5.1 (with 1 for e − 2).
 */
export function linearRegretBound(setting: LinearSetting): number | undefined {
  const { dimensions, rounds, learningRate, exploration, worstVariance, largest, probability } = setting;
  // Equal but for rounding where the exploration is made to fit.
  if (!(learningRate * largest * worstVariance <= exploration * (1 + 1e-12))) return undefined;
  const second = (Math.E - 2) * learningRate * dimensions * rounds * largest * largest;
  return logOverRate(probability, learningRate) + second + 2 * exploration * rounds * largest;
}

/** The η that minimises `linearRegretBound` from a uniform start with γ = η B max xᵀP⁻¹x. */
export function linearLearningRate(
  arms: number,
  { dimensions, rounds, worstVariance, largest }: Omit<LinearSetting, "learningRate" | "exploration" | "probability">,
): number {
  const second = (Math.E - 2) * dimensions + 2 * worstVariance;
  return positiveOrOne(Math.sqrt(math.log(arms) / (rounds * second)) / largest);
}

/** What the theorem for gradient descent with one point a round speaks of. */
export interface OnePointSetting {
  /** d */
  readonly dimensions: number;
  /** K: how many rounds are played, n of them between steps. */
  readonly rounds: number;
  /** n */
  readonly samples: number;
  /** η */
  readonly learningRate: number;
  /** δ: how far from the mean actions are tried. */
  readonly radius: number;
  /** C: no reward less its baseline is larger in size. */
  readonly largest: number;
  /** L: how steep the mean reward can be. */
  readonly lipschitz: number;
  /** r and R: radii of balls around the centre of the actions, one inside of them and one around them. */
  readonly innerRadius: number;
  readonly outerRadius: number;
}

/**
 * Expected regret of the one-point gradient estimate against the best action, for concave rewards with slopes of at most L:
 *
 *     𝔼[Σₖ r(a*) − Σₖ r(aₖ)] ≤ n R²/(2η) + η K (dC/δ)²/2 + 3 δ L K + 2 (δ/r) C K:
 *
 * gradient ascent with gradients of length ≤ dC/δ on the smoothed reward (Zinkevich 2003), what the smoothing hides, and what is lost by
 * keeping δ away from the border. Flaxman, Kalai & McMahan 2005, theorem 2 and its proof, there with n = 1.
 */
export function onePointRegretBound(setting: OnePointSetting): number {
  const { dimensions, rounds, samples, learningRate, radius, largest, lipschitz, innerRadius, outerRadius } = setting;
  const gradient = (dimensions * largest) / radius;
  return (
    (samples * outerRadius * outerRadius) / (2 * learningRate) +
    (learningRate * rounds * gradient * gradient) / 2 +
    (3 * lipschitz + (2 * largest) / innerRadius) * radius * rounds
  );
}

/** The δ and η that minimise `onePointRegretBound`; δ at most r. */
export function onePointSteps(setting: Omit<OnePointSetting, "learningRate" | "radius">): {
  radius: number;
  learningRate: number;
} {
  const { dimensions, rounds, samples, largest, lipschitz, innerRadius, outerRadius } = setting;
  const slope = 3 * lipschitz + (2 * largest) / innerRadius;
  const steps = rounds / samples;
  const best = Math.sqrt((outerRadius * dimensions * largest) / slope) / Math.sqrt(Math.sqrt(steps));
  const radius = Math.min(best, innerRadius);
  return { radius, learningRate: (outerRadius * radius) / (dimensions * largest * Math.sqrt(steps)) };
}

/** One arm, or rewards that are all the same: every η is as good as any other. */
function positiveOrOne(learningRate: number): number {
  return learningRate > 0 && learningRate < Infinity ? learningRate : 1;
}

/** log(1/p)/η */
function logOverRate(probability: number, learningRate: number): number {
  return -math.log(Math.min(1, probability)) / learningRate;
}
