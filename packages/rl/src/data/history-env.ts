import { box, type VectorEnv } from "@advantage/envs";
import { addToHistory, copyHistories, EpisodeMemory, rememberAction } from "../networks/memory.js";

/**
 * Environments whose observations are the last `length` ones, flattened, oldest first; those of an episode's beginning are all its first. What
 * `frameStack` does to one environment of real-valued observations, to N of any. With actions each is followed by the action that led to it.
 *
 * @param actionSize  numbers of an action, flattened; 0 for observations alone
 */
export function withHistory(env: VectorEnv, length: number, actionSize = 0): VectorEnv {
  const { numEnvs, actionSpace } = env;
  const both = env.observationSize + actionSize;
  const size = length * both;
  const memory = new EpisodeMemory(numEnvs, size + actionSize);
  const observation = actionSize === 0 ? memory.state : new Float32Array(numEnvs * size);
  const nextObservation = new Float32Array(numEnvs * size);
  const show = (out: Float32Array) => copyHistories(memory, actionSize, out);
  const add = (i: number, observations: Float32Array) => addToHistory(memory, i, observations, actionSize);

  return {
    ...env,
    observationSpace: box({
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      shape: [length, both],
    }),
    observationSize: size,
    observation,
    nextObservation,
    reset(random) {
      env.reset(random);
      memory.reset();
      for (let i = 0; i < numEnvs; i++) add(i, env.observation);
      show(observation);
      nextObservation.set(observation);
    },
    step(actions) {
      if (actionSize > 0) for (let i = 0; i < numEnvs; i++) rememberAction(memory, i, actionSpace, actions);
      env.step(actions);
      for (let i = 0; i < numEnvs; i++) add(i, env.nextObservation);
      show(nextObservation);
      for (let i = 0; i < numEnvs; i++) {
        if (env.terminated[i] === 0 && env.truncated[i] === 0) continue;
        memory.reset(i);
        add(i, env.observation);
      }
      show(observation);
    },
    snapshot: () => ({ env: env.snapshot(), memory: memory.snapshot(), nextObservation: nextObservation.slice() }),
    restore(snapshot) {
      const saved = snapshot as { env: unknown; memory: unknown; nextObservation: Float32Array };
      env.restore(saved.env);
      memory.restore(saved.memory);
      show(observation);
      nextObservation.set(saved.nextObservation);
    },
  };
}
