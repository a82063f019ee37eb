import { Random, type RandomState } from "@advantage/engine";
import { actionOf, actionSize, requireActions } from "./action.js";
import type { Env, MakeEnv, Step, VectorEnv } from "./env.js";
import { display, flattenInto } from "./flatten.js";
import { ownVector } from "./own-vector.js";
import { isPromise, notAsync } from "./promise.js";
import {
  allocateVectorArrays,
  copyVectorArrays,
  fillVectorArrays,
  requireLength,
  type VectorArraysSnapshot,
} from "./vector-arrays.js";

/**
 * `numEnvs` environments as one. Uses the environment's own `vector` where there is one, else steps the environments one by one;
 * the numbers are the same. The environment of number i draws from `rng.fork(String(i))`, over all its episodes.
 *
 * @param env  a function that makes a new environment, or an environment (which, for more than one, must have `vector` or `fresh`)
 * @param first  the number of the first of them, where they are a slice of more
 */
export function vectorise(env: Env | MakeEnv, numEnvs: number, first = 0): VectorEnv {
  if (!Number.isSafeInteger(numEnvs) || numEnvs < 1) {
    throw new RangeError(`numEnvs must be an integer >= 1, got ${numEnvs}`);
  }
  const one = typeof env === "function" ? env() : env;
  if (one.vector !== undefined) return ownVector(one, numEnvs, first);
  const make = typeof env === "function" ? env : one.fresh?.bind(one);
  if (numEnvs > 1 && make === undefined) {
    throw new TypeError(
      `${one.id}: one object cannot be ${numEnvs} environments. Pass a function that makes the environment: vectorise(() => …, ${numEnvs})`,
    );
  }
  const envs = [one];
  while (envs.length < numEnvs) envs.push((make as MakeEnv)());
  if (new Set(envs).size < numEnvs) {
    throw new TypeError(`${one.id}: the function must make a new environment each time, got the same object twice`);
  }
  return vectorOf(envs, first);
}

interface VectorSnapshot {
  readonly arrays: VectorArraysSnapshot;
  readonly envs: readonly unknown[];
  readonly streams: readonly RandomState[];
  readonly steps: number;
}

function vectorOf(envs: readonly Env[], first: number): VectorEnv {
  const numEnvs = envs.length;
  const { id, observationSpace, actionSpace } = envs[0];
  actionSize(actionSpace); // refuses actions that cannot be put into one array
  const arrays = allocateVectorArrays(observationSpace, numEnvs);
  const { observationSize, observation, nextObservation, reward, terminated, truncated } = arrays;
  const restorable = envs.every((env) => env.snapshot !== undefined && env.restore !== undefined);
  let streams: Random[] = [];
  let steps = 0; // since reset

  const requireStarted = (what: string) => {
    if (streams.length === 0) throw new Error(`${id}: call reset(rng) before ${what}`);
  };
  const requireRestorable = () => {
    if (!restorable) throw new Error(`${id}: cannot be saved: the environment has no snapshot() and restore()`);
  };
  const where = (i: number) => `environment ${first + i}, step ${steps}`;

  /** Calls into environment i; what it throws is rethrown with its place. */
  function calling<T>(i: number, method: string, call: () => T): T {
    try {
      const result = call();
      if (isPromise(result)) {
        result.then(undefined, () => {}); // what it comes to is not heard
        throw new TypeError(notAsync(method));
      }
      return result;
    } catch (error) {
      throw new Error(`${id}: ${where(i)}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }

  function write(value: unknown, out: Float32Array, i: number): void {
    const at = i * observationSize;
    calling(i, "step", () => flattenInto(observationSpace, value, out, at));
    for (let j = 0; j < observationSize; j++) {
      if (!(Math.abs(out[at + j]) < Infinity)) {
        throw new RangeError(`${id}: ${where(i)}: observation must be finite, got ${out[at + j]} in element ${j}`);
      }
    }
  }

  function stepOne(i: number, action: unknown): void {
    const result = calling(i, "step", () => envs[i].step(action)) as Step<unknown>;
    if (typeof result?.reward !== "number" || !Number.isFinite(result.reward)) {
      throw new RangeError(`${id}: ${where(i)}: reward must be a finite number, got ${display(result?.reward)}`);
    }
    for (const flag of ["terminated", "truncated"] as const) {
      if (typeof result[flag] !== "boolean") {
        throw new TypeError(`${id}: ${where(i)}: ${flag} must be true or false, got ${display(result[flag])}`);
      }
    }
    reward[i] = result.reward;
    terminated[i] = result.terminated ? 1 : 0;
    truncated[i] = result.truncated ? 1 : 0;
    write(result.observation, nextObservation, i);
    if (result.terminated || result.truncated) {
      write(
        calling(i, "reset", () => envs[i].reset(streams[i])),
        observation,
        i,
      );
    } else {
      const at = i * observationSize;
      observation.set(nextObservation.subarray(at, at + observationSize), at);
    }
  }

  const vector: VectorEnv = {
    id,
    numEnvs,
    observationSpace,
    actionSpace,
    restorable,
    ...arrays,
    reset(rng) {
      steps = 0;
      streams = Array.from({ length: numEnvs }, (_, i) => rng.fork(String(first + i)));
      for (let i = 0; i < numEnvs; i++) {
        write(
          calling(i, "reset", () => envs[i].reset(streams[i])),
          observation,
          i,
        );
      }
      nextObservation.set(observation);
      reward.fill(0);
      terminated.fill(0);
      truncated.fill(0);
    },
    step(actions) {
      requireStarted("step(actions)");
      requireActions(id, actionSpace, numEnvs, actions);
      steps += 1;
      for (let i = 0; i < numEnvs; i++) stepOne(i, actionOf(actionSpace, actions, i));
    },
    snapshot(): VectorSnapshot {
      requireStarted("snapshot()");
      requireRestorable();
      return {
        arrays: copyVectorArrays(arrays),
        envs: envs.map((env) => env.snapshot?.()),
        streams: streams.map((stream) => stream.snapshot()),
        steps,
      };
    },
    restore(snapshot) {
      requireRestorable();
      const saved = snapshot as VectorSnapshot;
      requireLength(id, "envs", saved?.envs, numEnvs);
      requireLength(id, "streams", saved.streams, numEnvs);
      fillVectorArrays(id, arrays, saved.arrays);
      streams = saved.streams.map((stream) => Random.fromSnapshot(stream));
      steps = saved.steps;
      for (let i = 0; i < numEnvs; i++) calling(i, "restore", () => envs[i].restore?.(saved.envs[i], streams[i]));
    },
  };
  if (envs[0].render === undefined) return vector;
  return {
    ...vector,
    render(index) {
      const scene = envs[index].render?.();
      if (scene === undefined) throw new Error(`${id}: environment ${index} cannot be drawn: it has no render()`);
      return scene;
    },
  };
}
