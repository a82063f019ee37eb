import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { cartPole } from "./classic-control/cart-pole.js";
import { pendulum } from "./classic-control/pendulum.js";

test("what is wrong is said", () => {
  const rng = Random.fromSeed(0);
  const env = cartPole();
  expect(() => env.step(0)).toThrow("CartPole-v1: call reset(rng) before step(action)");
  env.reset(rng);
  expect(() => env.step(2)).toThrow("CartPole-v1: action must be an element of Discrete(2), got 2");
  expect(() => env.restore({ state: [1, 2], elapsed: 0 }, rng)).toThrow("snapshot's state must have 4 elements, got 2");
  expect(() => env.restore({ state: [1, 2, 3, NaN], elapsed: 0 }, rng)).toThrow("must be finite, got NaN");
  expect(() => env.restore({ state: [1, 2, 3, 4], elapsed: -1 }, rng)).toThrow(
    "elapsed must be an integer >= 0, got -1",
  );
  expect(() => cartPole({ integrator: "rk4" as never })).toThrow('got "rk4"');

  const swing = pendulum();
  swing.reset(rng);
  expect(() => swing.step(Float32Array.of(NaN))).toThrow(
    "Pendulum-v1: action must be an element of Box [1] in [-2, 2], got [NaN]",
  );
  expect(() => swing.step(Float32Array.of(1, 2))).toThrow("got [1, 2]");

  const vector = pendulum().vector(2);
  expect(() => vector.step(new Float32Array(2))).toThrow("call reset(rng) before step(actions)");
  vector.reset(rng);
  expect(() => vector.step(Float32Array.of(0, NaN))).toThrow("action must be finite, got NaN in environment 1");
  expect(() => vector.step(new Int32Array(2))).toThrow("must be Float32Array of 2, got Int32Array of 2");
  const poles = cartPole().vector(2);
  poles.reset(rng);
  expect(() => poles.step(Int32Array.of(0, -1))).toThrow("got -1 in environment 1");
  expect(() => cartPole().vector(0)).toThrow("numEnvs must be an integer >= 1, got 0");
});

test("truncation counts from the reset and does not depend on termination", () => {
  const env = cartPole();
  env.restore({ state: [0, 0, 0.2, 2], elapsed: 499 }, Random.fromSeed(0));
  const step = env.step(0);
  expect([step.terminated, step.truncated]).toEqual([true, true]);
});

test("the options reach the copies", () => {
  const state = [0.3, 0.1];
  const afterOne = (env: ReturnType<typeof pendulum>) => {
    env.restore({ state, elapsed: 0 }, Random.fromSeed(0));
    env.step(Float32Array.of(0));
    return env.snapshot().state[1];
  };
  expect(afterOne(pendulum({ gravity: 9.81 }).fresh())).toBe(afterOne(pendulum({ gravity: 9.81 })));
  expect(afterOne(pendulum({ gravity: 9.81 }))).not.toBe(afterOne(pendulum()));
});
