import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { findEnvironment } from "@advantage/envs";
import { tabularPolicy } from "@advantage/rl";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "./main.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-policy-path-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("--policy-table PATH", () => {
  it("evaluates the policy of the file: the config has its table, the command its path", async () => {
    const { observationSpace, actionSpace, mdp } = findEnvironment("RandomWalk-v0").make();
    const numbers = mdp?.().numStates as number;
    const actions = actionSpace.kind === "discrete" ? actionSpace.n : 0;
    const probabilities = new Float64Array(numbers * actions).fill(1 / actions);
    const parts = { algorithm: "own", environment: "RandomWalk-v0", observationSpace, actionSpace, probabilities };
    const file = path.join(folder, "policy.safetensors");
    fs.writeFileSync(file, tabularPolicy(parts).save());
    const run = path.join(folder, "run");
    const words = ["train", "td0", "RandomWalk-v0", "--policy", "given", "--policy-table", file, "--run-dir", run];
    let err = "";
    const terminal = {
      out: () => {},
      err: (text: string) => {
        err += text;
      },
      isTTY: false,
      colours: false,
      columns: 100,
      rows: 40,
      animates: false,
      onInterrupt: () => () => {},
      exit: () => {},
    };
    expect(await main([...words, "--quiet"], { terminal }), err).toBe(0);
    const { config, command } = JSON.parse(fs.readFileSync(path.join(run, "config.json"), "utf8"));
    expect(config.policyTable).toEqual(Array.from(probabilities));
    expect(command ?? file).toContain(file);
  });
});
