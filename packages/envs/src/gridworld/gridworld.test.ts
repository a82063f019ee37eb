import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import { mdpToTable } from "../finite-mdp/finite-mdp.js";
import { optimalValues, policyValues } from "../finite-mdp/testing/policy-values.js";
import { gridMdp, largeGridMdp } from "./grid-mdp.js";
import { dynaMaze, gridworld, gridworldOf, windyGridworld } from "./gridworld.js";

const [UP, RIGHT, DOWN, LEFT] = [0, 1, 2, 3];

test("cells in reading order without walls and cliffs; walls and edges stop, cliffs send back", () => {
  //  0 # 1
  //  2 C 3
  const mdp = gridMdp(["S#.", ".C2"], { stepReward: -1, rewards: { C: -9, "2": 5 } });
  expect(mdp.layout?.row).toEqual(Int32Array.of(0, 0, 1, 1));
  expect(mdp.layout?.column).toEqual(Int32Array.of(0, 2, 0, 2));
  const table = mdpToTable(mdp);
  expect(table[0]).toEqual([[[1, 0, -1, false]], [[1, 0, -1, false]], [[1, 2, -1, false]], [[1, 0, -1, false]]]);
  expect(table[2][RIGHT]).toEqual([[1, 0, -9, false]]);
  expect(table[1][DOWN]).toEqual([[1, 3, 5, false]]);
  expect(table[3][RIGHT]).toEqual([[1, 3, 5, false]]); // against the edge: the cell is entered again
  expect(mdp.initial).toEqual(Float64Array.of(1, 0, 0, 0));
  expect(mdp.episodic).toBe(false);
});

test("goals and holes end the episode; several starts; other characters may end it", () => {
  const mdp = gridMdp(["SGS", "1H."], { terminal: "GH1", rewards: { H: -2 } });
  expect(Array.from(mdp.terminal)).toEqual([0, 1, 0, 1, 1, 0]);
  expect(Array.from(mdp.initial)).toEqual([0.5, 0, 0.5, 0, 0, 0]);
  const table = mdpToTable(mdp);
  expect(table[0][RIGHT]).toEqual([[1, 1, 1, true]]);
  expect(table[0][DOWN]).toEqual([[1, 3, 0, true]]);
  expect(table[5][LEFT]).toEqual([[1, 4, -2, true]]);
  expect(table[1][UP]).toEqual([[1, 1, 0, true]]);
});

test("slip goes to either side", () => {
  expect(mdpToTable(gridMdp(["...", ".S.", "..G"], { slip: 0.25 }))[4][RIGHT]).toEqual([
    [0.75, 5, 0, false],
    [0.125, 1, 0, false],
    [0.125, 7, 0, false],
  ]);
});

test("Dyna maze: 47 cells, 14 steps", () => {
  const mdp = dynaMaze().mdp();
  expect(mdp.numStates).toBe(54 - 7);
  const start = mdp.initial.indexOf(1);
  const values = optimalValues(mdp, 0.95, 60);
  let power = 1;
  for (let i = 0; i < 13; i++) power *= 0.95;
  expect(values[start]).toBeCloseTo(power, 12);
});

test("windy gridworld: 15 steps; the wind is that of the cell one leaves", () => {
  const env = windyGridworld();
  const mdp = env.mdp();
  expect(optimalValues(mdp, 1, 60)[30]).toBe(-15);
  const table = mdpToTable(mdp);
  expect(table[38][LEFT]).toEqual([[1, 27, -1, false]]); // "one cell to the right of the goal, left takes you just above the goal"
  expect(table[63][DOWN][0][1]).toBe(63); // bottom row, wind 1 against down
  expect(table[6][RIGHT][0][1]).toBe(7); // nothing above the top row
  const way = [...Array(9).fill(RIGHT), ...Array(4).fill(DOWN), LEFT, LEFT];
  env.reset(Random.fromSeed(0));
  const last = way.map((action) => env.step(action)).at(-1);
  expect(last).toEqual({ observation: 37, reward: -1, terminated: true, truncated: false });
});

