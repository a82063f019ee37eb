import { flatSize } from "./flatten.js";
import type { Space } from "./spaces/space.js";

/** The arrays of a `VectorEnv`, all zero. */
export function allocateVectorArrays(observationSpace: Space, numEnvs: number) {
  if (!Number.isSafeInteger(numEnvs) || numEnvs < 1) {
    throw new RangeError(`numEnvs must be an integer >= 1, got ${numEnvs}`);
  }
  const observationSize = flatSize(observationSpace);
  return {
    observationSize,
    observation: new Float32Array(numEnvs * observationSize),
    nextObservation: new Float32Array(numEnvs * observationSize),
    reward: new Float64Array(numEnvs),
    terminated: new Uint8Array(numEnvs),
    truncated: new Uint8Array(numEnvs),
  };
}

export type VectorArrays = ReturnType<typeof allocateVectorArrays>;

/** The arrays' contents in a vector environment's snapshot. */
export interface VectorArraysSnapshot {
  readonly observation: ArrayLike<number>;
  readonly nextObservation: ArrayLike<number>;
  readonly reward: ArrayLike<number>;
  readonly terminated: ArrayLike<number>;
  readonly truncated: ArrayLike<number>;
}

const NAMES = ["observation", "nextObservation", "reward", "terminated", "truncated"] as const;

export function copyVectorArrays(arrays: VectorArrays): VectorArraysSnapshot {
  return {
    observation: arrays.observation.slice(),
    nextObservation: arrays.nextObservation.slice(),
    reward: arrays.reward.slice(),
    terminated: arrays.terminated.slice(),
    truncated: arrays.truncated.slice(),
  };
}

/** Puts the contents of a snapshot back. Throws if a length differs. */
export function fillVectorArrays(id: string, arrays: VectorArrays, snapshot: VectorArraysSnapshot): void {
  for (const name of NAMES) requireLength(id, name, snapshot?.[name], arrays[name].length);
  for (const name of NAMES) arrays[name].set(snapshot[name]);
}

/** Throws unless a part of a snapshot is an array of that length. */
export function requireLength(id: string, name: string, part: ArrayLike<unknown> | undefined, length: number): void {
  if (part?.length !== length) {
    throw new RangeError(`${id}: the snapshot's ${name} must have ${length} elements, got ${part?.length ?? part}`);
  }
}
