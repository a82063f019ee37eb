import fs from "node:fs";
import path from "node:path";
import { asUserError } from "./file-errors.js";

/**
 * Writes a whole file so that, whatever happens, its path holds either the old content or the new: to a temporary file beside
 * it, flushed to the disk, then renamed. A content in parts is written part by part: together they may be longer than a text can be.
 *
 * @throws UserError if the disk is full, read-only, …; what was there before is untouched
 */
export function writeAtomically(file: string, content: string | Uint8Array | Iterable<string>): void {
  const temporary = temporaryBeside(file);
  try {
    writeFlushed(temporary, content);
    fs.renameSync(temporary, file);
    flushFolder(path.dirname(file));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw asUserError(error, `cannot write ${file}`);
  }
}

/**
 * Like `writeAtomically`, while other work goes on.
 *
 * @throws UserError if the disk is full, read-only, …; what was there before is untouched
 */
export async function writeInBackground(file: string, content: Uint8Array): Promise<void> {
  const temporary = temporaryBeside(file);
  try {
    const handle = await fs.promises.open(temporary, "w");
    try {
      // In one piece, where `writeFile` would wait for the event loop after each half a megabyte.
      for (let at = 0; at < content.length; ) at += (await handle.write(content, at)).bytesWritten;
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.promises.rename(temporary, file);
    if (process.platform === "win32") return;
    const folder = await fs.promises.open(path.dirname(file), "r");
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw asUserError(error, `cannot write ${file}`);
  }
}

/**
 * Like `writeAtomically`, but never over a file that is there.
 *
 * @returns whether it was written
 */
export function createAtomically(file: string, content: string): boolean {
  const temporary = temporaryBeside(file);
  try {
    writeFlushed(temporary, content);
    try {
      fs.linkSync(temporary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      fs.copyFileSync(temporary, file, fs.constants.COPYFILE_EXCL); // a file system without hard links
    }
    flushFolder(path.dirname(file));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw asUserError(error, `cannot write ${file}`);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** Whether a name is one of the temporary files above, left by a process that was killed. */
export function isTemporary(name: string): boolean {
  return name.startsWith(".") && name.endsWith(".tmp");
}

/** The number of the process that writes a temporary file, by its name; `undefined` for other names. */
export function temporaryWriter(name: string): number | undefined {
  const [, id] = /^\..*\.(\d+)(?:-[0-9a-f]+)?\.tmp$/.exec(name) ?? [];
  return id === undefined ? undefined : Number(id);
}

function temporaryBeside(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
}

function writeFlushed(file: string, content: string | Uint8Array | Iterable<string>): void {
  const descriptor = fs.openSync(file, "w");
  try {
    if (typeof content === "string" || content instanceof Uint8Array) fs.writeFileSync(descriptor, content);
    else for (const part of content) fs.writeFileSync(descriptor, part);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Makes a rename itself last, where folders can be flushed. */
function flushFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
