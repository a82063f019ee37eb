import { Random } from "@advantage/engine";
import { discrete } from "@advantage/envs";
import { expect, it } from "vitest";
import type { Episodes } from "./episodes.js";
import { addEpisodes, drawTransitions, transitionRing, transitionRingBytes } from "./transition-ring.js";

/** States count on from `first`: an episode of two steps that was cut, and one of one step that ended. */
function episodes(first: number): Episodes {
  return {
    starts: Int32Array.of(0, 2, 3),
    observations: Float32Array.of(first, first + 1, first + 3),
    actions: Int32Array.of(0, 1, 2),
    rewards: Float64Array.of(first, 10, 20),
    cut: Uint8Array.of(1, 0),
    lastObservations: Float32Array.of(first + 2, first + 4),
    steps: 3,
    finished: [],
  };
}

it("holds true successors, and ends only where the task did", () => {
  const ring = transitionRing(8, 1, discrete(3));
  addEpisodes(ring, episodes(0));
  expect([ring.count, ring.next]).toEqual([3, 3]);
  expect([...ring.observations.subarray(0, 3)]).toEqual([0, 1, 3]);
  expect([...ring.nextObservations.subarray(0, 3)]).toEqual([1, 2, 4]);
  expect([...ring.actions.subarray(0, 3)]).toEqual([0, 1, 2]);
  expect([...ring.terminated.subarray(0, 3)]).toEqual([0, 0, 1]);
});

it("forgets the oldest", () => {
  const ring = transitionRing(4, 1, discrete(3));
  addEpisodes(ring, episodes(0));
  addEpisodes(ring, episodes(5));
  expect([ring.count, ring.next]).toEqual([4, 2]);
  expect([...ring.observations]).toEqual([6, 8, 3, 5]);
  expect([...ring.rewards]).toEqual([10, 20, 20, 5]);
});

it("draws only what is there, each transition whole", () => {
  const ring = transitionRing(100, 1, discrete(3));
  addEpisodes(ring, episodes(0));
  const batch = transitionRing(600, 1, discrete(3));
  drawTransitions(ring, batch, Random.fromSeed(1));
  const seen = [0, 0, 0];
  for (let row = 0; row < 600; row++) {
    const which = batch.actions[row];
    seen[which] += 1;
    expect(batch.observations[row]).toBe([0, 1, 3][which]);
    expect(batch.nextObservations[row]).toBe([1, 2, 4][which]);
    expect(batch.rewards[row]).toBe([0, 10, 20][which]);
    expect(batch.terminated[row]).toBe([0, 0, 1][which]);
  }
  // 200 of each, 5 standard deviations of √(600·⅓·⅔) = 11.5 apart at most.
  for (const count of seen) expect(Math.abs(count - 200)).toBeLessThan(58);
});

it("says what it takes", () => {
  // Per transition: two observations and an action of 4 bytes an element, a reward of 8, a byte.
  expect(transitionRingBytes(10, 3, discrete(2))).toBe(10 * (2 * 12 + 4 + 8 + 1));
});
