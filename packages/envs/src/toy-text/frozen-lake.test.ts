import { readFileSync } from "node:fs";
import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { mdpToTable } from "../finite-mdp/finite-mdp.js";
import { actionValues, optimalValues, policyValues } from "../finite-mdp/testing/policy-values.js";
import { frozenLake, frozenLake8x8, generateRandomMap } from "./frozen-lake.js";

interface Golden {
  initial_state_distribution: number[];
  transitions: number[][][][];
  solution: {
    gamma: number;
    V: number[];
    Q: number[][];
    greedy_actions: number[][];
    V_uniform_random_policy: number[];
    Q_uniform_random_policy: number[][];
  };
}

// Recorded from Gymnasium 1.4.
const golden = JSON.parse(
  readFileSync(new URL("../../../../test/golden/gymnasium/frozenlake4x4_slippery.json", import.meta.url), "utf8"),
) as Golden;

test("the table is Gymnasium's, entry by entry", () => {
  const mdp = frozenLake().mdp();
  const table = mdpToTable(mdp).map((actions) => actions.map((row) => row.map(([p, s, r, d]) => [p, s, r, d ? 1 : 0])));
  expect(table).toEqual(golden.transitions);
  expect(Array.from(mdp.initial)).toEqual(golden.initial_state_distribution);
});

test("its values by a dense linear solve are the recorded ones", () => {
  const mdp = frozenLake().mdp();
  const { gamma, V, Q, greedy_actions, V_uniform_random_policy, Q_uniform_random_policy } = golden.solution;
  const close = (ours: number[], theirs: number[]) => {
    ours.forEach((value, i) => {
      expect(Math.abs(value - theirs[i])).toBeLessThan(1e-12);
    });
  };
  const greedy = greedy_actions.map(([best]) => [0, 1, 2, 3].map((a) => (a === best ? 1 : 0)));
  const optimal = policyValues(mdp, greedy, gamma);
  close(optimal, V);
  close(actionValues(mdp, optimal, gamma).flat(), Q.flat());
  const uniform = policyValues(
    mdp,
    V.map(() => [0.25, 0.25, 0.25, 0.25]),
    gamma,
  );
  close(uniform, V_uniform_random_policy);
  close(actionValues(mdp, uniform, gamma).flat(), Q_uniform_random_policy.flat());
});

test("best chances within the time limit: 0.74 on the small map, 0.91 on the large one, as Gymnasium states", () => {
  expect(optimalValues(frozenLake().mdp(), 1, 100)[0]).toBeCloseTo(0.74, 2);
  expect(optimalValues(frozenLake8x8().mdp(), 1, 200)[0]).toBeCloseTo(0.91, 2);
});

test("options: dry ice, other chances, other rewards, maps", () => {
  const rng = Random.fromSeed(0);
  const dry = frozenLake({ isSlippery: false });
  expect(dry.reset(rng)).toBe(0);
  expect(
    [1, 1, 2, 1, 2, 2].map((action) => dry.step(action)).map((s) => [s.observation, s.reward, s.terminated]),
  ).toEqual([
    [4, 0, false],
    [8, 0, false],
    [9, 0, false],
    [13, 0, false],
    [14, 0, false],
    [15, 1, true],
  ]);
  const custom = frozenLake({ map: ["SG", "SH"], successRate: 0.75, rewardSchedule: [10, -5, -1] });
  expect(mdpToTable(custom.mdp())[0][3]).toEqual([
    [0.125, 1, 10, true], // right, up, left
    [0.75, 0, -1, false],
    [0.125, 0, -1, false],
  ]);
  expect(mdpToTable(custom.mdp())[2][2][1]).toEqual([0.75, 3, -5, true]);
  expect(Array.from(custom.mdp().initial)).toEqual([0.5, 0, 0.5, 0]);
  expect(frozenLake8x8().observationSpace.n).toBe(64);
  expect(
    frozenLake8x8()
      .mdp()
      .terminal.reduce((sum, t) => sum + t),
  ).toBe(11); // ten holes and the goal
  expect(frozenLake({ mapName: "8x8" }).observationSpace.n).toBe(64);
});

test("random maps have a way to the goal; the same stream gives the same map", () => {
  const rng = Random.fromSeed(4);
  for (let i = 0; i < 30; i++) {
    const map = generateRandomMap(6, 0.6, rng);
    expect(map.map((line) => line.length)).toEqual([6, 6, 6, 6, 6, 6]);
    // On dry ice the goal is reached with certainty if there is a way.
    expect(optimalValues(frozenLake({ map, isSlippery: false }).mdp(), 1, 36)[0]).toBe(1);
  }
  expect(generateRandomMap(5, 0.7, Random.fromSeed(1))).toEqual(generateRandomMap(5, 0.7, Random.fromSeed(1)));
  expect(generateRandomMap(3, 1, rng)).toEqual(["SFF", "FFF", "FFG"]);
});

test("messages", () => {
  expect(() => frozenLake({ mapName: "8x9" as "8x8" })).toThrow('mapName must be one of 4x4, 8x8, got "8x9"');
  expect(() => frozenLake({ map: ["SX"] })).toThrow("tiles must be S, F, H or G, got 'X' in row 0");
  expect(() => frozenLake({ map: ["SF", "G"] })).toThrow("row 0 has 2 tiles, row 1 has 1");
  expect(() => frozenLake({ map: ["FG"] })).toThrow("at least one start");
  expect(() => frozenLake({ successRate: 1.1 })).toThrow("successRate must be in [0, 1], got 1.1");
  expect(() => frozenLake({ rewardSchedule: [1, Number.NaN, 0] })).toThrow(
    "rewardSchedule must be a list of 3 numbers",
  );
  expect(() => generateRandomMap(1, 0.5, Random.fromSeed(0))).toThrow("size must be an integer >= 2, got 1");
  expect(() => generateRandomMap(4, 0, Random.fromSeed(0))).toThrow("p must be in (0, 1], got 0");
});
