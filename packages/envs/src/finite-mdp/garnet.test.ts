import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { garnet, garnetEnv, oneStepEnv, oneStepMdp, randomMdp } from "./garnet.js";

test("a Garnet has as many different successors as asked for, and rewards from N(0, 1)", () => {
  const mdp = garnet({ states: 50, actions: 4, branching: 5, seed: 3, discount: 0.9 });
  expect([mdp.numStates, mdp.numActions, mdp.discount, mdp.episodic]).toEqual([50, 4, 0.9, false]);
  for (let row = 0; row < 200; row++) {
    expect(mdp.rowStart[row + 1] - mdp.rowStart[row]).toBe(5);
    expect(new Set(mdp.nextState.subarray(mdp.rowStart[row], mdp.rowStart[row + 1])).size).toBe(5);
  }
  const n = mdp.reward.length;
  const mean = mdp.reward.reduce((sum, r) => sum + r / n, 0);
  const square = mdp.reward.reduce((sum, r) => sum + (r * r) / n, 0);
  expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  // Every state follows some pair about equally often: 1000 successors over 50 states, 20 each, χ² with 49 degrees of freedom.
  const counts = new Float64Array(50);
  for (const next of mdp.nextState) counts[next] += 1;
  expect(counts.reduce((sum, c) => sum + ((c - 20) * (c - 20)) / 20, 0)).toBeLessThan(95);
});

test("the seed decides", () => {
  const options = { states: 9, actions: 2, branching: 3, seed: 5 };
  expect(garnet(options)).toEqual(garnet(options));
  expect(garnet({ ...options, seed: 6 })).not.toEqual(garnet(options));
  expect(randomMdp({ states: 4, actions: 2, seed: 1 })).toEqual(randomMdp({ states: 4, actions: 2, seed: 1 }));
});

test("extreme branching", () => {
  expect(garnet({ states: 6, actions: 2, branching: 1 }).probability).toEqual(new Float64Array(12).fill(1));
  const all = garnet({ states: 6, actions: 1, branching: 6 });
  for (let s = 0; s < 6; s++) expect([...all.nextState.subarray(6 * s, 6 * s + 6)].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(() => garnet({ states: 6, actions: 1, branching: 7 })).toThrow("branching must be an integer in [1, 6]");
  expect(() => garnet({ states: 0, actions: 1, branching: 1 })).toThrow("states must be an integer >= 1, got 0");
});

test("a dense random MDP: rewards in [0, 1) of the pair, every successor possible", () => {
  const mdp = randomMdp({ states: 5, actions: 3 });
  expect(mdp.probability.length).toBe(75);
  expect(mdp.probability.every((p) => p > 0)).toBe(true);
  mdp.expectedReward.forEach((r, row) => {
    expect(r).toBeCloseTo(mdp.reward[5 * row], 12);
    expect(r >= 0 && r < 1).toBe(true);
  });
});

test("the one-step MDP ends with its first step and pays r(s, a)", () => {
  const mdp = oneStepMdp({ states: 3, actions: 2 });
  expect(mdp.terminated).toEqual(new Uint8Array(6).fill(1));
  const env = oneStepEnv({ states: 3, actions: 2 });
  const rng = Random.fromSeed(1);
  for (let i = 0; i < 20; i++) {
    const s = env.reset(rng);
    expect(env.step(i % 2)).toMatchObject({ reward: mdp.expectedReward[2 * s + (i % 2)], terminated: true });
  }
  expect(garnetEnv().mdp().numStates).toBe(20);
});
