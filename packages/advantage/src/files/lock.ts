import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { UserError } from "@advantage/rl";
import { createAtomically, temporaryWriter } from "./atomic-file.js";
import { asUserError } from "./file-errors.js";

const NAME = ".training";

/** Attempts to get a lock that others take and release meanwhile. */
const ATTEMPTS = 8;

/** What a lock file says. */
interface Holder {
  readonly process: number;
  readonly host: string;
  /** When the process started, in the system's own words: another process may get the same number later. Only where Linux tells. */
  readonly started?: string;
}

/** The locks of this process. A file with its number that is not among them was left by another one that had the number. */
const held = new Set<string>();

/**
 * Keeps two processes from training into the same run directory. The lock of a process that is no more is taken over.
 *
 * @returns what releases it; the end of the process does too
 * @throws UserError if another process is at it
 */
export function lockRun(directory: string): () => void {
  const file = path.resolve(directory, NAME);
  const holder: Holder = { process: process.pid, host: os.hostname(), started: startOf(process.pid) };
  const own = JSON.stringify(holder);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (createAtomically(file, own)) {
      removeTemporaries(directory);
      return hold(file, own);
    }
    const found = read(file);
    if (found === undefined) continue; // released meanwhile
    const other = liveHolder(found, file);
    if (other !== undefined) {
      throw new UserError(
        `${directory} is being trained by process ${other.process} on ${other.host}: stop it first, or remove ${path.join(directory, NAME)} if it is gone`,
      );
    }
    removeStale(file, found);
  }
  throw new UserError(`${directory} is being trained by another process`);
}

/** What processes that were killed while they wrote have left. That it cannot be removed harms nothing. */
function removeTemporaries(directory: string): void {
  for (const folder of [directory, path.join(directory, "policy"), path.join(directory, "checkpoint")]) {
    try {
      for (const name of fs.readdirSync(folder)) {
        const writer = temporaryWriter(name);
        // Whoever has taken the lock is at nothing else.
        if (writer !== undefined && (writer === process.pid || !isRunning(writer)))
          fs.rmSync(path.join(folder, name), { force: true });
      }
    } catch {}
  }
}

function hold(file: string, own: string): () => void {
  const release = () => {
    process.off("exit", release);
    held.delete(file);
    if (read(file) === own) fs.rmSync(file, { force: true });
  };
  held.add(file);
  process.on("exit", release);
  return release;
}

/**
 * Removes a lock that was found stale. Of several processes that do so at once only one gets hold of the file, by renaming it; one that
 * gets a newer lock instead gives it back.
 */
function removeStale(file: string, found: string): void {
  const aside = path.join(path.dirname(file), `${NAME}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  try {
    fs.renameSync(file, aside);
    if (read(aside) !== found) fs.linkSync(aside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw asUserError(error, `cannot write ${file}`);
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** Who holds a lock; `undefined` if that process is no more. */
function liveHolder(text: string, file: string): Holder | undefined {
  const holder = parse(text);
  if (holder === undefined) return undefined;
  if (holder.host !== os.hostname()) return holder; // nobody here can tell
  if (holder.process === process.pid) return held.has(file) ? holder : undefined;
  if (!isRunning(holder.process)) return undefined;
  const started = startOf(holder.process);
  const another = holder.started !== undefined && started !== undefined && holder.started !== started;
  return another ? undefined : holder;
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text);
    return Number.isSafeInteger(holder?.process) && typeof holder.host === "string" ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0); // throws if there is no such process
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/<id>/stat, clock ticks since boot; the second one is a name in brackets, which may hold blanks. */
function startOf(id: number): string | undefined {
  const stat = read(`/proc/${id}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
