import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { didYouMean, type EnvironmentEntry } from "@advantage/envs";
import { type AnyAlgorithm, needProblem, type Policy, spaceProblem, type Task, UserError } from "@advantage/rl";
import { loadAlgorithm, type OwnAlgorithm } from "./environments/load-algorithm.js";
import { shellWord } from "./files/shell-word.js";
import { moduleAt, moduleHash } from "./run-directory/environment-record.js";
import { folderKind } from "./run-directory/folder-kind.js";
import { openRun, type RunDirectory } from "./run-directory/run-directory.js";
import { UsageError } from "./terminal/usage-error.js";

export { UsageError };

/** What the command knows of. */
export interface Catalogue {
  readonly algorithms: readonly AnyAlgorithm[];
  readonly environments: readonly EnvironmentEntry[];
  readonly loadPolicy: (bytes: Uint8Array) => Policy;
  /** The user's own algorithm among them, if there is one. */
  readonly own?: OwnAlgorithm;
}

/** The catalogue with an algorithm of the user's own, which takes the place of one with its id. */
export function withOwn(catalogue: Catalogue, own: OwnAlgorithm): Catalogue {
  const others = catalogue.algorithms.filter(({ id }) => id !== own.algorithm.id);
  return { ...catalogue, algorithms: [...others, own.algorithm], own };
}

/**
 * The algorithm of a run: that of the catalogue, or the one of the module that its record names.
 *
 * @param tell  is told which file is run, and whether it has been edited since the run was started
 */
export async function algorithmOf(
  { algorithms }: Catalogue,
  { path: directory, record }: Pick<RunDirectory, "path" | "record">,
  tell: (line: string) => void,
): Promise<AnyAlgorithm> {
  const { algorithm: id, algorithmModule, algorithmHash } = record;
  if (algorithmModule === undefined) {
    const algorithm = algorithms.find((each) => each.id === id);
    if (!algorithm) throw new UserError(`this version of advantage has no algorithm '${id}'`);
    return algorithm;
  }
  const module = moduleAt(directory, algorithmModule);
  tell(`The algorithm is the module ${module}, which is run.`);
  const { algorithm } = await loadAlgorithm(module);
  if (algorithm.id !== id) throw new UserError(`${directory} is of ${id}, ${module} exports ${algorithm.id}`);
  if (moduleHash(module) !== algorithmHash) tell(`${module} has been edited since the run was started.`);
  return algorithm;
}

/** Whether an algorithm can train on a task. */
export function fits(algorithm: AnyAlgorithm, task: Task): boolean {
  return spaceProblem(algorithm, task) === undefined && needProblem(algorithm, task, []) === undefined;
}

/**
 * A run by its directory, or by its name in `runs`.
 *
 * @throws UsageError if there is none of that name, naming the command for what is there instead
 */
export function findRun(name: string): RunDirectory {
  const inRuns = path.join("runs", name);
  const directory = !existsSync(name) && existsSync(inRuns) ? inRuns : name;
  if (!existsSync(directory)) {
    const known = existsSync("runs") ? readdirSync("runs") : [];
    throw new UsageError(`there is no run ${name}.${didYouMean(path.basename(name), known)}`);
  }
  const kind = folderKind(directory);
  if (kind === "comparison") throw new UsageError(comparisonSentence(directory));
  if (kind === "experiment")
    throw new UsageError(
      `${directory} holds an experiment, not a run: its page is ${path.join(directory, "report.html")}`,
    );
  if (kind === undefined)
    throw new UsageError(`${directory} holds no run: ${path.join(directory, "config.json")} is missing`);
  return openRun(directory);
}

/**
 * The policy that a run has come to, or the best of its looks.
 *
 * @throws UserError if there is none yet
 */
export function policyOf(
  run: RunDirectory,
  { loadPolicy }: Pick<Catalogue, "loadPolicy">,
  { best = false }: { readonly best?: boolean } = {},
): Policy {
  const bytes = best ? run.bestPolicy() : run.policy();
  if (bytes) return loadPolicy(bytes);
  if (best)
    throw new UserError(
      `${run.path} holds no best policy: only a run that is looked at has one, train … --eval-every STEPS`,
    );
  throw new UserError(`${run.path} holds no policy yet: it was stopped before its first checkpoint`);
}

function comparisonSentence(directory: string): string {
  const runs = readdirSync(directory)
    .map((name) => path.join(directory, name))
    .filter((each) => folderKind(each) === "run");
  const named =
    runs.length === 0 ? "" : `; eval, watch, plot and resume take one of its runs, such as ${shellWord(runs[0])}`;
  return `${directory} holds a comparison, not a run: advantage compare --resume ${shellWord(directory)} goes on with it and writes its report${named}`;
}

/** To be put at the end of a message about a name that there is not. */
export const SEE_LIST = " advantage list shows all of them.";
