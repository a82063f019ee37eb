import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import "@advantage/rl"; // what the watcher asks for in time: transforming the sources takes a while
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StopSignal, Terminal } from "../terminal/terminal.js";
import { runInThread } from "./training-thread.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-thread-"));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }); // a thread may be writing its last files
});

/** A walk whose `mischief` happens at step 2000 of an environment: longer than `checkEnv` plays. */
function ownEnvironment(mischief: string): string {
  const file = path.join(folder, "own.mjs");
  const envs = new URL("../../../envs/dist/index.js", import.meta.url).href;
  fs.writeFileSync(
    file,
    `import { existsSync } from "node:fs";
import { box, discrete } from ${JSON.stringify(envs)};
let steps = 0;
export default () => {
  let t = 0, x = 0, random;
  return {
    id: "Own-v0",
    observationSpace: box({ low: -100, high: 100, shape: [1] }),
    actionSpace: discrete(2),
    reset(rng) { random = rng; t = 0; x = random.uniform(); return Float32Array.of(x); },
    step(action) {
      t += 1;
      if (++steps === 6000) { ${mischief} }
      x += (action - 0.5) * random.uniform();
      return { observation: Float32Array.of(x), reward: -Math.abs(x), terminated: false, truncated: t >= 50 };
    },
    snapshot: () => ({ t, x }),
    restore(saved, rng) { t = saved.t; x = saved.x; random = rng; },
  };
};
`,
  );
  return file;
}

/** Trains in a thread; the signals are sent at the given texts on stderr, or at the start of training where a text is empty. */
async function trained(args: readonly string[], signals: readonly [StopSignal, string][] = []) {
  let err = "";
  let send: (signal: StopSignal) => void = () => {};
  let end = (_: number) => {};
  const left = [...signals];
  const heard = () => {
    while (left.length > 0 && err.includes(left[0][1])) send(left.shift()![0]);
  };
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const terminal: Terminal = {
    out: () => setTimeout(heard, 300),
    err(text) {
      err += text;
      setTimeout(heard, 10);
    },
    isTTY: false,
    colours: false,
    columns: 80,
    rows: 30,
    animates: false,
    onInterrupt(callback) {
      send = callback;
      return () => {};
    },
    exit: (code) => end(code),
  };
  const run = path.join(folder, "run");
  const how = ["--run-dir", run, "--eval-episodes", "0"];
  const code = await Promise.race([runInThread([...args, ...how], terminal), ended]);
  return { code, err, run };
}

it("a step that never returns is named, and a second Ctrl-C ends the process with the last checkpoint", async () => {
  const args = ["train", "ppo", ownEnvironment("while (existsSync(new URL(import.meta.url)));")];
  args.push("--num-steps", "8192"); // one iteration: only its end answers
  const { code, err, run } = await trained(args, [
    ["SIGINT", ""],
    ["SIGINT", "has not returned"],
  ]);
  expect(code).toBe(130);
  expect(err).toContain("Stopping after this iteration, with a checkpoint, or in it after 2 seconds.");
  expect(err).toMatch(
    /Own-v0: environment 0, step \d+ has not returned: the run cannot stop before\. The checkpoint of step 0 holds\./,
  );
  expect(fs.existsSync(path.join(run, "checkpoint", "checkpoint.json"))).toBe(true);
}, 60_000);

it("a step that takes longer than it may ends the run by itself, with the last checkpoint", async () => {
  const args = ["train", "ppo", ownEnvironment("while (existsSync(new URL(import.meta.url)));"), "--step-timeout", "2"];
  const { code, err, run } = await trained(args);
  expect(code).toBe(1);
  expect(err).toMatch(
    /Own-v0: environment 0, step \d+ has not returned for 2 seconds \(--step-timeout\)\. The run was ended\. The checkpoint of step \d+ holds\./,
  );
  expect(fs.existsSync(path.join(run, "checkpoint", "checkpoint.json"))).toBe(true);
}, 60_000);

it("a long iteration is given up after two seconds, with the checkpoint before, and done again where the run goes on", async () => {
  const slow = "} if (steps > 6000) { const until = performance.now() + 20; while (performance.now() < until);";
  const args = ["train", "ppo", ownEnvironment(slow), "--num-steps", "8192"]; // some 40 seconds
  const start = performance.now();
  const { code, err, run } = await trained(args, [["SIGTERM", ""]]);
  expect(code).toBe(143);
  expect(performance.now() - start).toBeLessThan(20_000);
  expect(err).toContain("Stopped in the iteration after step 0; the checkpoint of step 0 holds. Go on with:");
  expect(JSON.parse(fs.readFileSync(path.join(run, "checkpoint", "checkpoint.json"), "utf8")).step).toBe(0);
}, 60_000);

it.each([
  ["Promise.reject(new Error('boom'))", "thrown in a promise or a timer at this step or before: boom"],
  ["setTimeout(() => { throw new Error('tick'); })", "thrown in a promise or a timer at this step or before: tick"],
  ["process.exit(0)", "process.exit(0) was called"],
])(
  "an environment's %s ends the run with a sentence",
  async (mischief, sentence) => {
    const { code, err } = await trained(["train", "ppo", ownEnvironment(mischief), "--total-steps", "20000"]);
    expect(code).toBe(1);
    expect(err).toMatch(/Own-v0: environment 0, step \d+: /);
    expect(err).toContain(sentence);
    expect(err).toContain("The checkpoint of step 0 holds.");
  },
  20_000,
);

it("a process manager's signal stops a run with a checkpoint, and says so in the exit code", async () => {
  const long = ["train", "a2c", "CartPole-v1", "--total-steps", "1000000000"];
  const { code, err } = await trained(long, [["SIGTERM", ""]]);
  expect(code).toBe(143);
  expect(err).toMatch(/Stopped at step [\d,]+\. Go on with:/);
  fs.rmSync(path.join(folder, "run"), { recursive: true });
  expect((await trained(long, [["SIGHUP", ""]])).code).toBe(129);
}, 60_000);
