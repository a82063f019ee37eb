import fs from "node:fs";
import path from "node:path";
import type { EnvironmentOptions } from "@advantage/envs";
import {
  type Algorithm,
  type BaseConfig,
  ConfigError,
  counted,
  type EnvironmentNeed,
  envPart,
  heldSchedules,
  type InitFrom,
  type Look,
  type Need,
  originOf,
  type PreparedRun,
  type Pulse,
  prepareRun,
  type RunResult,
  type Settings,
  type Sink,
  type StopAt,
  type Task,
  type TaskLike,
  train,
  UserError,
} from "@advantage/rl";
import { writeAtomically } from "../files/atomic-file.js";
import { endOfLines } from "../files/line-file.js";
import { lockRun } from "../files/lock.js";
import { makeFolder } from "../files/make-folder.js";
import { shellWord } from "../files/shell-word.js";
import { type ThreadOptions, threadsFor } from "../threads/threads-for.js";
import { removeLeftovers, writeCheckpointInBackground } from "./checkpoint-files.js";
import { environmentRecord, moduleAt, moduleHash, relativeModule } from "./environment-record.js";
import { episodesSink } from "./episode-file.js";
import { goBackTo, keepCheckpoint, keptCheckpoint } from "./kept-checkpoints.js";
import { looksSink } from "./look-files.js";
import { writeReport } from "./report.js";
import {
  createRunDirectory,
  neverTrained,
  openRun,
  RUN_SCHEMA_VERSION,
  type RunDirectory,
  runName,
  toJson,
  writeTeachers,
} from "./run-directory.js";
import { csvFileSink, jsonlFileSink, tensorboardFileSink } from "./sinks.js";
import { version } from "./version.js";

/** What a run directory gets beside metrics, policy and report, and who else is told. */
export interface DirectoryOptions extends ThreadOptions {
  readonly csv?: boolean;
  readonly tensorboard?: boolean;
  /** Further sinks, such as a progress bar. */
  readonly sinks?: readonly Sink[];
  readonly signal?: AbortSignal;
  /** Is called inside iterations, and may give one up: see `TrainOptions.pulse`. */
  readonly pulse?: Pulse;
  readonly checkpointEverySeconds?: number;
  /** How many of the last checkpoints are kept by their step, to go back to; a resumed run goes on as it was started unless it is given. */
  readonly keepCheckpoints?: number;
  readonly evaluationEpisodes?: number;
  readonly evaluationMaxSteps?: number;
  /** A return below which an evaluation episode counts as a failure. */
  readonly evaluationThreshold?: number;
  /** Steps from one look at the policy to the next while it trains; a resumed run goes on as it was started unless it is given. */
  readonly evaluationEvery?: number;
  /** When to end before the last step. */
  readonly stopAt?: StopAt;
  /** Called once it is known that the run can start, before anything big is allocated. */
  readonly onStart?: (run: PreparedRun, directory: RunDirectory) => void;
  /** Called after each checkpoint with its step. */
  readonly onSave?: (step: number) => void;
}

/** Settings of a run on disk, and where it is kept. */
export interface TrainToDirectoryOptions<Config = BaseConfig> extends DirectoryOptions {
  /** The algorithm's settings; what is missing comes from the preset, then from the defaults. */
  readonly settings?: Settings<Config>;
  readonly preset?: string;
  /** Where to; default `<runs>/<time>-<algorithm>-<environment>-s<seed>`. */
  readonly runDirectory?: string;
  /** Default `runs`. */
  readonly runs?: string;
  /** The module that the algorithm comes from, if it is the user's own. */
  readonly algorithmModule?: string;
  /** The module that the environment comes from, if it is the user's own. */
  readonly environmentModule?: string;
  /** What the environment is made with, where it is given by its id or by a function that takes options. */
  readonly environmentOptions?: EnvironmentOptions;
  /** Trained parameters to start from: a checkpoint's, or a policy's actor. */
  readonly initFrom?: InitFrom;
  /** The command that does it again, for the record. */
  readonly command?: string;
}

/** Result of a run on disk, with its directory. */
export interface DirectoryResult<Observation = unknown, Action = unknown> extends RunResult<Observation, Action> {
  readonly directory: RunDirectory;
  /** Whether a checkpoint is there to go on from. */
  readonly resumable: boolean;
}

/**
 * Trains into a new run directory: record, metrics, checkpoints, policy, report and summary, and the policies that it learns from.
 *
 * @throws UserError before anything is written if something does not fit
 */
export async function trainToDirectory<
  Config extends BaseConfig,
  State,
  Observation = unknown,
  Action = unknown,
  N extends Need = EnvironmentNeed,
