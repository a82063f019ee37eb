import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "@advantage/rl";
import { createAtomically } from "./atomic-file.js";

const NAME = ".training";

/**
 * Keeps two processes from training into the same run directory.
 *
 * @returns what releases it
 * @throws UserError if another process is at it
 */
export function lockRun(directory: string): () => void {
  const file = path.join(directory, NAME);
  const own = JSON.stringify({ process: process.pid, host: os.hostname() });
  if (!createAtomically(file, own)) {
    const holder = holderOf(file);
    if (holder !== undefined) {
      throw new UserError(
        `${directory} is being trained by process ${holder.process} on ${holder.host}: stop it first, or remove ${file} if it is gone`,
      );
    }
    fs.rmSync(file, { force: true }); // left by a process that was killed
    if (!createAtomically(file, own)) throw new UserError(`${directory} is being trained by another process`);
  }
  return () => fs.rmSync(file, { force: true });
}

/** Who holds a lock; `undefined` if that process is no more. */
function holderOf(file: string): { process: number; host: string } | undefined {
  try {
    const holder = JSON.parse(fs.readFileSync(file, "utf8"));
    if (holder.host === os.hostname()) process.kill(holder.process, 0); // throws if there is no such process
    return holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPERM") return JSON.parse(fs.readFileSync(file, "utf8"));
    return undefined;
  }
}
