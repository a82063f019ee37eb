import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { cases } from "../../../../bench/learning/cases.mjs";
import { checkEnv } from "../check-env.js";
import { vectorise } from "../vectorise.js";
import { type PuckWorldOptions, puckWorld } from "./puck-world.js";

const rng = Random.fromSeed(0);

/** State: x, y, ẋ, ẏ, target x, y, steps since it moved, the next target's seed, last force. */
function stepFrom(state: number[], push: readonly [number, number], options: PuckWorldOptions = {}) {
  const env = puckWorld(options);
  env.restore({ state, elapsed: 0 }, rng);
  return { ...env.step(Float32Array.from(push)), state: env.snapshot().state };
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i], `element ${i}`).toBeCloseTo(value, digits);
  });
}

test("a step: v ← v + 0.2 s (0.2 N·a − 0.2 kg/s·v) / 1 kg, x ← x + 0.2 s·v", () => {
  // ẋ = 0.5 + 0.2 (0.2·1 − 0.2·0.5) = 0.52, x = 0.1 + 0.2·0.52 = 0.204
  // ẏ = −0.1 + 0.2 (0.2·(−0.5) − 0.2·(−0.1)) = −0.116, y = 0.3 − 0.2·0.116 = 0.2768
  const { state, observation, reward, terminated, truncated } = stepFrom(
    [0.1, 0.3, 0.5, -0.1, 0.454, 0.2768, 7, 40, 0, 0],
    [1, -0.5],
  );
  expectClose(state, [0.204, 0.2768, 0.52, -0.116, 0.454, 0.2768, 8, 40, 1, -0.5], 15);
  expectClose(observation, [0.204, 0.2768, 0.52, -0.116, 0.25, 0], 7);
  expect(reward).toBeCloseTo(0.5, 14); // 0.25 m from the target
  expect([terminated, truncated]).toEqual([false, false]);
});

test("reward 1 / (1 + (d / 0.25)²) of the distance after the step", () => {
  const at = (distance: number) => stepFrom([0, 0, 0, 0, 0.6 * distance, 0.8 * distance, 0, 0, 0, 0], [0, 0]).reward;
  expect(at(0)).toBe(1);
  expect(at(0.25)).toBeCloseTo(1 / 2, 14);
  expect(at(0.5)).toBeCloseTo(1 / 5, 14);
  expect(at(1)).toBeCloseTo(1 / 17, 14);
});

test("a force beyond 1 is cut to 1", () => {
  const still = [0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0];
  expect(stepFrom(still, [3, -7])).toEqual(stepFrom(still, [1, -1]));
});

test("a wall stops the puck's centre and gives half of the speed back", () => {
  // ẋ = 0.8 − 0.2·0.16 = 0.768: 0.95 + 0.1536 is beyond 1. ẏ = −0.5 + 0.02 = −0.48: −0.99 − 0.096 is beyond −1.
  const { state } = stepFrom([0.95, -0.99, 0.8, -0.5, 0, 0, 0, 0, 0, 0], [0, 0]);
  expectClose(state.slice(0, 4), [1, -1, -0.384, 0.24], 15);
});

test("full force for ever: the speed tends to 1 m/s, the bound of the observation", () => {
  let state = [-1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let t = 0; t < 400; t++) {
    const next = stepFrom([-1, ...state.slice(1)], [1, 0]);
    expect(next.observation[2]).toBeLessThanOrEqual(1);
    state = [...next.state];
  }
  expect(state[2]).toBeCloseTo(1, 6); // 1 − 0.96^400
});

test("the target moves after every 30 s, to a place that the reward of that step does not know yet", () => {
  const env = puckWorld();
  env.reset(Random.fromSeed(5));
  const targets: string[] = [];
  for (let t = 1; t <= 600; t++) {
    const before = env.snapshot().state;
    const { reward, observation, truncated } = env.step(Float32Array.of(0.3, -0.2));
    const after = env.snapshot().state;
    const moved = before[4] !== after[4] || before[5] !== after[5];
    expect(moved, `step ${t}`).toBe(t % 150 === 0);
    const [x, y] = [before[4] - after[0], before[5] - after[1]];
    expect(reward).toBeCloseTo(1 / (1 + 16 * (x * x + y * y)), 12);
    expect(observation[4]).toBeCloseTo(after[4] - after[0], 6);
    expect(truncated).toBe(t === 600);
    if (t % 150 === 1) targets.push(`${after[4]}, ${after[5]}`);
  }
  expect(new Set(targets).size).toBe(4);
});

