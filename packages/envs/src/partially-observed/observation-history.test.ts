import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { assertEnv } from "../check-env.js";
import { cartPole } from "../classic-control/cart-pole.js";
import { observationHistory } from "./observation-history.js";
import { tMaze } from "./t-maze.js";

const [NORTH, EAST] = [0, 1];

/** The windows of an episode whose goal is north. */
function windows(length: number, withActions: boolean, actions: readonly number[]): number[][] {
  const env = observationHistory(tMaze({ length: 3 }), length, { withActions });
  let seed = 0;
  let first = env.reset(Random.fromSeed(seed));
  while (first[0] !== 1) first = env.reset(Random.fromSeed(++seed));
  return [first, ...actions.map((action) => env.step(action).observation)].map((window) => Array.from(window));
}

test("the last observations, oldest first, full of the first one at the start", () => {
  expect(windows(3, false, [EAST, NORTH, EAST, EAST])).toEqual([
    [1, 1, 1],
    [1, 1, 0],
    [1, 0, 0],
    [0, 0, 0],
    [0, 0, 3],
  ]);
  expect(windows(1, false, [EAST])).toEqual([[1], [0]]);
});

test("with the actions between them, 4 for none", () => {
  expect(windows(3, true, [EAST, NORTH, EAST, EAST])).toEqual([
    [1, 4, 1, 4, 1],
    [1, 4, 1, 1, 0],
    [1, 1, 0, 0, 0],
    [0, 0, 0, 1, 0],
    [0, 1, 0, 1, 3],
  ]);
  expect(windows(1, true, [EAST])).toEqual([[1], [0]]);
});

test.each([true, false])("keeps the contract, with actions: %s", (withActions) => {
  const make = () => observationHistory(tMaze({ length: 2 }), 3, { withActions });
  assertEnv(make);
  expect(Array.from(make().observationSpace.nvec)).toEqual(withActions ? [4, 5, 4, 5, 4] : [4, 4, 4]);
  expect([make().mdp, make().pomdp]).toEqual([undefined, undefined]);
});

test("says what it needs", () => {
  expect(() => observationHistory(tMaze(), 0)).toThrow("length must be an integer >= 1, got 0");
  expect(() => observationHistory(cartPole() as never, 2)).toThrow(
    /^observationHistory needs discrete observations, CartPole-v1 has .*: frameStack is for boxes$/,
  );
});
