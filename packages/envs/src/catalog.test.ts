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

test("actions are named for what they do", () => {
  const moves: Readonly<Record<string, readonly number[]>> = {
    up: [-1, 0],
    right: [0, 1],
    down: [1, 0],
    left: [0, -1],
  };
  let grids = 0;
  for (const { id, actionNames, make } of environments) {
    if (!actionNames) continue;
    const env = make();
    expect([id, env.actionSpace]).toEqual([id, expect.objectContaining({ kind: "discrete", n: actionNames.length })]);
    const layout = env.mdp?.().layout;
    if (!layout?.moves) continue;
    grids += 1;
    expect([id, layout.moves.map((move) => move && [...move])]).toEqual([
      id,
      actionNames.map((name) => moves[name] ?? null),
    ]);
  }
  expect(grids).toBeGreaterThan(6);
});

test("pushes go the way that they are called", () => {
  // From rest, velocity and angular velocity have the sign of the push (the cart's pole falls the other way).
  for (const { id, actionNames = [], make } of environments) {
    if (!/^(?:CartPole-|MountainCar-|Acrobot)/.test(id)) continue;
    for (const [action, name] of actionNames.entries()) {
      const env = make();
      const atRest = id.startsWith("MountainCar") ? [-Math.PI / 6, 0] : [0, 0, 0, 0]; // the bottom of the valley
      env.restore?.({ state: atRest, elapsed: 0 }, undefined as never);
      const { observation } = env.step(action);
      const speed = Array.from(observation as Float32Array)[id.startsWith("Acrobot") ? 5 : 1];
      const expected = /left|−1/.test(name) ? -1 : /right|torque 1/.test(name) ? 1 : 0;
      expect([id, name, Math.abs(speed) < 1e-6 ? 0 : Math.sign(speed)]).toEqual([id, name, expected]);
    }
  }
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
