import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { qLearning, type Sink } from "@advantage/rl";
import { afterAll, expect, test } from "vitest";
import { openRun } from "./run-directory.js";
import { resumeRun, trainToDirectory } from "./train-to-directory.js";

const folder = fs.mkdtempSync(path.join(tmpdir(), "episodes-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const train = (name: string, options: { sinks?: readonly Sink[]; signal?: AbortSignal } = {}) =>
  trainToDirectory(qLearning, "FrozenLake-v1", {
    settings: { totalSteps: 2000, seed: 3 },
    runDirectory: path.join(folder, name),
    evaluationEpisodes: 0,
    ...options,
  });
const rowsOf = (file: string) =>
  fs
    .readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.split(",").map(Number));

test("each episode has a row, and the metrics are their means", async () => {
  const { directory } = await train("whole");
  const { files } = directory;
  expect(fs.readFileSync(files.episodes, "utf8").split("\n")[0]).toBe("episode,step,return,length");
  const rows = rowsOf(files.episodes);
  expect(rows.map(([episode]) => episode)).toEqual(rows.map((_, i) => i + 1));
  // One environment: an episode begins where the one before it ended.
  expect(rows.map(([, step]) => step)).toEqual(
    rows.map((_, i) => rows.slice(0, i + 1).reduce((sum, r) => sum + r[3], 0)),
  );
  const last = directory.metrics().at(-1)!;
  expect(rows).toHaveLength(last.episodes);
  const latest = rows.slice(-100);
  expect(last.episodeReturn).toBeCloseTo(latest.reduce((sum, [, , value]) => sum + value, 0) / latest.length, 12);
});

test("a run that was stopped, and whose file was ahead of its checkpoint, ends with the same rows", async () => {
  const stop = new AbortController();
  let lines = 0;
  const sinks: Sink[] = [{ event: () => ++lines === 3 && stop.abort() }];
  const { directory, stopped } = await train("stopped", { sinks, signal: stop.signal });
  expect(stopped).toBe(true);
  const { files } = directory;
  const { count } = directory.checkpoint()!.header.episodes;
  expect(rowsOf(files.episodes)).toHaveLength(count);
  fs.appendFileSync(files.episodes, `${count + 1},999,7,7\n${count + 2},99`); // what a killed process had still written
  await resumeRun(directory, qLearning, "FrozenLake-v1", { evaluationEpisodes: 0 });
  const whole = openRun(path.join(folder, "whole")).files.episodes;
  expect(fs.readFileSync(files.episodes, "utf8")).toBe(fs.readFileSync(whole, "utf8"));
});

test("where the file was not there, it begins behind the checkpoint and goes on from there; one with rows missing is refused", async () => {
  const { directory } = await train("begun-later");
  const { episodes } = directory.files;
  fs.rmSync(episodes);
  const { count } = directory.checkpoint()!.header.episodes;
  const more = (totalSteps: number) =>
    resumeRun(directory, qLearning, "FrozenLake-v1", { totalSteps, evaluationEpisodes: 0 });
  await more(2500);
  await more(3000);
  const rows = rowsOf(episodes);
  expect(rows.map(([episode]) => episode)).toEqual(rows.map((_, i) => count + 1 + i));
  expect(rows.at(-1)![0]).toBe(directory.checkpoint()!.header.episodes.count);

  const text = fs.readFileSync(episodes, "utf8");
  fs.writeFileSync(episodes, text.replace(/\n[^\n]*\n$/, "\n"));
  await expect(more(3500)).rejects.toThrow(
    /episodes\.csv is damaged: it ends with episode \d+, the checkpoint counts on/,
  );
  fs.writeFileSync(episodes, text.replace(`\n${count + 2},`, `\n${count + 3},`));
  await expect(more(3500)).rejects.toThrow(`line 3 is not that of episode ${count + 2}`);
});
