import { grad, ops, Params, scope, type Tensor } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import type { ActorParams } from "./actor.js";
import type { ActorJacobian, PolicyTangent } from "./actor-jacobian.js";
import { distributionFrom } from "./distribution.js";

/** What π_θ did in the states of a Jacobian. */
export interface PolicySamples {
  readonly actions: Tensor; // [B] or [B, actionSize]
  /** Parameters of π_θ(·|s), as `evaluateRollout` keeps them: one row for each sample. */
  readonly oldPolicy: Readonly<Record<string, Tensor>>;
}

/**
 * Which expectation over the actions:
 *
 * - `exact`, over all actions of π_θ:  F = 𝔼ₛ[Σ_a π(a|s) ∇log π(a|s) ∇log π(a|s)ᵀ], the Hessian of the mean KL divergence from π_θ, but for
 *   what state-dependent exploration adds to it: its σ(s) moves with the features, to which it passes no gradient;
 * - `sampled`, over the actions taken:  F = 𝔼ₜ[∇log π(aₜ|sₜ) ∇log π(aₜ|sₜ)ᵀ], whose mean is the exact one.
 */
export type FisherForm = "exact" | "sampled";

/**
 * 𝔼ₜ[∇log π(aₜ|sₜ) wₜ], a product with Jᵀ, written into `product`.
 *
 * @param weights  wₜ  [B]
 */
export function scoreGradient(
  actionSpace: Space,
  jacobian: ActorJacobian,
  samples: PolicySamples,
  weights: Tensor,
  product: Params<ActorParams>,
): void {
  scope(() => {
    const shares = ops.reshape(ops.div(weights, weights.size), [weights.size, 1]);
    const score = scoreOf(actionSpace, samples);
    jacobian.transposeTimes(
      mapValues(score, (values) => ops.mul(values, shares)),
      product,
    );
  });
}

/**
 * v ↦ F v for the Fisher matrix of a policy, F = (1/B) Jᵀ M J: J the Jacobian of the distributions' parameters in θ, M the Fisher matrix of each
 * row's distribution in its parameters, or the outer product of its score. Vectors are in the layout of `params.flat`.
 *
 * @returns for samples and their Jacobian, within its scope, the product with F; its result is overwritten by the next product
 */
export function fisherOf(
  actionSpace: Space,
  params: Params<ActorParams>,
): (jacobian: ActorJacobian, samples: PolicySamples, form: FisherForm) => (v: Float64Array) => Float64Array {
  const direction = Params.zerosLike(params);
  const product = Params.zerosLike(params);
  const result = new Float64Array(params.flat.size);
  return (jacobian, samples, form) => {
    const rows = samples.actions.shape[0];
    const old = distributionFrom(actionSpace, samples.oldPolicy);
    const score = form === "sampled" ? scoreOf(actionSpace, samples) : null;
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

/** ∂log π(a|s)/∂(parameters of π(·|s)) [B, …] of each sample. */
function scoreOf(actionSpace: Space, { actions, oldPolicy }: PolicySamples): PolicyTangent {
  const names = Object.keys(oldPolicy);
  const named = (tensors: readonly Tensor[]) => Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
  const logProb = (...inputs: Tensor[]) => ops.sum(distributionFrom(actionSpace, named(inputs)).logProb(actions));
  return named(grad(logProb)(...Object.values(oldPolicy)));
}

/** ∇log π ⟨∇log π, tangent⟩, row by row. */
function alongScore(score: PolicyTangent, tangent: PolicyTangent): PolicyTangent {
  const along = Object.keys(score)
    .map((name) => ops.sum(ops.mul(score[name], tangent[name]), 1, true))
    .reduce((total, part) => ops.add(total, part));
  return mapValues(score, (values) => ops.mul(values, along));
}

function mapValues(tangent: PolicyTangent, change: (values: Tensor) => Tensor): PolicyTangent {
  return Object.fromEntries(Object.entries(tangent).map(([name, values]) => [name, change(values)]));
}
