import type { Random } from "@advantage/engine";
import type { Pomdp } from "@advantage/envs";
import { actionValues } from "../finite-mdp/bellman.js";
import { exactValues } from "../finite-mdp/exact.js";
import { discountedVisitation, runningStart } from "../finite-mdp/visitation.js";

/** π(a|o(s)) for every state: a policy of the last observation as one of the hidden state  [S·A] */
export function statePolicy({ mdp, observations }: Pomdp, policy: Float64Array): Float64Array {
  const { numStates, numActions } = mdp;
  const all = new Float64Array(numStates * numActions);
  for (let state = 0; state < numStates; state++) {
    const from = observations[state] * numActions;
    all.set(policy.subarray(from, from + numActions), state * numActions);
  }
  return all;
}

/** J(π) = ρ₀·V of a policy of the last observation. @param policy π(a|o) at o·A + a  [O·A] */
export function memorylessReturn(pomdp: Pomdp, policy: Float64Array, discount: number): number {
  const values = exactValues(pomdp.mdp, statePolicy(pomdp, policy), discount);
  return runningStart(pomdp.mdp).reduce((sum, p, state) => sum + p * values[state], 0);
}

/**
 * The gradient of J with respect to the probabilities π(a|o) themselves, exactly:
 *
 *     ∂J/∂π(a|o) = Σ_{s: o(s) = o} ρ^π(s) Q^π(s, a)
 *
 * with ρ^π the discounted numbers of visits (the policy gradient theorem, Sutton et al. 1999, with shared parameters).  [O·A]
 */
export function memorylessGradient(pomdp: Pomdp, policy: Float64Array, discount: number): Float64Array {
  const { mdp, observations, numObservations } = pomdp;
  const { numStates, numActions } = mdp;
  const all = statePolicy(pomdp, policy);
  const visits = discountedVisitation(mdp, all, discount);
  const q = actionValues(mdp, exactValues(mdp, all, discount), discount);
  const gradient = new Float64Array(numObservations * numActions);
  for (let state = 0; state < numStates; state++) {
    for (let action = 0; action < numActions; action++) {
      gradient[observations[state] * numActions + action] += visits[state] * q[state * numActions + action];
    }
  }
  return gradient;
}

/** Discount, random starts and limits of the search for the best stochastic policy of the last observation. */
export interface MemorylessOptions {
  /** γ in [0, 1) */
  readonly discount: number;
  /** Where the random starts come from. */
  readonly random: Random;
  /** Random policies to start from, beside the uniform one and those of `also`. Default: 4. */
  readonly randomStarts?: number;
  /** Further policies to start from  [O·A] each */
  readonly also?: readonly Float64Array[];
  /** Steps from each start, at most. Default: 400. */
  readonly maxSteps?: number;
}

/**
 * The best stochastic policy of the last observation that gradient ascent finds, by projected steps on the exact gradient from several
 * starts. A lower bound of the best one: J has local optima, and finding the best policy is NP-hard (Littman 1994, "Memoryless policies:
 * theoretical limitations and practical results", SAB). Singh, Jaakkola & Jordan 1994 show why it may have to be stochastic.
 */
export function bestStochasticMemoryless(
  pomdp: Pomdp,
  { discount, random, randomStarts = 4, also = [], maxSteps = 400 }: MemorylessOptions,
): { readonly policy: Float64Array; readonly value: number } {
  const { numObservations, mdp } = pomdp;
  const { numActions } = mdp;
  const size = numObservations * numActions;
  const starts = [new Float64Array(size).fill(1 / numActions), ...also];
  for (let i = 0; i < randomStarts; i++) {
    const policy = Float64Array.from({ length: size }, () => random.uniform());
    for (let o = 0; o < numObservations; o++) normalise(policy.subarray(o * numActions, (o + 1) * numActions));
    starts.push(policy);
  }
  const found = starts.map((start) => ascend(pomdp, start, discount, maxSteps));
  return found.reduce((best, next) => (next.value > best.value ? next : best));
}

/** Projected gradient ascent; a step that does not raise J is halved, one that does is doubled. */
function ascend(pomdp: Pomdp, start: Float64Array, discount: number, maxSteps: number) {
  const { numActions } = pomdp.mdp;
  let policy = start;
  let value = memorylessReturn(pomdp, policy, discount);
  const unit = pomdp.mdp.expectedReward.reduce((most, r) => Math.max(most, Math.abs(r)), 0); // of J and its gradient
  if (unit === 0) return { policy, value };
  let size = 1 / unit;
  for (let step = 0; step < maxSteps; step++) {
    const gradient = memorylessGradient(pomdp, policy, discount);
    let improved = false;
    for (; size > 1e-10 / unit && !improved; size = improved ? size * 2 : size / 2) {
      const next = policy.map((p, i) => p + size * gradient[i]);
      for (let at = 0; at < next.length; at += numActions) projectOnSimplex(next.subarray(at, at + numActions));
      const nextValue = memorylessReturn(pomdp, next, discount);
      if (nextValue > value + 1e-12 * Math.max(unit, Math.abs(value))) {
        improved = true;
        policy = next;
        value = nextValue;
      }
    }
    if (!improved) break;
  }
  return { policy, value };
}

/** The nearest distribution, in place. Held, Wolfe & Crowder 1974, Math. Programming 6; Duchi et al. 2008, ICML, figure 1. */
export function projectOnSimplex(vector: Float64Array): void {
  const sorted = vector.slice().sort().reverse();
  let sum = 0;
  let shift = 0;
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i];
    if (sorted[i] - (sum - 1) / (i + 1) > 0) shift = (sum - 1) / (i + 1);
  }
  for (let i = 0; i < vector.length; i++) vector[i] = Math.max(0, vector[i] - shift);
  normalise(vector); // takes rounding away
}

function normalise(vector: Float64Array): void {
  const sum = vector.reduce((a, b) => a + b, 0);
  for (let i = 0; i < vector.length; i++) vector[i] /= sum;
}
