import { ops, Params, scope, type Tensor } from "@advantage/engine";
import type { ActorParams, ActorSpec } from "./actor-critic.js";
import { actorJacobian, type PolicyTangent, scoreOf } from "./actor-jacobian.js";
import { distributionFrom } from "./distribution.js";

/** The samples over which a Fisher matrix is averaged. */
export interface FisherSamples {
  readonly observations: Tensor; // [B, observationSize]
  readonly actions: Tensor; // [B] or [B, actionSize]
  /** Parameters of π(·|s), as `evaluateRollout` keeps them: one row for each sample. */
  readonly oldPolicy: Readonly<Record<string, Tensor>>;
}

/**
 * Which expectation over the actions:
 *
 * - `exact`, over all actions of π_θ:  F = 𝔼ₛ[Σ_a π(a|s) ∇log π(a|s) ∇log π(a|s)ᵀ], the Hessian of the mean KL divergence from π_θ;
 * - `sampled`, over the actions taken:  F = 𝔼ₜ[∇log π(aₜ|sₜ) ∇log π(aₜ|sₜ)ᵀ], whose mean is the exact one.
 */
export type FisherForm = "exact" | "sampled";

/**
 * v ↦ F v for the Fisher matrix of a policy, F = (1/B) Jᵀ M J: J the Jacobian of the distributions' parameters in θ, M the Fisher matrix of each
 * row's distribution in its parameters, or the outer product of its score. Vectors are in the layout of `params.flat`.
 *
 * @returns for samples, within their scope, the product with F; its result is overwritten by the next product
 */
export function fisherOf(
  spec: ActorSpec,
  params: Params<ActorParams>,
): (samples: FisherSamples, form: FisherForm) => (v: Float64Array) => Float64Array {
  const direction = Params.zerosLike(params);
  const product = Params.zerosLike(params);
  const result = new Float64Array(params.flat.size);
  return ({ observations, actions, oldPolicy }, form) => {
    const rows = observations.shape[0];
    const jacobian = actorJacobian(spec, params.tree, observations);
    const rebuild = (parameters: PolicyTangent) => distributionFrom(spec.actionSpace, parameters);
    const old = rebuild(oldPolicy);
    const score = form === "sampled" ? scoreOf(rebuild, oldPolicy, actions) : null;
    return (v) => {
      direction.flat.data.set(v);
      scope(() => {
        const tangent = jacobian.times(direction.tree);
        const cotangent = score === null ? old.fisher(tangent) : alongScore(score, tangent);
        jacobian.transposeTimes(cotangent, product);
      });
      const values = product.flat.data;
      for (let i = 0; i < result.length; i++) result[i] = values[i] / rows;
      return result;
    };
  };
}

/** ∇log π ⟨∇log π, tangent⟩, row by row. */
function alongScore(score: PolicyTangent, tangent: PolicyTangent): PolicyTangent {
  const along = Object.keys(score)
    .map((name) => ops.sum(ops.mul(score[name], tangent[name]), 1, true))
    .reduce((total, part) => ops.add(total, part));
  return Object.fromEntries(Object.entries(score).map(([name, values]) => [name, ops.mul(values, along)]));
}
