import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { reinforce, run } from "@advantage/rl";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lastEvent } from "./run-child.js";

/** The command from the sources, in a process of its own; its children inherit how it was started. */
const HOOKS = new URL("../../../../test/typescript-hooks.mjs", import.meta.url).href;
const COMMAND = `import { main } from ${JSON.stringify(new URL("../cli/main.ts", import.meta.url).href)};
process.exitCode = await main(process.argv.slice(2));`;

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-compare-"));
  fs.writeFileSync(inFolder("advantage.mjs"), COMMAND);
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function advantage(args: string): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", HOOKS, "advantage.mjs", ...args.split(" ")],
    {
      cwd: folder,
    },
  );
  started.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err }))) };
}

const inFolder = (...names: string[]) => path.join(folder, ...names);
const metrics = (directory: string) =>
  fs
    .readFileSync(inFolder(directory, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => ({ ...JSON.parse(line), seconds: 0, stepsPerSecond: 0 }));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(condition()).toBe(true);
}

describe("advantage compare", () => {
  it("runs all variants and seeds, says which failed, and keeps what there is", async () => {
    const options = "--env CartPole-v1 --seeds 1,4 --total-steps 600 --eval-episodes 3 --threshold 15 --run-dir c";
    const failing = "reinforce:learning-rate=1e38,num-episodes=1";
    const { code, out, err } = await advantage(`compare reinforce ${failing} ${options} --json --jobs 2`).ended;
    expect(err).toMatch(/^reinforce:learning-rate=1e38,num-episodes=1, seed 1 failed: .*NaN.*\n.*, seed 4 failed: /);
    expect(code).toBe(1);
    const record = JSON.parse(out);
    expect(record).toMatchObject({
      complete: false,
      command: expect.stringMatching(/advantage compare reinforce .* --env CartPole-v1 --seeds 1,4 --total-steps 600/),
      result: { metric: "episodeReturn", threshold: 15 },
    });
    const [plain, failed] = record.result.variants;
    expect([plain.finished, failed.finished]).toEqual([[1, 4], []]);
    expect(failed.failed[0]).toMatchObject({ seed: 1, message: expect.stringContaining("NaN") });
    expect(plain.threshold.reached).toBe(2);
    expect(JSON.parse(fs.readFileSync(inFolder("c/comparison.json"), "utf8"))).toEqual(record);
    const html = fs.readFileSync(inFolder("c/report.html"), "utf8");
    expect(html).toContain("Failed, and left out of the figures");
    expect(html).toContain('<a href="reinforce-s4/report.html">4</a>');

    // Each child is a run like any other.
    const summary = JSON.parse(fs.readFileSync(inFolder("c/reinforce-s4/summary.json"), "utf8"));
    const alone = await run(reinforce, "CartPole-v1", { totalSteps: 600, seed: 4, evaluationEpisodes: 3 });
    expect(summary.evaluation).toEqual(alone.summary.evaluation);
    expect(plain.score.perSeed[1]).toEqual({ seed: 4, value: summary.evaluation.mean });

    const again = await advantage(`compare reinforce ${options}`).ended;
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toMatch(/^1 variant on CartPole-v1, 2 seeds: 2 runs, \d+ at a time, 2 of them done already\nc\n/);
    expect(again.out).toMatch(/reinforce +[\d.]+ +.* 2 of 2\n/);
    expect(JSON.parse(fs.readFileSync(inFolder("c/reinforce-s4/summary.json"), "utf8"))).toEqual(summary);
  }, 120_000);

  it("goes on after Ctrl-C and after a kill as if nothing had happened", async () => {
    const command = "compare reinforce --env CartPole-v1 --seeds 2, --total-steps 40000 --eval-episodes 3 --run-dir c";
    const step = () => lastEvent(inFolder("c/reinforce-s2"))?.step ?? 0;
    const interrupted = advantage(command);
    await until(() => step() > 0);
    interrupted.child.kill("SIGINT");
    const { code, err } = await interrupted.ended;
    expect(code).toBe(130);
    expect(err).toMatch(/reinforce, seed 2: stopped at [\d,]+ steps/);
    expect(err).toMatch(/Stopped\. Go on with:\n {2}.*advantage compare --resume c\n$/);
    expect(fs.readFileSync(inFolder("c/report.html"), "utf8")).toContain("Not ended: reinforce (seed 2)");

    const before = step();
    const ended = advantage("compare --resume c --quiet");
    await until(() => step() > before);
    ended.child.kill("SIGTERM");
    expect((await ended.ended).code).toBe(143);

    const stopped = step();
    const killed = advantage("compare --resume c --quiet");
    await until(() => step() > stopped);
    killed.child.kill("SIGKILL");
    await killed.ended;
    const left = step();
    expect(fs.existsSync(inFolder("c/reinforce-s2/summary.json"))).toBe(false);

    const resumed = await advantage(`${command} --json`).ended; // the same command, while the orphan may still be saving
    expect(resumed).toMatchObject({ code: 0, err: "" });
    expect(step()).toBeGreaterThan(left);
    expect(JSON.parse(resumed.out)).toMatchObject({ complete: true });
    const whole = await run(reinforce, "CartPole-v1", { totalSteps: 40_000, seed: 2, evaluationEpisodes: 0 });
    const expected = whole.history.map((event) => ({ ...event, seconds: 0, stepsPerSecond: 0 }));
    expect(metrics("c/reinforce-s2")).toEqual(JSON.parse(JSON.stringify(expected)));
  }, 120_000);
});
