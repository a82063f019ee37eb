import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { policyValues } from "../finite-mdp/testing/policy-values.js";
import { maximizationBias } from "./maximization-bias.js";
import { randomWalk, randomWalk19, randomWalkMdp } from "./random-walk.js";

test("V(i) = i/(n + 1)", () => {
  for (const n of [1, 5, 19]) {
    const values = policyValues(randomWalkMdp(n), Array(n + 2).fill([1]), 1);
    for (let i = 1; i <= n; i++) expect(values[i]).toBeCloseTo(i / (n + 1), 12);
    expect([values[0], values[n + 1]]).toEqual([0, 0]);
  }
  const both = policyValues(randomWalk19().mdp(), Array(21).fill([1]), 1);
  for (let i = 1; i <= 19; i++) expect(both[i]).toBeCloseTo((i - 10) / 10, 12); // example 7.1
});

test("starts in the middle and ends where it falls off", () => {
  const env = randomWalk();
  const rng = Random.fromSeed(1);
  let right = 0;
  const n = 4000;
  for (let i = 0; i < n; i++) {
    expect(env.reset(rng)).toBe(3);
    for (let over = false; !over; ) {
      const step = env.step(0);
      over = step.terminated;
      if (over) {
        expect(step.observation).toBe(step.reward === 1 ? 6 : 0);
        right += step.reward;
      }
    }
  }
  expect(Math.abs(right / n - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / n));
  expect([randomWalk().id, randomWalk19().id]).toEqual(["RandomWalk-v0", "RandomWalk19-v0"]);
  expect(() => randomWalk(4)).toThrow("a random walk must have an odd number of states >= 1, got 4");
});

test("maximisation bias: left is worth −0.1, right 0; rewards from B are N(−0.1, 1)", () => {
  const env = maximizationBias();
  const mdp = env.mdp();
  const left = policyValues(mdp, Array(3).fill([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1);
  const right = policyValues(mdp, Array(3).fill([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), 1);
  expect([left[0], right[0], left[1]]).toEqual([-0.1, 0, -0.1]);
  const rng = Random.fromSeed(1);
  const n = 20_000;
  let mean = 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    expect(env.reset(rng)).toBe(0);
    expect(env.step(i % 5)).toEqual({ observation: 1, reward: 0, terminated: false, truncated: false });
    const step = env.step(i % 10);
    expect([step.observation, step.terminated]).toEqual([2, true]);
    mean += step.reward / n;
    square += (step.reward * step.reward) / n;
  }
  expect(Math.abs(mean + 0.1)).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(square - mean * mean - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  env.reset(rng);
  expect(env.step(5)).toEqual({ observation: 2, reward: 0, terminated: true, truncated: false });
  expect(() => maximizationBias({ actions: 3 })).toThrow("actions must be an even number of at least 2, got 3");
});

/**
 * In which share of the runs tabular Q-learning (α = 0.1, ε = 0.1, γ = 1) goes left, by episode, in an MDP of figure 6.5's shape: `left` of
 * `actionsOfA` lead from A to B, which has ten.
 */
function shareOfLeft(actionsOfA: number, left: number): number[] {
  const rng = Random.fromSeed(5);
  const [runs, episodes] = [1000, 300];
  const count = new Float64Array(episodes);
  const choose = (values: Float64Array) => {
    if (rng.uniform() < 0.1) return rng.int(values.length);
    const best = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const ties = [...values.keys()].filter((action) => values[action] === best);
    return ties[rng.int(ties.length)];
  };
  for (let run = 0; run < runs; run++) {
    const a = new Float64Array(actionsOfA);
    const b = new Float64Array(10);
    for (let episode = 0; episode < episodes; episode++) {
      const action = choose(a);
      if (action >= left) continue; // right: 0 stays 0
      count[episode] += 1 / runs;
      a[action] += 0.1 * (b.reduce((most, value) => Math.max(most, value), -Infinity) - a[action]);
      const next = choose(b);
      b[next] += 0.1 * (-0.1 + rng.normal() - b[next]);
    }
  }
  return Array.from(count);
}

test("with two actions in A, as in the book, Q-learning recovers sooner from going left, and to the same", () => {
  const mean = (share: number[], from: number) =>
    share.slice(from, from + 20).reduce((sum, each) => sum + each / 20, 0);
  const [book, here] = [shareOfLeft(2, 1), shareOfLeft(10, 5)];
  // What the environment's page says.
  for (const [from, ofBook, ofHere] of [
    [10, 0.94, 0.93],
    [90, 0.45, 0.63],
    [280, 0.12, 0.14],
  ]) {
    expect(Math.abs(mean(book, from) - ofBook)).toBeLessThan(0.04);
    expect(Math.abs(mean(here, from) - ofHere)).toBeLessThan(0.04);
  }
});
