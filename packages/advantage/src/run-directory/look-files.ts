import path from "node:path";
import { parseForeignJson } from "@advantage/engine";
import { type Evaluation, type Look, type Sink, UserError } from "@advantage/rl";
import { writeAtomically } from "../files/atomic-file.js";
import { type LineFile, openLineFile } from "../files/line-file.js";
import { linesOf } from "../files/lines-of.js";
import { makeFolder } from "../files/make-folder.js";

/**
 * The looks that a file holds, a line each.
 *
 * @throws UserError if a line is none
 */
export function readLooks(file: string): Look[] {
  const looks: Look[] = [];
  for (const line of linesOf(file)) {
    const look = parsed(line);
    if (look === undefined)
      throw new UserError(`${file} is damaged: line ${looks.length + 1} is no look at the policy`);
    looks.push(look);
  }
  return looks;
}

function parsed(line: string): Look | undefined {
  try {
    const look = parseForeignJson(line) as Partial<Look> | null;
    const isPlayed = (each: Evaluation | undefined) =>
      Number.isSafeInteger(each?.episodes) && Number.isFinite(each?.mean);
    const right =
      Number.isSafeInteger(look?.step) && isPlayed(look?.evaluation) && isPlayed(look?.stochasticEvaluation);
    return right ? (look as Look) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * `evaluations.jsonl`, and the best policy beside it.
 *
 * @param earlier the looks that a resumed run goes on from: what the file holds beyond them is dropped
 */
export function looksSink(
  { evaluations, bestPolicy }: { readonly evaluations: string; readonly bestPolicy: string },
  earlier: readonly Look[],
): Sink {
  let lines: LineFile | undefined;
  return {
    start() {
      lines = openLineFile(evaluations, earlier.length);
    },
    event() {},
    look(look, best) {
      if (best !== undefined) {
        makeFolder(path.dirname(bestPolicy));
        writeAtomically(bestPolicy, best.save());
      }
      lines?.write(`${JSON.stringify(look)}\n`);
    },
    flush: () => lines?.flush(),
    end: () => lines?.close(),
  };
}
