import { readFileSync } from "node:fs";
import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { allocateActions, writeAction } from "./action.js";
import { environments } from "./catalog.js";
import { cartPole } from "./classic-control/cart-pole.js";
import type { Env, VectorEnv } from "./env.js";
import { box } from "./spaces/box.js";
import { dict } from "./spaces/dict.js";
import { discrete } from "./spaces/discrete.js";
import { vectorise } from "./vectorise.js";

/** The same environment without its own vectorisation. */
function plain(env: Env): Env {
  const { vector: _, ...rest } = env;
  return rest;
}

function randomActions(vector: VectorEnv, rng: Random) {
  const actions = allocateActions(vector.actionSpace, vector.numEnvs);
  for (let i = 0; i < vector.numEnvs; i++) writeAction(vector.actionSpace, vector.actionSpace.sample(rng), actions, i);
  return actions;
}

function contents(vector: VectorEnv) {
  const { observation, nextObservation, reward, terminated, truncated } = vector;
  return [observation, nextObservation, reward, terminated, truncated].map((array) => array.slice());
}

const withNative = environments.filter(({ make }) => make().vector !== undefined);

test.each(withNative.map(({ id, make }) => [id, make] as const))(
  "%s: native and one by one, bit for bit",
  (_, make) => {
    const numEnvs = 3;
    const native = make().vector?.(numEnvs) as VectorEnv;
    const generic = vectorise(() => plain(make()), numEnvs);
    const rng = Random.fromSeed(7);
    native.reset(rng.fork("env"));
    generic.reset(rng.fork("env"));
    expect(contents(generic)).toEqual(contents(native));
    let ended = 0;
    const actionStream = rng.fork("actions");
    for (let t = 0; t < 1100; t++) {
      const actions = randomActions(native, actionStream);
      native.step(actions);
      generic.step(actions);
      expect(contents(generic)).toEqual(contents(native));
      for (let i = 0; i < numEnvs; i++) ended += native.terminated[i] | native.truncated[i];
    }
    expect(ended).toBeGreaterThan(0);
  },
);

test.each([
  ["native", () => vectorise(cartPole(), 4)],
  ["one by one", () => vectorise(() => plain(cartPole()), 4)],
])("%s: a restored run equals an uninterrupted one", (_, make) => {
  const rng = Random.fromSeed(3);
  const vector = make();
  vector.reset(rng.fork("env"));
  const actions = Array.from({ length: 120 }, () => randomActions(vector, rng));
  for (const batch of actions.slice(0, 60)) vector.step(batch);
  const snapshot = structuredClone(vector.snapshot());
  const here = contents(vector);
  const rest = actions.slice(60).map((batch) => {
    vector.step(batch);
    return contents(vector);
  });

  const resumed = make();
  expect(resumed.restorable).toBe(true);
  resumed.restore(snapshot);
  expect(contents(resumed)).toEqual(here);
  rest.forEach((wanted, t) => {
    resumed.step(actions[60 + t]);
    expect(contents(resumed)).toEqual(wanted);
  });
});

test("environment i draws from fork i over all its episodes, whatever the others do", () => {
  const rng = Random.fromSeed(11);
  const three = vectorise(cartPole(), 3);
  three.reset(rng);
  const single = cartPole();
  const stream = rng.fork("2");
  let observation = single.reset(stream);
  for (let t = 0; t < 200; t++) {
    expect(three.observation.subarray(8, 12)).toEqual(observation);
    const action = t % 3 === 0 ? 0 : 1;
    three.step(Int32Array.of(1, t % 2, action));
    const step = single.step(action);
    expect(three.nextObservation.subarray(8, 12)).toEqual(step.observation);
    observation = step.terminated || step.truncated ? single.reset(stream) : step.observation;
  }
});

