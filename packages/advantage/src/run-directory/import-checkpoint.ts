import fs from "node:fs";
import { type EnvironmentEntry, environments } from "@advantage/envs";
import {
  type AnyAlgorithm,
  algorithms,
  CheckpointError,
  type CheckpointHeader,
  readCheckpointFile,
  UserError,
} from "@advantage/rl";
import { asUserError } from "../files/file-errors.js";
import { shellWord } from "../files/shell-word.js";
import { writeCheckpoint } from "./checkpoint-files.js";
import { createRunDirectory, openRun, RUN_SCHEMA_VERSION, type RunDirectory, runName } from "./run-directory.js";
import { version } from "./version.js";

/** What a checkpoint file may be of. */
export interface KnownRuns {
  readonly algorithms: readonly AnyAlgorithm[];
  readonly environments: readonly EnvironmentEntry[];
}

/**
 * A new run directory that goes on from a checkpoint file, such as the playground hands out. Its metrics begin where the file ends.
 *
 * Everything that the file says of the run is checked before anything is made of it: no file names code to run, or a place to write to.
 *
 * @param runs the folder for the directory, default `runs`
 * @throws UserError if there is no such file, it holds no checkpoint, or one of something unknown
 */
export function importCheckpoint(
  file: string,
  runs = "runs",
  known: KnownRuns = { algorithms, environments },
): RunDirectory {
  const { header, tensors } = readCheckpointFile(read(file));
  requireKnown(header, known, file);
  const { algorithm, environment, config } = header;
  const { directory, release } = createRunDirectory(
    () => ({
      schemaVersion: RUN_SCHEMA_VERSION,
      algorithm,
      environment,
      ...(header.environmentOptions === undefined ? {} : { environmentOptions: header.environmentOptions }),
      config,
      versions: { advantage: version, node: process.versions.node },
      command: `advantage resume ${shellWord(file)}`,
      started: new Date().toISOString(),
    }),
    { runs, name: runName(algorithm, environment, config.seed) },
  );
  try {
    writeCheckpoint(directory.files.checkpoint, { header: { ...header, events: 0 }, tensors });
  } finally {
    release();
  }
  return openRun(directory.path);
}

function requireKnown({ algorithm: id, environment, config }: CheckpointHeader, known: KnownRuns, file: string): void {
  const algorithm = known.algorithms.find((each) => each.id === id);
  if (algorithm === undefined)
    throw new UserError(`this version of advantage has no algorithm '${id}', which ${file} is of`);
  if (!known.environments.some((each) => each.id === environment)) {
    throw new UserError(
      `${file} is of environment '${environment}', which the catalogue does not have: a run of your own environment is resumed by its directory`,
    );
  }
  try {
    algorithm.config.parse(config);
  } catch (error) {
    throw new CheckpointError(`checkpoint is damaged: ${(error as Error).message.replaceAll("\n", "; ")}`);
  }
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(fs.readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new UserError(`there is no file ${file}`);
    throw asUserError(error, `cannot read ${file}`);
  }
}
