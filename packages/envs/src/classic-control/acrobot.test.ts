import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { acrobot } from "./acrobot.js";

const rng = Random.fromSeed(0);

function stepFrom(state: number[], action: number) {
  const env = acrobot();
  env.restore({ state, elapsed: 0 }, rng);
  return { ...env.step(action), state: env.snapshot().state };
}

test.each([
  // The book's equations and classical Runge–Kutta, evaluated independently in double precision.
  [[0.3, -0.7, 1.1, -2], 2, [0.452243218262196, -0.95934520706795, 0.40098106794037414, -0.5709023417664689]],
  [
    [3.1, 0.1, 2, 1],
    0,
    [3.5303098012586327 - 2 * Math.PI, 0.25572247341960885, 2.400556456928717, 0.4797409752686156], // θ₁ wrapped
  ],
  [
    [2.9, 3, 13, 30],
    1, // θ₂ wrapped twice, θ̇₁ bounded to 4π
    [2.1572597549015082, 13.953850916161112 - 4 * Math.PI, 4 * Math.PI, -25.345282430657264],
  ],
])("one step from %j with action %i", (state, action, next) => {
  const { state: got } = stepFrom(state, action);
  got.forEach((value, j) => {
    expect(Math.abs(value - next[j])).toBeLessThan(1e-13);
  });
});

test("hanging at rest without torque stays there", () => {
  for (const value of stepFrom([0, 0, 0, 0], 1).state) expect(Math.abs(value)).toBeLessThan(1e-15);
});

test("without torque the energy is kept, up to the integrator's error", () => {
  const energy = ([t1, t2, w1, w2]: readonly number[]) => {
    // Uniform links, mass 1, length 1, centre at 0.5, inertia 1 about the centre; M(θ₂) is the mass matrix.
    const d11 = 0.25 + 1.25 + Math.cos(t2) + 2;
    const d12 = 0.25 + 0.5 * Math.cos(t2) + 1;
    const kinetic = 0.5 * d11 * w1 * w1 + d12 * w1 * w2 + 0.5 * 1.25 * w2 * w2;
    return kinetic - 9.8 * (1.5 * Math.cos(t1) + 0.5 * Math.cos(t1 + t2));
  };
  const start = [0.8, -0.5, 0.2, -0.3];
  expect(Math.abs(energy(stepFrom(start, 1).state) - energy(start))).toBeLessThan(2e-3);
  expect(energy(stepFrom(start, 2).state)).not.toBeCloseTo(energy(start), 1); // a torque does work
});

test("reward −1 until the tip is above the line, then 0", () => {
  const low = stepFrom([0, 0, 0, 0], 0);
  expect([low.reward, low.terminated]).toEqual([-1, false]);
  const high = stepFrom([Math.PI - 0.1, 0.05, 0, 0], 1); // both links nearly upright: height near 2
  expect([high.reward, high.terminated]).toEqual([0, true]);
});

test("starts within ±0.1, in float32", () => {
  const env = acrobot();
  env.reset(rng);
  for (const value of env.snapshot().state) {
    expect(Math.abs(value)).toBeLessThanOrEqual(0.1);
    expect(Math.fround(value)).toBe(value);
  }
});
