import { box, type VectorEnv } from "@advantage/envs";
import { addToHistory, EpisodeMemory } from "../policies/memory.js";

/**
 * Environments whose observations are the last `length` ones, flattened, oldest first; those of an episode's beginning are all its first. What
 * `frameStack` does to one environment of real-valued observations, to N of any.
 */
export function withHistory(env: VectorEnv, length: number): VectorEnv {
  const { numEnvs } = env;
  const size = length * env.observationSize;
  const memory = new EpisodeMemory(numEnvs, size);
  const nextObservation = new Float32Array(memory.state.length);

  return {
    ...env,
    observationSpace: box({
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      shape: [length, env.observationSize],
    }),
    observationSize: size,
    observation: memory.state,
    nextObservation,
    reset(random) {
      env.reset(random);
      memory.reset();
      for (let i = 0; i < numEnvs; i++) addToHistory(memory, i, env.observation);
      nextObservation.set(memory.state);
    },
    step(actions) {
      env.step(actions);
      for (let i = 0; i < numEnvs; i++) addToHistory(memory, i, env.nextObservation);
      nextObservation.set(memory.state);
      for (let i = 0; i < numEnvs; i++) {
        if (env.terminated[i] === 0 && env.truncated[i] === 0) continue;
        memory.reset(i);
        addToHistory(memory, i, env.observation);
      }
    },
    snapshot: () => ({ env: env.snapshot(), memory: memory.snapshot(), nextObservation: nextObservation.slice() }),
    restore(snapshot) {
      const saved = snapshot as { env: unknown; memory: unknown; nextObservation: Float32Array };
      env.restore(saved.env);
      memory.restore(saved.memory);
      nextObservation.set(saved.nextObservation);
    },
  };
}
