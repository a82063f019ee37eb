import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import type { Episodes } from "./episodes.js";
import { addEpisodes, Replay, type ReplayStep, replayBytes } from "./replay.js";

/** A transition kept whole, for comparison. */
interface Whole {
  readonly observation: number[];
  readonly action: number[];
  readonly reward: number;
  readonly next: number[];
  readonly terminated: number;
  readonly truncated: number;
}

/** Random walks of N environments with random ends: the steps, and each environment's transitions in order. */
function walks(numEnvs: number, steps: number, size: number, seed: number) {
  const random = Random.fromSeed(seed);
  const fresh = () => Array.from({ length: size }, () => random.int(256));
  const state = Array.from({ length: numEnvs }, fresh);
  const history: Whole[][] = Array.from({ length: numEnvs }, () => []);
  const all: ReplayStep[] = [];
  for (let t = 0; t < steps; t++) {
    const observation = state.flat();
    const action = state.map(() => random.int(4));
    const reward = state.map(() => Math.fround(random.normal()));
    const next = state.map(fresh);
    const terminated = state.map(() => +(random.uniform() < 0.1));
    const truncated = state.map(() => +(random.uniform() < 0.1));
    all.push({ observation, action, reward, nextObservation: next.flat(), terminated, truncated });
    for (let i = 0; i < numEnvs; i++) {
      history[i].push({
        observation: state[i],
        action: [action[i]],
        reward: reward[i],
        next: next[i],
        terminated: terminated[i],
        truncated: truncated[i],
      });
      state[i] = terminated[i] || truncated[i] ? fresh() : next[i];
    }
  }
  return { all, history };
}

/** The n-step transition from whole ones, by its definition. */
function nStep(transitions: readonly Whole[], at: number, steps: number, discount: number) {
  let reward = 0;
  for (let k = 0; ; k++) {
    const now = transitions[at + k];
    reward += discount ** k * now.reward;
    const over = now.terminated || now.truncated || at + k + 1 === transitions.length || k + 1 === steps;
    if (over) return { reward, next: now.next, terminated: now.terminated, discount: discount ** (k + 1) };
  }
}

describe.each([
  { numEnvs: 1, capacity: 64 },
  { numEnvs: 3, capacity: 60 },
  { numEnvs: 4, capacity: 17 },
])("a replay of $capacity rows for $numEnvs environments", ({ numEnvs, capacity }) => {
  const size = 3;
  const options = {
    capacity,
    numEnvs,
    observationSize: size,
    observations: "u8",
    actionSize: 1,
    actions: "i32",
  } as const;

  it.each([1, 3])("gives the transitions that were put in, over %i steps", (steps) => {
    const { all, history } = walks(numEnvs, 200, size, 5);
    const replay = new Replay(options);
    const slots = replay.capacity / numEnvs;
    for (let t = 0; t < all.length; t++) {
      replay.add(all[t]);
      if (t % 7 !== 0 && t < 190) continue;
      const rows = Int32Array.from({ length: replay.count }, (_, row) => row);
      const batch = replay.gather(rows, replay.allocate(rows.length), { steps, discount: 0.9 });
      for (const row of rows) {
        const env = row % numEnvs;
        const slot = (row - env) / numEnvs;
        const time = t - ((((t - slot) % slots) + slots) % slots);
        const known = history[env].slice(0, t + 1);
        const expected = nStep(known, time, steps, 0.9);
        expect([...batch.observations.subarray(row * size, (row + 1) * size)]).toEqual(known[time].observation);
        expect([...batch.nextObservations.subarray(row * size, (row + 1) * size)]).toEqual(expected.next);
        expect(batch.actions[row]).toBe(known[time].action[0]);
        expect(Math.abs(batch.rewards[row] - expected.reward)).toBeLessThan(1e-12);
        expect(batch.terminated[row]).toBe(expected.terminated);
        expect(batch.discounts[row]).toBeCloseTo(expected.discount, 6);
      }
    }
  });

  it("goes on from a snapshot as if nothing had happened", () => {
    const { all } = walks(numEnvs, 120, size, 6);
    const replay = new Replay(options);
    for (const step of all.slice(0, 75)) replay.add(step);
    const other = new Replay(options);
    other.restore(structuredClone(replay.snapshot()));
    const draw = (from: Replay) =>
      from.gather(from.draw(Random.fromSeed(3), new Int32Array(50)), from.allocate(50), { steps: 2, discount: 0.5 });
    for (const step of all.slice(75)) {
      replay.add(step);
      other.add(step);
      expect(draw(other)).toEqual(draw(replay));
    }
    expect(other.snapshot()).toEqual(replay.snapshot());
  });
});

it("draws every row as often as every other", () => {
  const replay = new Replay({ capacity: 10, observationSize: 1, actionSize: 1, actions: "f32" });
  expect(() => replay.draw(Random.fromSeed(1), new Int32Array(1))).toThrow(
    "must hold a transition before one is drawn",
  );
  const { all } = walks(1, 25, 1, 1);
  for (const step of all) replay.add(step);
  const counts = new Array<number>(10).fill(0);
  for (const row of replay.draw(Random.fromSeed(2), new Int32Array(10_000))) counts[row] += 1;
  // 1000 of each; five standard deviations of √(10,000·0.1·0.9) = 30.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

it("keeps one observation a transition, and says so beforehand", () => {
  const options = { capacity: 1000, observationSize: 400, observations: "u8", actionSize: 1, actions: "i32" } as const;
  expect(replayBytes(options)).toBe(1000 * (400 + 4 + 8 + 1 + 4));
});

it("refuses a snapshot of another size", () => {
  const [small, large] = [10, 20].map(
    (capacity) => new Replay({ capacity, observationSize: 2, actionSize: 1, actions: "f32" }),
  );
  for (const step of walks(1, 30, 2, 1).all) large.add(step);
  expect(() => small.restore(large.snapshot())).toThrow(
    "segments of the saved replay must be 20 of 25 bytes, got 10, one of 50",
  );
});

it("takes whole episodes: true successors, and an end only where the task ended", () => {
  // An episode of two steps that was cut, and one of one step that ended; states count on.
  const episodes: Episodes = {
    starts: Int32Array.of(0, 2, 3),
    observations: Float32Array.of(0, 1, 3),
    actions: Int32Array.of(0, 1, 2),
    rewards: Float64Array.of(5, 10, 20),
    cut: Uint8Array.of(1, 0),
    lastObservations: Float32Array.of(2, 4),
    steps: 3,
    finished: [],
  };
  const replay = new Replay({ capacity: 8, observationSize: 1, actionSize: 1, actions: "i32" });
  addEpisodes(replay, episodes);
  const batch = replay.gather(Int32Array.of(0, 1, 2), replay.allocate(3));
  expect([...batch.observations]).toEqual([0, 1, 3]);
  expect([...batch.nextObservations]).toEqual([1, 2, 4]);
  expect([...batch.actions]).toEqual([0, 1, 2]);
  expect([...batch.rewards]).toEqual([5, 10, 20]);
  expect([...batch.terminated]).toEqual([0, 0, 1]);
});