test("autoreset: reset within the step, the true last observation beside it (Gymnasium's SAME_STEP)", () => {
  const file = new URL("../../../test/golden/gymnasium/vector_autoreset.json", import.meta.url);
  const { obs, reward, terminated, truncated, final_obs } = JSON.parse(readFileSync(file, "utf8")).modes.SameStep;
  const vector = vectorise(cartPole(), 2);
  vector.reset(Random.fromSeed(0));
  const snapshot = vector.snapshot() as { state: Float64Array };
  snapshot.state.set([...obs[0][0], ...obs[0][1]]); // the recorded start
  vector.restore(snapshot);
  // The record has no actions: a push to the right is what made the cart faster to the right.
  for (let t = 0; t < 2; t++) {
    const end = (i: number): number[] => final_obs[t]?.[i] ?? obs[t + 1][i];
    const actions = [0, 1].map((i) => (end(i)[1] > obs[t][i][1] ? 1 : 0));
    vector.step(Int32Array.from(actions));
    for (let i = 0; i < 2; i++) {
      const last = end(i);
      last.forEach((value, j) => {
        expect(vector.nextObservation[4 * i + j]).toBeCloseTo(value, 6);
      });
      const ended = terminated[t][i] || truncated[t][i];
      const own = vector.observation.subarray(4 * i, 4 * i + 4);
      if (ended)
        expect(own.every((value) => Math.abs(value) <= 0.05)).toBe(true); // a new start
      else expect(own).toEqual(vector.nextObservation.subarray(4 * i, 4 * i + 4));
      expect(vector.terminated[i] === 1).toBe(terminated[t][i]);
      expect(vector.truncated[i] === 1).toBe(truncated[t][i]);
      expect(vector.reward[i]).toBe(reward[t][i]);
    }
  }
});

/** Counts up; returns what it is told to. */
function counter(
  changes: Partial<Env> = {},
  observe: (count: number) => unknown = (count) => ({ n: [count], last: count % 2 }),
): Env {
  let count = 0;
  return {
    id: "Counter",
    observationSpace: dict({ n: box({ low: 0, high: 100 }), last: discrete(2) }),
    actionSpace: discrete(2, 1),
    reset: () => {
      count = 0;
      return observe(count);
    },
    step: (action) => {
      count += action as number;
      return { observation: observe(count), reward: 1, terminated: count >= 5, truncated: false };
    },
    ...changes,
  };
}

test("a minimal environment, plain arrays, a dict, actions counted from 0", () => {
  const vector = vectorise(() => counter(), 2);
  expect(vector.observationSize).toBe(3);
  vector.reset(Random.fromSeed(0));
  vector.step(Int32Array.of(0, 1)); // adds 1 and 2: the space starts at 1
  expect(Array.from(vector.observation)).toEqual([/* last */ 0, 1, /* n */ 1, 1, 0, 2]);
  expect(vector.restorable).toBe(false);
  expect(() => vector.snapshot()).toThrow("Counter: cannot be saved");
});

test("one object is one environment, unless it can be copied", () => {
  expect(vectorise(counter(), 1).numEnvs).toBe(1);
  expect(() => vectorise(counter(), 2)).toThrow(
    "Counter: one object cannot be 2 environments. Pass a function that makes the environment",
  );
  expect(vectorise(counter({ fresh: () => counter() }), 2).numEnvs).toBe(2);
  const shared = counter();
  expect(() => vectorise(() => shared, 2)).toThrow("must make a new environment each time");
  expect(() => vectorise(counter(), 0)).toThrow("numEnvs must be an integer >= 1, got 0");
  expect(() => vectorise(counter({ actionSpace: dict({ a: discrete(2) }) }), 1)).toThrow(
    "cannot be put into one array",
  );
});

test("errors say which environment, where and what", () => {
  const run = (env: () => Env) => {
    let made = 0;
    const vector = vectorise(() => (made++ === 1 ? env() : counter()), 2);
    vector.reset(Random.fromSeed(0));
    for (let t = 0; t < 3; t++) vector.step(Int32Array.of(0, 0));
  };
  const at = (count: number, value: unknown) => (now: number) => (now === count ? value : { n: [now], last: 0 });
  const step = (result: object) => () => ({
    observation: { n: [1], last: 0 },
    reward: 1,
    terminated: false,
    truncated: false,
    ...result,
  });

  expect(() => run(() => counter({}, at(2, { n: [NaN], last: 0 })))).toThrow(
    "Counter: environment 1, step 2: observation must be finite, got NaN in element 2",
  );
  expect(() => run(() => counter({}, at(3, { n: [1, 2], last: 0 })))).toThrow(
    "Counter: environment 1, step 3: an element of Box [1]",
  );
  expect(() => run(() => counter({ step: step({ reward: Infinity }) }))).toThrow(
    "Counter: environment 1, step 1: reward must be a finite number, got Infinity",
  );
  expect(() => run(() => counter({ step: step({ terminated: undefined }) }))).toThrow(
    "terminated must be true or false, got undefined",
  );
  const cause = new Error("ran out of cheese");
  const cheese = () =>
    run(() =>
      counter({
        step: () => {
          throw cause;
        },
      }),
    );
  expect(cheese).toThrow("Counter: environment 1, step 1: ran out of cheese");
  try {
    cheese();
  } catch (error) {
    expect((error as Error).cause).toBe(cause);
  }
});
