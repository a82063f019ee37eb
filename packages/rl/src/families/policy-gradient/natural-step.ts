import { ops, optim, Params, scope } from "@advantage/engine";
import { type Context, int, type Metric, real, requireFiniteStep, requireFiniteUpdate } from "../../core/index.js";
import { everyKth, type Samples } from "../../data/index.js";
import { type NaturalGradient, naturalGradient, policyGradientSurrogate, probabilityRatio } from "../../maths/index.js";
import {
  type ActorCritic,
  type ActorParams,
  actorJacobian,
  type FisherForm,
  fisherOf,
  policyAt,
  scoreGradient,
} from "../../networks/index.js";
import { actorSpec, type NetworkConfig } from "./actor-critic-family.js";
import type { SeparateState } from "./separate-actor-critic.js";

/** The direction of a policy's step that the natural gradient algorithms share: F⁻¹g of a rollout's surrogate objective, by conjugate gradient. */

/** Its settings; `where` names the algorithm's variants that they belong to. */
export const conjugateGradientSettings = (where: string) => ({
  cgSteps: int({ default: 15, min: 1, help: `conjugate gradient iterations (${where})` }),
  cgDamping: real({ default: 0.1, min: 0, help: `added to the Fisher matrix's diagonal (${where})` }),
  fisherEvery: int({ default: 1, min: 1, help: `every so many samples one is in the Fisher matrix (${where})` }),
});

/** What is logged of it. */
export const naturalStepMetrics = {
  gradNorm: { meaning: "norm of the policy's gradient", healthy: "steady; nothing is clipped" },
  cgResidual: {
    meaning: "‖g − F x‖ / ‖g‖ of the conjugate gradient's solution",
    healthy: "below 0.5; above 1 more cgSteps or more cgDamping",
    range: { to: 0.5, above: 1 },
  },
} satisfies Record<string, Metric>;

/** −𝔼ₜ[π_θ(aₜ|sₜ)/π_old(aₜ|sₜ) Âₜ], whose gradient at θ_old is −g, and π_θ. */
export function surrogate(networks: ActorCritic, actor: ActorParams, batch: Samples) {
  const pi = policyAt(networks.actor, actor, batch.observations, batch.sequences);
  const ratio = probabilityRatio({ logProb: pi.logProb(batch.actions), oldLogProb: batch.oldLogProb });
  return { pi, policyLoss: policyGradientSurrogate({ ratio, advantage: batch.advantage }) };
}

/** A natural gradient with the loss and gradient that it was made from. */
export interface NaturalStep extends NaturalGradient {
  /** The surrogate loss at θ_old. */
  readonly loss: number;
  /** ‖g‖ */
  readonly gradNorm: number;
}

interface NaturalStepConfig extends NetworkConfig {
  readonly cgSteps: number;
  readonly cgDamping: number;
  readonly fisherEvery: number;
}

/**
 * x ≈ (F + λI)⁻¹ g at the state's θ, as a function of a rollout's samples. One Jacobian J of the distributions' parameters serves both:
 * g = 𝔼ₜ[∇log π(aₜ|sₜ) Âₜ], the surrogate's gradient at θ_old where every ratio is 1, is a product with Jᵀ.
 */
export function naturalStep(
  context: Context<NaturalStepConfig>,
  { actor }: SeparateState,
  form: FisherForm,
): (batch: Samples, step: number) => NaturalStep {
  const { config: c, env } = context;
  const fisher = fisherOf(env.actionSpace, actor);
  const ascent = Params.zerosLike(actor);
  const jacobianOf = ({ observations, sequences }: Samples) =>
    actorJacobian(actorSpec(context), actor.tree, observations, sequences);
  return (batch, step) =>
    scope(() => {
      const loss = ops.neg(ops.mean(batch.advantage)).item();
      const jacobian = jacobianOf(batch);
      scoreGradient(env.actionSpace, jacobian, batch, batch.advantage, ascent);
      const gradNorm = optim.globalNorm(ascent);
      requireFiniteUpdate({ step, loss, gradient: ascent, norm: gradNorm });

      // A Fisher matrix needs fewer samples than a gradient (Schulman et al. 2015, appendix C).
      const thinned = everyKth(batch, c.fisherEvery);
      const product = fisher(thinned === batch ? jacobian : jacobianOf(thinned), thinned, form);
      const solution = naturalGradient({
        fisher: (v) => finiteProduct(product(v), step),
        gradient: Float64Array.from(ascent.flat.data),
        damping: c.cgDamping,
        iterations: c.cgSteps,
      });
      return { ...solution, loss, gradNorm };
    });
}

/** A product with the Fisher matrix that is one. */
function finiteProduct(product: Float64Array, step: number): Float64Array {
  const broken = product.find((value) => !Number.isFinite(value));
  if (broken !== undefined) requireFiniteStep({ step, name: "a product with the Fisher matrix", value: broken });
  return product;
}
