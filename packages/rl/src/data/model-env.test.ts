import { Random } from "@advantage/engine";
import { box, discrete, type Env, findEnvironment, type VectorEnv, vectorise } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { ppo } from "../algorithms/policy-gradient/ppo.js";
import type { Progress } from "../core/algorithm.js";
import type { Model } from "../core/model.js";
import { prepareRun } from "../runner/prepare.js";
import { finiteModel } from "../testing/probe-tasks.js";
import { modelEnv } from "./model-env.js";

const cliff = findEnvironment("CliffWalking-v1").make;
const lake = findEnvironment("FrozenLake-v1").make;

/** Observations that an environment starts with, flattened. */
function startsOf(make: () => Env, count = 1): Float32Array {
  const env = vectorise(make, count);
  env.reset(Random.fromSeed(0));
  return env.observation.slice();
}

const numbersOf = (env: VectorEnv) => [
  [...env.observation],
  [...env.nextObservation],
  [...env.reward],
  [...env.terminated],
];

/** CartPole's own step, from the state that is its observation. */
function cartPoleModel(): Model {
  const env = findEnvironment("CartPole-v1").make();
  const { observationSpace, actionSpace } = env;
  const random = Random.fromSeed(0);
  return {
    observationSpace,
    actionSpace,
    predict(observations, actions, count, _random, { nextObservation, reward, terminated }) {
      for (let i = 0; i < count; i++) {
        env.restore?.({ state: Array.from(observations.subarray(4 * i, 4 * i + 4)), elapsed: 0 }, random);
        const step = env.step(actions[i]);
        nextObservation.set(step.observation as Float32Array, 4 * i);
        reward[i] = step.reward;
        terminated[i] = step.terminated ? 1 : 0;
      }
    },
  };
}

describe("an exact model of a certain environment", () => {
  it("gives the environment's own numbers, episode after episode", () => {
    const real = vectorise(cliff, 3);
    const imagined = modelEnv(finiteModel(cliff), 3);
    imagined.startFrom(startsOf(cliff));
    for (const env of [real, imagined]) env.reset(Random.fromSeed(1));
    const random = Random.fromSeed(2);
    let ends = 0;
    for (let t = 0; t < 400; t++) {
      expect(numbersOf(imagined)).toEqual(numbersOf(real));
      // Up, along the cliff and down, with some steps astray.
      const actions = Int32Array.from({ length: 3 }, (_, i) =>
        random.uniform() < 0.1 ? random.int(4) : (t + i) % 14 === 0 ? 0 : (t + i) % 14 === 13 ? 2 : 1,
      );
      for (const env of [real, imagined]) env.step(actions);
      ends += real.terminated.reduce((sum, flag) => sum + flag, 0);
    }
    expect(ends).toBeGreaterThan(10);
  });

  it("trains PPO to the same numbers as the environment does, bit for bit", async () => {
    const settings = { totalSteps: 512, numEnvs: 2, numSteps: 64, hiddenSizes: [8], epochs: 2, minibatchSize: 32 };
    const { context } = prepareRun(ppo, "CliffWalking-v1", settings, { preset: "none" });
    const vector = (count: number) => {
      const env = modelEnv(finiteModel(cliff), count);
      env.startFrom(startsOf(cliff));
      return env;
    };
    const trained = async (env: typeof context.env) => {
      const inside = { ...context, env };
      const state = ppo.init(inside);
      const events: Progress[] = [];
      for await (const progress of ppo.train(inside, state)) events.push(structuredClone(progress));
      return { events, policy: ppo.policy(inside, state).save() };
    };
    const [real, imagined] = [await trained(context.env), await trained({ ...context.env, vector })];
    expect(real.events.length).toBeGreaterThan(3);
    expect(imagined).toEqual(real);
  });

  it("starts from any observation", () => {
    const states = Float32Array.of(0.01, 0.02, 0.03, 0.04, -1, 0.5, 0.1, -0.2, 2.39, 2, 0, 0);
    const imagined = modelEnv(cartPoleModel(), 3);
    imagined.startFrom(states);
    imagined.reset(Random.fromSeed(0));
    expect(imagined.observation).toEqual(states);
    imagined.step(Int32Array.of(0, 1, 1));
    const real = findEnvironment("CartPole-v1").make();
    for (const [i, action] of [0, 1, 1].entries()) {
      real.restore?.({ state: Array.from(states.subarray(4 * i, 4 * i + 4)), elapsed: 0 }, Random.fromSeed(0));
      const { observation, reward, terminated } = real.step(action);
      expect([...imagined.nextObservation.subarray(4 * i, 4 * i + 4)]).toEqual([...(observation as Float32Array)]);
      expect([imagined.reward[i], imagined.terminated[i]]).toEqual([reward, terminated ? 1 : 0]);
    }
    expect([...imagined.terminated]).toEqual([0, 0, 1]); // over the edge of the track
  });
});

it("an uncertain model draws as the environment does: from the start of the lake, one step in three slips either way", () => {
  const n = 3000;
  const imagined = modelEnv(finiteModel(lake), n);
  imagined.startFrom(startsOf(lake));
  imagined.reset(Random.fromSeed(3));
  imagined.step(new Int32Array(n).fill(1)); // down: to the left (which stays), down or right
  const counts = [0, 4, 1].map((state) => {
    let count = 0;
    for (let i = 0; i < n; i++) count += imagined.nextObservation[16 * i + state];
    return count;
  });
  expect(counts.reduce((a, b) => a + b)).toBe(n);
  for (const count of counts) expect(Math.abs(count - n / 3)).toBeLessThan(5 * Math.sqrt((n * 2) / 9));
});

