import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { assertEnv } from "../check-env.js";
import { buildMdp } from "../finite-mdp/finite-mdp.js";
import { pomdpOf } from "./pomdp.js";
import { tiger, tigerPomdp } from "./tiger.js";

test("listening costs 1 and is right in 85 % of the cases", () => {
  const env = tiger({ timeLimit: 1e9 });
  const rng = Random.fromSeed(1);
  expect(env.reset(rng)).toBe(0);
  const side = env.snapshot().state < 3 ? 0 : 1;
  const n = 10_000;
  let right = 0;
  for (let i = 0; i < n; i++) {
    const { observation, reward } = env.step(0);
    expect(reward).toBe(-1);
    if (observation === side + 1) right += 1;
  }
  expect(Math.abs(right / n - 0.85)).toBeLessThan(4 * Math.sqrt((0.85 * 0.15) / n));
});

test("a door pays 10 or costs 100, nothing is heard, and the tiger is put anywhere", () => {
  const env = tiger({ timeLimit: 1e9 });
  const rng = Random.fromSeed(2);
  env.reset(rng);
  const n = 4000;
  let left = 0;
  for (let i = 0; i < n; i++) {
    const behindLeft = env.snapshot().state < 3;
    expect(env.step(1)).toEqual({
      observation: 0,
      reward: behindLeft ? -100 : 10,
      terminated: false,
      truncated: false,
    });
    if (behindLeft) left += 1;
  }
  expect(Math.abs(left / n - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / n));
});

test("keeps the contract, also with a perfect ear", () => {
  assertEnv(() => tiger());
  assertEnv(() => tiger({ accuracy: 1, timeLimit: 3 }));
  expect(() => tigerPomdp({ accuracy: 2 })).toThrow("accuracy must be in [0, 1], got 2");
});

test("a POMDP's observations are checked", () => {
  const mdp = buildMdp({ numStates: 2, numActions: 1, initial: 0 }, (state, _, add) => add(1, 1 - state, 0, false));
  expect(() => pomdpOf(mdp, 2, [0])).toThrow("observations must be one for each of 2 states, got 1");
  expect(() => pomdpOf(mdp, 2, [0, 2])).toThrow("the observation of state 1 must be an integer in [0, 1], got 2");
  expect(() => pomdpOf(mdp, 0, [0, 0])).toThrow("numObservations must be an integer >= 1, got 0");
});
