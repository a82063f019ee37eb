import { constant, ops, tensor } from "@advantage/engine";
import {
  actionTensor,
  type Rollout,
  rolloutAdvantages,
  rolloutMetrics,
  rowsTensor,
  stepWeight,
  wholeSequences,
} from "../../data/index.js";
import { valueLoss } from "../../maths/index.js";
import type { ActorCritic, ActorCriticParams } from "../../networks/index.js";
import { gradientAdvantage } from "./gradient-advantage.js";

/** Settings of the objective that actor-critics with one gradient step a rollout minimise. */
export interface AdvantageLossConfig {
  readonly discount: number;
  readonly gaeLambda: number;
  readonly normaliseAdvantage?: boolean;
  readonly discountGradient?: boolean;
  readonly entropyCoef: number;
  readonly valueCoef: number;
}

/** −𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ] + c₁ 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²] − c₂ 𝔼ₜ[H(π_θ(·|sₜ))] of a rollout. */
export function advantageLoss(c: AdvantageLossConfig, networks: ActorCritic) {
  return (params: ActorCriticParams, rollout: Rollout) => {
    const rows = rollout.rewards.length;
    const observations = rowsTensor(rollout.observations, rollout.observations.length / rows);
    const { pi, value } = networks.both(params, observations, wholeSequences(rollout));
    // Â and R̂ come from the same values that are being trained, as constants.
    const { advantage, target, observed } = constant(() => {
      const { advantages, targets } = rolloutAdvantages(networks, params, rollout, value.values(), c);
      return {
        advantage: gradientAdvantage({ advantage: tensor(advantages), ...stepWeight(rollout, c) }, c),
        target: tensor(targets),
        observed: rolloutMetrics(value, targets, pi),
      };
    });
    const logProb = pi.logProb(actionTensor(rollout.actionSpace, rollout.actions, rows));
    const policyLoss = ops.neg(ops.mean(ops.mul(logProb, advantage)));
    const valueError = valueLoss({ value, target });
    const entropy = ops.mean(pi.entropy());

    let loss = ops.add(policyLoss, ops.mul(valueError, c.valueCoef));
    if (c.entropyCoef > 0) loss = ops.sub(loss, ops.mul(entropy, c.entropyCoef));
    return { loss, metrics: { policyLoss, valueLoss: valueError, entropy, ...constant(() => scalars(observed)) } };
  };
}

/** Numbers as tensors, to go with the other metrics. */
function scalars(numbers: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tensor(value)]));
}
