/**
 * A rollout as the average-reward policy gradient learns from it: differential advantages, the critic's targets and the average reward's error. The
 * loop is in `average-reward-pg.ts`.
 */
import { type Tensor, tensor } from "@advantage/engine";
import {
  actionTensor,
  type Rollout,
  rolloutMetrics,
  rowsTensor,
  successorValues,
  wholeSequences,
} from "../../data/index.js";
import { differentialAdvantage, meanDifferentialError } from "../../maths/index.js";
import { type ActorCritic, type ActorCriticParams, type Sequences, singleSteps } from "../../networks/index.js";
import type { AverageRewardPgConfig } from "./average-reward-pg.js";

/** A rollout as the updates take it. */
export interface DifferentialBatch {
  readonly observations: Tensor; // [B, observationSize]
  readonly actions: Tensor; // [B] or [B, actionSize]
  /** What the rows are to recurrent cells; absent of networks without. */
  readonly sequences?: Sequences;
  readonly advantage: Tensor; // Âₜ, in scaled rewards [B]
  readonly target: Tensor; // Âₜ + V(sₜ) [B]
  /** 𝔼ₜ[δₜ], in the environment's rewards */
  readonly error: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Âₜ, the critic's targets and the mean of δₜ, with r̄ and V as they are before the updates. */
export function differentialBatch(
  { traceDecay, rewardScale }: Pick<AverageRewardPgConfig, "traceDecay" | "rewardScale">,
  networks: ActorCritic,
  params: ActorCriticParams,
  rollout: Rollout,
  averageReward: number,
): DifferentialBatch {
  const rows = rollout.rewards.length;
  const size = rollout.observations.length / rows;
  const { recall } = rollout;
  const valuesOf = (flat: ArrayLike<number>, states?: ArrayLike<number>) => {
    const observations = rowsTensor(Float32Array.from(flat), size);
    return networks.value(params, observations, states && singleSteps(states, networks.stateSize)).values();
  };
  const observations = rowsTensor(rollout.observations, size);
  const sequences = wholeSequences(rollout);
  const { pi, value } = networks.both(params, observations, sequences);
  const values = value.values();
  const { lastObservations, cutObservations, cutRows } = rollout;
  const cut = new Uint8Array(rows);
  for (const row of cutRows) cut[row] = 1;
  const steps = {
    rewards: rollout.rewards.map((reward) => reward * rewardScale),
    averageReward: averageReward * rewardScale,
    values,
    // After an end the next row is the start that follows: just what the restart leads to.
    nextValues: successorValues(
      rollout,
      values,
      valuesOf(lastObservations, recall?.lastStates),
      cutRows.length > 0 ? valuesOf(cutObservations, recall?.cutStates) : [],
    ),
  };
  const advantages = new Float32Array(rows);
  differentialAdvantage({ ...rollout, ...steps, cut, lambda: traceDecay, advantages });
  // Not centred, though V is defined up to a constant: a rollout may hold one stretch of all episodes' time, and V differs between them.
  const returns = advantages.map((advantage, i) => advantage + values[i]);
  return {
    observations,
    ...(sequences === undefined ? {} : { sequences }),
    actions: actionTensor(rollout.actionSpace, rollout.actions, rows),
    advantage: tensor(advantages),
    target: tensor(returns),
    error: meanDifferentialError(steps) / rewardScale,
    metrics: { rewardPerStep: meanOf(rollout.rewards), ...rolloutMetrics(value, returns, pi) },
  };
}

function meanOf(numbers: Float32Array | Float64Array): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum / numbers.length;
}
