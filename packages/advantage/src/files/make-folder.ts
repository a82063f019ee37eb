import fs from "node:fs";
import path from "node:path";
import { UserError } from "@advantage/rl";
import { asUserError } from "./file-errors.js";

/**
 * Makes a folder and those above it; nothing if it is there.
 *
 * One by one: Node's own `recursive` says "no such file or directory" on a read-only file system, and never returns in /proc.
 *
 * @throws UserError if it cannot be made
 */
export function makeFolder(folder: string): void {
  try {
    make(path.resolve(folder));
  } catch (error) {
    const isFile = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (isFile) throw new UserError(`cannot write ${folder}: it is a file`, { cause: error });
    throw asUserError(error, `cannot write ${folder}`);
  }
}

function make(folder: string): void {
  if (isFolder(folder)) return;
  const parent = path.dirname(folder);
  if (parent !== folder) make(parent);
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if (!isFolder(folder)) throw error; // else another process was quicker
  }
}

function isFolder(folder: string): boolean {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
