import { type Env, findEnvironment, type MakeEnv, vectorise } from "@advantage/envs";
import type { EnvSource } from "../core/algorithm.js";
import { RunError } from "../core/errors.js";

/**
 * An environment with observations and actions of any type. (`Env<Float32Array, number>` is one of these but, to the compiler,
 * no `Env<unknown, unknown>`.)
 */
export interface AnyEnv extends Omit<Env, "fresh"> {
  fresh?(): AnyEnv;
}

/** An environment, a function that makes fresh ones, or the id of one in the catalogue. */
export type EnvLike = AnyEnv | (() => AnyEnv) | string;

/**
 * What an algorithm gets its environments from.
 *
 * @throws RunError if an environment object is given that cannot be copied: give a function that makes them instead
 */
export function envSource(env: EnvLike): EnvSource {
  const make = makerOf(env);
  const { id, observationSpace, actionSpace } = make();
  return { id, observationSpace, actionSpace, make, vector: (numEnvs) => vectorise(make, numEnvs) };
}

function makerOf(env: EnvLike): MakeEnv {
  if (typeof env === "function") return env as MakeEnv;
  if (typeof env === "string") return knownEnvironment(env);
  if (!env.fresh) {
    throw new RunError(`${env.id} cannot be copied: give a function that makes it, as in run(ppo, () => myEnv())`);
  }
  return env.fresh.bind(env) as MakeEnv;
}

function knownEnvironment(id: string): MakeEnv {
  try {
    return findEnvironment(id).make;
  } catch (error) {
    throw new RunError((error as Error).message); // unknown, with the nearest name
  }
}
