import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { environments, findEnvironment, makeEnv } from "./catalog.js";
import { checkEnv } from "./check-env.js";

test("ids and aliases are unique and lead to their environment", () => {
  const names = environments.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const { id, aliases = [] } of environments) {
    expect(makeEnv(id).id).toBe(id);
    for (const alias of aliases) expect(findEnvironment(alias).id).toBe(id);
  }
});

test.each(environments.map(({ id, make }) => [id, make] as const))("%s keeps the contract", (_, make) => {
  expect(checkEnv(make, { steps: 600 })).toEqual([]);
});

test("an unknown id gets the nearest one", () => {
  expect(() => makeEnv("CartPol-v1")).toThrow("unknown environment 'CartPol-v1'. Did you mean 'CartPole-v1'?");
  expect(() => makeEnv("zzzzzzzzzzzzzzz")).toThrow(/^unknown environment 'zzzzzzzzzzzzzzz'\.$/);
});

test("time limits are Gymnasium's", () => {
  const limits = JSON.parse(
    readFileSync(new URL("../../../test/golden/gymnasium/timelimits.json", import.meta.url), "utf8"),
  ) as Record<string, number | null>;
  for (const { id, make, family } of environments) {
    if (family !== "classic control") continue;
    const env = make();
    const limit = limits[id] as number;
    const state = startOf(id);
    const still = env.actionSpace.kind === "box" ? Float32Array.of(0) : 1;
    env.restore?.({ state, elapsed: limit - 2 }, undefined as never);
    expect([id, env.step(still).truncated]).toEqual([id, false]);
    expect([id, env.step(still).truncated]).toEqual([id, true]);
  }
});

function startOf(id: string): number[] {
  return id.startsWith("CartPole") || id.startsWith("Acrobot") ? [0, 0, 0, 0] : [0, 0];
}
