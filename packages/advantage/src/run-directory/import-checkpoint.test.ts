import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSession, ppo, prepareRun, run, WALL_CLOCK_METRICS, writeCheckpointFile } from "@advantage/rl";
import { afterAll, expect, test } from "vitest";
import { importCheckpoint } from "./import-checkpoint.js";
import { resumeRun } from "./train-to-directory.js";

const folder = fs.mkdtempSync(path.join(tmpdir(), "import-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

test("a checkpoint file becomes a run that goes on as if it had never stopped", async () => {
  const settings = { totalSteps: 512, numEnvs: 2, numSteps: 32, minibatchSize: 32, seed: 3 };
  const session = openSession(prepareRun(ppo, "CartPole-v1", settings));
  for (let pull = 0; pull < 3; pull++) await session.next();
  const file = path.join(folder, "ppo.checkpoint.safetensors");
  fs.writeFileSync(file, writeCheckpointFile(session.checkpoint()));

  const directory = importCheckpoint(file, path.join(folder, "runs"));
  expect(directory.record).toMatchObject({ algorithm: "ppo", environment: "CartPole-v1", config: settings });
  const { summary } = await resumeRun(directory, ppo, "CartPole-v1", { evaluationEpisodes: 5 });
  const whole = await run(ppo, "CartPole-v1", { ...settings, evaluationEpisodes: 5 });
  const numbers = (events: readonly object[]) =>
    events.map((event) => Object.entries(event).filter(([name]) => !WALL_CLOCK_METRICS.includes(name)));
  expect(numbers(directory.metrics())).toEqual(numbers(whole.history.slice(3)));
  expect(summary.evaluation).toEqual(whole.summary.evaluation);
});

test("what is no checkpoint file is refused before anything is written", () => {
  const file = path.join(folder, "other.safetensors");
  expect(() => importCheckpoint(file, folder)).toThrow(`there is no file ${file}`);
  fs.writeFileSync(file, "no");
  expect(() => importCheckpoint(file, path.join(folder, "none"))).toThrow(/^checkpoint is damaged/);
  expect(fs.existsSync(path.join(folder, "none"))).toBe(false);
});
