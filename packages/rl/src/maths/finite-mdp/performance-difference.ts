import type { FiniteMdp } from "@advantage/envs";
import { actionValues, advantagesOf } from "./bellman.js";
import { exactValues } from "./exact.js";
import { discountedVisitation } from "./visitation.js";

/** Both sides of the lemma; they are equal. */
export interface PerformanceDifference {
  /** V^π(ρ₀) − V^π′(ρ₀) */
  readonly difference: number;
  /** Σ_s ρ^π(s) Σₐ π(a|s) A^π′(s, a) */
  readonly fromAdvantages: number;
}

/**
 * The performance-difference lemma:  V^π(ρ₀) − V^π′(ρ₀) = Σ_s ρ^π(s) Σₐ π(a|s) A^π′(s, a),  ρ^π = d^π/(1 − γ). Each side is computed by itself, with linear
 * systems. Kakade & Langford 2002, lemma 6.1; notes H 2.7, Theorem 11.
 *
 * @param policy  π   [S·A]
 * @param other   π′  [S·A]
 */
export function performanceDifference(
  mdp: FiniteMdp,
  policy: Float64Array,
  other: Float64Array,
  discount: number,
): PerformanceDifference {
  const { numStates, numActions, initial } = mdp;
  const values = exactValues(mdp, policy, discount);
  const otherValues = exactValues(mdp, other, discount);
  const advantages = advantagesOf(actionValues(mdp, otherValues, discount), otherValues);
  const visitation = discountedVisitation(mdp, policy, discount);
  let difference = 0;
  let fromAdvantages = 0;
  for (let state = 0, row = 0; state < numStates; state++) {
    difference += initial[state] * (values[state] - otherValues[state]);
    for (let action = 0; action < numActions; action++, row++) {
      fromAdvantages += visitation[state] * policy[row] * advantages[row];
    }
  }
  return { difference, fromAdvantages };
}