>(
  algorithm: Algorithm<Config, State, N>,
  task: TaskLike<Observation, Action>,
  options: TrainToDirectoryOptions<Config> = {},
): Promise<DirectoryResult<Observation, Action>> {
  const {
    settings,
    preset,
    runDirectory,
    runs = "runs",
    algorithmModule,
    environmentModule,
    environmentOptions,
    initFrom,
    keepCheckpoints,
    command = "",
  } = options;
  requireCount(keepCheckpoints);
  if (runDirectory === "") throw new ConfigError(["runDirectory must name a directory, got ''"]);
  const { watch } = options;
  const threads = threadsFor(
    sharedBy(algorithm, algorithmModule, options.workers),
    envPart(task),
    environmentModule,
    options,
  );
  const prepared = prepareRun(algorithm, task, settings, { preset, initFrom, threads, environmentOptions, watch });
  const { config, id, env, teachers = [] } = prepared.context;
  const { directory, release } = createRunDirectory(
    (at) => ({
      schemaVersion: RUN_SCHEMA_VERSION,
      algorithm: algorithm.id,
      ...(algorithmModule === undefined
        ? {}
        : { algorithmModule: relativeModule(at, algorithmModule), algorithmHash: moduleHash(algorithmModule) }),
      ...environmentRecord(at, { id, options: env?.options }, environmentModule),
      preset: prepared.preset,
      config,
      ...(initFrom === undefined ? {} : { initFrom: originOf(initFrom) }),
      ...(options.evaluationEvery === undefined ? {} : { evaluationEvery: options.evaluationEvery }),
      ...(keepCheckpoints === undefined ? {} : { keepCheckpoints }),
      versions: { advantage: version, node: process.versions.node },
      command,
      started: new Date().toISOString(),
    }),
    { directory: runDirectory, runs, name: runName(algorithm.id, id, config.seed) },
  );
  try {
    writeTeachers(
      directory.files,
      teachers.map((teacher) => teacher.save()),
    );
    return (await trainIn(directory, prepared as unknown as PreparedRun<Config, State>, options)) as DirectoryResult<
      Observation,
      Action
    >;
  } finally {
    release();
  }
}

/**
 * What the choice of threads is to know of an algorithm: they have those of the catalogue, so that the actors of one's own work in this thread.
 *
 * @throws ConfigError if they are to work in others
 */
function sharedBy(
  { id, actor }: { readonly id: string; readonly actor?: unknown },
  module: string | undefined,
  workers: number | undefined,
): { readonly actor?: unknown } {
  if (module === undefined || actor === undefined) return { actor };
  if (workers === undefined || workers === 1) return {};
  throw new ConfigError([
    `workers must be 1 for the actors of ${id}, got ${workers}: it is an algorithm of one's own, which threads do not have`,
  ]);
}

/** What changes where a run goes on: its length, and its schedules with it. */
export interface ResumeOptions extends DirectoryOptions {
  /** Go back to the checkpoint that is kept of this step; what came after it is dropped. */
  readonly checkpoint?: number;
  /** Train for so many steps in all, instead of what the run was started with. */
  readonly totalSteps?: number;
  /**
   * What becomes of settings that move over the run where it is given more steps: they stretch to the new end (default), so that they jump
   * back, or keep their old end and what they had reached there.
   */
  readonly schedules?: "stretch" | "hold";
  /** The path of the environment's module, if it is another than the record names. */
  readonly environmentModule?: string;
}

/**
 * Goes on with a run from its last checkpoint, as if it had never stopped. One that was killed or stopped after its last step, before its
 * evaluation and its report were whole, gets them.
 *
 * @throws UserError if there is nothing to go on from, or it does not fit the algorithm and the environment
 */
export async function resumeRun<
  Config extends BaseConfig,
  State,
  Observation = unknown,
  Action = unknown,
  N extends Need = EnvironmentNeed,
