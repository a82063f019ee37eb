import { checkEnv, type Env } from "@advantage/envs";
import { expect, it } from "vitest";
import { probeEnvironments, takeaway } from "./probe-environments.js";

it.each(probeEnvironments.map((make) => [make().id, make] as const))(
  "%s is an environment as it should be",
  (_, make) => {
    expect(checkEnv(make as () => Env)).toEqual([]);
  },
);

it("the pile of stones is a game: turns, legal moves, and the winner's reward", () => {
  const game = takeaway(4);
  game.reset(undefined as never);
  expect([game.toMove?.(), game.legalActions?.()]).toEqual([0, [0, 1]]);
  expect(game.step(1)).toMatchObject({ observation: Int32Array.of(2, 1), reward: 0, terminated: false });
  expect(game.toMove?.()).toBe(1);
  expect(game.step(0)).toMatchObject({ observation: Int32Array.of(1, 0), reward: 0, terminated: false });
  expect(game.legalActions?.()).toEqual([0]);
  const snapshot = game.snapshot?.();
  expect(game.step(0)).toMatchObject({ reward: 1, terminated: true }); // player 0 takes the last
  game.restore?.(snapshot, undefined as never);
  expect(game.step(1)).toMatchObject({ reward: -1, terminated: true }); // more than there are
});
