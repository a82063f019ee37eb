import type { FiniteMdp } from "@advantage/envs";
import { DENSE_LIMIT } from "./exact.js";
import { solveLinear } from "./linear-solve.js";
import { type PolicyChain, policyChain } from "./policy-chain.js";
import { requireEvaluable } from "./termination.js";

/**
 * One step of the state distribution:  P(s₀→s′, k + 1, π) = Σ_s P(s₀→s, k, π) P^π(s, s′).  What ends the task leaves the distribution: it sums to
 * the probability that the task still runs. Notes H 1.4.
 *
 * @param from  P(s₀→·, k, π)  [S]
 * @param out   P(s₀→·, k + 1, π), written and returned; not `from`  [S]
 */
export function stepDistribution(chain: PolicyChain, from: Float64Array, out: Float64Array): Float64Array {
  const { numStates, rowStart, nextState, weight } = chain;
  out.fill(0);
  for (let state = 0; state < numStates; state++) {
    const mass = from[state];
    if (mass === 0) continue;
    for (let k = rowStart[state]; k < rowStart[state + 1]; k++) out[nextState[k]] += mass * weight[k];
  }
  return out;
}

/** P(s₀→s, k, π) for k = 0 … `steps`, s₀ ~ ρ₀  [(steps + 1) × S]; see `stepDistribution`. */
export function stateDistributions(mdp: FiniteMdp, policy: Float64Array, steps: number): Float64Array {
  if (!Number.isSafeInteger(steps) || steps < 0) throw new RangeError(`steps must be an integer >= 0, got ${steps}`);
  const { numStates } = mdp;
  const chain = policyChain(mdp, policy);
  const all = new Float64Array((steps + 1) * numStates);
  all.set(runningStart(mdp));
  for (let k = 0; k < steps; k++) {
    const from = all.subarray(k * numStates, (k + 1) * numStates);
    stepDistribution(chain, from, all.subarray((k + 1) * numStates, (k + 2) * numStates));
  }
  return all;
}

/** ρ₀ without what starts in a terminal state  [S] */
export function runningStart({ initial, terminal }: FiniteMdp): Float64Array {
  return initial.map((p, state) => (terminal[state] === 1 ? 0 : p));
}

/**
 * The improper discounted state distribution  ρ^π(s) = Σ_k γᵏ P(s₀→s, k, π), the solution of (I − γP^π)ᵀρ = ρ₀: discounted numbers of visits. With γ = 1,
 * which a policy that ends the task allows, expected numbers of visits. Notes H 1.4 (p^π there).
 *
 * @param initial  ρ₀; the MDP's by default  [S]
 */
export function discountedVisitation(
  mdp: FiniteMdp,
  policy: Float64Array,
  discount: number,
  initial: Float64Array = runningStart(mdp),
): Float64Array {
  requireEvaluable(mdp, policy, discount);
  const chain = policyChain(mdp, policy);
  return mdp.numStates <= DENSE_LIMIT ? bySolving(chain, discount, initial) : bySumming(chain, discount, initial);
}

/** Where a discounted run is found: in which state, or at its end. */
export interface NormalisedVisitation {
  /** d^π(s) = (1 − γ) ρ^π(s)  [S] */
  readonly states: Float64Array;
  /** The discounted share of time after the end of the task. With the states' it sums to 1; 0 on continuing tasks. */
  readonly ended: number;
}

/**
 * The normalised discounted state distribution  d^π = (1 − γ) ρ^π, γ < 1. Notes H 1.4. (Its name there, stationary distribution of the chain, fits only the limit
 * γ → 1 of a continuing task.)
 */
export function normalisedVisitation(mdp: FiniteMdp, policy: Float64Array, discount: number): NormalisedVisitation {
  if (!(discount < 1))
    throw new RangeError(`discount must be below 1 for the normalised distribution, got ${discount}`);
  const states = discountedVisitation(mdp, policy, discount);
  let running = 0;
  for (let state = 0; state < states.length; state++) {
    states[state] *= 1 - discount;
    running += states[state];
  }
  return { states, ended: Math.max(0, 1 - running) };
}

function bySolving(chain: PolicyChain, discount: number, initial: Float64Array): Float64Array {
  const { numStates: n, rowStart, nextState, weight } = chain;
  const matrix = new Float64Array(n * n);
  for (let state = 0; state < n; state++) {
    matrix[state * n + state] += 1;
    for (let k = rowStart[state]; k < rowStart[state + 1]; k++)
      matrix[nextState[k] * n + state] -= discount * weight[k];
  }
  return solveLinear(matrix, initial.slice());
}

/** The sum over k, until the mass that is left is below rounding. */
function bySumming(chain: PolicyChain, discount: number, initial: Float64Array): Float64Array {
  const total = new Float64Array(chain.numStates);
  let now: Float64Array = initial.slice();
  let next = new Float64Array(chain.numStates);
  const rest = discount < 1 ? 1 - discount : 1e-3;
  for (let mass = 1; mass > 1e-15 * rest; ) {
    mass = 0;
    for (let state = 0; state < total.length; state++) total[state] += now[state];
    stepDistribution(chain, now, next);
    for (let state = 0; state < total.length; state++) {
      next[state] *= discount;
      mass += next[state];
    }
    [now, next] = [next, now as Float64Array<ArrayBuffer>];
  }
  return total;
}
