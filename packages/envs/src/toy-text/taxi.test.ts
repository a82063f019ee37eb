import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import { mdpToTable } from "../finite-mdp/finite-mdp.js";
import { optimalValues } from "../finite-mdp/testing/policy-values.js";
import { decodeTaxi, encodeTaxi, taxi, taxiV4 } from "./taxi.js";

test("states are numbered as in Gymnasium", () => {
  expect(encodeTaxi(3, 1, 2, 0)).toBe(328);
  expect(decodeTaxi(328)).toEqual({ row: 3, column: 1, passenger: 2, destination: 0 });
  for (let s = 0; s < 500; s++) {
    const { row, column, passenger, destination } = decodeTaxi(s);
    expect(encodeTaxi(row, column, passenger, destination)).toBe(s);
  }
});

test("state 328, the row that tutorials print", () => {
  expect(mdpToTable(taxi().mdp())[328]).toEqual([
    [[1, 428, -1, false]],
    [[1, 228, -1, false]],
    [[1, 348, -1, false]],
    [[1, 328, -1, false]],
    [[1, 328, -10, false]],
    [[1, 328, -10, false]],
  ]);
});

test("counts: 3000 rows, 968 illegal calls, 4 deliveries, 300 starts, 404 states that occur", () => {
  const mdp = taxi().mdp();
  const count = (reward: number) => mdp.reward.reduce((sum, r) => sum + (r === reward ? 1 : 0), 0);
  expect(mdp.reward.length).toBe(3000);
  // Picking up is possible in 4 stands × 4 destinations of 500 states, dropping off in as many.
  expect([count(-10), count(20), count(-1)]).toEqual([2 * (500 - 16), 4, 3000 - 968 - 4]);
  expect(mdp.terminated.reduce((sum, t) => sum + t)).toBe(4);
  expect(mdp.initial.filter((p) => p > 0)).toEqual(new Float64Array(300).fill(1 / 300));
  const seen = new Set<number>();
  const open = Array.from(mdp.initial.keys()).filter((s) => mdp.initial[s] > 0);
  for (let s = open.pop(); s !== undefined; s = open.pop()) {
    if (seen.has(s)) continue;
    seen.add(s);
    for (let k = 6 * s; k < 6 * s + 6; k++) {
      if (mdp.terminated[k] === 1) seen.add(mdp.nextState[k]);
      else open.push(mdp.nextState[k]);
    }
  }
  expect(seen.size).toBe(404);
});

test("walls: the three pairs of cells that cannot be crossed", () => {
  const { nextState } = taxi().mdp();
  const walls: number[][] = [];
  for (let row = 0; row < 5; row++) {
    for (let column = 0; column < 4; column++) {
      const left = encodeTaxi(row, column, 0, 1);
      const right = encodeTaxi(row, column + 1, 0, 1);
      const open = nextState[6 * left + 2] === right;
      expect(nextState[6 * right + 3] === left).toBe(open);
      if (!open) walls.push([row, column]);
    }
  }
  expect(walls).toEqual([
    [0, 1],
    [1, 1],
    [3, 0],
    [3, 2],
    [4, 0],
    [4, 2],
  ]);
});

test("a delivery by hand: from beside red to green, best possible", () => {
  // Taxi at (2, 0), passenger at red (0, 0), to yellow (4, 0): 2 north, pick up, 4 south, drop off: 7 · (−1) + 20.
  const s = encodeTaxi(2, 0, 0, 2);
  expect(optimalValues(taxi().mdp(), 1, 30)[s]).toBe(13);
  const env = taxi();
  env.restore({ state: s, elapsed: 192 }, Random.fromSeed(0));
  const steps = [1, 1, 4, 0, 0, 0, 0, 5].map((action) => env.step(action));
  expect(steps.map(({ reward }) => reward)).toEqual([-1, -1, -1, -1, -1, -1, -1, 20]);
  expect(steps.at(-1)).toMatchObject({ observation: encodeTaxi(4, 0, 2, 2), terminated: true, truncated: true });
});

test("the mask allows what changes the state", () => {
  const env = taxi();
  const mdp = env.mdp();
  for (let s = 0; s < 500; s++) {
    env.restore({ state: s, elapsed: 0 }, Random.fromSeed(0));
    const mask = env.actionMask?.();
    for (let a = 0; a < 6; a++) {
      const ends = mdp.terminated[6 * s + a] === 1;
      expect(mask?.[a]).toBe(mdp.nextState[6 * s + a] !== s || ends ? 1 : 0);
    }
  }
});

test("Taxi-v4: rain turns moves aside, but not those that a wall stops", () => {
  expect(taxiV4().mdp()).toEqual(taxi().mdp());
  const table = mdpToTable(taxiV4({ isRainy: true }).mdp());
  const at = (row: number, column: number) => encodeTaxi(row, column, 4, 0);
  // South from the middle: left is east, right is west.
  expect(table[at(2, 2)][0].map(([, next]) => next)).toEqual([at(3, 2), at(2, 3), at(2, 1)]);
  expect(table[at(2, 2)][0].map(([p]) => p)).toEqual([0.8, (1 - 0.8) / 2, (1 - 0.8) / 2]);
  // East from (0, 1) runs into the wall.
  expect(table[at(0, 1)][2].map(([, next]) => next)).toEqual([at(0, 1), at(0, 1), at(0, 1)]);
  expect(table[at(2, 2)][4]).toEqual([[1, at(2, 2), -10, false]]);
});

test("Taxi-v4: a fickle passenger changes their mind when the taxi first moves, once, unseen before", () => {
  const options = { ficklePassenger: true, fickleProbability: 0.5 };
  expect(checkEnv(() => taxiV4(options))).toEqual([]);
  const env = taxiV4(options);
  const mdp = env.mdp();
  expect([env.observationSpace.n, mdp.numStates]).toEqual([500, 1000]);
  const table = mdpToTable(mdp);
  const s = encodeTaxi(2, 2, 4, 0);
  expect(table[500 + s][1]).toEqual([1, 2, 3].map((other) => [1 / 3, encodeTaxi(1, 2, 4, other), -1, false]));
  expect(table[s][1]).toEqual([[1, encodeTaxi(1, 2, 4, 0), -1, false]]);
  // Waiting at a wall changes nothing yet; nor does driving before the passenger is on board.
  expect(table[500 + encodeTaxi(0, 1, 4, 0)][2]).toEqual([[1, 500 + encodeTaxi(0, 1, 4, 0), -1, false]]);
  expect(table[500 + encodeTaxi(2, 2, 3, 0)][1]).toEqual([[1, 500 + encodeTaxi(1, 2, 3, 0), -1, false]]);
  env.restore({ state: 500 + s, elapsed: 0 }, Random.fromSeed(2));
  expect(decodeTaxi(env.step(1).observation)).toMatchObject({ row: 1, passenger: 4 });
  expect(() => taxiV4({ rainyProbability: 2 })).toThrow("rainyProbability must be in [0, 1], got 2");
});
