import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { assertEnv } from "../check-env.js";
import { cartPole } from "../classic-control/cart-pole.js";
import { cartPoleMasked } from "./cart-pole-masked.js";

test("is CartPole-v1 without its velocities", () => {
  const masked = cartPoleMasked();
  const full = cartPole();
  const shown = (observation: Float32Array) => [observation[0], observation[2]];
  const [one, other] = [Random.fromSeed(3), Random.fromSeed(3)];
  const actions = Random.fromSeed(4);
  expect(Array.from(masked.reset(one))).toEqual(shown(full.reset(other)));
  for (let t = 0; t < 300; t++) {
    const action = actions.int(2);
    const [step, whole] = [masked.step(action), full.step(action)];
    expect(step).toEqual({ ...whole, observation: Float32Array.from(shown(whole.observation)) });
    if (step.terminated) expect(Array.from(masked.reset(one))).toEqual(shown(full.reset(other)));
  }
  expect(masked.observationSpace.size).toBe(2);
  expect(Array.from(masked.observationSpace.high)).toEqual(shown(full.observationSpace.high));
});

test("many at once equal single ones; cut after 500 steps", () => {
  assertEnv(() => cartPoleMasked(), { steps: 400 });
  const env = cartPoleMasked();
  env.restore({ state: [0, 0, 0, 0], elapsed: 498 }, Random.fromSeed(1));
  expect(env.step(1)).toMatchObject({ terminated: false, truncated: false });
  expect(env.step(0)).toMatchObject({ terminated: false, truncated: true });
});
