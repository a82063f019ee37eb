import fs from "node:fs";
import path from "node:path";
import { UserError } from "@advantage/rl";
import { asUserError } from "./file-errors.js";

/**
 * Makes a folder and those above it; nothing if it is there.
 *
 * @throws UserError if it cannot be made
 */
export function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    const isFile = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (isFile) throw new UserError(`cannot write ${folder}: it is a file`, { cause: error });
    throw asUserError(reasonOf(error, folder), `cannot write ${folder}`);
  }
}

/** Node says of folders to be made on a read-only file system that their parents are missing: the nearest one that is there knows better. */
function reasonOf(error: unknown, folder: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error;
  let parent = path.resolve(folder);
  while (!fs.existsSync(parent) && path.dirname(parent) !== parent) parent = path.dirname(parent);
  try {
    fs.accessSync(parent, fs.constants.W_OK);
    return error;
  } catch (reason) {
    return reason;
  }
}
