import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { a3c, openSession, ppo, prepareRun, run, WALL_CLOCK_METRICS, writeCheckpointFile } from "@advantage/rl";
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

test("a checkpoint file names neither code to run nor a place to write to", async () => {
  const session = openSession(prepareRun(a3c, "CartPole-v1", { totalSteps: 400, numEnvs: 2 }));
  await session.next();
  const { header, tensors } = session.checkpoint();
  await session.close();
  const runs = path.join(folder, "refused");
  const module = path.join(folder, "module.mjs");
  const file = path.join(folder, "evil.safetensors");
  fs.writeFileSync(module, "globalThis.ran = true;");
  const own = (target: object, name: string, value: unknown) =>
    Object.defineProperty({ ...target }, name, { value, enumerable: true });
  const poison = { env: { NODE_OPTIONS: "--version" }, polluted: true };
  const headers: [object, RegExp][] = [
    [
      { ...header, state: own(header.state as object, "__proto__", poison) },
      /^checkpoint is damaged: its header is JSON with the name '__proto__'/,
    ],
    [
      { ...header, state: own(header.state as object, "constructor", { prototype: poison }) },
      /state.constructor is in it but not in this state$/,
    ],
    [{ ...header, config: own(header.config, "__proto__", poison) }, /'__proto__'/],
    [
      { ...header, config: own(header.config, "constructor", poison) },
      /^checkpoint is damaged: unknown setting 'constructor'/,
    ],
    [{ ...header, environment: module }, /which the catalogue does not have/],
    [{ ...header, environment: "../../outside" }, /which the catalogue does not have/],
    [{ ...header, environment: "" }, /^checkpoint is damaged: its environment cannot be read$/],
    [{ ...header, environment: "\u001b[2Jx" }, /^checkpoint is damaged: its environment cannot be read$/],
    [{ ...header, algorithm: "x/../../../outside/a2c" }, /^checkpoint is damaged: its algorithm cannot be read$/],
    [{ ...header, algorithm: "\u001b[2Ja2c" }, /^checkpoint is damaged: its algorithm cannot be read$/],
    [{ ...header, algorithm: "constructor" }, /has no algorithm 'constructor'/],
    [
      { ...header, config: { ...header.config, seed: "x/../../../outside2/1" } },
      /^checkpoint is damaged: seed must be a whole number/,
    ],
  ];
  for (const [changed, message] of headers) {
    fs.writeFileSync(file, writeCheckpointFile({ header: changed as typeof header, tensors }));
    const attempt = async () => resumeRun(importCheckpoint(file, runs), a3c, "CartPole-v1", { evaluationEpisodes: 0 });
    await expect(attempt()).rejects.toThrow(message);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  }
  expect((globalThis as Record<string, unknown>).ran).toBeUndefined();
  expect(fs.readdirSync(folder).filter((name) => name.startsWith("outside"))).toEqual([]);
  expect(fs.readdirSync(runs)).toHaveLength(1); // that of the state which does not fit: its header is in order
});

test("what is no checkpoint file is refused before anything is written", () => {
  const file = path.join(folder, "other.safetensors");
  expect(() => importCheckpoint(file, folder)).toThrow(`there is no file ${file}`);
  fs.writeFileSync(file, "no");
  expect(() => importCheckpoint(file, path.join(folder, "none"))).toThrow(/^checkpoint is damaged/);
  expect(fs.existsSync(path.join(folder, "none"))).toBe(false);
});
