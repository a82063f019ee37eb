import type { FiniteMdp } from "@advantage/envs";
import { DENSE_LIMIT } from "./finite-mdp/exact.js";
import { solveLinear } from "./finite-mdp/linear-solve.js";
import { policyChain } from "./finite-mdp/policy-chain.js";

/**
 * Improper discounted state distribution p^π(s) = Σₜ γᵗ P(sₜ = s | s₀ ~ ρ₀, π), the solution of p = ρ₀ + γ P^πᵀ p; it sums to 1/(1 − γ) on
 * a continuing task and to less where the task can end.  By elimination up to `DENSE_LIMIT` states, else by iteration to rounding. Notes H 1.4; W writes d_ρ^π.
 *
 * @param policy    π(a|s) at s·A + a  [S·A]
 * @param discount  γ in [0, 1)
 */
export function discountedVisits(mdp: FiniteMdp, policy: Float64Array, discount: number): Float64Array {
  const { numStates, rowStart, nextState, weight } = policyChain(mdp, policy);
  if (numStates <= DENSE_LIMIT) {
    const matrix = new Float64Array(numStates * numStates);
    for (let state = 0; state < numStates; state++) {
      matrix[state * numStates + state] += 1;
      for (let k = rowStart[state]; k < rowStart[state + 1]; k++) {
        matrix[nextState[k] * numStates + state] -= discount * weight[k];
      }
    }
    return solveLinear(matrix, mdp.initial.slice());
  }
  const visits = mdp.initial.slice();
  let arriving: Float64Array = mdp.initial.slice(); // γᵗ P(sₜ = s)
  for (let mass = 1; mass > 1e-17; ) {
    const next = new Float64Array(numStates);
    for (let state = 0; state < numStates; state++) {
      for (let k = rowStart[state]; k < rowStart[state + 1]; k++)
        next[nextState[k]] += discount * weight[k] * arriving[state];
    }
    mass = 0;
    for (let state = 0; state < numStates; state++) {
      visits[state] += next[state];
      mass += next[state];
    }
    arriving = next;
  }
  return visits;
}