>(
  directory: RunDirectory,
  algorithm: Algorithm<Config, State, N>,
  task: TaskLike<Observation, Action>,
  options: ResumeOptions = {},
): Promise<DirectoryResult<Observation, Action>> {
  const release = lockRun(directory.path);
  try {
    const at = openRun(directory.path); // as it is now that no one else writes to it
    requireCount(options.keepCheckpoints);
    const back = options.checkpoint;
    const resume = back === undefined ? at.checkpoint() : keptCheckpoint(at.files.keptCheckpoints, back);
    if (!resume) throw new UserError(noCheckpoint(at));
    removeLeftovers(at.files.checkpoint);
    const { header } = resume;
    // What the checkpoint says comes first: the record may have been left behind by a process that was killed between the two.
    const { totalSteps = header.config.totalSteps } = options;
    const { environmentModule, environmentOptions } = at.record;
    const named = environmentModule && moduleAt(at.path, environmentModule);
    const module = options.environmentModule ?? named;
    const { watch } = options;
    const threads = threadsFor(sharedBy(algorithm, at.record.algorithmModule, options.workers), envPart(task), module, {
      ...options,
      environmentOptions,
    });
    const held = heldSchedules(header.config, header.config.totalSteps, totalSteps);
    const moving = totalSteps > header.config.totalSteps ? Object.keys(held) : [];
    const settings = moving.length > 0 && options.schedules === "hold" ? { totalSteps, ...held } : { totalSteps };
    const prepared = prepareRun(algorithm, task, settings, { resume, threads, environmentOptions, watch });
    if (moving.length > 0 && options.schedules === undefined) {
      options.warn?.(
        `settings that move over the run (${moving.join(", ")}) stretch to its new end, with a jump: --schedules hold keeps what they have reached, --schedules stretch does this without a word`,
      );
    }
    const summary = at.summary();
    const whole = summary !== undefined && fs.existsSync(at.files.report);
    const toEvaluate = totalSteps === header.config.totalSteps && !whole;
    if (header.step >= totalSteps && !toEvaluate) {
      const done = counted(header.step, algorithm.unit);
      throw new UserError(
        totalSteps === header.config.totalSteps
          ? `${at.path} has done all its ${done}; give it more with --total-steps to go on`
          : `${at.path} has done ${done} already: totalSteps must be more to go on, got ${totalSteps}`,
      );
    }
    endOfLines(at.files.metrics, header.events);
    const { files } = at;
    const looking = withHabits(withConfig(at, prepared.context.config), options);
    const continued = withModule(looking, prepared.context, options.environmentModule);
    if (back !== undefined) {
      goBackTo(files, back); // the last one counts on lines that are cut off now
    }
    const result = await trainIn(continued, prepared as unknown as PreparedRun<Config, State>, {
      ...options,
      // What lacks nothing but its report is evaluated as it was.
      evaluationEpisodes:
        options.evaluationEpisodes ?? (summary && toEvaluate ? (summary.evaluation?.episodes ?? 0) : undefined),
      csv: options.csv || fs.existsSync(files.csv),
      tensorboard: options.tensorboard || fs.existsSync(files.tensorboard),
    });
    return result as DirectoryResult<Observation, Action>;
  } finally {
    release();
  }
}

