import { Random } from "@advantage/engine";
import { allocateActions } from "@advantage/envs";
import { ConfigError, RunError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import type { EnvSource } from "../core/task.js";
import { sortedQuantile } from "../maths/statistics/stratified-bootstrap.js";
import { breather } from "./breathe.js";
import { asRunError, type EnvLike, envSource } from "./env-source.js";
import { lookAhead } from "./look-ahead.js";
import { policyProblem } from "./policy-problem.js";

/** How a policy is evaluated: episodes, seed, deterministic or sampled. */
export interface EvaluateOptions {
  /** Default 100. */
  readonly episodes?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Act by the mode (default) or by samples. */
  readonly deterministic?: boolean;
  /**
   * Steps after which an episode is cut, default 10,000: a policy may walk in circles for ever where the environment has no time
   * limit. What it returned until then counts, and `cut` says how many there were.
   */
  readonly maxSteps?: number;
  /** A return that counts as a failure if an episode stays below it: `below` says how many did. A mean hides a few. */
  readonly threshold?: number;
  readonly signal?: AbortSignal;
}

/** Statistics of undiscounted episode returns. */
export interface Evaluation {
  readonly episodes: number;
  readonly mean: number;
  /** Standard deviation of the episodes, not of the mean: √(Σ(Rᵢ − R̄)² / n). */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Absent, as the quantiles, in files written before they were recorded. */
  readonly median?: number;
  /** Interpolated linearly between the two returns around each. */
  readonly quantiles?: { readonly q05: number; readonly q25: number; readonly q75: number; readonly q95: number };
  /** The share of the episodes that returned less than a threshold, where one was given. */
  readonly below?: { readonly threshold: number; readonly share: number };
  readonly deterministic: boolean;
  /** Episodes that did not end by themselves, if there were any, and the number of steps after which they were cut. */
  readonly cut?: { readonly episodes: number; readonly steps: number };
}

/** What playing gives. */
interface Played {
  readonly returns: number[];
  readonly cut: number;
}

/** How to play. */
interface Play {
  readonly source: EnvSource;
  readonly policy: Policy;
  readonly episodes: number;
  readonly random: Random;
  readonly deterministic: boolean;
  readonly maxSteps: number;
  readonly signal: AbortSignal | undefined;
}

/** At most so many episodes run side by side. */
const MAX_ENVS = 100;

const MAX_STEPS = 10_000;

/** Steps between two looks at the clock where one takes a fraction of a microsecond. */
const STEPS_A_BREATH = 256;

/**
 * Plays whole episodes and reports their returns.
 *
 * @throws UserError if an episode's return is not finite, or the environment fails
 */
export async function evaluate(policy: Policy, envLike: EnvLike, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { episodes = 100, seed = 0, deterministic = true, signal } = options;
  if (!Number.isSafeInteger(episodes) || episodes < 1)
    throw new ConfigError([`episodes must be a whole number of at least 1, got ${episodes}`]);
  const maxSteps = requireMaxSteps(options.maxSteps, "maxSteps");
  const threshold = requireThreshold(options.threshold, "threshold");

  const source = envSource(envLike);
  const problem = policyProblem(policy, source);
  if (problem) throw new RunError(problem);
  const random = Random.fromSeed(seed).fork("eval");
  // A discrete observation is one number: flattening it for a batch would write and read all its states.
  const single = source.observationSpace.kind === "discrete" || policy.needs !== undefined;
  const play = single ? playOneByOne : playTogether;
  try {
    const { returns, cut } = await play({ source, policy, episodes, random, deterministic, maxSteps, signal });
    return {
      ...statistics(returns),
      ...(threshold === undefined ? {} : { below: { threshold, share: shareBelow(returns, threshold) } }),
      deterministic,
      ...(cut === 0 ? {} : { cut: { episodes: cut, steps: maxSteps } }),
    };
  } catch (error) {
    throw asRunError(error, source.id);
  }
}

/** @throws ConfigError unless it is a number of steps */
export function requireMaxSteps(maxSteps: number | undefined, name: string): number {
  if (maxSteps === undefined) return MAX_STEPS;
  if (Number.isSafeInteger(maxSteps) && maxSteps >= 1) return maxSteps;
  throw new ConfigError([`${name} must be a whole number of at least 1, got ${maxSteps}`]);
}

/** @throws ConfigError unless it is a return, or absent */
export function requireThreshold(threshold: number | undefined, name: string): number | undefined {
  if (threshold === undefined || Number.isFinite(threshold)) return threshold;
  throw new ConfigError([`${name} must be a finite number, got ${threshold}`]);
}

/**
 * Each of the environments side by side plays a share of the episodes fixed beforehand: taking the first ones to finish would favour
 * short ones. An environment whose episode was cut waits until the others are through, then all start anew.
 */
async function playTogether({
  source,
  policy,
  episodes,
  random,
  deterministic,
  maxSteps,
  signal,
}: Play): Promise<Played> {
  const numEnvs = Math.min(episodes, MAX_ENVS);
  const env = source.vector(numEnvs);
  const memory = policy.memory?.(numEnvs);
  const act = { deterministic, random: random.fork("policy"), memory };
  const actions = allocateActions(source.actionSpace, numEnvs);
  const left = Int32Array.from({ length: numEnvs }, (_, i) => Math.ceil((episodes - i) / numEnvs));
  const waiting = new Uint8Array(numEnvs);
  const sums = new Float64Array(numEnvs);
  const lengths = new Float64Array(numEnvs);
  const returns: number[] = [];
  const breathe = breather();
  let cut = 0;

  for (let start = 0; returns.length < episodes; start++) {
    env.reset(random.fork(start === 0 ? "env" : `env after ${start} cuts`));
    memory?.reset();
    waiting.fill(0);
    while (left.some((episodesLeft, i) => episodesLeft > 0 && waiting[i] === 0)) {
      signal?.throwIfAborted();
      await breathe();
      policy.actBatch(env.observation, numEnvs, actions, act);
      env.step(actions);
      for (let i = 0; i < numEnvs; i++) {
        if (env.terminated[i] === 1 || env.truncated[i] === 1) memory?.reset(i);
        if (left[i] === 0 || waiting[i] === 1) continue;
        sums[i] += env.reward[i];
        lengths[i] += 1;
        const ended = env.terminated[i] === 1 || env.truncated[i] === 1;
        if (!ended && lengths[i] < maxSteps) continue;
        if (!ended) {
          waiting[i] = 1;
          cut += 1;
        }
        returns.push(finiteReturn(sums[i], source.id));
        left[i] -= 1;
        sums[i] = 0;
        lengths[i] = 0;
      }
    }
  }
  return { returns, cut };
}

/** One environment plays them all; episode k draws from its own streams. */
async function playOneByOne({
  source,
  policy,
  episodes,
  random,
  deterministic,
  maxSteps,
  signal,
}: Play): Promise<Played> {
  const env = source.make();
  const ahead = lookAhead(policy, source.make);
  const returns: number[] = [];
  const breathe = breather();
  let cut = 0;
  let steps = 0;
  const memory = policy.memory?.(1);
  for (let episode = 0; episode < episodes; episode++) {
    const act = { deterministic, random: random.fork("policy").fork(String(episode)), memory };
    memory?.reset();
    let observation = env.reset(random.fork("env").fork(String(episode)));
    let sum = 0;
    for (let length = 1; ; length++) {
      if (steps++ % STEPS_A_BREATH === 0) {
        signal?.throwIfAborted();
        await breathe();
      }
      const how = policy.needs === undefined ? act : { ...act, env: ahead(env, act.random) };
      const step = env.step(policy.act(observation, how));
      observation = step.observation;
      sum += step.reward;
      if (step.terminated || step.truncated) break;
      if (length < maxSteps) continue;
      cut += 1;
      break;
    }
    returns.push(finiteReturn(sum, source.id));
  }
  return { returns, cut };
}

function finiteReturn(sum: number, envId: string): number {
  if (Number.isFinite(sum)) return sum;
  throw new RunError(`an evaluation episode of ${envId} returned ${sum}: rewards must be finite`);
}

function shareBelow(returns: readonly number[], threshold: number): number {
  return returns.filter((value) => value < threshold).length / returns.length;
}

function statistics(returns: readonly number[]) {
  const n = returns.length;
  const sorted = Float64Array.from(returns).sort();
  const quantile = (share: number) => sortedQuantile(sorted, share);
  const mean = returns.reduce((sum, value) => sum + value, 0) / n;
  const variance = returns.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / n;
  return {
    episodes: n,
    mean,
    std: Math.sqrt(variance),
    min: sorted[0],
    max: sorted[n - 1],
    median: quantile(0.5),
    quantiles: { q05: quantile(0.05), q25: quantile(0.25), q75: quantile(0.75), q95: quantile(0.95) },
  };
}
