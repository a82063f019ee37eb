import type { FiniteMdp } from "@advantage/envs";
import { klDivergence, totalVariation } from "../distances.js";
import { actionValues, advantagesOf } from "./bellman.js";
import { continuationOf } from "./continuation.js";
import { exactValues } from "./exact.js";
import { policyChain } from "./policy-chain.js";
import { discountedVisitation, runningStart, stepDistribution } from "./visitation.js";

/** What a step from one policy to another changes, exactly. Notes H 2.9. */
export interface PolicyShift {
  /** V^π(ρ₀) */
  readonly value: number;
  /** V^π′(ρ₀) */
  readonly newValue: number;
  /** L_π(π′) = V^π(ρ₀) + Σ_s ρ^π(s) Ā(s): what π′ would be worth if it went where π goes. */
  readonly surrogate: number;
  /** Ā(s) = Σₐ π′(a|s) A^π(s, a)  [S] */
  readonly meanAdvantage: Float64Array;
  /** ε = max |A^π(s, a)| */
  readonly largestAdvantage: number;
  /** α = max_s ‖π(·|s) − π′(·|s)‖_TV: an optimal coupling of the actions makes (π, π′) an α-coupled pair. */
  readonly alpha: number;
  /** max_s KL(π(·|s) ‖ π′(·|s)); ∞ where π′ lacks an action of π */
  readonly maxKl: number;
  /** 𝔼_{s ~ d^π} KL(π(·|s) ‖ π′(·|s)) */
  readonly meanKl: number;
}

/**
 * @param policy    π  [S·A]
 * @param next      π′  [S·A]
 * @param discount  γ in [0, 1)
 */
export function policyShift(mdp: FiniteMdp, policy: Float64Array, next: Float64Array, discount: number): PolicyShift {
  const { numStates, numActions, initial } = mdp;
  const values = exactValues(mdp, policy, discount);
  const newValues = exactValues(mdp, next, discount);
  const advantage = advantagesOf(actionValues(mdp, values, discount), values);
  const visits = discountedVisitation(mdp, policy, discount);
  const meanAdvantage = new Float64Array(numStates);
  let [value, newValue, gain, largestAdvantage, alpha, maxKl, meanKl] = [0, 0, 0, 0, 0, 0, 0];
  for (let s = 0; s < numStates; s++) {
    for (let row = s * numActions; row < (s + 1) * numActions; row++) {
      meanAdvantage[s] += next[row] * advantage[row];
      largestAdvantage = Math.max(largestAdvantage, Math.abs(advantage[row]));
    }
    const [old, now] = [policy, next].map((each) => each.subarray(s * numActions, (s + 1) * numActions));
    const kl = klDivergence(old, now);
    alpha = Math.max(alpha, totalVariation(old, now));
    maxKl = Math.max(maxKl, kl);
    if (visits[s] > 0) meanKl += (1 - discount) * visits[s] * kl;
    gain += visits[s] * meanAdvantage[s];
    value += initial[s] * values[s];
    newValue += initial[s] * newValues[s];
  }
  return { value, newValue, surrogate: value + gain, meanAdvantage, largestAdvantage, alpha, maxKl, meanKl };
}

/** How far |V(π′) − L_π(π′)| can be, from what is known of the step. */
export interface ShiftBounds {
  /** 4α²γε/((1−γ)(1−γ(1−α))), where the proof of theorem 13 arrives before its last step. */
  readonly tight: number;
  /** 4α²γε/(1−γ)²: theorem 13. */
  readonly totalVariation: number;
  /** 4γε/(1−γ)²·max_s KL: its corollary, since TV² ≤ KL. */
  readonly kl: number;
  /** C √(𝔼_{d^π} KL), C = √2·γ·max_s|Ā(s)|/(1−γ)². */
  readonly rootKl: number;
}

/**
 * Schulman et al. 2015, theorem 1 and lemmas 2–3 (arXiv:1502.05477; notes H, theorem 13 and lemmas 14–15); the last is Achiam et al. 2017, corollary 3
 * (arXiv:1705.10528), which notes H 2.10 state with an unnamed C.
 */
export function shiftBounds(
  { alpha, largestAdvantage, meanAdvantage, maxKl, meanKl }: PolicyShift,
  discount: number,
): ShiftBounds {
  const rest = 1 - discount;
  const scale = (4 * discount * largestAdvantage) / rest;
  const largestMean = meanAdvantage.reduce((most, a) => Math.max(most, Math.abs(a)), 0);
  return {
    tight: (scale * alpha * alpha) / (1 - discount * (1 - alpha)),
    totalVariation: (scale * alpha * alpha) / rest,
    kl: (scale * maxKl) / rest,
    rootKl: (Math.SQRT2 * discount * largestMean * Math.sqrt(meanKl)) / (rest * rest),
  };
}

/** How the states of two policies come apart, step by step. */
export interface DistributionGap {
  /** ‖p_π′(sₜ) − p_π(sₜ)‖₁, the end of the task being one more state  [steps + 1] */
  readonly distance: Float64Array;
  /** P(nₜ > 0): that optimally coupled actions have differed before step t  [steps + 1] */
  readonly disagreement: Float64Array;
}

/**
 * The distribution gap ‖p_π′(sₜ) − p_π(sₜ)‖₁ ≤ 2 P(nₜ > 0) ≤ 2 (1 − (1−α)ᵗ) for t = 0 … `steps`. While coupled actions agree, so do the states: the mass that has always
 * agreed moves on with min(π, π′). Schulman et al. 2015, lemma 3; notes H, proof of lemma 15; C 3.4.
 */
export function distributionGap(
  mdp: FiniteMdp,
  policy: Float64Array,
  next: Float64Array,
  steps: number,
): DistributionGap {
  const { numStates, numActions } = mdp;
  const all = continuationOf(mdp);
  const chains = [policyChain(mdp, policy), policyChain(mdp, next)];
  const distance = new Float64Array(steps + 1);
  const disagreement = new Float64Array(steps + 1);
  let [old, now, agreed]: Float64Array[] = [runningStart(mdp), runningStart(mdp), runningStart(mdp)];
  let apart = 0;
  for (let t = 1; t <= steps; t++) {
    const moved = new Float64Array(numStates);
    for (let s = 0; s < numStates; s++) {
      let common = 0;
      for (let row = s * numActions; row < (s + 1) * numActions; row++) {
        const both = Math.min(policy[row], next[row]);
        common += both;
        for (let k = all.rowStart[row]; k < all.rowStart[row + 1]; k++)
          moved[all.nextState[k]] += agreed[s] * both * all.weight[k];
      }
      apart += agreed[s] * Math.max(0, 1 - common);
    }
    agreed = moved;
    old = stepDistribution(chains[0], old, new Float64Array(numStates));
    now = stepDistribution(chains[1], now, new Float64Array(numStates));
    let ended = 0; // P(ended by t | π) − P(ended by t | π′)
    for (let s = 0; s < numStates; s++) {
      distance[t] += Math.abs(now[s] - old[s]);
      ended += now[s] - old[s];
    }
    distance[t] += Math.abs(ended);
    disagreement[t] = apart;
  }
  return { distance, disagreement };
}
