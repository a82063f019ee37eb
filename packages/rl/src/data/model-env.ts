import { Random, type RandomState } from "@advantage/engine";
import { actionSize, flatSize, type VectorEnv } from "@advantage/envs";
import { RunError } from "../core/errors.js";
import type { Model } from "../core/model.js";

/** What a model does not say. */
export interface ModelEnvOptions {
  /** Default: "model". */
  readonly id?: string;
  /** Steps after which an episode is cut: a learned model is to be trusted for a few. Default: never. */
  readonly horizon?: number;
  /**
   * Where the task ends, if that is known better than the model predicts it: writes 1 for each of `count` observations that are an end, else 0.
   *
   * @param observations  s′, flattened [count × observationSize]
   */
  readonly terminates?: (observations: Float32Array, count: number, terminated: Uint8Array) => void;
}

/** A vector environment that is a learned model: its episodes start at given rows. */
export interface ModelEnv extends VectorEnv {
  /**
   * Sets where episodes start: environment i at row i mod m, now if they are under way, else with the next `reset`; an episode that follows one
   * that has ended at a row drawn evenly. Copied.
   *
   * @param observations  flattened [m × observationSize], m ≥ 1
   * @throws RangeError if they are no whole observations
   */
  startFrom(observations: Float32Array): void;
}

interface ModelEnvSnapshot {
  readonly observation: Float32Array;
  readonly nextObservation: Float32Array;
  readonly reward: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly lengths: Int32Array;
  readonly starts: Float32Array;
  readonly streams: { readonly model: RandomState; readonly starts: RandomState } | null;
}

/**
 * A model with an environment's face: what steps a `VectorEnv` (rollouts, explorers, every learner) does so inside the model, unchanged, and a planner
 * steps all its candidates in one batch. Nothing acts outside of its prediction: `startFrom` says where episodes begin.
 *
 * One stream serves all N environments, since the model predicts them together; threads cannot share them out.
 *
 * @param numEnvs  N ≥ 1
 * @throws RangeError if N or the horizon is no whole number of at least 1
 */
export function modelEnv(model: Model, numEnvs: number, options: ModelEnvOptions = {}): ModelEnv {
  const { id = "model", horizon = Number.POSITIVE_INFINITY, terminates } = options;
  if (!Number.isSafeInteger(numEnvs) || numEnvs < 1)
    throw new RangeError(`numEnvs must be a whole number of at least 1, got ${numEnvs}`);
  if (horizon !== Number.POSITIVE_INFINITY && (!Number.isSafeInteger(horizon) || horizon < 1))
    throw new RangeError(`horizon must be a whole number of at least 1, got ${horizon}`);
  const { observationSpace, actionSpace } = model;
  const size = flatSize(observationSpace);
  const numbers = numEnvs * actionSize(actionSpace);
  const observation = new Float32Array(numEnvs * size);
  const nextObservation = new Float32Array(numEnvs * size);
  const reward = new Float64Array(numEnvs);
  const terminated = new Uint8Array(numEnvs);
  const truncated = new Uint8Array(numEnvs);
  /** Steps of the running episodes [N] */
  const lengths = new Int32Array(numEnvs);
  let starts = new Float32Array(0);
  let streams: { readonly model: Random; readonly starts: Random } | undefined;

  const start = (i: number, row: number) => {
    observation.set(starts.subarray(row * size, (row + 1) * size), i * size);
    lengths[i] = 0;
  };
  const startAll = () => {
    for (let i = 0; i < numEnvs; i++) start(i, i % (starts.length / size));
    nextObservation.set(observation);
    reward.fill(0);
    terminated.fill(0);
    truncated.fill(0);
  };
  const requireFinite = (values: Float32Array | Float64Array, what: string, each: number) => {
    for (let at = 0; at < values.length; at++) {
      if (Number.isFinite(values[at])) continue;
      throw new RunError(
        `${id}: environment ${Math.floor(at / each)}, step ${lengths[Math.floor(at / each)] + 1}: the model's ${what} must be finite, got ${values[at]}`,
      );
    }
  };

  return {
    id,
    numEnvs,
    observationSpace,
    actionSpace,
    observationSize: size,
    observation,
    nextObservation,
    reward,
    terminated,
    truncated,
    restorable: true,
    startFrom(observations) {
      if (observations.length === 0 || observations.length % size !== 0)
        throw new RangeError(`startFrom takes whole observations of ${size} numbers each, got ${observations.length}`);
      starts = observations.slice();
      if (streams !== undefined) startAll();
    },
    reset(rng) {
      if (starts.length === 0) throw new Error(`${id}: call startFrom(observations) before reset(rng)`);
      streams = { model: rng.fork("model"), starts: rng.fork("starts") };
      startAll();
    },
    step(actions) {
      if (streams === undefined) throw new Error(`${id}: call reset(rng) before step(actions)`);
      if (actions.length !== numbers)
        throw new RangeError(`${id}: actions must be ${numbers} numbers, got ${actions.length}`);
      model.predict(observation, actions, numEnvs, streams.model, { nextObservation, reward, terminated });
      requireFinite(nextObservation, "observation", size);
      requireFinite(reward, "reward", 1);
      terminates?.(nextObservation, numEnvs, terminated);
      observation.set(nextObservation);
      for (let i = 0; i < numEnvs; i++) {
        lengths[i] += 1;
        truncated[i] = lengths[i] >= horizon ? 1 : 0;
        if (terminated[i] !== 0 || truncated[i] !== 0) start(i, streams.starts.int(starts.length / size));
      }
    },
    snapshot: (): ModelEnvSnapshot => ({
      observation: observation.slice(),
      nextObservation: nextObservation.slice(),
      reward: reward.slice(),
      terminated: terminated.slice(),
      truncated: truncated.slice(),
      lengths: lengths.slice(),
      starts: starts.slice(),
      streams: streams === undefined ? null : { model: streams.model.snapshot(), starts: streams.starts.snapshot() },
    }),
    restore(snapshot) {
      const saved = snapshot as ModelEnvSnapshot;
      const own = { observation, nextObservation, reward, terminated, truncated, lengths };
      for (const [name, values] of Object.entries(own)) {
        const { length } = saved[name as keyof typeof own];
        if (length !== values.length)
          throw new RangeError(`${id}: ${name} of the snapshot must be ${values.length} numbers, got ${length}`);
      }
      for (const [name, values] of Object.entries(own)) values.set(saved[name as keyof typeof own]);
      starts = saved.starts.slice();
      streams =
        saved.streams === null
          ? undefined
          : { model: Random.fromSnapshot(saved.streams.model), starts: Random.fromSnapshot(saved.streams.starts) };
    },
  };
}
