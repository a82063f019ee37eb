import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { qLearning, type Sink, WALL_CLOCK_METRICS } from "@advantage/rl";
import { afterAll, expect, test } from "vitest";
import { keptSteps } from "./kept-checkpoints.js";
import { openRun } from "./run-directory.js";
import { resumeRun, trainToDirectory } from "./train-to-directory.js";

const folder = fs.mkdtempSync(path.join(tmpdir(), "kept-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const train = (name: string, keepCheckpoints?: number) =>
  trainToDirectory(qLearning, "FrozenLake-v1", {
    settings: { totalSteps: 3000, seed: 2 },
    runDirectory: path.join(folder, name),
    evaluationEpisodes: 0,
    checkpointEverySeconds: 0,
    keepCheckpoints,
  });
const untimed = (directory: string) =>
  openRun(directory)
    .metrics()
    .map((event) => Object.fromEntries(Object.entries(event).filter(([name]) => !WALL_CLOCK_METRICS.includes(name))));

test("the last ones are kept by their step, and a run that goes back to one ends as it ended", async () => {
  const { directory } = await train("run", 3);
  const { files, path: run } = directory;
  const steps = keptSteps(files.keptCheckpoints);
  expect(steps).toHaveLength(3);
  expect(steps.at(-1)).toBe(3000);
  expect(openRun(run).record.keepCheckpoints).toBe(3);
  // The last checkpoint and the one kept of its step are one file.
  const numbers = fs.readdirSync(files.checkpoint).find((name) => name.startsWith("tensors-3000"))!;
  const inode = (at: string) => fs.statSync(path.join(at, numbers)).ino;
  expect(inode(path.join(files.keptCheckpoints, "3000"))).toBe(inode(files.checkpoint));
  const [metrics, policy, episodes] = [untimed(run), fs.readFileSync(files.policy), fs.readFileSync(files.episodes)];

  // Killed at once after it has gone back: it is then the run that it was at that step.
  const killed: Sink = {
    start() {
      throw new Error("killed");
    },
    event() {},
  };
  const back = { checkpoint: steps[0], evaluationEpisodes: 0, checkpointEverySeconds: 0 };
  await expect(resumeRun(directory, qLearning, "FrozenLake-v1", { ...back, sinks: [killed] })).rejects.toThrow(
    "killed",
  );
  expect(keptSteps(files.keptCheckpoints)).toEqual([steps[0]]);
  expect(directory.checkpoint()!.header.step).toBe(steps[0]);

  await resumeRun(directory, qLearning, "FrozenLake-v1", { evaluationEpisodes: 0, checkpointEverySeconds: 0 });
  expect(untimed(run)).toEqual(metrics);
  expect(fs.readFileSync(files.policy)).toEqual(policy);
  expect(fs.readFileSync(files.episodes)).toEqual(episodes);
  expect(keptSteps(files.keptCheckpoints)).toEqual(steps);
});

test("a step that is not kept is refused with those that are", async () => {
  const run = openRun(path.join(folder, "run"));
  const steps = keptSteps(run.files.keptCheckpoints);
  await expect(resumeRun(run, qLearning, "FrozenLake-v1", { checkpoint: 7 })).rejects.toThrow(
    `keeps no checkpoint of step 7; there are those of ${steps.join(", ")}`,
  );
  const { directory } = await train("none");
  expect(fs.existsSync(directory.files.keptCheckpoints)).toBe(false);
  await expect(resumeRun(directory, qLearning, "FrozenLake-v1", { checkpoint: 7 })).rejects.toThrow(
    "keeps no checkpoints: only a run of --keep-checkpoints COUNT has more than the last one",
  );
  await expect(train("zero", 0)).rejects.toThrow("keepCheckpoints must be a whole number of at least 1, got 0");
});
