import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { algorithms, reinforce } from "@advantage/rl";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { trainToDirectory } from "../run-directory/train-to-directory.js";
import { type ComparisonPlan, prepareComparison } from "./plan.js";
import { argumentsOf } from "./run-child.js";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-plan-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const plan: ComparisonPlan = {
  variants: ["reinforce", "reinforce:causality=false,max-grad-norm=none"],
  environment: "CartPole-v1",
  seeds: [2, 5],
  totalSteps: 300,
  preset: "auto",
  evaluationEpisodes: 2,
};
const prepare = (over: Partial<ComparisonPlan> = {}) => prepareComparison({ ...plan, ...over }, folder, algorithms);

describe("a plan", () => {
  it("is one run for each variant and seed, all variants of a seed before the next", async () => {
    const { jobs, environment, threshold } = await prepare();
    expect([environment, threshold]).toEqual(["CartPole-v1", 475]);
    expect(jobs.map(({ name, state }) => [name, state])).toEqual([
      ["reinforce, seed 2", "missing"],
      ["reinforce:causality=false,max-grad-norm=none, seed 2", "missing"],
      ["reinforce, seed 5", "missing"],
      ["reinforce:causality=false,max-grad-norm=none, seed 5", "missing"],
    ]);
    expect(new Set(jobs.map(({ directory }) => directory)).size).toBe(4);
    expect(argumentsOf(jobs[1], plan)).toEqual([
      ...["train", "reinforce", "CartPole-v1", "--total-steps=300", "--no-causality", "--max-grad-norm=none"],
      ...[
        "--seed=2",
        "--preset=auto",
        `--run-dir=${jobs[1].directory}`,
        "--eval-episodes",
        "2",
        "--workers",
        "1",
        "--json",
        "--quiet",
      ],
    ]);
  });

  it("takes a threshold and a variant's own number of steps before those of all", async () => {
    const { jobs, threshold } = await prepare({ variants: ["ppo:total-steps=500", "ppo"], threshold: 50 });
    expect(jobs.map(({ config }) => config.totalSteps).slice(0, 2)).toEqual([500, 300]);
    expect(threshold).toBe(50);
  });

  it("tells everything that is wrong with any variant", async () => {
    const variants = ["poo", "ppo:clop=1", "sarsa", "reinforce:baseline=average,num-episodes=1", "a2c", "a2c"];
    await expect(prepare({ variants })).rejects.toThrow(
      [
        "unknown algorithm 'poo'. Did you mean 'ppo'? advantage list shows all of them.",
        "ppo:clop=1: unknown setting 'clop'. Did you mean 'clip'?",
        "a2c is given twice",
        "sarsa cannot use the observations of CartPole-v1, Box [4]: it takes discrete",
      ].join("\n"),
    );
    await expect(prepare({ variants })).rejects.toThrow(
      /baseline=average,num-episodes=1: numEpisodes must be at least 2/,
    );
    await expect(prepare({ environment: "CartPol-v1" })).rejects.toThrow("Did you mean 'CartPole-v1'?");
    await expect(prepare({ preset: "none-such" })).rejects.toThrow("reinforce has no preset 'none-such'");
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it("knows which runs have ended, and takes no other run for its own", async () => {
    const [first, second] = (await prepare()).jobs;
    const settings = { totalSteps: 300, seed: 2 };
    const keep = { evaluationEpisodes: 2, runDirectory: first.directory };
    await trainToDirectory(reinforce, "CartPole-v1", { ...keep, settings });
    const stopped = new AbortController();
    await trainToDirectory(reinforce, "CartPole-v1", {
      settings: { ...settings, causality: false },
      runDirectory: second.directory,
      signal: stopped.signal,
      sinks: [{ event: () => stopped.abort() }],
    });
    const states = (await prepare()).jobs.map(({ state }) => state);
    expect(states).toEqual(["finished", "interrupted", "missing", "missing"]);
    expect(argumentsOf((await prepare()).jobs[1], plan).slice(0, 2)).toEqual(["resume", second.directory]);

    await expect(prepare({ totalSteps: 400 })).rejects.toThrow(
      `${first.directory}, ${second.directory}: holds another run (totalSteps is 300 there, 400 here); use another --run-dir, or remove it`,
    );
    await expect(prepare({ environment: "CartPole-v0" })).rejects.toThrow("it is on CartPole-v1, not on CartPole-v0");
    await expect(prepare({ evaluationEpisodes: 9 })).rejects.toThrow(
      "was evaluated with 2 episodes, not 9; use --eval-episodes 2, or another --run-dir",
    );
  });
});
