import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { mountainCarContinuous } from "./mountain-car-continuous.js";

const rng = Random.fromSeed(0);

function stepFrom(state: number[], push: number) {
  const env = mountainCarContinuous();
  env.restore({ state, elapsed: 0 }, rng);
  return { ...env.step(Float32Array.of(push)), state: env.snapshot().state };
}

test("v ← v + 0.0015 push − 0.0025 cos 3x, kept in float32", () => {
  // cos(−2.1) = −0.504846104599858
  const velocity = 0.02 + 0.5 * 0.0015 + 0.0025 * 0.504846104599858;
  const { state, reward, terminated } = stepFrom([-0.7, 0.02], 0.5);
  expect(state).toEqual([Math.fround(-0.7 + velocity), Math.fround(velocity)]);
  expect(reward).toBeCloseTo(-0.025, 15);
  expect(terminated).toBe(false);
});

test("a push beyond 1 moves like 1 and costs what it is", () => {
  const strong = stepFrom([-0.7, 0.02], -3);
  expect(strong.state).toEqual(stepFrom([-0.7, 0.02], -1).state);
  expect(strong.reward).toBeCloseTo(-0.9, 14);
});

test("arriving at 0.45 brings 100, decided before the rounding to float32", () => {
  const arrival = stepFrom([0.44, 0.02], 1);
  expect(arrival.terminated).toBe(true);
  expect(arrival.reward).toBeCloseTo(99.9, 12);
  // 0.450000001 is past the goal; the float32 next to it, which is stored, is not.
  const close = stepFrom([0.44, 0.010000001 + 0.0025 * Math.cos(1.32)], 0);
  expect(close.terminated).toBe(true);
  expect(close.state[0]).toBe(Math.fround(0.45));
  expect(close.state[0]).toBeLessThan(0.45);
});

test("the left wall stops the car", () => {
  expect(stepFrom([-1.19, -0.05], -1).state).toEqual([Math.fround(-1.2), 0]);
});

test("a push that no float32 holds is refused", () => {
  const env = mountainCarContinuous();
  env.reset(rng);
  const message = "MountainCarContinuous-v0: action must be an element of Box [1] in [-1, 1], got [1e+39]";
  expect(() => env.step([1e39] as never)).toThrow(message);
});
