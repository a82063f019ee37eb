import { Random } from "@advantage/engine";
import { describeSpace, didYouMean, type EnvironmentOptions, type Space, snapshotProblem } from "@advantage/envs";
import type { Algorithm, BaseConfig, Context, Preset, RunContext } from "../core/algorithm.js";
import { ConfigError, RunError } from "../core/errors.js";
import type { EnvSource, Need, Task } from "../core/task.js";
import type { Threads } from "../core/threads.js";
import { type Checkpoint, requireCheckpointOf } from "./checkpoint.js";
import { catalogueEntry, isKnownId } from "./env-source.js";
import { requireMemory } from "./memory-limit.js";
import { needProblem } from "./needs.js";
import { runBuffers } from "./run-buffers.js";
import { type InitFrom, startFrom } from "./start-from.js";
import { envPart, type TaskLike, taskOf } from "./task-of.js";
import { watchedSource } from "./threads/serve-slice.js";
import { type WatchedPlace, watchedPlace } from "./threads/slice-memory.js";
import { threadedVector } from "./threads/threaded-vector.js";

/** How a run is prepared: by which preset its settings are filled in. */
export interface PrepareOptions {
  /**
   * `auto` (default): the preset of the environment, if the algorithm has one (not where it only bears the name of another one in
   * the catalogue); `none`: only the defaults; or a preset's name.
   */
  readonly preset?: "auto" | "none" | (string & {});
  /** Go on from here, with its config; settings that are given change it. */
  readonly resume?: Checkpoint;
  /**
   * Start from trained parameters instead of fresh ones: those of a checkpoint that the algorithm has as well, or a policy's actor. Of another
   * environment of the same spaces, or of another algorithm with the same networks.
   */
  readonly initFrom?: InitFrom;
  /** Threads to share the work among, made for this environment; they are closed at the end of the run. */
  readonly threads?: Threads;
  /** What the environment is made with, where it is given by its id or by a function: `{ isSlippery: false }`. */
  readonly environmentOptions?: EnvironmentOptions;
  /** Is shown where this thread steps the environments, for another one to look at while a step does not return. */
  readonly watch?: (place: WatchedPlace) => void;
}

/**
 * A run that is known to be able to start: everything that can be checked before training has been. `PreparedRun<Config, State>` is one of any needs,
 * which may have no environment.
 */
export interface PreparedRun<Config extends BaseConfig = BaseConfig, State = unknown, N extends Need = never> {
  readonly algorithm: Algorithm<Config, State, [N] extends [never] ? Need : N>;
  /** The task, and how to work on it; what the algorithm needs of it is there. */
  readonly context: Context<Config, N>;
  /** The preset whose settings are under the ones given, by name. */
  readonly preset?: { readonly name: string; readonly source: string };
  readonly resume?: Checkpoint;
  /** What its parameters start from, instead of fresh ones. */
  readonly initFrom?: InitFrom;
  /** Steps that the run is going to have done at its end, as far as that is known: `totalSteps`, rounded up to whole iterations. */
  readonly plannedSteps: number;
  /** Whether the run can be saved: with its environment, if there is one. */
  readonly resumable: boolean;
  /** Why a checkpoint cannot keep what the environment's `snapshot()` gives, if it cannot. */
  readonly snapshotProblem?: string;
  /** Bytes of the big buffers, by name. */
  readonly buffers: Readonly<Record<string, number>>;
}

/**
 * Checks everything that can be checked before training: what the algorithm needs, the environment and its first observation, the spaces, the settings.
 *
 * @param given an environment (itself, a function that makes one, or an id), or the parts of a task
 * @throws UserError with what is wrong, in a sentence
 */
export function prepareRun<Config extends BaseConfig, State, N extends Need>(
  algorithm: Algorithm<Config, State, N>,
  given: TaskLike,
  settings: Readonly<Record<string, unknown>> = {},
  { preset = "auto", resume, initFrom, threads, environmentOptions, watch }: PrepareOptions = {},
): PreparedRun<Config, State, N> {
  const task = taskOf(given, environmentOptions);
  const problem = spaceProblem(algorithm, task) ?? needProblem(algorithm, task);
  if (problem) throw new RunError(problem);
  const probed = task.env === undefined ? { resumable: true } : probe(task.env);

  const chosen = resume ? undefined : choosePreset(algorithm, task, preset);
  if (resume) requireCheckpointOf(resume.header, algorithm.id, task);
  const typed = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const config = algorithm.config.parse({ ...(resume?.header.config ?? chosen?.preset.config), ...typed });
  // The library's own environments return: nothing is written down of their steps.
  const watched =
    watch !== undefined && threads === undefined && typeof envPart(given) !== "string" && task.env !== undefined;
  const stepped = watched ? { ...task, env: watchedHere(task.env as EnvSource, config, watch) } : task;
  // What it needs is there: the table of needs has said so.
  const context = withThreads(
    algorithm,
    { ...stepped, config, random: Random.fromSeed(config.seed) },
    threads,
  ) as Context<Config, N>;
  requireMemory(runBuffers(context)); // what `validate` looks at may be large, too
  algorithm.validate?.(context);
  const buffers = algorithm.buffers?.(context) ?? {};
  requireMemory({ ...runBuffers(context), ...buffers });
  if (initFrom !== undefined) {
    if (resume) throw new ConfigError(["initFrom is for a new run, one that is resumed has its parameters already"]);
    const alone = { ...task, config, random: Random.fromSeed(config.seed) } as Context<Config, N>;
    startFrom(algorithm.init(alone), algorithm, config, initFrom); // what does not fit is told before anything is written
  }

  return {
    algorithm: algorithm as PreparedRun<Config, State, N>["algorithm"],
    context,
    preset: chosen && { name: chosen.name, source: chosen.preset.source },
    resume,
    initFrom,
    plannedSteps: plannedSteps(algorithm, context, resume?.header.step ?? 0),
    ...probed,
    buffers,
  };
}

