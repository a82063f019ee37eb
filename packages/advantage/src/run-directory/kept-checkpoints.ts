import fs from "node:fs";
import path from "node:path";
import { type Checkpoint, UserError } from "@advantage/rl";
import { copyCheckpoint, hasCheckpointFile, readCheckpoint } from "./checkpoint-files.js";

/** The steps whose checkpoints a folder keeps, rising: one in a folder of its own each, named after its step. */
export function keptSteps(folder: string): number[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => /^(0|[1-9]\d*)$/.test(name) && hasCheckpointFile(path.join(folder, name)))
    .map(Number)
    .sort((a, b) => a - b);
}

/** Where the last checkpoint is, and those that are kept. */
interface Folders {
  readonly checkpoint: string;
  readonly keptCheckpoints: string;
}

/**
 * Keeps the last checkpoint under its step, and no more than so many: those of the earliest steps go.
 *
 * @throws UserError if it cannot be written
 */
export function keepCheckpoint({ checkpoint, keptCheckpoints: folder }: Folders, step: number, most: number): void {
  copyCheckpoint(checkpoint, path.join(folder, String(step)));
  drop(folder, keptSteps(folder).slice(0, -most));
}

/**
 * The checkpoint that is kept of a step.
 *
 * @throws UserError if there is none; CheckpointError if it is damaged
 */
export function keptCheckpoint(folder: string, step: number): Checkpoint {
  const checkpoint = readCheckpoint(path.join(folder, String(step)));
  if (checkpoint !== undefined) return checkpoint;
  const steps = keptSteps(folder);
  throw new UserError(
    steps.length === 0
      ? `${folder} keeps no checkpoints: only a run of --keep-checkpoints COUNT has more than the last one`
      : `${folder} keeps no checkpoint of step ${step}; there are those of ${steps.join(", ")}`,
  );
}

/** Makes the checkpoint that is kept of a step the last one, and removes those after it. */
export function goBackTo({ checkpoint, keptCheckpoints: folder }: Folders, step: number): void {
  copyCheckpoint(path.join(folder, String(step)), checkpoint);
  drop(
    folder,
    keptSteps(folder).filter((each) => each > step),
  );
}

function drop(folder: string, steps: readonly number[]): void {
  for (const step of steps) fs.rmSync(path.join(folder, String(step)), { recursive: true, force: true });
}
