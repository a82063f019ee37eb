import type { FiniteMdp } from "@advantage/envs";
import { requirePolicy } from "./bellman.js";
import { continuationOf } from "./continuation.js";

/**
 * The Markov chain with rewards that a policy makes of an MDP:  V = r^π + γ P^π V, with P^π(s, s′) = weight[k] for
 * nextState[k] = s′, k = rowStart[s] … rowStart[s + 1] − 1. Rows sum to 1, less the probability that the task ends.
 */
export interface PolicyChain {
  readonly numStates: number;
  /** [S + 1] */
  readonly rowStart: Int32Array;
  /** [M] */
  readonly nextState: Int32Array;
  /** [M] */
  readonly weight: Float64Array;
  /** r^π(s) = Σₐ π(a|s) r(s, a)  [S] */
  readonly reward: Float64Array;
}

/** @param policy π(a|s) at s·A + a  [S·A] */
export function policyChain(mdp: FiniteMdp, policy: Float64Array): PolicyChain {
  requirePolicy(mdp, policy);
  const { numStates, numActions, expectedReward } = mdp;
  const all = continuationOf(mdp);
  const rowStart = new Int32Array(numStates + 1);
  const reward = new Float64Array(numStates);
  let capacity = 0;
  for (let row = 0; row < policy.length; row++) {
    if (policy[row] > 0) capacity += all.rowStart[row + 1] - all.rowStart[row];
  }
  const nextState = new Int32Array(capacity);
  const weight = new Float64Array(capacity);
  const placeOf = new Int32Array(numStates).fill(-1);
  let count = 0;
  for (let state = 0, row = 0; state < numStates; state++) {
    for (let action = 0; action < numActions; action++, row++) {
      const share = policy[row];
      if (share === 0) continue;
      reward[state] += share * expectedReward[row];
      for (let k = all.rowStart[row]; k < all.rowStart[row + 1]; k++) {
        const next = all.nextState[k];
        let place = placeOf[next];
        if (place < rowStart[state]) {
          place = count++;
          placeOf[next] = place;
          nextState[place] = next;
        }
        weight[place] += share * all.weight[k];
      }
    }
    rowStart[state + 1] = count;
  }
  return { numStates, rowStart, nextState: nextState.subarray(0, count), weight: weight.subarray(0, count), reward };
}
