import { Random } from "@advantage/engine";
import { allocateActions } from "@advantage/envs";
import { ConfigError, RunError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import { breather } from "./breathe.js";
import { type EnvLike, envSource } from "./env-source.js";

export interface EvaluateOptions {
  /** Default 100. */
  readonly episodes?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Act by the mode (default) or by samples. */
  readonly deterministic?: boolean;
  readonly signal?: AbortSignal;
}

/** Statistics of undiscounted episode returns. */
export interface Evaluation {
  readonly episodes: number;
  readonly mean: number;
  /** Of the episodes, not of the mean: √(Σ(Rᵢ − R̄)² / n). */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly deterministic: boolean;
}

/** At most so many episodes run side by side. */
const MAX_ENVS = 100;

/** An episode that does not end by itself within so many steps is one that never does. */
const MAX_EPISODE_STEPS = 1_000_000;

/**
 * Plays whole episodes and reports their returns. Each of the environments side by side plays a share fixed beforehand:
 * taking the first episodes to finish would favour short ones.
 *
 * @throws RunError if an episode's return is not finite, or it does not end within a million steps
 */
export async function evaluate(policy: Policy, envLike: EnvLike, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { episodes = 100, seed = 0, deterministic = true, signal } = options;
  if (!Number.isSafeInteger(episodes) || episodes < 1)
    throw new ConfigError([`episodes must be a whole number of at least 1, got ${episodes}`]);

  const source = envSource(envLike);
  const numEnvs = Math.min(episodes, MAX_ENVS);
  const env = source.vector(numEnvs);
  const random = Random.fromSeed(seed).fork("eval");
  const act = { deterministic, random: random.fork("policy") };
  const actions = allocateActions(source.actionSpace, numEnvs);
  const left = Int32Array.from({ length: numEnvs }, (_, i) => Math.ceil((episodes - i) / numEnvs));
  const sums = new Float64Array(numEnvs);
  const lengths = new Float64Array(numEnvs);
  const returns: number[] = [];
  const breathe = breather();

  env.reset(random.fork("env"));
  while (returns.length < episodes) {
    signal?.throwIfAborted();
    await breathe();
    policy.actBatch(env.observation, numEnvs, actions, act);
    env.step(actions);
    for (let i = 0; i < numEnvs; i++) {
      if (left[i] === 0) continue;
      sums[i] += env.reward[i];
      lengths[i] += 1;
      if (lengths[i] >= MAX_EPISODE_STEPS)
        throw new RunError(
          `an episode of ${source.id} did not end within ${MAX_EPISODE_STEPS} steps: give it a time limit`,
        );
      if (!env.terminated[i] && !env.truncated[i]) continue;
      if (!Number.isFinite(sums[i]))
        throw new RunError(`an evaluation episode of ${source.id} returned ${sums[i]}: rewards must be finite`);
      returns.push(sums[i]);
      left[i] -= 1;
      sums[i] = 0;
      lengths[i] = 0;
    }
  }
  return { ...statistics(returns), deterministic };
}

function statistics(returns: readonly number[]) {
  const n = returns.length;
  const mean = returns.reduce((sum, value) => sum + value, 0) / n;
  const variance = returns.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / n;
  return {
    episodes: n,
    mean,
    std: Math.sqrt(variance),
    min: returns.reduce((a, b) => Math.min(a, b)),
    max: returns.reduce((a, b) => Math.max(a, b)),
  };
}