test("targets are uniform over the table", () => {
  const env = puckWorld({ targetPeriod: 0.2, timeLimit: Infinity });
  env.reset(Random.fromSeed(1));
  const n = 20_000;
  const moments = [0, 0, 0, 0, 0];
  for (let t = 0; t < n; t++) {
    env.step(Float32Array.of(0, 0));
    const { state } = env.snapshot();
    const [x, y] = [state[4], state[5]];
    expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThan(0.9);
    [x, y, x * x, y * y, x * y].forEach((value, i) => {
      moments[i] += value / n;
    });
  }
  // Mean 0, variance 0.9²/3 = 0.27, each within four standard errors: √(0.27/n) = 0.0037; √(0.9⁴·4/45/n) = 0.0017; 0.27/√n = 0.0019.
  const [mx, my, vx, vy, xy] = moments;
  for (const mean of [mx, my]) expect(Math.abs(mean)).toBeLessThan(0.015);
  for (const variance of [vx, vy]) expect(Math.abs(variance - 0.27)).toBeLessThan(0.007);
  expect(Math.abs(xy)).toBeLessThan(0.008);
});

test("keeps the contract: seeds, snapshots across a move of the target, native vector, scene", () => {
  expect(checkEnv(() => puckWorld(), { steps: 700 })).toEqual([]);
  expect(checkEnv(() => puckWorld({ targetPeriod: 0.6, timeLimit: 17 }), { steps: 300 })).toEqual([]);
});

test("an episode restored before the target moves meets the same targets, whatever the stream", () => {
  const env = puckWorld({ targetPeriod: 1 });
  env.reset(Random.fromSeed(2));
  const saved = env.snapshot();
  const play = () => Array.from({ length: 20 }, () => [...env.step(Float32Array.of(0.5, 0.1)).observation]);
  const first = play();
  env.restore(saved, Random.fromSeed(99));
  expect(play()).toEqual(first);
});

test("many at once give the numbers of one by one", () => {
  const make = () => puckWorld({ targetPeriod: 1, timeLimit: 23 });
  const native = make().vector(5);
  const oneByOne = vectorise(() => ({ ...make(), vector: undefined }), 5);
  native.reset(Random.fromSeed(4));
  oneByOne.reset(Random.fromSeed(4));
  const actions = Random.fromSeed(6);
  const push = new Float32Array(10);
  for (let t = 0; t < 100; t++) {
    actions.fillUniform(push, -1.5, 1.5);
    native.step(push);
    oneByOne.step(push);
    for (const name of ["observation", "nextObservation", "reward", "truncated"] as const) {
      expect(Array.from(native[name])).toEqual(Array.from(oneByOne[name]));
    }
  }
});

test("settings are refused with the rule and the value", () => {
  expect(() => puckWorld({ targetPeriod: 0.05 })).toThrow("targetPeriod must be at least 0.1, got 0.05");
  expect(() => puckWorld({ targetPeriod: Infinity })).toThrow("finite, got Infinity");
  expect(() => puckWorld({ timeLimit: 2.5 })).toThrow(
    "timeLimit must be a whole number of at least 1, or Infinity, got 2.5",
  );
});

/** Mean return over 300 episodes. */
function meanReturn(policy: (observation: Float32Array, random: Random) => readonly [number, number]): number {
  const episodes = 300;
  const env = puckWorld().vector(episodes);
  const random = Random.fromSeed(8);
  env.reset(Random.fromSeed(7));
  const push = new Float32Array(2 * episodes);
  let total = 0;
  for (let t = 0; t < 600; t++) {
    for (let i = 0; i < episodes; i++) push.set(policy(env.observation.subarray(6 * i, 6 * i + 6), random), 2 * i);
    env.step(push);
    total += env.reward.reduce((sum, reward) => sum + reward);
  }
  return total / episodes;
}

test("the level of the learning cases lies nine tenths of the way from chance to a controller made by hand", () => {
  const chance = meanReturn((_, random) => [random.uniform(-1, 1), random.uniform(-1, 1)]);
  // A spring towards the target and a brake: force 8·(target − x) − 8·ẋ, cut to ±1; no other spring and brake did better by more than 2.
  const byHand = meanReturn((o) => [8 * o[4] - 8 * o[2], 8 * o[5] - 8 * o[3]]);
  expect(chance).toBeGreaterThan(60);
  expect(chance).toBeLessThan(85);
  expect(byHand).toBeGreaterThan(545);
  expect(byHand).toBeLessThan(570);
  const level = Math.round(chance + 0.9 * (byHand - chance));
  const all = Object.values(cases).filter(({ environment }) => environment === "PuckWorld-v0");
  for (const { threshold } of all) expect(threshold.value).toBeGreaterThanOrEqual(level);
});
