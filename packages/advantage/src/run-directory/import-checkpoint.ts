import fs from "node:fs";
import { readCheckpointFile, UserError } from "@advantage/rl";
import { writeCheckpoint } from "./checkpoint-files.js";
import { asUserError } from "./file-errors.js";
import { createRunDirectory, openRun, RUN_SCHEMA_VERSION, type RunDirectory, runName } from "./run-directory.js";
import { shellWord } from "./shell-word.js";
import { version } from "./version.js";

/**
 * A new run directory that goes on from a checkpoint file, such as the playground hands out. Its metrics begin where the file ends.
 *
 * @param runs the folder for the directory, default `runs`
 * @throws UserError if there is no such file, or it holds no checkpoint
 */
export function importCheckpoint(file: string, runs = "runs"): RunDirectory {
  const { header, tensors } = readCheckpointFile(read(file));
  const { algorithm, environment, config } = header;
  const { directory, release } = createRunDirectory(
    () => ({
      schemaVersion: RUN_SCHEMA_VERSION,
      algorithm,
      environment,
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

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(fs.readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new UserError(`there is no file ${file}`);
    throw asUserError(error, `cannot read ${file}`);
  }
}
