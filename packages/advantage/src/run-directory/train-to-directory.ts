import fs from "node:fs";
import path from "node:path";
import {
  type Algorithm,
  type BaseConfig,
  type CheckpointStore,
  type EnvLike,
  type PreparedRun,
  prepareRun,
  type RunResult,
  type Sink,
  train,
  UserError,
} from "@advantage/rl";
import { writeAtomically } from "./atomic-file.js";
import { writeCheckpoint } from "./checkpoint-files.js";
import { asUserError } from "./file-errors.js";
import { lockRun } from "./lock.js";
import { writeReport } from "./report.js";
import {
  createRunDirectory,
  openRun,
  RUN_SCHEMA_VERSION,
  type RunDirectory,
  runName,
  toJson,
} from "./run-directory.js";
import { csvFileSink, jsonlFileSink, tensorboardFileSink } from "./sinks.js";
import { version } from "./version.js";

export interface DirectoryOptions {
  readonly csv?: boolean;
  readonly tensorboard?: boolean;
  /** Further sinks, such as a progress bar. */
  readonly sinks?: readonly Sink[];
  readonly signal?: AbortSignal;
  readonly checkpointEverySeconds?: number;
  readonly evaluationEpisodes?: number;
  readonly evaluationMaxSteps?: number;
  /** Called once it is known that the run can start, before anything big is allocated. */
  readonly onStart?: (run: PreparedRun, directory: RunDirectory) => void;
}

export interface TrainToDirectoryOptions extends DirectoryOptions {
  /** The algorithm's settings; what is missing comes from the preset, then from the defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly preset?: string;
  /** Where to; default `<runs>/<time>-<algorithm>-<environment>-s<seed>`. */
  readonly runDirectory?: string;
  /** Default `runs`. */
  readonly runs?: string;
  /** The module that the environment comes from, if it is the user's own. */
  readonly environmentModule?: string;
  /** The command that does it again, for the record. */
  readonly command?: string;
}

export interface DirectoryResult extends RunResult {
  readonly directory: RunDirectory;
  /** Whether a checkpoint is there to go on from. */
  readonly resumable: boolean;
}

/**
 * Trains into a new run directory: record, metrics, checkpoints, policy, report and summary.
 *
 * @throws UserError before anything is written if something does not fit
 */
export async function trainToDirectory<Config extends BaseConfig, State>(
  algorithm: Algorithm<Config, State>,
  env: EnvLike,
  options: TrainToDirectoryOptions = {},
): Promise<DirectoryResult> {
  const { settings, preset, runDirectory, runs = "runs", environmentModule, command = "" } = options;
  const prepared = prepareRun(algorithm, env, settings, { preset });
  const { config, env: source } = prepared.context;
  const directory = createRunDirectory(
    (at) => ({
      schemaVersion: RUN_SCHEMA_VERSION,
      algorithm: algorithm.id,
      environment: source.id,
      environmentModule: environmentModule && path.relative(at, environmentModule),
      preset: prepared.preset,
      config,
      versions: { advantage: version, node: process.versions.node },
      command,
      started: new Date().toISOString(),
    }),
    { directory: runDirectory, runs, name: runName(algorithm.id, source.id, config.seed) },
  );
  return trainIn(directory, prepared, options);
}

export interface ResumeOptions extends DirectoryOptions {
  /** Train for so many steps in all, instead of what the run was started with. */
  readonly totalSteps?: number;
}

/**
 * Goes on with a run from its last checkpoint, as if it had never stopped.
 *
 * @throws UserError if there is nothing to go on from, or it does not fit the algorithm and the environment
 */
export async function resumeRun<Config extends BaseConfig, State>(
  directory: RunDirectory,
  algorithm: Algorithm<Config, State>,
  env: EnvLike,
  options: ResumeOptions = {},
): Promise<DirectoryResult> {
  const resume = directory.checkpoint();
  if (!resume) throw new UserError(`${directory.path} has no checkpoint to resume from: start the run again`);
  const { totalSteps = directory.record.config.totalSteps } = options;
  const prepared = prepareRun(algorithm, env, { totalSteps }, { resume });
  if (resume.header.step >= totalSteps) {
    throw new UserError(
      `${directory.path} has done all its ${totalSteps} steps; give it more with --total-steps to go on`,
    );
  }
  const { files } = directory;
  return trainIn(directory, prepared, {
    ...options,
    csv: options.csv || fs.existsSync(files.csv),
    tensorboard: options.tensorboard || fs.existsSync(files.tensorboard),
  });
}

async function trainIn<Config extends BaseConfig, State>(
  at: RunDirectory,
  prepared: PreparedRun<Config, State>,
  { csv, tensorboard, sinks = [], onStart, ...options }: DirectoryOptions,
): Promise<DirectoryResult> {
  const release = lockRun(at.path);
  try {
    const directory = prepared.resume ? withConfig(at, prepared.context.config) : at;
    const { files } = directory;
    onStart?.(prepared as unknown as PreparedRun, directory);
    const { signal, checkpointEverySeconds, evaluationEpisodes, evaluationMaxSteps } = options;
    const training = train(prepared, {
      sinks: [
        jsonlFileSink(files.metrics),
        ...(csv ? [csvFileSink(files.csv)] : []),
        ...(tensorboard ? [tensorboardFileSink(files.tensorboard)] : []),
        ...sinks,
      ],
      store: checkpointStore(directory),
      signal,
      checkpointEverySeconds,
      evaluationEpisodes,
      evaluationMaxSteps,
      runDirectory: directory.path,
    });
    const result = await training.catch((error) => {
      reportFailure(directory, prepared.algorithm, error);
      throw error;
    });
    writePolicy(directory, result.policy.save());
    if (result.figures.length > 0) writeAtomically(files.figures, `${JSON.stringify(result.figures)}\n`);
    if (!result.stopped) writeAtomically(files.summary, toJson(result.summary));
    writeReport(directory, prepared.algorithm, result.summary, { stopped: result.stopped });
    return { ...result, directory, resumable: prepared.resumable };
  } finally {
    release();
  }
}

/** A report of what there is of a run that failed, with the reason. That it cannot be written is not the error to tell of. */
function reportFailure<Config extends BaseConfig, State>(
  directory: RunDirectory,
  algorithm: Algorithm<Config, State>,
  error: unknown,
): void {
  try {
    const last = directory.metrics().at(-1);
    if (last === undefined) return;
    const { record } = directory;
    const summary = {
      algorithm: algorithm.id,
      environment: record.environment,
      seed: record.config.seed,
      steps: last.step,
      seconds: last.seconds,
      stepsPerSecond: last.stepsPerSecond,
      runDirectory: directory.path,
    };
    writeReport(directory, algorithm, summary, { failed: error instanceof Error ? error.message : String(error) });
  } catch {}
}

function checkpointStore(directory: RunDirectory): CheckpointStore {
  return {
    save(checkpoint, policy) {
      writeCheckpoint(directory.files.checkpoint, checkpoint);
      writePolicy(directory, policy().save());
    },
  };
}

function writePolicy({ files }: RunDirectory, bytes: Uint8Array): void {
  try {
    fs.mkdirSync(path.dirname(files.policy), { recursive: true });
  } catch (error) {
    throw asUserError(error, `cannot write ${files.policy}`);
  }
  writeAtomically(files.policy, bytes);
}

/** A resumed run may have been given more steps: the record says what it is now. */
function withConfig(directory: RunDirectory, config: BaseConfig): RunDirectory {
  writeAtomically(directory.files.config, toJson({ ...directory.record, config }));
  return openRun(directory.path);
}
