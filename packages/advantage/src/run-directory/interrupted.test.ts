import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { a2c, type Sink } from "@advantage/rl";
import { afterAll, expect, test } from "vitest";
import { bytesOfLines, linesOf } from "../files/lines-of.js";
import { openRun } from "./run-directory.js";
import { resumeRun, trainToDirectory } from "./train-to-directory.js";

const folder = fs.mkdtempSync(path.join(tmpdir(), "interrupted-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => path.join(folder, name);

const train = (runDirectory: string, sinks: readonly Sink[] = []) =>
  trainToDirectory(a2c, "CartPole-v1", {
    settings: { totalSteps: 200, numEnvs: 2 },
    preset: "none",
    runDirectory,
    evaluationEpisodes: 3,
    checkpointEverySeconds: 0,
    sinks,
  });

test("a run that was killed during its first checkpoint is started again in its place", async () => {
  const whole = await train(at("whole"));
  const { record } = whole.directory;
  fs.mkdirSync(at("killed/checkpoint"), { recursive: true });
  fs.writeFileSync(at("killed/config.json"), JSON.stringify(record));
  fs.writeFileSync(at("killed/metrics.jsonl"), "");
  fs.writeFileSync(at("killed/checkpoint/tensors-0.safetensors"), "half");
  await expect(resumeRun(openRun(at("killed")), a2c, "CartPole-v1")).rejects.toThrow(
    /has no checkpoint to resume from/,
  );
  const again = await train(at("killed"));
  expect(again.summary.evaluation).toEqual(whole.summary.evaluation);
  expect(fs.readFileSync(again.directory.files.policy)).toEqual(fs.readFileSync(whole.directory.files.policy));
});

test("a run that has all but its report gets it, evaluated as it was; what killed processes left half is removed", async () => {
  const { directory, summary } = await train(at("reportless"));
  fs.rmSync(directory.files.report);
  const left = [".training.999999999.tmp", "policy/.policy.safetensors.999999999.tmp", "checkpoint/.x.999999999.tmp"];
  for (const name of left) fs.writeFileSync(path.join(directory.path, name), "half");
  const healed = await resumeRun(directory, a2c, "CartPole-v1");
  expect(healed.summary.evaluation).toEqual(summary.evaluation);
  expect(fs.existsSync(directory.files.report)).toBe(true);
  expect(left.filter((name) => fs.existsSync(path.join(directory.path, name)))).toEqual([]);
  await expect(resumeRun(directory, a2c, "CartPole-v1")).rejects.toThrow("has done all its 200 steps");
});

test.each([
  ["renamed", (directory: string) => fs.renameSync(directory, `${directory}-moved`)],
  ["removed", (directory: string) => fs.rmSync(directory, { recursive: true })],
])(
  "a directory that is %s while it is trained into ends the run, and nothing is made anew there",
  async (name, harm) => {
    let harmed = false;
    const sink: Sink = {
      event() {
        if (!harmed) harm(at(name));
        harmed = true;
      },
    };
    await expect(train(at(name), [sink])).rejects.toThrow(/was removed or renamed while it was trained into/);
    expect(fs.existsSync(at(name))).toBe(false);
  },
);

test.each([
  ["null\n", "line 1 is no event: it is no object"],
  ['{"step":1}\n{"step":2,"loss":"x"}\n', "line 2 is no event: its loss is no number"],
])("lines of metrics that are none are told: %j", async (text, message) => {
  const directory = fs.existsSync(at("damaged")) ? openRun(at("damaged")) : (await train(at("damaged"))).directory;
  fs.writeFileSync(directory.files.metrics, text);
  expect(() => directory.metrics()).toThrow(message);
  expect(() => directory.thinnedMetrics()).toThrow(message);
});

test("lines are read whole wherever the file is cut into pieces", () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${i} é`.repeat(1 + i * 5000));
  const text = `${lines.join("\n")}\nhalf a line`;
  fs.writeFileSync(at("lines"), text);
  expect([...linesOf(at("lines"))]).toEqual(lines);
  expect(bytesOfLines(at("lines"), 39)).toEqual({
    bytes: Buffer.byteLength(`${lines.slice(0, 39).join("\n")}\n`),
    lines: 39,
  });
  expect(bytesOfLines(at("lines"), 50)?.lines).toBe(40);
  expect([...linesOf(at("none"))]).toEqual([]);
  expect(bytesOfLines(at("none"), 1)).toBeUndefined();
});
