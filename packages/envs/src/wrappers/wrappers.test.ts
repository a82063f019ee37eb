import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import { cartPole } from "../classic-control/cart-pole.js";
import { pendulum } from "../classic-control/pendulum.js";
import type { Env } from "../env.js";
import { randomWalk } from "../gridworld/random-walk.js";
import { tMaze } from "../partially-observed/t-maze.js";
import { box } from "../spaces/box.js";
import { discrete } from "../spaces/discrete.js";
import { vectorise } from "../vectorise.js";
import {
  clipAction,
  episodeStatistics,
  flattenObservation,
  frameStack,
  normaliseObservation,
  normaliseReward,
  rescaleAction,
  riskOfDeath,
  timeLimit,
} from "./index.js";

const rng = Random.fromSeed(0);

/** Observation t after t steps, reward t, ends at 4; the last action is kept for the tests to see. */
function ramp() {
  let t = 0;
  const env = {
    id: "Ramp",
    observationSpace: box({ low: 0, high: 10 }),
    actionSpace: box({ low: [-2, 0], high: [2, 1] }),
    lastAction: new Float32Array(2) as Float32Array,
    reset: () => {
      t = 0;
      return Float32Array.of(t);
    },
    step: (action: Float32Array) => {
      t += 1;
      env.lastAction = action;
      return { observation: Float32Array.of(t), reward: t, terminated: t === 4, truncated: false };
    },
    snapshot: () => t,
    restore: (saved: unknown) => {
      t = saved as number;
    },
  };
  return env;
}

const noAction = new Float32Array(2);

const wrapped: [string, () => Env][] = [
  ["timeLimit", () => timeLimit(cartPole(), 7)],
  ["riskOfDeath", () => riskOfDeath(cartPole(), 0.9)],
  ["riskOfDeath of an MDP", () => riskOfDeath(randomWalk(), 0.8)],
  ["normaliseObservation", () => normaliseObservation(cartPole(), { clip: 5 })],
  ["normaliseReward", () => normaliseReward(pendulum())],
  ["clipAction", () => clipAction(pendulum())],
  ["rescaleAction", () => rescaleAction(pendulum())],
  ["frameStack", () => frameStack(cartPole(), 3)],
  ["episodeStatistics", () => episodeStatistics(cartPole())],
  ["flattenObservation", () => flattenObservation(cartPole())],
  ["several", () => frameStack(normaliseReward(timeLimit(rescaleAction(pendulum()), 30)), 2)],
];

test.each(wrapped)("%s keeps the contract, copies itself and hides the fast vector", (_, make) => {
  expect(checkEnv(make)).toEqual([]);
  const env = make();
  expect(env.vector).toBeUndefined();
  expect(env.fresh?.()).not.toBe(env);
  const vector = vectorise(env, 2);
  vector.reset(rng);
  expect(vector.restorable).toBe(true);
});

test("timeLimit cuts, beside the end of the task", () => {
  const env = timeLimit(ramp(), 4);
  env.reset(rng);
  const flags = [1, 2, 3, 4].map(() => {
    const { terminated, truncated } = env.step(noAction);
    return [terminated, truncated];
  });
  expect(flags).toEqual([
    [false, false],
    [false, false],
    [false, false],
    [true, true],
  ]);
  env.reset(rng);
  expect(env.step(noAction).truncated).toBe(false); // counts from the reset
  expect(() => timeLimit(ramp(), 0)).toThrow("maxSteps must be an integer >= 1, got 0");
});

test("normaliseObservation: (o − mean) / √(Var + ε) over all so far", () => {
  const env = normaliseObservation(ramp());
  expect(env.reset(rng)[0]).toBeCloseTo(0, 6);
  env.step(noAction);
  const third = env.step(noAction).observation[0];
  // Observations 0, 1, 2: mean 1, variance 2/3 (the start's weight of 10⁻⁴ samples moves it in the fourth digit).
  expect(third).toBeCloseTo((2 - 1) / Math.sqrt(2 / 3), 3);
  // Exactly: count 3.0001, mean 3/3.0001, M₂ = 10⁻⁴·1 + Σ o² − 3.0001·mean².
  const n = 3.0001;
  const mean = 3 / n;
  const variance = (1e-4 + 5 - n * mean * mean) / n;
  expect(third).toBeCloseTo((2 - mean) / Math.sqrt(variance + 1e-8), 6);
  const clipped = normaliseObservation(ramp(), { clip: 0.5 });
  clipped.reset(rng);
  clipped.step(noAction);
  expect(clipped.step(noAction).observation[0]).toBe(0.5);
  const frozen = normaliseObservation(ramp(), { update: false });
  frozen.reset(rng);
  expect(frozen.step(noAction).observation[0]).toBeCloseTo(1, 6); // mean 0, variance 1
});

