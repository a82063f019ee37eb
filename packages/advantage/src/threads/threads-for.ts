import { availableParallelism } from "node:os";
import { ConfigError, type EnvLike, type Threads } from "@advantage/rl";
import type { TrainToDirectoryOptions } from "../run-directory/train-to-directory.js";
import { nodeThreads } from "./node-threads.js";

/**
 * The threads that a run was asked for; those of an asynchronous algorithm are as many as there are cores, unless it was. None for one worker.
 *
 * @param module the path of the environment's module, if it is the user's own
 * @throws ConfigError if threads are asked for but could not load the environment
 */
export function threadsFor(
  { actor }: { readonly actor?: unknown },
  env: EnvLike,
  module: string | undefined,
  {
    workers,
    watch,
    warn,
    environmentOptions,
  }: Pick<TrainToDirectoryOptions, "workers" | "watch" | "warn" | "environmentOptions"> = {},
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
