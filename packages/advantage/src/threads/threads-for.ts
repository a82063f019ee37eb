import { availableParallelism } from "node:os";
import type { EnvironmentOptions } from "@advantage/envs";
import { ConfigError, type EnvLike, type Threads, type WatchedPlace } from "@advantage/rl";
import { nodeThreads } from "./node-threads.js";

export interface ThreadOptions {
  /** Threads that share the environments, or the actors of an asynchronous algorithm. The environment must be one of the catalogue, or a module's. */
  readonly workers?: number;
  /** Is told what is allowed but hardly meant, in a sentence. */
  readonly warn?: (sentence: string) => void;
  /** Is shown where environments are stepped, for another thread to look at while a step does not return. */
  readonly watch?: (place: WatchedPlace) => void;
}

/**
 * The threads that a run was asked for; those of an asynchronous algorithm are as many as there are cores, unless it was. None for one worker.
 *
 * @param module the path of the environment's module, if it is the user's own
 * @throws ConfigError if threads are asked for but could not load the environment
 */
export function threadsFor(
  { actor }: { readonly actor?: unknown },
  env: EnvLike | undefined,
  module: string | undefined,
  {
    workers,
    watch,
    warn,
    environmentOptions,
  }: ThreadOptions & { readonly environmentOptions?: EnvironmentOptions } = {},
): Threads | undefined {
  const environment = module ?? (typeof env === "string" ? env : undefined);
  const count = workers ?? (actor !== undefined && environment !== undefined ? availableParallelism() : 1);
  if (count === 1) return undefined;
  const cores = availableParallelism();
  if (count > cores)
    warn?.(
      `${count} workers share ${cores} ${cores === 1 ? "core" : "cores"}: more than that make a run slower, not faster`,
    );
  if (environment === undefined)
    throw new ConfigError([
      `workers must be 1 for an environment that is given as a function, got ${count}: threads load theirs by its id or from its module`,
    ]);
  return nodeThreads(count, environment, environmentOptions, watch);
}