function noCheckpoint({ path: directory, record: { command } }: RunDirectory): string {
  const again = command && neverTrained(directory) ? `${command} --run-dir ${shellWord(directory)}` : command;
  return `${directory} has no checkpoint to resume from: start the run again${again ? ` with \`${again}\`` : ""}`;
}

/** A resumed run may have been given more steps: what its record has to say then. */
function withConfig(directory: RunDirectory, config: BaseConfig): RunDirectory {
  const { record } = directory;
  const { totalSteps } = record.config;
  if (config.totalSteps === totalSteps) return directory;
  return { ...directory, record: { ...record, config, extended: [...(record.extended ?? []), totalSteps] } };
}

/** A resumed run may be looked at more or less often than it was, and keep more or fewer checkpoints. */
function withHabits(directory: RunDirectory, { evaluationEvery, keepCheckpoints }: DirectoryOptions): RunDirectory {
  const given = Object.entries({ evaluationEvery, keepCheckpoints }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return directory;
  return { ...directory, record: { ...directory.record, ...Object.fromEntries(given) } };
}

/** @throws ConfigError unless so many checkpoints can be kept */
function requireCount(keepCheckpoints: number | undefined): void {
  if (keepCheckpoints === undefined || (Number.isSafeInteger(keepCheckpoints) && keepCheckpoints >= 1)) return;
  throw new ConfigError([`keepCheckpoints must be a whole number of at least 1, got ${keepCheckpoints}`]);
}

/** The looks of before a checkpoint: those after it come again. */
function looksUntil(directory: RunDirectory, step: number): readonly Look[] {
  return directory.looks().filter((look) => look.step <= step);
}

/** The environment's module may have moved: where it is now. What it was when the run was started stays on record. */
function withModule(directory: RunDirectory, { id, env }: Task, module: string | undefined): RunDirectory {
  if (module === undefined) return directory;
  const { record } = directory;
  const { environmentModule } = environmentRecord(directory.path, { id, options: env?.options }, module);
  return { ...directory, record: { ...record, environmentModule } };
}

async function trainIn<Config extends BaseConfig, State>(
  directory: RunDirectory,
  prepared: PreparedRun<Config, State>,
  { csv, tensorboard, sinks = [], onStart, onSave, ...options }: DirectoryOptions,
): Promise<DirectoryResult> {
  const { files } = directory;
  onStart?.(prepared as unknown as PreparedRun, directory);
  const { signal, pulse, checkpointEverySeconds, evaluationEpisodes, evaluationMaxSteps, evaluationThreshold, stopAt } =
    options;
  const { evaluationEvery, keepCheckpoints } = directory.record;
  const earlierLooks = prepared.resume ? looksUntil(directory, prepared.resume.header.step) : [];
  const requirePlace = placeOf(directory);
  const writeRecord = recordWriter(directory);
  const training = train(prepared, {
    sinks: [
      jsonlFileSink(files.metrics),
      episodesSink(files.episodes),
      ...(evaluationEvery === undefined ? [] : [looksSink(files, earlierLooks)]),
      ...(csv ? [csvFileSink(files.csv, directory.events)] : []),
      ...(tensorboard ? [tensorboardFileSink(files.tensorboard)] : []),
      ...(prepared.resume ? [summaryRemover(files.summary)] : []),
      ...sinks,
    ],
    store: {
      async save(checkpoint, policy) {
        requirePlace();
        const acting = policy().save(); // as it is before training goes on
        await writeCheckpointInBackground(files.checkpoint, checkpoint);
        requirePlace();
        if (keepCheckpoints !== undefined) keepCheckpoint(files, checkpoint.header.step, keepCheckpoints);
        writeRecord();
        writePolicy(directory, acting);
        onSave?.(checkpoint.header.step);
      },
    },
    signal,
    pulse,
    checkpointEverySeconds,
    evaluationEpisodes,
    evaluationMaxSteps,
    evaluationThreshold,
    evaluationEvery,
    earlierLooks,
    stopAt,
    runDirectory: directory.path,
  });
  const result = await training.catch((error) => {
    reportFailure(directory, prepared, error);
    throw error;
  });
  const { summary, figures, policy, stopped, givenUp, evaluationStopped } = result;
  requirePlace();
  writeRecord();
  if (!givenUp) writePolicy(directory, policy.save());
  if (figures.length > 0) writeAtomically(files.figures, `${JSON.stringify(figures)}\n`);
  writeReport(directory, prepared, summary, { stopped });
  // Last: what has a summary is whole.
  if (!stopped && !evaluationStopped) writeAtomically(files.summary, toJson(summary));
  return { ...result, directory, resumable: prepared.resumable };
}

/**
 * Watches a run's directory.
 *
 * @returns what throws a UserError once it has been removed or renamed: everything would be made anew there, without what makes it a run
 */
function placeOf({ path: directory, files }: RunDirectory): () => void {
  const folder = () => fs.statSync(directory, { throwIfNoEntry: false });
  const start = folder();
  return () => {
    const now = folder();
    if (now !== undefined && now.ino === start?.ino && now.dev === start.dev && fs.existsSync(files.config)) return;
    throw new UserError(
      `${directory} was removed or renamed while it was trained into, so that nothing can be saved there: what was saved before can be gone on with where it is now, with \`advantage resume\``,
    );
  };
}

/** Writes the record of an extended run, or of one whose environment has moved, once, with its first new checkpoint: until then it is still the run that it was. */
function recordWriter({ record, files, path: directory }: RunDirectory): () => void {
  let written = toJson(openRun(directory).record) === toJson(record);
  return () => {
    if (!written) writeAtomically(files.config, toJson(record));
    written = true;
  };
}

/** The summary of a run that goes on is no longer true. */
function summaryRemover(file: string): Sink {
  return {
    start: () => fs.rmSync(file, { force: true }),
    event() {},
  };
}

/** A report of what there is of a run that failed, with the reason. That it cannot be written is not the error to tell of. */
function reportFailure<Config extends BaseConfig, State>(
  directory: RunDirectory,
  prepared: PreparedRun<Config, State>,
  error: unknown,
): void {
  try {
    const last = directory.thinnedMetrics().at(-1);
    if (last === undefined) return;
    const { record } = directory;
    const summary = {
      algorithm: record.algorithm,
      environment: record.environment,
      seed: record.config.seed,
      steps: last.step,
      seconds: last.seconds,
      stepsPerSecond: last.stepsPerSecond,
      runDirectory: directory.path,
    };
    writeReport(directory, prepared, summary, { failed: error instanceof Error ? error.message : String(error) });
  } catch {}
}

function writePolicy({ files }: RunDirectory, bytes: Uint8Array): void {
  makeFolder(path.dirname(files.policy));
  writeAtomically(files.policy, bytes);
}