test("normaliseReward: r / √(Var of the discounted return + ε)", () => {
  const env = normaliseReward(ramp(), { discount: 0.5, clip: Infinity });
  env.reset(rng);
  env.step(noAction);
  const second = env.step(noAction).reward;
  // Returns: 1, then 0.5·1 + 2 = 2.5.
  const n = 2.0001;
  const mean = 3.5 / n;
  const variance = (1e-4 + 1 + 6.25 - n * mean * mean) / n;
  expect(second).toBeCloseTo(2 / Math.sqrt(variance + 1e-8), 9);
  const clipped = normaliseReward(ramp(), { clip: 0.1 });
  clipped.reset(rng);
  expect(clipped.step(noAction).reward).toBe(0.1);
  expect(() => normaliseReward(ramp(), { discount: 1.2 })).toThrow("discount must be in [0, 1], got 1.2");
});

test("clipAction and rescaleAction", () => {
  const inner = ramp();
  const clipped = clipAction(inner);
  clipped.reset(rng);
  clipped.step(Float32Array.of(-5, 0.25));
  expect(Array.from(inner.lastAction)).toEqual([-2, 0.25]);
  expect(clipped.actionSpace.low[0]).toBe(-Infinity);

  const rescaled = rescaleAction(inner);
  rescaled.reset(rng);
  rescaled.step(Float32Array.of(-0.5, 0));
  expect(Array.from(inner.lastAction)).toEqual([-1, 0.5]);
  rescaled.step(Float32Array.of(7, -1));
  expect(Array.from(inner.lastAction)).toEqual([2, 0]);
  expect(() => rescaleAction(clipped)).toThrow(
    "rescaleAction needs finite action bounds, Ramp has [-Infinity, Infinity]",
  );
  expect(() => clipAction(cartPole() as never)).toThrow("clipAction needs box actions, CartPole-v1 has Discrete(2)");
});

test("frameStack: oldest first, filled with the first observation", () => {
  const env = frameStack(ramp(), 3);
  expect(env.observationSpace.shape).toEqual([3, 1]);
  expect(Array.from(env.reset(rng))).toEqual([0, 0, 0]);
  expect(Array.from(env.step(noAction).observation)).toEqual([0, 0, 1]);
  const kept = env.step(noAction).observation;
  expect(Array.from(env.step(noAction).observation)).toEqual([1, 2, 3]);
  expect(Array.from(kept)).toEqual([0, 1, 2]);
  expect(Array.from(env.reset(rng))).toEqual([0, 0, 0]);
});

test("episodeStatistics: return and length on the last step", () => {
  const env = episodeStatistics(ramp());
  for (let k = 0; k < 2; k++) {
    env.reset(rng);
    for (let t = 1; t < 4; t++) expect(env.step(noAction).episode).toBeUndefined();
    expect(env.step(noAction).episode).toEqual({ return: 10, length: 4 });
  }
});

test("flattenObservation: one-hot", () => {
  const env = flattenObservation({
    ...ramp(),
    observationSpace: discrete(5),
    reset: () => 2,
    step: () => ({ observation: 4, reward: 0, terminated: false, truncated: false }),
  } as Env<number, Float32Array>);
  expect(env.observationSpace.shape).toEqual([5]);
  expect(Array.from(env.reset(rng))).toEqual([0, 0, 1, 0, 0]);
  expect(Array.from(env.step(noAction).observation)).toEqual([0, 0, 0, 0, 1]);
  expect(() => frameStack({ ...ramp(), observationSpace: discrete(5) } as never, 2)).toThrow(
    "frameStack needs box observations, Ramp has Discrete(5): wrap it in flattenObservation first",
  );
});

test("snapshots hold the wrapper's state", () => {
  const make = () => normaliseObservation(frameStack(timeLimit(ramp(), 3), 2));
  const env = make();
  env.reset(rng);
  env.step(noAction);
  const saved = JSON.parse(JSON.stringify(env.snapshot?.()));
  const other = make();
  other.restore?.(saved, rng);
  for (let t = 0; t < 2; t++) expect(other.step(noAction)).toEqual(env.step(noAction));
});

test("statistics that outlive a reset are declared, and only those", () => {
  expect(normaliseObservation(cartPole()).outlivesReset).toBe(true);
  expect(timeLimit(normaliseReward(pendulum()), 9).outlivesReset).toBe(true); // through wrappers round them
  expect(normaliseReward(pendulum(), { update: false }).outlivesReset).toBeUndefined();
  expect(timeLimit(cartPole(), 9).outlivesReset).toBeUndefined();
});