/** Goes up by the action, is worth what it comes to, ends at 5. */
const counting: Model = {
  observationSpace: box({ low: 0, high: 100, shape: [1] }),
  actionSpace: discrete(3),
  predict(observations, actions, count, _random, { nextObservation, reward, terminated }) {
    for (let i = 0; i < count; i++) {
      nextObservation[i] = observations[i] + actions[i];
      reward[i] = nextObservation[i];
      terminated[i] = nextObservation[i] === 5 ? 1 : 0;
    }
  },
};

describe("episodes", () => {
  it("are cut at the horizon, end with the task, and begin anew from the starts", () => {
    const env = modelEnv(counting, 2, { horizon: 3 });
    env.startFrom(Float32Array.of(0, 3));
    env.reset(Random.fromSeed(0));
    expect([...env.observation]).toEqual([0, 3]);
    env.step(Int32Array.of(1, 2));
    expect([...env.terminated, ...env.truncated]).toEqual([0, 1, 0, 0]);
    expect([...env.nextObservation]).toEqual([1, 5]);
    expect(env.observation[0]).toBe(1);
    expect([0, 3]).toContain(env.observation[1]);
    env.step(Int32Array.of(1, 0));
    env.step(Int32Array.of(1, 0));
    expect([...env.terminated, ...env.truncated]).toEqual([0, 0, 1, 0]);
    expect(env.nextObservation[0]).toBe(3);
  });

  it("begin anew at once from other observations, any number of them", () => {
    const env = modelEnv(counting, 3);
    env.startFrom(Float32Array.of(1));
    env.reset(Random.fromSeed(0));
    env.step(Int32Array.of(1, 1, 1));
    env.startFrom(Float32Array.of(7, 8));
    expect([...env.observation]).toEqual([7, 8, 7]);
    env.step(Int32Array.of(0, 1, 2));
    expect([...env.reward]).toEqual([7, 9, 9]);
  });

  it("end where it is known that they do, whatever the model says", () => {
    const env = modelEnv(counting, 1, {
      terminates: (observations, count, terminated) => {
        for (let i = 0; i < count; i++) terminated[i] = observations[i] >= 2 ? 1 : 0;
      },
    });
    env.startFrom(Float32Array.of(0));
    env.reset(Random.fromSeed(0));
    env.step(Int32Array.of(1));
    expect(env.terminated[0]).toBe(0);
    env.step(Int32Array.of(2));
    expect([env.terminated[0], env.nextObservation[0]]).toEqual([1, 3]);
  });
});

it("goes on from a snapshot bit for bit", () => {
  const play = (env: VectorEnv, from: number, to: number) => {
    const seen: unknown[] = [];
    for (let t = from; t < to; t++) {
      env.step(Int32Array.from({ length: 4 }, (_, i) => (t * 7 + i * 3) % 4));
      seen.push(structuredClone(numbersOf(env)), [...env.truncated]);
    }
    return seen;
  };
  const fresh = () => {
    const env = modelEnv(finiteModel(lake), 4, { horizon: 6 });
    env.startFrom(startsOf(lake, 2));
    return env;
  };
  const env = fresh();
  env.reset(Random.fromSeed(5));
  play(env, 0, 20);
  const saved = structuredClone(env.snapshot());
  const whole = play(env, 20, 60);
  const other = modelEnv(finiteModel(lake), 4, { horizon: 6 });
  other.restore(saved);
  expect(play(other, 20, 60)).toEqual(whole);
  expect(() => modelEnv(finiteModel(lake), 3).restore(saved)).toThrow(
    "observation of the snapshot must be 48 numbers, got 64",
  );
});

it("says what is wrong", () => {
  const env = modelEnv(counting, 2, { id: "dream" });
  expect(() => env.reset(Random.fromSeed(0))).toThrow("dream: call startFrom(observations) before reset(rng)");
  expect(() => env.startFrom(new Float32Array(0))).toThrow(
    "startFrom takes whole observations of 1 numbers each, got 0",
  );
  env.startFrom(Float32Array.of(0));
  expect(() => env.step(Int32Array.of(0, 0))).toThrow("dream: call reset(rng) before step(actions)");
  env.reset(Random.fromSeed(0));
  expect(() => env.step(Int32Array.of(0))).toThrow("dream: actions must be 2 numbers, got 1");
  expect(() => modelEnv(counting, 0)).toThrow("numEnvs must be a whole number of at least 1, got 0");
  expect(() => modelEnv(counting, 1, { horizon: 1.5 })).toThrow(
    "horizon must be a whole number of at least 1, got 1.5",
  );
  const broken = modelEnv({ ...counting, predict: (_s, _a, _n, _r, { reward }) => reward.fill(Number.NaN) }, 2);
  broken.startFrom(Float32Array.of(0));
  broken.reset(Random.fromSeed(0));
  expect(() => broken.step(Int32Array.of(0, 0))).toThrow(
    "model: environment 0, step 1: the model's reward must be finite, got NaN",
  );
});
