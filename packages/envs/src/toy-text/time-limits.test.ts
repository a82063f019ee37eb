import { readFileSync } from "node:fs";
import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { environments } from "../catalog.js";
import type { TabularEnv } from "../finite-mdp/sample-env.js";

test("time limits are Gymnasium's", () => {
  const limits = JSON.parse(
    readFileSync(new URL("../../../../test/golden/gymnasium/timelimits.json", import.meta.url), "utf8"),
  ) as Record<string, number | null>;
  const seen: string[] = [];
  for (const { id, make } of environments.filter(({ family }) => family === "toy text")) {
    const limit = limits[id];
    if (limit === undefined || id === "Blackjack-v1") continue; // Blackjack has no state to count steps in
    seen.push(id);
    const env = make() as TabularEnv;
    const rng = Random.fromSeed(0);
    env.restore({ state: env.reset(rng), elapsed: (limit ?? 1e9) - 2 }, rng);
    expect([id, env.step(0).truncated, env.step(0).truncated]).toEqual([id, false, limit !== null]);
  }
  expect(seen).toEqual(["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v4"]);
});
