import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import { buildMdp, mdpFromTable } from "./finite-mdp.js";
import { layoutScene } from "./layout-scene.js";
import { sampleEnv } from "./sample-env.js";

const chain = mdpFromTable(
  [
    [
      [
        [0.2, 0, 1, false],
        [0, 1, 100, false],
        [0.5, 2, 2, true],
        [0.3, 1, 3, false],
        [0, 2, 100, true],
      ],
    ],
    [[[1, 2, 4, true]]],
    [[]],
  ],
  { initial: [0.75, 0.25, 0], terminal: [2] },
);

test("keeps the contract", () => {
  expect(checkEnv(() => sampleEnv(chain, { id: "Chain-v0", timeLimit: 3 }))).toEqual([]);
});

test("transitions and starts come as often as the MDP says, those of probability 0 never", () => {
  const env = sampleEnv(chain, { id: "Chain-v0" });
  const rng = Random.fromSeed(1);
  const n = 40_000;
  const rewards = new Map<number, number>();
  let starts = 0;
  for (let i = 0; i < n; i++) {
    if (env.reset(rng) === 0) starts += 1;
    env.restore({ state: 0, elapsed: 0 }, rng);
    const { reward, observation, terminated } = env.step(0);
    rewards.set(reward, (rewards.get(reward) ?? 0) + 1);
    expect([observation, terminated]).toEqual(
      [
        [0, false],
        [2, true],
        [1, false],
      ][reward - 1],
    );
  }
  expect([...rewards.keys()].sort()).toEqual([1, 2, 3]);
  const near = (count: number | undefined, p: number) => {
    expect(Math.abs((count ?? 0) / n - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
  };
  near(starts, 0.75);
  near(rewards.get(1), 0.2);
  near(rewards.get(2), 0.5);
  near(rewards.get(3), 0.3);
});

test("where only one thing can happen nothing is drawn", () => {
  const env = sampleEnv(chain, { id: "Chain-v0" });
  const rng = Random.fromSeed(1);
  env.restore({ state: 1, elapsed: 0 }, rng);
  expect(env.step(0)).toEqual({ observation: 2, reward: 4, terminated: true, truncated: false });
  expect(rng.snapshot()).toEqual(Random.fromSeed(1).snapshot());
});

test("the horizon cuts, unless a time limit is given", () => {
  const loop = mdpFromTable([[[[1, 0, 0, false]]]], { initial: 0, horizon: 2 });
  const cut = (env: ReturnType<typeof sampleEnv>) => {
    env.reset(Random.fromSeed(0));
    return [1, 2, 3].map(() => env.step(0).truncated);
  };
  expect(cut(sampleEnv(loop, { id: "Loop-v0" }))).toEqual([false, true, true]);
  expect(cut(sampleEnv(loop, { id: "Loop-v0", timeLimit: 3 }))).toEqual([false, false, true]);
});

test("hidden parts of the state and noisy rewards", () => {
  // Four states seen as two; rewards 0 + N(0, 2²).
  const mdp = buildMdp({ numStates: 4, numActions: 1, initial: 3 }, (s, _a, add) => add(1, (s + 1) % 4, 0, false));
  const rewardNoise = new Float64Array(4).fill(2);
  const env = sampleEnv(mdp, { id: "Hidden-v0", rewardNoise, observations: { count: 2, of: (s) => s % 2 } });
  expect(env.observationSpace.n).toBe(2);
  expect(env.reset(Random.fromSeed(1))).toBe(1);
  let square = 0;
  const n = 20_000;
  for (let i = 0; i < n; i++) {
    const { reward, observation } = env.step(0);
    expect(observation).toBe(i % 2);
    square += (reward * reward) / n;
  }
  expect(Math.abs(square - 4)).toBeLessThan(4 * 4 * Math.sqrt(2 / n)); // Var(x²) = 2σ⁴
  expect(() => sampleEnv(mdp, { id: "Hidden-v0", rewardNoise: new Float64Array(3) })).toThrow(
    "must have 4 elements, got 3",
  );
});

test("messages", () => {
  const env = sampleEnv(chain, { id: "Chain-v0" });
  expect(() => env.step(0)).toThrow("Chain-v0: call reset(rng) before step(action)");
  env.reset(Random.fromSeed(0));
  for (const action of [1, -1, 0.5, Number.NaN, "0"]) {
    expect(() => env.step(action as number)).toThrow("Chain-v0: action must be an element of Discrete(1), got");
  }
  expect(() => env.restore({ state: 3, elapsed: 0 }, Random.fromSeed(0))).toThrow(
    "state must be an integer in [0, 2], got 3",
  );
  expect(() => env.restore(undefined, Random.fromSeed(0))).toThrow("got undefined");
});

test("a map is drawn in as many shapes as it has stretches of cells", () => {
  // One background, one stretch of walls, one goal with its letter, one line between two rows, three between four columns.
  const { shapes, view } = layoutScene({ map: ["###G", "...."] });
  expect(shapes.filter(({ kind }) => kind === "polygon")).toHaveLength(3);
  expect(shapes.filter(({ kind }) => kind === "line")).toHaveLength(4);
  expect(shapes.filter(({ kind }) => kind === "text")).toHaveLength(1);
  expect(view[2]).toBeGreaterThan(4);
  // The agent on row 1, column 2 looks down: its arrow's tip is below its centre.
  const moves = [[1, 0]] as const;
  const agent = layoutScene({ map: ["###G", "...."], moves }, { row: 1, column: 2, action: 0 }).shapes.slice(-3);
  expect(agent[0]).toMatchObject({ kind: "circle", centre: [2.5, 0.5] });
  const arrow = agent[2];
  expect(arrow.kind === "polygon" && arrow.points[0][1] < 0.5).toBe(true);
});
