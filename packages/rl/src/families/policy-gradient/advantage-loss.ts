import { constant, ops, type Tensor, tensor } from "@advantage/engine";
import { actionTensor, type Rollout } from "../../data/rollout.js";
import { advantagesOf } from "../../data/samples.js";
import { valueLoss } from "../../maths/surrogates.js";
import type { ActorCritic, ActorCriticParams } from "../../policies/actor-critic.js";

/** Settings of the objective that actor-critics with one gradient step a rollout minimise. */
export interface AdvantageLossConfig {
  readonly discount: number;
  readonly gaeLambda: number;
  readonly entropyCoef: number;
  readonly valueCoef: number;
}

/** −𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ] + c₁ 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²] − c₂ 𝔼ₜ[H(π_θ(·|sₜ))] of a rollout; Â and R̂ are constants. */
export function advantageLoss(c: AdvantageLossConfig, networks: ActorCritic) {
  return (params: ActorCriticParams, rollout: Rollout) => {
    const rows = rollout.rewards.length;
    const observations = tensor(rollout.observations, [rows, rollout.observations.length / rows]);
    const { pi, value } = networks.both(params, observations);
    const { advantage, target } = constant(() => {
      const { advantages, targets } = advantagesOf(networks, params, rollout, value.values(), c);
      return { advantage: tensor(advantages), target: tensor(targets) };
    });
    const logProb = pi.logProb(actionTensor(rollout.actionSpace, rollout.actions, rows));
    const policyLoss = ops.neg(ops.mean(ops.mul(logProb, advantage)));
    const valueError = valueLoss({ value, target });
    const entropy = ops.mean(pi.entropy());
    const { logStd } = pi.parameters;
    const std: Record<string, Tensor> = logStd === undefined ? {} : { std: constant(() => ops.mean(ops.exp(logStd))) };

    let loss = ops.add(policyLoss, ops.mul(valueError, c.valueCoef));
    if (c.entropyCoef > 0) loss = ops.sub(loss, ops.mul(entropy, c.entropyCoef));
    return { loss, metrics: { policyLoss, valueLoss: valueError, entropy, ...std } };
  };
}
