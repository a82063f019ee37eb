import fs from "node:fs";
import { asUserError } from "./file-errors.js";

/** Bytes that are read at a time. */
const CHUNK = 2 ** 20;

/**
 * The whole lines of a text file, one after another; none if there is no such file. What follows the last line end, cut off by a kill, is left
 * out. The file may be larger than any text can be.
 *
 * @throws UserError if it cannot be read
 */
export function* linesOf(file: string): Generator<string, void> {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return;
  try {
    const chunk = Buffer.alloc(CHUNK);
    let begun: Buffer[] = []; // a line that goes on beyond what was read of it
    for (let read = readInto(chunk, descriptor, file); read > 0; read = readInto(chunk, descriptor, file)) {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < read; end = chunk.indexOf(0x0a, start)) {
        const rest = chunk.subarray(start, end);
        yield (begun.length === 0 ? rest : Buffer.concat([...begun, rest])).toString("utf8");
        begun = [];
        start = end + 1;
      }
      if (start < read) begun.push(Buffer.from(chunk.subarray(start, read)));
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/** How many bytes the first `lines` lines of a file take; or, where there are fewer, how many there are. */
export function bytesOfLines(
  file: string,
  lines: number,
): { readonly bytes: number; readonly lines: number } | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const chunk = Buffer.alloc(CHUNK);
    let [bytes, count, before] = [0, 0, 0];
    for (
      let read = readInto(chunk, descriptor, file);
      read > 0 && count < lines;
      before += read, read = readInto(chunk, descriptor, file)
    ) {
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < read && count < lines; end = chunk.indexOf(0x0a, end + 1)) {
        count += 1;
        bytes = before + end + 1;
      }
    }
    return { bytes, lines: count };
  } finally {
    fs.closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return fs.openSync(file, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw asUserError(error, `cannot read ${file}`);
  }
}

function readInto(chunk: Buffer, descriptor: number, file: string): number {
  try {
    return fs.readSync(descriptor, chunk, 0, CHUNK, null);
  } catch (error) {
    throw asUserError(error, `cannot read ${file}`);
  }
}
