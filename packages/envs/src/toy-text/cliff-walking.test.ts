import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { mdpToTable } from "../finite-mdp/finite-mdp.js";
import { optimalValues } from "../finite-mdp/testing/policy-values.js";
import { cliffWalking, cliffWalkingSlippery } from "./cliff-walking.js";

test("the table, all 48 × 4 entries from the rules", () => {
  const table = mdpToTable(cliffWalking().mdp());
  expect(table.length).toBe(48);
  table.forEach((actions, state) => {
    const x = state % 12;
    const y = (state - x) / 12;
    const targets = [
      [x, Math.max(0, y - 1)],
      [Math.min(11, x + 1), y],
      [x, Math.min(3, y + 1)],
      [Math.max(0, x - 1), y],
    ];
    targets.forEach(([i, j], action) => {
      const cliff = j === 3 && i > 0 && i < 11;
      expect(actions[action]).toEqual([cliff ? [1, 36, -100, false] : [1, 12 * j + i, -1, j === 3 && i === 11]]);
    });
  });
});

test("the shortest way takes 13 steps", () => {
  const values = optimalValues(cliffWalking().mdp(), 1, 40);
  expect(values[36]).toBe(-13);
  expect([values[35], values[34], values[0]]).toEqual([-1, -2, -14]); // 11 right, 3 down
  const env = cliffWalking();
  expect(env.reset(Random.fromSeed(0))).toBe(36);
  const rewards = [0, ...Array(11).fill(1), 2].map((action) => env.step(action));
  expect(rewards.map(({ reward }) => reward)).toEqual(Array(13).fill(-1));
  expect(rewards.map(({ terminated }) => terminated)).toEqual([...Array(12).fill(false), true]);
  env.reset(Random.fromSeed(0));
  expect(env.step(1)).toEqual({ observation: 36, reward: -100, terminated: false, truncated: false });
});

test("slippery: the direction and those to either side, a third each", () => {
  const table = mdpToTable(cliffWalkingSlippery().mdp());
  expect(table[36][1]).toEqual([
    [1 / 3, 24, -1, false],
    [1 / 3, 36, -100, false],
    [1 / 3, 36, -1, false],
  ]);
  expect(table[35][3].map(([, next]) => next)).toEqual([47, 34, 23]);
  expect(table[35][3][0][3]).toBe(true);
  expect(cliffWalking({ isSlippery: true }).mdp()).toEqual(cliffWalkingSlippery().mdp());
});
