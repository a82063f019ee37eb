import type { FiniteMdp } from "@advantage/envs";
import { actionValues, greedyActions, stateValues } from "./bellman.js";

/** Values of a task that is cut after H steps: they depend on how many are left. */
export interface FiniteHorizonValues {
  /** V with h steps to go at h·S + s, h = 0 … H  [(H + 1) × S] */
  readonly values: Float64Array;
  /** A best action with h + 1 steps to go at h·S + s; of the given policy: the first of its likeliest  [H × S] */
  readonly actions: Int32Array;
}

/**
 * Backward induction:  V₀ = 0,  V_h(s) = maxₐ [r(s, a) + γ Σ_s′ p(s′|s, a) V_{h−1}(s′)], or with π(·|s) in place of the maximum. Exact after H backups, for every
 * γ in [0, 1]. Puterman 1994, section 4.5.
 *
 * @param horizon  H; the MDP's by default
 * @param policy   π: its values; V* without one  [S·A]
 */
export function backwardInduction(
  mdp: FiniteMdp,
  discount: number,
  { horizon = mdp.horizon, policy }: { readonly horizon?: number; readonly policy?: Float64Array } = {},
): FiniteHorizonValues {
  if (horizon === undefined || !Number.isSafeInteger(horizon) || horizon < 1)
    throw new RangeError(`horizon must be an integer >= 1, got ${horizon}`);
  if (!(discount >= 0 && discount <= 1)) throw new RangeError(`discount must be in [0, 1], got ${discount}`);
  const { numStates, numActions } = mdp;
  const values = new Float64Array((horizon + 1) * numStates);
  const actions = new Int32Array(horizon * numStates);
  const q = new Float64Array(numStates * numActions);
  for (let h = 0; h < horizon; h++) {
    actionValues(mdp, values.subarray(h * numStates, (h + 1) * numStates), discount, q);
    const next = values.subarray((h + 1) * numStates, (h + 2) * numStates);
    if (policy) stateValues(policy, q, numActions, next);
    for (let state = 0; state < numStates; state++) {
      const best = greedyActions(policy ?? q, numActions, state)[0];
      actions[h * numStates + state] = best;
      if (!policy) next[state] = q[state * numActions + best];
    }
  }
  return { values, actions };
}
