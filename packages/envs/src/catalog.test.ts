import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { environments, findEnvironment, makeEnv } from "./catalog.js";
import { checkEnv } from "./check-env.js";
import { cartPole } from "./classic-control/cart-pole.js";
import { pendulum } from "./classic-control/pendulum.js";
import { ConfigError } from "./errors.js";
import { gridworld } from "./gridworld/gridworld.js";
import type { Field } from "./schema.js";
import { frozenLake } from "./toy-text/frozen-lake.js";
import { timeLimit } from "./wrappers/time-limit.js";

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

/** Values of fields that not every value suits. */
const SUITABLE: Readonly<Record<string, unknown>> = {
  "Gridworld-v0 wind": [0, 0, 1, 0],
  "DynaMaze-v0 wind": [0, 0, 1, 0, 0, 0, 0, 0, 0],
  "WindyGridworld-v0 wind": [0, 0, 0, 1, 1, 1, 1, 1, 1, 0],
  "WindyGridworld-v0 map": ["S........G"],
  "FrozenLake-v1 map": ["SFF", "FFG"],
  "FrozenLake8x8-v1 map": ["SFF", "FFG"],
  "MaximizationBias-v0 actions": 6,
  "LinearBandit-v0 parameter": [0.25, -0.5],
  "LinearBandit-v0 features": [
    [1, 0, 0, 0, 0, 0],
    [0, 0, 1, 0, 0, 1],
  ],
  "QuadraticBandit-v0 best": [0.5, -0.5],
  "AdversarialBandit-v0 rewards": "0,1\n1,0",
};

/** Another value than the default. */
function otherThan({ kind, default: usual, options, bounds }: Field): unknown {
  switch (kind) {
    case "flag":
      return !usual;
    case "choice":
      return options.find((option) => option !== usual);
    case "int":
      return Number(usual ?? 3) + 1;
    case "limit":
      return usual === Infinity ? 7 : Infinity;
    case "real":
      return bounds.max === 1 || bounds.below === 1 ? 0.5 : Number(usual) + 1;
    case "numbers":
      return (usual as number[]).map((value) => value / 2 + 0.25);
    case "lines":
      return ["S...", "...G"];
    case "lookup":
      return { G: 0.5 };
    case "text":
      return "G";
    default:
      throw new Error(`no other value of ${kind}`);
  }
}

describe.each(environments.map((entry) => [entry.id, entry] as const))("options of %s", (id, { config, make }) => {
  const fields = Object.values(config.fields);

  test("those that it does not have are refused", () => {
    expect(() => make({ nonsense: 1 })).toThrow(ConfigError);
    expect(() => make({ nonsense: 1 })).toThrow(`${id} has no option 'nonsense'.`);
  });

  test("defaults are what it is without options, and are not recorded", () => {
    expect(make(config.defaults as object).options ?? {}).toEqual({});
    expect(make().options ?? {}).toEqual({});
  });

  test.each(fields.map((field) => [field.name, field] as const))(
    "%s is recorded, and made again from the record",
    (name, field) => {
      const value = SUITABLE[`${id} ${name}`] ?? otherThan(field);
      const env = make({ [name]: value });
      expect(env.options).toEqual({ [name]: value });
      const again = make(JSON.parse(JSON.stringify(env.options)));
      expect(again.options).toEqual(env.options);
      expect(env.fresh?.().options).toEqual(env.options);
      expect(timeLimit(env, 5).options).toEqual(env.options);
      expect(field.help.length).toBeGreaterThan(10);
    },
  );
});

test("a wrong option gets the right one, Gymnasium's names too", () => {
  expect(() => frozenLake({ slippery: false } as never)).toThrow(
    "FrozenLake-v1 has no option 'slippery'. Did you mean 'isSlippery'?",
  );
  expect(() => frozenLake({ is_slippery: false } as never)).toThrow("Did you mean 'isSlippery'?");
  expect(() => pendulum({ g: 9.81 } as never)).toThrow("Pendulum-v1 has no option 'g'. Did you mean 'gravity'?");
  expect(() => cartPole({ foo: 1 } as never)).toThrow(
    "CartPole-v1 has no option 'foo'. It has integrator, suttonBartoReward.",
  );
  expect(() => makeEnv("Taxi-v3", { isRainy: true })).toThrow("Taxi-v3 has no option 'isRainy'. It has none.");
  expect(() => makeEnv("FrozenLake-v1", { isSlippery: "no" })).toThrow('isSlippery must be true or false, got "no"');
});

test("the map of one's own names what the catalogue's entry has to be given", () => {
  const own = gridworld(["S.G"], { stepReward: -1 });
  expect(own.options).toEqual({ map: ["S.G"], slip: 0, stepReward: -1, rewards: {}, timeLimit: Infinity });
  expect(Array.from(makeEnv("Gridworld-v0", own.options).mdp?.().reward ?? [])).toEqual(Array.from(own.mdp().reward));
});
