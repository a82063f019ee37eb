import type { FiniteMdp } from "@advantage/envs";
import { dot } from "../vectors.js";
import { actionValues, requirePolicy } from "./bellman.js";
import { continuationOf } from "./continuation.js";
import { solveLinear } from "./linear-solve.js";

/**
 * A policy in a continuing task: what it earns a step in the long run, and how much more than that from each state on. A transition that ends
 * the task leads to a start state drawn from ρ₀ and counts as one step: the MDP with its restarts is one process without an end.
 */
export interface AverageReward {
  /** r(π) = lim (1/n) 𝔼[r₀ + … + rₙ₋₁ | π] = Σ_s d(s) Σₐ π(a|s) r(s, a) */
  readonly averageReward: number;
  /** The stationary distribution d, dᵀP^π = dᵀ: the share of time spent in each state  [S] */
  readonly stationary: Float64Array;
  /** The differential values V(s) = Σₜ 𝔼[rₜ − r(π) | s₀ = s, π], of the solutions of their equation the one with Σ_s d(s) V(s) = 0  [S] */
  readonly values: Float64Array;
  /** Q(s, a) = r(s, a) − r(π) + Σ_s′ p(s′|s, a) V(s′)  [S·A] */
  readonly actionValues: Float64Array;
}

/**
 * The average reward and the differential values of a policy, by solving
 *
 *     dᵀ (I − P^π) = 0,  Σ_s d(s) = 1;      (I − P^π) V = r^π − r(π) 1,  dᵀV = 0.
 *
 * Sutton & Barto 2018, eqs. 10.6–10.10 and 13.15–13.17; Puterman 1994, sections 8.2 and A.5 (the two systems below). The sum that defines V is
 * meant in Cesàro's sense where the chain is periodic.
 *
 * With ∇_θ π_θ the policy gradient theorem has the form  ∇r(π) = Σ_s d(s) Σₐ ∇π(a|s) Q(s, a) (Sutton et al. 2000, theorem 1):
 * `softmaxGradient` with `visits` = d and `advantage` = Q.
 *
 * @param policy π(a|s) at s·A + a  [S·A]
 * @throws RangeError if the policy has more than one recurrent class (is not unichain): r(π) would depend on the start
 */
export function averageReward(mdp: FiniteMdp, policy: Float64Array): AverageReward {
  requirePolicy(mdp, policy);
  const { numStates: n, numActions, expectedReward, initial } = mdp;
  const step = restartingChain(mdp, policy);
  requireUnichain(step, n);
  const reward = new Float64Array(n);
  for (let row = 0; row < policy.length; row++)
    reward[Math.floor(row / numActions)] += policy[row] * expectedReward[row];

  // (I − P + 1·1ᵀ)ᵀ d = 1: summing dᵀ(I − P) + (Σd) 1ᵀ = 1ᵀ over the columns gives Σd = 1, and with it dᵀ(I − P) = 0.
  const stationary = solveLinear(
    matrix(n, (s, next) => (s === next ? 1 : 0) - step[next * n + s] + 1),
    new Float64Array(n).fill(1),
  );
  const average = dot(stationary, reward);
  // (I − P + 1·dᵀ) V = r − r(π) 1: multiplied by dᵀ it gives dᵀV = 0, and with it the equation of V.
  const values = solveLinear(
    matrix(n, (s, next) => (s === next ? 1 : 0) - step[s * n + next] + stationary[next]),
    reward.map((r) => r - average),
  );

  const restart = dot(initial, values);
  const all = actionValues(mdp, values, 1);
  const ending = endingOf(mdp);
  for (let row = 0; row < all.length; row++) all[row] += ending[row] * restart - average;
  return { averageReward: average, stationary, values, actionValues: all };
}

/** P^π with a restart from ρ₀ wherever the task ends; rows sum to 1  [S × S] */
function restartingChain(mdp: FiniteMdp, policy: Float64Array): Float64Array {
  const { numStates: n, numActions, initial } = mdp;
  const { rowStart, nextState, weight } = continuationOf(mdp);
  const ending = endingOf(mdp);
  const step = new Float64Array(n * n);
  for (let row = 0; row < policy.length; row++) {
    const at = Math.floor(row / numActions) * n;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) step[at + nextState[k]] += policy[row] * weight[k];
    if (ending[row] > 0) for (let s = 0; s < n; s++) step[at + s] += policy[row] * ending[row] * initial[s];
  }
  return step;
}

/** The probability that the task ends with each pair (s, a)  [S·A] */
function endingOf({ rowStart, probability, terminated, terminal, nextState }: FiniteMdp): Float64Array {
  const ending = new Float64Array(rowStart.length - 1);
  for (let row = 0; row < ending.length; row++)
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++)
      if (terminated[k] === 1 || terminal[nextState[k]] === 1) ending[row] += probability[k];
  return ending;
}

/** One recurrent class: there is a state that can be reached from all. */
function requireUnichain(step: Float64Array, n: number): void {
  const reachedFrom = new Int32Array(n);
  const seen = new Uint8Array(n);
  for (let start = 0; start < n; start++) {
    seen.fill(0);
    seen[start] = 1;
    for (const open = [start]; open.length > 0; ) {
      const s = open.pop() as number;
      reachedFrom[s] += 1;
      for (let next = 0; next < n; next++) {
        if (step[s * n + next] === 0 || seen[next] === 1) continue;
        seen[next] = 1;
        open.push(next);
      }
    }
  }
  if (!reachedFrom.includes(n)) {
    throw new RangeError(
      "the policy must have one recurrent class of states (unichain), got several that it cannot leave",
    );
  }
}

function matrix(n: number, entry: (row: number, column: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n));
}