/** Whole iterations from a step on until `totalSteps` are done. */
function plannedSteps<Config extends BaseConfig, State, N extends Need>(
  algorithm: Algorithm<Config, State, N>,
  context: Context<Config, N>,
  from: number,
): number {
  const { totalSteps } = context.config;
  const atOnce = algorithm.stepsAtOnce?.(context) ?? 1;
  return Math.max(totalSteps, from + Math.ceil(Math.max(0, totalSteps - from) / atOnce) * atOnce);
}

function watchedHere(env: EnvSource, config: BaseConfig, watch: (place: WatchedPlace) => void): EnvSource {
  const { numEnvs = 1 } = config as { readonly numEnvs?: number };
  const place = watchedPlace(env.id, 0, numEnvs);
  watch(place);
  return watchedSource(env, place);
}

/**
 * Has threads share the environments that are stepped together; asynchronous algorithms do as they like with them.
 *
 * @throws ConfigError if there is nothing to share
 */
function withThreads<Config extends BaseConfig>(
  { id, actor }: { readonly id: string; readonly actor?: unknown },
  context: RunContext<Config>,
  threads: Threads | undefined,
): RunContext<Config> {
  if (threads === undefined) return context;
  const { config, env } = context;
  if (actor !== undefined) return { ...context, threads };
  const { numEnvs } = config as { readonly numEnvs?: number };
  if (env === undefined) throw new ConfigError([`${id} has no environments to share among ${threads.count} workers`]);
  if (numEnvs === undefined)
    throw new ConfigError([`${id} steps one environment: it has nothing to share among ${threads.count} workers`]);
  if (numEnvs < threads.count) {
    throw new ConfigError([
      `numEnvs must be at least the number of workers that share the environments, ${threads.count}, got ${numEnvs}`,
    ]);
  }
  return { ...context, threads, env: { ...env, vector: (count) => threadedVector(env, count, threads) } };
}

/** Why the algorithm cannot use these spaces; `undefined` if it can. */
export function spaceProblem(
  algorithm: Pick<Algorithm, "id" | "observationKinds" | "actionKinds">,
  env: { readonly id: string; readonly observationSpace: Space; readonly actionSpace: Space },
): string | undefined {
  const { id, observationKinds, actionKinds } = algorithm;
  if (!actionKinds.includes(env.actionSpace.kind)) {
    return `${id} cannot use the actions of ${env.id}, ${describeSpace(env.actionSpace)}: it takes ${list(actionKinds)}`;
  }
  if (!observationKinds.includes(env.observationSpace.kind)) {
    return `${id} cannot use the observations of ${env.id}, ${describeSpace(env.observationSpace)}: it takes ${list(observationKinds)}`;
  }
  return undefined;
}

/** Looks at the first observation, and at whether the environment can be saved and put back. */
function probe(env: EnvSource): Pick<PreparedRun, "resumable" | "snapshotProblem"> {
  const first = env.make();
  const observation = first.reset(Random.fromSeed(0));
  if (!env.observationSpace.contains(observation)) {
    throw new RunError(
      `${env.id}: the observation that reset() returned is not an element of ${describeSpace(env.observationSpace)}`,
    );
  }
  if (first.snapshot === undefined || first.restore === undefined) return { resumable: false };
  return { resumable: true, snapshotProblem: snapshotProblem(first.snapshot()) };
}

function choosePreset(
  algorithm: Pick<Algorithm, "id" | "presets">,
  task: Task,
  wanted: string,
): { name: string; preset: Preset } | undefined {
  if (wanted === "none") return undefined;
  if (wanted === "auto" && isKnownId(task.id) && !catalogueEntry(task)) return undefined;
  const name = wanted === "auto" ? task.id : wanted;
  if (Object.hasOwn(algorithm.presets, name)) return { name, preset: algorithm.presets[name] };
  if (wanted === "auto") return undefined;
  throw new ConfigError([
    `${algorithm.id} has no preset '${name}'.${didYouMean(name, Object.keys(algorithm.presets)) || ` There are: ${["auto", "none", ...Object.keys(algorithm.presets)].join(", ")}.`}`,
  ]);
}

function list(kinds: readonly string[]): string {
  return kinds.length > 1 ? `${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}` : `${kinds[0]}`;
}
