import { indices, optim, scope, type Tensor, valueAndGrad } from "@advantage/engine";
import type { Context, Metric } from "../../core/algorithm.js";
import { requireFiniteUpdate } from "../../core/finite.js";
import { int, real } from "../../core/schema.js";
import { type Samples, take } from "../../data/samples.js";
import { type NaturalGradient, naturalGradient } from "../../maths/natural-gradient.js";
import { policyGradientSurrogate, probabilityRatio } from "../../maths/surrogates.js";
import type { ActorCritic, ActorParams } from "../../policies/actor-critic.js";
import type { Distribution } from "../../policies/distribution.js";
import { type FisherForm, fisherOf } from "../../policies/fisher.js";
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
  },
} satisfies Record<string, Metric>;

/** π_θ(·|s) of a batch of observations. */
export function policyAt({ actor }: ActorCritic, params: ActorParams, observations: Tensor): Distribution {
  return actor.distribution(params, actor.features(params, observations));
}

/** −𝔼ₜ[π_θ(aₜ|sₜ)/π_old(aₜ|sₜ) Âₜ], whose gradient at θ_old is −g, and π_θ. */
export function surrogate(networks: ActorCritic, actor: ActorParams, batch: Samples) {
  const pi = policyAt(networks, actor, batch.observations);
  const ratio = probabilityRatio({ logProb: pi.logProb(batch.actions), oldLogProb: batch.oldLogProb });
  return { pi, policyLoss: policyGradientSurrogate({ ratio, advantage: batch.advantage }) };
}

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

/** x ≈ (F + λI)⁻¹ g at the state's θ, as a function of a rollout's samples. */
export function naturalStep(
  context: Context<NaturalStepConfig>,
  networks: ActorCritic,
  state: SeparateState,
  form: FisherForm,
): (batch: Samples) => NaturalStep {
  const { config: c } = context;
  const gradientOf = valueAndGrad((actor: ActorParams, batch: Samples) => surrogate(networks, actor, batch).policyLoss);
  const fisher = fisherOf(actorSpec(context), state.actor);
  return (batch) => {
    const { value: loss, gradient: descent } = gradientOf(state.actor, batch);
    const gradNorm = optim.globalNorm(descent);
    requireFiniteUpdate({ step: state.step, loss, gradient: descent, norm: gradNorm });
    const gradient = Float64Array.from(descent.flat.data);
    for (let i = 0; i < gradient.length; i++) gradient[i] = -gradient[i];
    const solution = scope(() =>
      naturalGradient({
        fisher: fisher(everyKth(batch, c.fisherEvery), form),
        gradient,
        damping: c.cgDamping,
        iterations: c.cgSteps,
      }),
    );
    return { ...solution, loss, gradNorm };
  };
}

/** Every k-th sample: a Fisher matrix needs fewer than a gradient (Schulman et al. 2015, appendix C). */
function everyKth(samples: Samples, k: number): Samples {
  if (k === 1) return samples;
  const rows: number[] = [];
  for (let row = 0; row < samples.target.size; row += k) rows.push(row);
  return take(samples, indices(rows));
}
