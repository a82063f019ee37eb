import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { mountainCar } from "./mountain-car.js";

const rng = Random.fromSeed(0);

function stepFrom(state: number[], action: number, env = mountainCar()) {
  env.restore({ state, elapsed: 0 }, rng);
  return { ...env.step(action), state: env.snapshot().state };
}

test("v ← v + 0.001 (a − 1) − 0.0025 cos 3x, x ← x + v", () => {
  // 0.02 + 0.001 − 0.0025 cos(−2.1), cos(−2.1) = −0.504846104599858
  const { state, reward, terminated } = stepFrom([-0.7, 0.02], 2);
  expect(state[1]).toBeCloseTo(0.022262115261499644, 15);
  expect(state[0]).toBeCloseTo(-0.7 + 0.022262115261499644, 15);
  expect([reward, terminated]).toEqual([-1, false]);
});

test("speed is clipped to 0.07, position to [−1.2, 0.6]; the left wall stops the car", () => {
  expect(stepFrom([-1.0, 0.0695], 2).state[1]).toBe(0.07); // cos(−3) < 0 accelerates to the right
  expect(stepFrom([-1.19, -0.05], 0).state).toEqual([-1.2, 0]);
  expect(stepFrom([0.59, 0.07], 2).state[0]).toBe(0.6);
});

test("ends at 0.5, if it is fast enough; every step costs 1", () => {
  const arrival = stepFrom([0.49, 0.02], 2);
  expect([arrival.reward, arrival.terminated]).toEqual([-1, true]);
  expect(stepFrom([0.49, 0.02], 2, mountainCar({ goalVelocity: 0.05 })).terminated).toBe(false);
  expect(stepFrom([0.55, -0.01], 0).terminated).toBe(false); // rolling back
});

test("starts at rest in [−0.6, −0.4)", () => {
  const env = mountainCar();
  for (let k = 0; k < 100; k++) {
    env.reset(rng);
    const [position, velocity] = env.snapshot().state;
    expect(position).toBeGreaterThanOrEqual(-0.6);
    expect(position).toBeLessThan(-0.4);
    expect(velocity).toBe(0);
  }
});
