import fs from "node:fs";
import { CheckpointError, type Sink } from "@advantage/rl";
import { type LineFile, openLineFile } from "../files/line-file.js";
import { linesOf } from "../files/lines-of.js";

const HEADER = "episode,step,return,length";

/** Characters that are kept back until a line of metrics comes: episodes may be a step long. */
const MOST_KEPT = 2 ** 16;

/**
 * `episodes.csv`: a row for each training episode, numbered from 1, with the step at which it ended, its undiscounted return and its length. On a resume
 * it is cut back to the episodes that the checkpoint counts; where the file was not there, it begins behind them. No file is made before the first
 * episode has ended.
 */
export function episodesSink(file: string): Sink {
  let lines: LineFile | undefined;
  let count = 0;
  let kept = "";
  const write = () => {
    if (kept === "") return;
    lines ??= openLineFile(file, 0);
    lines.write(kept);
    kept = "";
  };
  return {
    start({ resume }) {
      count = resume?.header.episodes.count ?? 0;
      const rows = resume === undefined ? 0 : rowsUntil(file, count);
      if (rows > 0) lines = openLineFile(file, rows);
      else fs.rmSync(file, { force: true });
    },
    event: write,
    episodes(ended) {
      if (lines === undefined && kept === "") kept = `${HEADER}\n`;
      for (const { step, return: sum, length } of ended) kept += `${++count},${step},${sum},${length}\n`;
      if (kept.length >= MOST_KEPT) write();
    },
    flush() {
      write();
      lines?.flush();
    },
    end(outcome) {
      if (outcome !== "failed") write(); // then they come again, and why it failed is what is to be told
      lines?.close();
    },
  };
}

/**
 * How many lines of the file a checkpoint that counts so many episodes goes on from, the header among them; 0 without a file, or if it begins later.
 *
 * @throws CheckpointError if it ends before them, or a row is missing
 */
function rowsUntil(file: string, count: number): number {
  let rows = 0;
  let next: number | undefined;
  for (const line of linesOf(file)) {
    rows += 1;
    if (rows === 1) {
      if (line !== HEADER) throw new CheckpointError(`${file} is damaged: its first line is not ${HEADER}`);
      continue;
    }
    const episode = Number(line.slice(0, line.indexOf(",")));
    if (!Number.isSafeInteger(episode) || episode < 1 || episode !== (next ?? episode))
      throw new CheckpointError(
        `${file} is damaged: line ${rows} is not that of episode ${next ?? "1 or a later one"}`,
      );
    if (episode > count) return next === undefined ? 0 : rows - 1;
    next = episode + 1;
  }
  if (next !== undefined && next <= count)
    throw new CheckpointError(
      `${file} is damaged: it ends with episode ${next - 1}, the checkpoint counts on ${count}`,
    );
  return next === undefined ? 0 : rows;
}
