import { Random } from "@advantage/engine";
import { cartPole, frameStack } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { addToHistory, EpisodeMemory } from "./memory.js";

describe("EpisodeMemory", () => {
  it("forgets one episode, or all", () => {
    const memory = new EpisodeMemory(3, 2);
    memory.state.set([1, 2, 3, 4, 5, 6]);
    memory.fresh.fill(0);
    memory.reset(1);
    expect(Array.from(memory.state)).toEqual([1, 2, 0, 0, 5, 6]);
    expect(Array.from(memory.fresh)).toEqual([0, 1, 0]);
    memory.reset();
    expect(Array.from(memory.state)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(() => memory.reset(3)).toThrow("an episode of the memory is in [0, 2], got 3");
    expect(() => new EpisodeMemory(0, 2)).toThrow("a memory's count must be a whole number of at least 1, got 0");
  });

  it("a copy goes its own way", () => {
    const memory = new EpisodeMemory(1, 1);
    memory.state[0] = 7;
    const copy = memory.copy();
    copy.state[0] = 8;
    expect([memory.state[0], copy.state[0]]).toEqual([7, 8]);
    expect(() => memory.restore(new EpisodeMemory(1, 2).snapshot())).toThrow("must hold 1 × 1 numbers, got 2");
  });
});

it("a history is what frameStack makes of the environment", () => {
  const [plain, stacked] = [cartPole(), frameStack(cartPole(), 3)];
  const memory = new EpisodeMemory(1, 12);
  let observation = plain.reset(Random.fromSeed(1));
  let expected = stacked.reset(Random.fromSeed(1));
  for (let step = 0; step < 6; step++) {
    addToHistory(memory, 0, Float32Array.from(observation));
    expect(memory.state).toEqual(expected);
    observation = plain.step(step % 2).observation;
    expected = stacked.step(step % 2).observation;
  }
});
