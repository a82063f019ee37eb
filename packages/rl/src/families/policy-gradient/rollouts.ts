import type { Random } from "@advantage/engine";
import { actionSize } from "@advantage/envs";
import type { Context } from "../../core/index.js";
import {
  allocateRollout,
  collect,
  explorer,
  type Rollout,
  TrainingEnv,
  type TrainingEnvOptions,
} from "../../data/index.js";
import type { ActorCritic, ActorCriticParams, EpisodeMemory } from "../../networks/index.js";
import { inputSize, memoryState, moveStd, type NetworkConfig, rememberer, vectorOf } from "./actor-critic-family.js";

/*
 * Rollouts of a fixed length, as the algorithms run them that learn after every T steps of N environments.
 */

/** What runs rollouts, as part of a training state. */
export interface Rollouts {
  readonly env: TrainingEnv;
  /** Actions, exploration noise. */
  readonly policyRandom: Random;
  /** What recurrent cells remember of each environment's episode. */
  readonly memory?: EpisodeMemory;
}

/** @param options  what of observations and rewards is normalised */
export function startRollouts(context: Context<NetworkConfig>, options: TrainingEnvOptions): Rollouts {
  const { random } = context;
  return {
    env: new TrainingEnv(vectorOf(context), random.fork("env"), options),
    policyRandom: random.fork("policy"),
    ...memoryState(context),
  };
}

interface CollectorConfig extends NetworkConfig {
  readonly numSteps: number;
  readonly noiseEvery?: number;
}

/**
 * Runs the policy as it is, with the σ that it has at this step of the run, for T steps in each environment; one rollout, filled anew by each call.
 *
 * @param params          of both networks, as they are when it is called
 * @param sequenceLength  steps of the sequences that recurrent cells are trained on; the whole rollout if left out
 */
export function rolloutCollector(
  context: Context<CollectorConfig>,
  networks: ActorCritic,
  params: ActorCriticParams,
  { env, policyRandom, memory }: Rollouts,
  sequenceLength = context.config.numSteps,
): (step: number) => Rollout {
  const { config: c } = context;
  const { actionSpace } = context.env;
  const cells = memory && { stateSize: networks.stateSize, sequenceLength };
  const rollout = allocateRollout(env, actionSpace, c.numSteps, cells);
  const act = explorer(networks.actor, params.actor, policyRandom, {
    ...c,
    numEnvs: env.numEnvs,
    actionSpace,
    remember: rememberer(networks, { params: { tree: params }, memory }),
  });
  return (step) => {
    moveStd(context, params.actor, step);
    collect(rollout, env, act, step, memory);
    return rollout;
  };
}

/** Bytes of a rollout. */
export function rolloutBuffers(context: Context<NetworkConfig & { readonly numSteps: number }>): { rollout: number } {
  const { config: c, env } = context;
  const rows = c.numSteps * c.numEnvs;
  return { rollout: rows * (4 * inputSize(context) + 4 * actionSize(env.actionSpace) + 14) };
}

/** Environment steps of a rollout. */
export function rolloutSteps({ config: c }: Context<{ readonly numEnvs: number; readonly numSteps: number }>): number {
  return c.numEnvs * c.numSteps;
}