test("the model of a finite environment is passed on where it still is one", () => {
  expect(timeLimit(randomWalk(), 9).mdp?.().numStates).toBe(randomWalk().mdp?.().numStates);
  expect(episodeStatistics(randomWalk()).mdp).toBeDefined();
  expect(timeLimit(cartPole(), 9).mdp).toBeUndefined();
  expect(episodeStatistics(timeLimit(tMaze(), 9)).pomdp?.().mdp.numStates).toBe(tMaze().pomdp?.().mdp.numStates);
  expect(timeLimit(tMaze(), 9).pomdp?.().mdp.horizon).toBe(9);
  expect(normaliseReward(tMaze()).pomdp).toBeUndefined();
  expect(normaliseReward(randomWalk()).mdp).toBeUndefined(); // other rewards
  expect(flattenObservation(randomWalk()).mdp).toBeUndefined(); // other observations
});

test("a snapshot that is none is refused in a sentence", () => {
  const stacked = frameStack(ramp(), 3);
  const short = { env: 0, wrapper: { frames: [1, 2] } };
  expect(() => stacked.restore?.(short, rng)).toThrow(
    "Ramp, frameStack: the snapshot's frames must have 3 elements, got 2",
  );
  const limited = timeLimit(ramp(), 4);
  const rule = "Ramp: restore takes what snapshot() of the wrapped environment returned, got";
  expect(() => limited.restore?.(null, rng)).toThrow(`${rule} null`);
  expect(() => limited.restore?.({ env: 0, wrapper: null }, rng)).toThrow(`${rule} { env, wrapper }`);
  expect(() => limited.restore?.({ env: 0, wrapper: {} }, rng)).toThrow(
    "Ramp: timeLimit's elapsed in a snapshot must be an integer >= 0, got undefined",
  );
  expect(() => episodeStatistics(ramp()).restore?.({ env: 0, wrapper: {} }, rng)).toThrow(
    "Ramp: episodeStatistics needs a finite return and a length >= 0 in a snapshot",
  );
  expect(() => normaliseReward(ramp()).restore?.({ env: 0, wrapper: {} }, rng)).toThrow(
    "Ramp: normaliseReward's runningReturn in a snapshot must be finite, got undefined",
  );
});

test("riskOfDeath ends a step with probability 1 − γ, and pays its reward", () => {
  const env = riskOfDeath(pendulum(), 0.75);
  const random = Random.fromSeed(3);
  let steps = 0;
  let deaths = 0;
  for (let episode = 0; episode < 2000; episode++) {
    env.reset(random.fork(String(episode)));
    for (let ended = false; !ended; steps++) {
      const { terminated, truncated, reward } = env.step(Float32Array.of(0));
      expect(reward).toBeLessThanOrEqual(0);
      ended = terminated || truncated;
      if (terminated) deaths += 1;
    }
  }
  expect(Math.abs(deaths / steps - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / steps));
  expect(() => riskOfDeath(pendulum(), 1)).toThrow("discount must be in [0, 1), got 1");
});

test("riskOfDeath's MDP survives with probability γ; what ended before ends as before", () => {
  const inner = randomWalk().mdp();
  const mortal = riskOfDeath(randomWalk(), 0.8).mdp?.();
  if (mortal === undefined) throw new Error("it has no MDP");
  for (let row = 0; row < inner.numStates * inner.numActions; row++) {
    const ending = (mdp: typeof inner) => {
      let sum = 0;
      for (let k = mdp.rowStart[row]; k < mdp.rowStart[row + 1]; k++) sum += mdp.probability[k] * mdp.terminated[k];
      return sum;
    };
    expect(ending(mortal)).toBeCloseTo(1 - 0.8 * (1 - ending(inner)), 12);
    expect(mortal.expectedReward[row]).toBeCloseTo(inner.expectedReward[row], 12);
  }
});

test("a game and a task with goals stay what they are where a wrapper changes nothing about them", () => {
  const game = () => ({
    ...ramp(),
    actionSpace: discrete(2),
    legalActions: () => [1],
    toMove: () => 1,
    computeReward: () => 7,
  });
  const limited = timeLimit(game() as Env, 3);
  expect([limited.legalActions?.(), limited.toMove?.(), limited.computeReward?.(0, 0)]).toEqual([[1], 1, 7]);
  expect(episodeStatistics(game() as Env).computeReward?.(0, 0)).toBe(7);
  // Scaled rewards are no longer those of the goals; renamed moves are no longer the game's.
  expect(normaliseReward(game() as Env).computeReward).toBeUndefined();
  const moved = rescaleAction({ ...ramp(), legalActions: () => [], toMove: () => 1 } as never);
  expect([moved.legalActions, moved.toMove]).toEqual([undefined, undefined]);
});
