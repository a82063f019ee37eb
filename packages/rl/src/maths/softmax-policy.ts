import { math } from "@advantage/engine";
import { boltzmannProbabilities } from "./exploration.js";

/*
 * Softmax policies with one parameter for each state and action, π_θ(a|s) = exp θ(s, a) / Σ_b exp θ(s, b). A bandit has one state.
 */

/**
 * The policy of the parameters.
 *
 * @param logits      θ  [S·A], θ(s, a) at s·A + a
 * @param numActions  A
 * @param out         π, written and returned  [S·A]
 */
export function softmaxPolicy(
  logits: Float64Array,
  numActions: number,
  out: Float64Array = new Float64Array(logits.length),
): Float64Array {
  requireLength("out", out, logits.length);
  for (let row = 0; row < logits.length; row += numActions)
    boltzmannProbabilities(logits, row, numActions, 1, out, row);
  return out;
}

/**
 * θ ← θ + η·x, and then less its largest entry in each state, which changes no probability and keeps θ near 0.
 *
 * With x = Q or A this is the exponential weights update, π(a|s) ∝ π(a|s)·exp(η·x(s, a)); with a gradient it is gradient ascent.
 */
export function addToLogits(logits: Float64Array, numActions: number, learningRate: number, x: Float64Array): void {
  requireLength("x", x, logits.length);
  for (let row = 0; row < logits.length; row += numActions) {
    let largest = -Infinity;
    for (let i = row; i < row + numActions; i++) {
      logits[i] += learningRate * x[i];
      largest = Math.max(largest, logits[i]);
    }
    for (let i = row; i < row + numActions; i++) logits[i] -= largest;
  }
}

/**
 * The Fisher matrix of the softmax, F(s) = Σₐ π(a|s) ∇log π(a|s) ∇log π(a|s)ᵀ = diag(π(·|s)) − π(·|s) π(·|s)ᵀ, times a vector:
 *
 *     (F x)(s, a) = π(a|s) · (x(s, a) − Σ_b π(b|s) x(s, b)).
 *
 * It is also the gradient of Σₐ π_θ(a|s) x(s, a) with respect to θ(s, ·): with x = R this is the notes' policy gradient π(a)·A(a) (W).
 * F x = g is solved by x = g/π, up to a constant in each state, which the policy does not see.
 *
 * @param policy      π  [S·A]
 * @param x           [S·A]
 * @param numActions  A
 * @param out         F x, written and returned; may be `x`  [S·A]
 */
export function softmaxFisherProduct(
  policy: Float64Array,
  x: Float64Array,
  numActions: number,
  out: Float64Array = new Float64Array(x.length),
): Float64Array {
  requireLength("x", x, policy.length);
  requireLength("out", out, policy.length);
  for (let row = 0; row < policy.length; row += numActions) {
    const mean = rowMean(policy, x, row, numActions);
    for (let i = row; i < row + numActions; i++) out[i] = policy[i] * (x[i] - mean);
  }
  return out;
}

/** What the policy gradient theorem is made of. */
export interface GradientParts {
  /** π  [S·A] */
  readonly policy: Float64Array;
  /** A^π, or Q^π  [S·A] */
  readonly advantage: Float64Array;
  /** d_ρ^π(s) = Σₜ γᵗ P(sₜ = s)  [S] */
  readonly visits: Float64Array;
  readonly numActions: number;
}

/**
 * The gradient of a softmax policy's value, ∂V^π_θ(ρ)/∂θ(s, a) = d_ρ^π(s) π(a|s) A^π(s, a).  Sutton et al. 2000; notes W, "policy gradient theorem".
 *
 * @param out the gradient, written and returned  [S·A]
 */
export function softmaxGradient(
  { policy, advantage, visits, numActions }: GradientParts,
  out: Float64Array = new Float64Array(policy.length),
): Float64Array {
  requireLength("visits", visits, policy.length / numActions);
  softmaxFisherProduct(policy, advantage, numActions, out);
  for (let state = 0, i = 0; state < visits.length; state++)
    for (let action = 0; action < numActions; action++, i++) out[i] *= visits[state];
  return out;
}

/** One state's policy, the one it is held near to, and the rewards it is to earn. */
export interface KlRegularised {
  /** π_θ  [A] */
  readonly policy: Float64Array;
  /** θ  [A] */
  readonly logits: Float64Array;
  /** θ_k  [A] */
  readonly oldLogits: Float64Array;
  /** R  [A] */
  readonly rewards: Float64Array;
  /** η */
  readonly learningRate: number;
}

/**
 * ∇_θ [⟨π_θ − π_k, R⟩ − KL(π_θ ‖ π_k)/η] = F·(R − (θ − θ_k)/η), which is 0 where θ = θ_k + η R up to a constant: exponential weights.
 * (log π_θ/π_k is θ − θ_k up to a constant, and F takes constants to 0.) Notes: W, "two ideas of policy updates".
 *
 * @param out the gradient, written and returned  [A]
 */
export function klRegularisedGradient(
  { policy, logits, oldLogits, rewards, learningRate }: KlRegularised,
  out: Float64Array = new Float64Array(policy.length),
): Float64Array {
  for (let a = 0; a < policy.length; a++) out[a] = rewards[a] - (logits[a] - oldLogits[a]) / learningRate;
  return softmaxFisherProduct(policy, out, policy.length, out);
}

/** Σ_a π(a|s) x(s, a) of the state whose row starts at s·A. */
export function rowMean(policy: Float64Array, x: ArrayLike<number>, row: number, numActions: number): number {
  let mean = 0;
  for (let i = row; i < row + numActions; i++) mean += policy[i] * x[i];
  return mean;
}

/** Entropy of a policy in nats, −Σₐ π(a|s) log π(a|s), averaged over its states. */
export function policyEntropy(policy: Float64Array, numActions: number): number {
  let sum = 0;
  for (const probability of policy) if (probability > 0) sum -= probability * math.log(probability);
  return Math.max(0, (sum * numActions) / policy.length);
}

/**
 * Parameters of a policy in one state: θ(a) = log π(a).
 *
 * @param text "uniform", or A probabilities above 0 that sum to 1: "0.0001,0.9999"
 * @throws RangeError in one sentence
 */
export function initialLogits(text: string, numActions: number): Float64Array {
  if (text === "uniform") return new Float64Array(numActions);
  const probabilities = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const sum = probabilities.reduce((total, probability) => total + probability, 0);
  if (!probabilities.every((probability) => probability > 0) || !(Math.abs(sum - 1) <= 1e-9)) {
    throw new RangeError(`initialPolicy must be 'uniform' or probabilities above 0 that sum to 1, got '${text}'`);
  }
  if (probabilities.length !== numActions) {
    throw new RangeError(`initialPolicy must have a probability for each of the ${numActions} arms, got '${text}'`);
  }
  return Float64Array.from(probabilities, math.log);
}

function requireLength(name: string, array: ArrayLike<number>, length: number): void {
  if (array.length !== length) throw new RangeError(`${name} must hold ${length} numbers, got ${array.length}`);
}
