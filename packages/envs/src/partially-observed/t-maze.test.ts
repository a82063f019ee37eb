import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { assertEnv } from "../check-env.js";
import { policyValues } from "../finite-mdp/testing/policy-values.js";
import { tMaze, tMazePomdp } from "./t-maze.js";

const [NORTH, EAST, SOUTH, WEST] = [0, 1, 2, 3];

/** An episode with that sign, 1 or 2. */
function started(sign: number, length: number) {
  const env = tMaze({ length });
  for (let seed = 0; ; seed++) if (env.reset(Random.fromSeed(seed)) === sign) return env;
}

test.each([
  [1, NORTH, 4],
  [1, SOUTH, -0.1],
  [2, NORTH, -0.1],
  [2, SOUTH, 4],
])("sign %i, turn %i at the junction: %d", (sign, turn, reward) => {
  const env = started(sign, 3);
  const step = (observation: number, reward: number) => ({ observation, reward, terminated: false, truncated: false });
  expect(env.step(EAST)).toEqual(step(0, 0));
  expect(env.step(EAST)).toEqual(step(0, 0));
  expect(env.step(EAST)).toEqual(step(3, 0));
  expect(env.step(turn)).toMatchObject({ reward, terminated: true });
});

test("standing still costs 0.1, walking back nothing, and the sign is seen again", () => {
  const env = started(2, 3);
  for (const action of [NORTH, SOUTH, WEST]) expect(env.step(action)).toMatchObject({ observation: 2, reward: -0.1 });
  expect(env.step(EAST)).toMatchObject({ observation: 0, reward: 0 });
  for (const action of [NORTH, SOUTH]) expect(env.step(action)).toMatchObject({ observation: 0, reward: -0.1 });
  expect(env.step(WEST)).toMatchObject({ observation: 2, reward: 0 });
  for (let i = 0; i < 3; i++) env.step(EAST);
  expect(env.step(EAST)).toMatchObject({ observation: 3, reward: -0.1 });
  expect(env.step(WEST)).toMatchObject({ observation: 0, reward: 0 });
});

test("both signs are as likely; an episode is cut after 20·N steps", () => {
  const env = tMaze({ length: 2 });
  const rng = Random.fromSeed(1);
  const n = 4000;
  let north = 0;
  for (let i = 0; i < n; i++) if (env.reset(rng) === 1) north += 1;
  expect(Math.abs(north / n - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / n));
  for (let t = 1; t <= 40; t++) expect(env.step(NORTH)).toMatchObject({ terminated: false, truncated: t === 40 });
});

test("who sees the goal gets 4γᴺ, who turns north in any case 1.95γᴺ", () => {
  const length = 5;
  const { mdp } = tMazePomdp({ length });
  const positions = length + 3;
  const turning = (turn: (goal: number) => number) =>
    policyValues(
      mdp,
      Array.from({ length: mdp.numStates }, (_, state) => {
        const action = state % positions < length ? EAST : turn(Math.floor(state / positions));
        return [0, 1, 2, 3].map((a) => (a === action ? 1 : 0));
      }),
      0.98,
    );
  const weight = 0.98 ** length;
  const seeing = turning((goal) => (goal === 0 ? NORTH : SOUTH));
  expect(seeing[0]).toBeCloseTo(4 * weight, 12);
  expect(seeing[positions]).toBeCloseTo(4 * weight, 12);
  const blind = turning(() => NORTH);
  expect((blind[0] + blind[positions]) / 2).toBeCloseTo(1.95 * weight, 12);
});

test("the POMDP, and no MDP: observations do not tell the states apart", () => {
  const env = tMaze({ length: 4 });
  const { mdp, observations, numObservations } = env.pomdp();
  expect("mdp" in env).toBe(false);
  expect([mdp.numStates, numObservations, mdp.horizon, mdp.discount]).toEqual([14, 4, 80, 0.98]);
  expect(Array.from(observations)).toEqual([1, 0, 0, 0, 3, 0, 0, 2, 0, 0, 0, 3, 0, 0]);
  expect(env.fresh().pomdp()).toBe(env.pomdp());
  expect(() => tMaze({ length: 0 })).toThrow("length must be a whole number of at least 1, got 0");
});

test.each([1, 2, 10])("length %i keeps the contract", (length) => {
  assertEnv(() => tMaze({ length }), { steps: 400 });
});
