import {
  type Env,
  type EnvironmentEntry,
  type EnvironmentOptions,
  environmentProblems,
  environments,
  findEnvironment,
  type MakeEnv,
  sameSpace,
  type VectorEnv,
  vectorise,
} from "@advantage/envs";
import { RunError, UserError } from "../core/errors.js";
import type { EnvSource } from "../core/task.js";
import { asMemoryError } from "./memory-limit.js";

/**
 * An environment with observations and actions of any type. (`Env<Float32Array, number>` is one of these but, to the compiler,
 * no `Env<unknown, unknown>`.)
 */
export interface AnyEnv<Observation = unknown, Action = unknown> extends Omit<Env<Observation, Action>, "fresh"> {
  fresh?(): AnyEnv<Observation, Action>;
}

/** An environment, a function that makes fresh ones, or the id of one in the catalogue. */
export type EnvLike<Observation = unknown, Action = unknown> =
  | AnyEnv<Observation, Action>
  | (() => AnyEnv<Observation, Action>)
  | string;

/**
 * What an algorithm gets its environments from.
 *
 * @param options  what they are made with, where the environment is given by its id or by a function that takes options
 * @throws UserError if it is no environment, has no such options, or is an object that cannot be copied
 */
export function envSource(env: EnvLike, options?: EnvironmentOptions): EnvSource {
  const make = makerOf(env, options);
  const first = make();
  requireEnvironment(first);
  const { id, observationSpace, actionSpace } = first;
  const made = recordable(first.options) ?? recordable(options);
  return {
    id,
    observationSpace,
    actionSpace,
    ...(made !== undefined && { options: made }),
    make,
    vector: (numEnvs, first) => checkedVector(make, numEnvs, first),
  };
}

/** @throws RunError with what is wrong, in a sentence, unless there is something that can be stepped */
function requireEnvironment(env: Env): void {
  const [problem] = environmentProblems(env);
  if (problem !== undefined) throw new RunError(`this is no environment: ${problem}`);
}

/** Options that a run can be told by: there are some, and JSON keeps them. */
function recordable(options: EnvironmentOptions | undefined): EnvironmentOptions | undefined {
  if (typeof options !== "object" || options === null || Object.keys(options).length === 0) return undefined;
  try {
    return JSON.stringify(options) === undefined ? undefined : options;
  } catch {
    return undefined; // someone's own member of that name
  }
}

/**
 * The environments stepped together. `vectorise` checks every number of environments that it steps one by one; those that bring
 * their own vector are checked here.
 *
 * @param first  the number of the first of them, where they are a slice of more
 */
export function checkedVector(make: MakeEnv, numEnvs: number, first = 0): VectorEnv {
  const vector = vectorise(make, numEnvs, first);
  const { id, observationSpace, observationSize, observation, nextObservation, reward } = vector;
  if (make().vector === undefined || observationSpace.kind === "discrete") return vector;
  const requireNumbers = (values: Float32Array | Float64Array, what: string, size: number) => {
    let notNumbers = 0;
    for (let at = 0; at < values.length; at++) notNumbers += values[at] - values[at]; // 0, or NaN for NaN and ±∞
    if (notNumbers === 0) return;
    const at = values.findIndex((value) => !Number.isFinite(value));
    const element = size > 1 ? ` in element ${at % size}` : "";
    throw new RunError(
      `${id}: environment ${first + Math.floor(at / size)}: ${what} must be finite, got ${values[at]}${element}`,
    );
  };
  return {
    ...vector,
    reset(rng) {
      vector.reset(rng);
      requireNumbers(observation, "observation", observationSize);
    },
    step(actions) {
      vector.step(actions);
      requireNumbers(reward, "reward", 1);
      requireNumbers(nextObservation, "observation", observationSize);
    },
  };
}

/** Memory that is not there, as a sentence; and what an environment threw while it was stepped, as one that stands alone: these begin with its id. Others stay as they are. */
export function asRunError(thrown: unknown, envId: string): unknown {
  const error = asMemoryError(thrown);
  if (error instanceof UserError || !(error instanceof Error) || !error.message.startsWith(`${envId}: `)) return error;
  return new RunError(error.message, { cause: error });
}

/** Whether the catalogue has an environment of this id. */
export function isKnownId(id: string): boolean {
  return environments.some((entry) => entry.id === id);
}

/** The catalogue's entry of an environment: of its id and with its spaces. Someone's own may bear the same id. */
export function catalogueEntry(
  env: Pick<EnvSource, "id" | "observationSpace" | "actionSpace">,
): EnvironmentEntry | undefined {
  const entry = environments.find(({ id }) => id === env.id);
  if (!entry) return undefined;
  const { observationSpace, actionSpace } = entry.make();
  return sameSpace(observationSpace, env.observationSpace) && sameSpace(actionSpace, env.actionSpace)
    ? entry
    : undefined;
}

function makerOf(env: EnvLike, options: EnvironmentOptions | undefined): MakeEnv {
  if (typeof env === "string") return knownEnvironment(env, options);
  if (typeof env === "function") {
    if (isClass(env)) {
      throw new RunError(
        `${env.name || "a class"} is a class: give a function that makes the environment, () => new ${env.name || "MyEnv"}()`,
      );
    }
    const make = env as (options?: EnvironmentOptions) => Env;
    return options === undefined ? make : () => make(options);
  }
  requireEnvironment(env as Env);
  if (options !== undefined) {
    throw new RunError(
      `${env.id} is made already: options are for an environment that is given by its id or by a function`,
    );
  }
  if (!env.fresh) {
    throw new RunError(`${env.id} cannot be copied: give a function that makes it, as in run(ppo, () => myEnv())`);
  }
  return env.fresh.bind(env) as MakeEnv;
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function knownEnvironment(id: string, options: EnvironmentOptions | undefined): MakeEnv {
  try {
    const { make } = findEnvironment(id);
    return () => make(options);
  } catch (error) {
    throw new RunError((error as Error).message); // unknown, with the nearest name
  }
}
