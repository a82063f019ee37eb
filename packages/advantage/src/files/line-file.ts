import fs from "node:fs";
import { CheckpointError } from "@advantage/rl";
import { asUserError } from "./file-errors.js";
import { bytesOfLines } from "./lines-of.js";

/** A text file that grows line by line. Each line is handed to the system at once: a killed process loses none. */
export interface LineFile {
  write(line: string): void;
  /** Onto the disk. */
  flush(): void;
  close(): void;
}

/**
 * Opens a file for appending, after its first `lines` lines: what follows them is cut off.
 *
 * @throws CheckpointError if it has fewer whole lines
 */
export function openLineFile(file: string, lines: number): LineFile {
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw asUserError(error, `cannot write ${file}`);
    }
  };
  const descriptor = attempt(() => {
    if (lines > 0) fs.truncateSync(file, endOfLines(file, lines));
    return fs.openSync(file, lines > 0 ? "a" : "w");
  });
  return {
    write: (line) => attempt(() => fs.writeFileSync(descriptor, line)),
    flush: () => attempt(() => fs.fsyncSync(descriptor)),
    close: () => fs.closeSync(descriptor),
  };
}

/**
 * How many bytes the first `lines` lines of a file take.
 *
 * @throws CheckpointError if it has fewer whole lines
 */
export function endOfLines(file: string, lines: number): number {
  if (lines === 0) return 0;
  const there = bytesOfLines(file, lines);
  if (there === undefined)
    throw new CheckpointError(`${file} is missing, the checkpoint counts on ${lines} lines of it`);
  if (there.lines < lines)
    throw new CheckpointError(
      `${file} is damaged: it has ${there.lines} whole lines, the checkpoint counts on ${lines}`,
    );
  return there.bytes;
}
