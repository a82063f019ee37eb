import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { findEnvironment } from "@advantage/envs";
import { tabularPolicy } from "@advantage/rl";
import { afterEach, beforeEach, expect, it } from "vitest";
import { main } from "./main.js";

let folder: string;
let file: string;

/** A policy of the lake that always goes down. */
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-policy-file-"));
  file = path.join(folder, "down.safetensors");
  const { observationSpace, actionSpace, mdp } = findEnvironment("FrozenLake-v1").make();
  const probabilities = new Float64Array((mdp?.().numStates as number) * 4);
  for (let state = 0; 4 * state < probabilities.length; state++) probabilities[4 * state + 1] = 1; // down
  const parts = { algorithm: "own", environment: "FrozenLake-v1", observationSpace, actionSpace, probabilities };
  fs.writeFileSync(file, tabularPolicy(parts).save());
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

async function advantage(...argv: string[]) {
  let [out, err] = ["", ""];
  const terminal = {
    out(text: string) {
      out += text;
    },
    err(text: string) {
      err += text;
    },
    ...{ isTTY: false, colours: false, columns: 100, rows: 40, animates: false },
    onInterrupt: () => () => {},
    exit: () => {},
  };
  return { code: await main(argv, { terminal }), out, err };
}

const lake = ["--env", "FrozenLake-v1", "--env-option", "is-slippery=false"];

it("is evaluated in the environment that is named for it", async () => {
  const { code, out, err } = await advantage("eval", file, ...lake, "--episodes", "3", "--json");
  expect([code, err]).toEqual([0, ""]);
  // Down three times from the corner, and then against the wall until the time is over: no hole, no goal.
  expect(JSON.parse(out)).toMatchObject({
    environment: "FrozenLake-v1",
    environmentOptions: { isSlippery: false },
    seed: 0,
    evaluation: { episodes: 3, mean: 0 },
    policy: file,
  });
});

it("is watched there", async () => {
  const { code, out } = await advantage("watch", file, ...lake, "--max-steps", "2");
  expect(code).toBe(0);
  expect(out).toMatch(/step 1 · ↓ down · .* · state 4\n.*step 2 · ↓ down · .* · state 8 · did not end and was cut/);
});

it("asks for an environment, and for one that fits", async () => {
  for (const command of ["eval", "watch"]) {
    expect(await advantage(command, file)).toMatchObject({
      code: 2,
      err: `${file} is a policy without its run: say where it is to act with --env ENVIRONMENT\n`,
    });
    const { code, err } = await advantage(command, file, "--env", "CartPole-v1");
    expect(code).toBe(1);
    expect(err).toMatch(/^[^\n]*policy[^\n]*\n$/);
  }
});
