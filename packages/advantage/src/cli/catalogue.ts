import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { didYouMean, type EnvironmentEntry } from "@advantage/envs";
import { type Algorithm, type EnvSource, meets, type Policy, spaceProblem, UserError } from "@advantage/rl";
import { openRun, type RunDirectory } from "../run-directory/run-directory.js";

/** What the command knows of. */
export interface Catalogue {
  readonly algorithms: readonly Algorithm[];
  readonly environments: readonly EnvironmentEntry[];
  readonly loadPolicy: (bytes: Uint8Array) => Policy;
}

/** Something that was typed wrong. */
export class UsageError extends UserError {}

/** The algorithm of a run. */
export function algorithmOf({ algorithms }: Catalogue, id: string): Algorithm {
  const algorithm = algorithms.find((each) => each.id === id);
  if (!algorithm) throw new UserError(`this version of advantage has no algorithm '${id}'`);
  return algorithm;
}

/** Whether an algorithm can train on an environment. */
export function fits(algorithm: Algorithm, env: EnvSource): boolean {
  const { requires = [] } = algorithm;
  return spaceProblem(algorithm, env) === undefined && requires.every((requirement) => meets(env, requirement));
}

/** A run by its directory, or by its name in `runs`. */
export function findRun(name: string): RunDirectory {
  const inRuns = path.join("runs", name);
  if (!existsSync(name) && existsSync(inRuns)) return openRun(inRuns);
  if (existsSync(name)) return openRun(name);
  const known = existsSync("runs") ? readdirSync("runs") : [];
  throw new UserError(`there is no run ${name}.${didYouMean(path.basename(name), known)}`);
}
