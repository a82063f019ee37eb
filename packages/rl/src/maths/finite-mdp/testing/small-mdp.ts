import { mdpFromTable, sampleEnv } from "@advantage/envs";
import { softmaxGradient, softmaxPolicy } from "../../softmax-policy.js";
import { actionValuesOnce, advantagesOf, stateValues } from "../bellman.js";
import { exactActionValues, exactValues } from "../exact.js";
import { discountedVisitation } from "../visitation.js";

/** Three states, two actions; every action may end the task, so that episodes have 1 to some 20 steps. */
export const smallMdp = mdpFromTable(
  [
    [
      [
        [0.5, 1, 0, false],
        [0.5, 0, 0, true],
      ],
      [
        [0.6, 2, 2, false],
        [0.4, 1, 3, true],
      ],
    ],
    [
      [
        [0.4, 2, 2, false],
        [0.6, 0, 3, true],
      ],
      [
        [0.7, 0, -1, false],
        [0.3, 2, -2, true],
      ],
    ],
    [
      [
        [0.3, 0, 0, false],
        [0.7, 1, 1, true],
      ],
      [
        [0.5, 1, 4, false],
        [0.5, 2, 3, true],
      ],
    ],
  ],
  { initial: [0.5, 0.3, 0.2] },
);

export const smallEnv = () => sampleEnv(smallMdp, { id: "Small-v0" });

/** Logits of a softmax policy whose observations are one-hot: weights of a single linear layer [S × A]. */
export const logits = Float64Array.of(0.3, -0.4, -0.2, 0.5, 0.1, -0.6);
export const policy = softmaxPolicy(logits, 2);

/** V^π [S] and Q^π [S·A]. */
export const exactValuesOf = (discount: number) => exactValues(smallMdp, policy, discount);
export const exactActionValuesOf = (discount: number) => exactActionValues(smallMdp, policy, discount);

/** Discounted visits Σₜ γᵗ P(sₜ = s)  [S]. */
export const visitsOf = (discount: number) => discountedVisitation(smallMdp, policy, discount);

/** Σ_s visits(s) Σ_a ∇π(a|s) q(s, a)  [S·A]: the gradient that action values q would give, be they right or wrong. */
export function gradientFor(actionValues: Float64Array, visits: Float64Array): Float64Array {
  const means = Float64Array.from({ length: smallMdp.numStates }, (_, s) =>
    [0, 1].reduce((sum, a) => sum + policy[2 * s + a] * actionValues[2 * s + a], 0),
  );
  return softmaxGradient({ policy, advantage: advantagesOf(actionValues, means), visits, numActions: 2 });
}

/** One expected step of π before given action values  [S·A]:  r(s, a) + γ Σ_s′ P(s′|s, a) Σ_a′ π(a′|s′) q(s′, a′). */
export const backedUp = (actionValues: Float64Array, discount: number) =>
  actionValuesOnce(smallMdp, stateValues(policy, actionValues, 2), discount);

/** ∂V^π(ρ₀)/∂θ by the policy gradient theorem. */
export const exactGradient = (discount: number) => gradientFor(exactActionValuesOf(discount), visitsOf(discount));

/** Largest distance of the estimates' mean from a gradient, in standard errors of the mean; the gradient's components come first. */
export function standardErrors(estimates: readonly Float64Array[], expected: ArrayLike<number>): number {
  const count = estimates.length;
  let largest = 0;
  for (const [k, wanted] of Array.from(expected).entries()) {
    const mean = estimates.reduce((sum, estimate) => sum + estimate[k], 0) / count;
    const square = estimates.reduce((sum, estimate) => sum + (estimate[k] - mean) * (estimate[k] - mean), 0);
    largest = Math.max(largest, Math.abs(mean - wanted) / Math.sqrt(square / (count - 1) / count));
  }
  return largest;
}
