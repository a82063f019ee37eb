import { constant, tensor } from "@advantage/engine";
import {
  actionTensor,
  type Rollout,
  rolloutAdvantages,
  rolloutMetrics,
  rowsTensor,
  stepWeight,
  wholeSequences,
} from "../../data/index.js";
import type { ActorCritic, ActorCriticParams } from "../../networks/index.js";
import { gradientAdvantage } from "./gradient-advantage.js";

interface JudgeConfig {
  readonly discount: number;
  readonly gaeLambda: number;
  readonly normaliseAdvantage?: boolean;
  readonly discountGradient?: boolean;
}

/**
 * A rollout inside a loss that both networks are trained by with one gradient step: π_θ, log π_θ(aₜ|sₜ) and V_φ(sₜ) [B], and as constants what they are
 * trained by: Âₜ and R̂ₜ [B], which come from the same values, and what they say of the networks.
 */
export function judgedRollout(c: JudgeConfig, networks: ActorCritic, params: ActorCriticParams, rollout: Rollout) {
  const rows = rollout.rewards.length;
  const observations = rowsTensor(rollout.observations, rollout.observations.length / rows);
  const { pi, value } = networks.both(params, observations, wholeSequences(rollout));
  const constants = constant(() => {
    const { advantages, targets } = rolloutAdvantages(networks, params, rollout, value.values(), c);
    return {
      advantage: gradientAdvantage({ advantage: tensor(advantages), ...stepWeight(rollout, c) }, c),
      target: tensor(targets),
      metrics: scalars(rolloutMetrics(value, targets, pi)),
    };
  });
  return { pi, value, ...constants, logProb: pi.logProb(actionTensor(rollout.actionSpace, rollout.actions, rows)) };
}

/** Numbers as tensors, to go with the other metrics. */
function scalars(numbers: Readonly<Record<string, number>>) {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tensor(value)]));
}