test("the large grid: 10⁵ states with five successors, the same from the same seed", () => {
  const small = largeGridMdp({ rows: 10, columns: 30, seed: 2 });
  expect(small).toEqual(largeGridMdp({ rows: 10, columns: 30, seed: 2 }));
  expect(small.reward).not.toEqual(largeGridMdp({ rows: 10, columns: 30, seed: 3 }).reward);
  const mdp = largeGridMdp();
  expect([mdp.numStates, mdp.numActions, mdp.discount]).toEqual([100_000, 4, 0.99]);
  let goals = 0;
  for (let row = 0; row < 400_000; row++) {
    const length = mdp.rowStart[row + 1] - mdp.rowStart[row];
    if (length === 1) goals += 1 / 4;
    else if (length !== 5) expect(length).toBe(5);
  }
  expect(goals).toBeGreaterThan(30);
  expect(goals).toBeLessThanOrEqual(40);
  const bytes = [mdp.rowStart, mdp.nextState, mdp.probability, mdp.reward, mdp.terminated, mdp.expectedReward];
  expect(bytes.reduce((sum, array) => sum + array.byteLength, 0)).toBeLessThan(50e6);
});

test("a map of one's own keeps the contract, and its values are those of a linear solve by hand", () => {
  expect(checkEnv(() => gridworld(["S.1", "#.G"], { slip: 0.1, timeLimit: 20 }))).toEqual([]);
  // Always right in S . G with slip ½: V(.) = ½·1 + ½·γV(.), V(S) = ½γV(.) + ½γV(S); γ = ½ ⇒ V(.) = ⅔, V(S) = 2/9
  const values = policyValues(gridMdp(["S.G"], { slip: 0.5 }), Array(3).fill([0, 1, 0, 0]), 0.5);
  expect(values[1]).toBeCloseTo(2 / 3, 14);
  expect(values[0]).toBeCloseTo(2 / 9, 14);
});

/** Utilities as Russell & Norvig print them, in reading order, the two ends and the wall left out. */
test.each([
  // 3rd edition, figure 17.3: R(s) = −0.04 is paid in the state, so that the step into an end costs it as well.
  [
    "3rd edition",
    { rewards: { G: 0.96, H: -1.04 } },
    3,
    [0.812, 0.868, 0.918, 0.762, 0.66, 0.705, 0.655, 0.611, 0.388],
  ],
  // 4th edition, figure 17.3: a step between other cells is paid −0.04, one into an end ±1.
  ["4th edition", {}, 4, [0.8516, 0.9078, 0.9578, 0.8016, 0.7003, 0.7453, 0.6953, 0.6514, 0.4279]],
])("Gridworld-v0 has the utilities of Russell & Norvig's %s", (_, options, digits, published) => {
  const values = Array.from(optimalValues(gridworldOf(options).mdp(), 1, 500));
  const within = values.filter((_, state) => state !== 3 && state !== 6);
  expect(within.map((value) => Number(value.toFixed(digits)))).toEqual(published);
});

test("a large map is drawn", () => {
  const side = 700;
  const env = gridworld(Array.from({ length: side }, (_, i) => (i === 0 ? "S".padEnd(side, ".") : "H".repeat(side))));
  env.reset(Random.fromSeed(0));
  expect(env.render().shapes.length).toBeGreaterThan(side);
});

test("messages", () => {
  expect(() => gridMdp([])).toThrow("a map must be an array of strings");
  expect(() => gridMdp(["S.", "."])).toThrow("row 0 has 2 cells, row 1 has 1");
  expect(() => gridMdp(["S?"])).toThrow("got '?' in row 0, column 1");
  expect(() => gridMdp([".G"])).toThrow("at least one start, S, got none");
  expect(() => gridMdp(["S"], { slip: 2 })).toThrow("slip must be in [0, 1], got 2");
  expect(() => gridMdp(["SG"], { wind: [1] })).toThrow("wind must hold an integer for each of 2 columns, got [1]");
  expect(() => gridMdp(["SG"], { rewards: { X: 1 } })).toThrow("got 'X'");
  expect(() => gridMdp(["S."], { discount: 1 })).toThrow("discount must be below 1 for a continuing task");
  expect(() => largeGridMdp({ rows: 1 })).toThrow("rows must be an integer >= 2, got 1");
});
