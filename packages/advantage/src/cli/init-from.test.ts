import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeCheckpointFile } from "@advantage/rl";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRun } from "../run-directory/run-directory.js";
import type { Terminal } from "../terminal/terminal.js";
import { main } from "./main.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "init-from-"));
const at = (name: string) => path.join(folder, name);
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

async function advantage(...argv: string[]) {
  let err = "";
  const terminal: Terminal = {
    out() {},
    err(text) {
      err += text;
    },
    isTTY: false,
    colours: false,
    columns: 80,
    rows: 30,
    animates: false,
    onInterrupt: () => () => {},
    exit() {},
  };
  return { code: await main(argv, { terminal }), err };
}

const train = (algorithm: string, env: string, run: string, ...more: string[]) => {
  const small = ["--total-steps", "128", "--num-envs", "2", "--hidden-sizes", "8", "--eval-episodes", "0"];
  return advantage("train", algorithm, env, "--preset", "none", ...small, "--run-dir", at(run), ...more);
};

beforeAll(async () => {
  expect(await train("a2c", "CartPole-v1", "first")).toEqual({ code: 0, err: expect.any(String) });
});

test("a run starts from another by its directory, its policy or a checkpoint file, and says so", async () => {
  const { checkpoint, files } = openRun(at("first"));
  fs.writeFileSync(at("checkpoint.safetensors"), writeCheckpointFile(checkpoint()!));
  const origin = { algorithm: "a2c", environment: "CartPole-v1" };
  for (const [run, from, initFrom] of [
    ["by-run", at("first"), { ...origin, step: 130 }],
    ["by-file", at("checkpoint.safetensors"), { ...origin, step: 130 }],
    ["by-policy", files.policy, origin],
  ] as const) {
    const { code, err } = await train("ppo", "CartPole-v1", run, "--num-steps", "64", "--init-from", from);
    expect([code, err]).toEqual([0, expect.not.stringContaining("rror")]);
    const { record } = openRun(at(run));
    expect(record.initFrom).toEqual(initFrom);
    expect(record.command).toContain(`--init-from ${from}`);
  }
  const more = await advantage("resume", at("by-run"), "--total-steps", "256", "--eval-episodes", "0");
  expect(more.code).toBe(0);
  expect(openRun(at("by-run")).record.initFrom).toEqual({ ...origin, step: 130 });
}, 60_000);

test("what does not fit is told, and nothing is written", async () => {
  const other = await train("a2c", "Acrobot-v1", "other", "--init-from", at("first"));
  expect([other.code, other.err]).toEqual([1, expect.stringContaining("the actor of a2c on CartPole-v1 has")]);
  expect(fs.existsSync(at("other"))).toBe(false);
  const relu = await train("a2c", "CartPole-v1", "relu", "--init-from", at("first"), "--activation", "relu");
  expect([relu.code, relu.err]).toEqual([2, expect.stringContaining("activation must be tanh to start from")]);
  const none = await train("a2c", "CartPole-v1", "none", "--init-from", at("nowhere"));
  expect([none.code, none.err]).toEqual([2, expect.stringContaining("there is no run")]);
});
