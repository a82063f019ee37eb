import { Random } from "@advantage/engine";
import { box, cartPole, discrete, type Env, pendulum, vectorise } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { capture, restore } from "../core/snapshot.js";
import { TrainingEnv, type TrainingEnvOptions } from "./training-env.js";

const both = { normaliseObservation: true, normaliseReward: true, discount: 0.5 } satisfies TrainingEnvOptions;
const neither = { normaliseObservation: false, normaliseReward: false, discount: 0.5 };

/** Observations 0, 1, 2, … and rewards 2, 4, 6, … from step to step; an episode ends after four steps. */
function ramp(): Env<Float32Array, number> {
  let step = 0;
  return {
    id: "Ramp-v0",
    observationSpace: box({ low: 0, high: 10, shape: [1] }),
    actionSpace: discrete(2),
    reset() {
      step = 0;
      return Float32Array.of(0);
    },
    step() {
      step += 1;
      return { observation: Float32Array.of(step), reward: 2 * step, terminated: step === 4, truncated: false };
    },
    fresh: ramp,
  };
}

const training = (options: TrainingEnvOptions, numEnvs = 1) =>
  new TrainingEnv(vectorise(ramp, numEnvs), Random.fromSeed(1), options);

/** (x − mean)/√(variance + 1e-8), clipped to ±10, as VecNormalize of Stable-Baselines3 has it. */
const normalised = (x: number, seen: readonly number[]) => {
  const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
  const variance = seen.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / seen.length;
  return Math.min(Math.max((x - mean) / Math.sqrt(variance + 1e-8), -10), 10);
};

describe("without normalisation", () => {
  it("passes everything through", () => {
    const env = training(neither, 2);
    expect(Array.from(env.observation)).toEqual([0, 0]);
    env.step(new Int32Array(2), 0);
    expect(Array.from(env.observation)).toEqual([1, 1]);
    expect(Array.from(env.reward)).toEqual([2, 2]);
    expect(env.frozenNormaliser()).toBeNull();
  });
});

describe("normalised observations", () => {
  it("are standardised by all observations so far, the current one included", () => {
    const env = training(both);
    const seen = [0];
    expect(env.observation[0]).toBe(0); // one observation has no deviation
    for (const next of [1, 2, 3]) {
      env.step(new Int32Array(1), 0);
      seen.push(next);
      expect(env.observation[0]).toBeCloseTo(normalised(next, seen), 6);
      expect(env.nextObservation[0]).toBe(env.observation[0]);
    }
    // The end of the episode: its true last observation is 4, the next episode's first one 0. The statistics count the latter.
    env.step(new Int32Array(1), 0);
    seen.push(0);
    expect(env.terminated[0]).toBe(1);
    expect(env.observation[0]).toBeCloseTo(normalised(0, seen), 6);
    expect(env.nextObservation[0]).toBeCloseTo(normalised(4, seen), 6);
    const { mean, variance, clip } = env.frozenNormaliser()!;
    expect(mean[0]).toBeCloseTo(6 / 5, 12); // 0, 1, 2, 3, 0
    expect(variance[0]).toBeCloseTo(14 / 5 - 36 / 25, 12);
    expect(clip).toBe(10);
  });

  it("gives the policy a copy of the statistics", () => {
    const env = training(both);
    const frozen = env.frozenNormaliser()!;
    const before = Array.from(frozen.variance);
    env.step(new Int32Array(1), 0);
    expect(Array.from(frozen.variance)).toEqual(before);
  });
});

describe("normalised rewards", () => {
  it("are divided by the deviation of the running discounted return, and not centred", () => {
    const env = training(both);
    // Rₜ = γRₜ₋₁ + rₜ with γ = ½: 2, 5, 8.5, 12.25; after the end again from 2.
    const returns: number[] = [];
    for (const [reward, running] of [
      [2, 2],
      [4, 5],
      [6, 8.5],
      [8, 12.25],
      [2, 2],
      [4, 5],
    ]) {
      returns.push(running);
      env.step(new Int32Array(1), 0);
      const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
      const variance = returns.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / returns.length;
      expect(env.reward[0]).toBeCloseTo(Math.min(reward / Math.sqrt(variance + 1e-8), 10), 9);
    }
  });
});

describe("finished episodes", () => {
  it("are counted in raw rewards, with the step at which they ended", () => {
    const env = training(both, 2);
    for (let t = 0; t < 9; t++) env.step(new Int32Array(2), 2 * t);
    const episodes = env.takeFinished();
    // 2 + 4 + 6 + 8; steps 7 and 8 are those of the fourth round of two environments.
    expect(episodes).toEqual([
      { step: 7, return: 20, length: 4 },
      { step: 8, return: 20, length: 4 },
      { step: 15, return: 20, length: 4 },
      { step: 16, return: 20, length: 4 },
    ]);
    expect(env.takeFinished()).toEqual([]);
  });
});

describe("snapshot and restore", () => {
  const environments = {
    "CartPole-v1": () => vectorise(cartPole(), 3),
    "Pendulum-v1": () => vectorise(pendulum(), 2),
  };

  it.each(Object.entries(environments))("continue bit for bit: %s", (_, vector) => {
    for (const options of [both, neither]) {
      const make = () => new TrainingEnv(vector(), Random.fromSeed(3), options);
      const random = Random.fromSeed(4);
      const play = (env: TrainingEnv, from: number, to: number) => {
        const trace: unknown[] = [];
        for (let t = from; t < to; t++) {
          const own = random.fork(String(t));
          const size = env.numEnvs;
          const actions =
            env.observationSize === 4
              ? Int32Array.from({ length: size }, () => own.int(2))
              : Float32Array.from({ length: size }, () => own.normal());
          env.step(actions, t * size);
          trace.push(
            env.observation.slice(),
            env.nextObservation.slice(),
            env.reward.slice(),
            env.terminated.slice(),
            env.truncated.slice(),
          );
        }
        return trace;
      };
      const first = make();
      play(first, 0, 60); // some episodes of CartPole have ended by then, and are not yet taken
      const saved = capture({ env: first });
      const second = make();
      play(second, 0, 7);
      restore({ env: second }, { json: JSON.parse(JSON.stringify(saved.json)), tensors: saved.tensors });
      expect(second.observation).toEqual(first.observation);
      expect(play(second, 60, 300)).toEqual(play(first, 60, 300));
      const finished = first.takeFinished();
      expect(second.takeFinished()).toEqual(finished);
      expect(finished.length).toBeGreaterThan(0);
      expect(second.frozenNormaliser()).toEqual(first.frozenNormaliser());
      expect(capture({ env: second })).toEqual(capture({ env: first }));
    }
  });
});
