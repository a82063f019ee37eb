import { readFileSync } from "node:fs";
import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import type { StateEnv } from "../state-env.js";
import { cartPole } from "./cart-pole.js";
import { pendulum } from "./pendulum.js";

// Replays recorded from Gymnasium 1.4 in double precision, one step at a time.

interface Episode {
  label: string;
  kwargs: { g?: number; sutton_barto_reward?: boolean };
  kinematics_integrator?: "euler" | "semi-implicit euler";
  states: number[][];
  obs: number[][];
  actions: (number | number[])[];
  rewards: number[];
  terminated: number[];
  truncated: number[];
}

function episodes(name: string): [string, Episode][] {
  const file = new URL(`../../../../test/golden/gymnasium/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")).episodes as Episode[]).map((episode) => [episode.label, episode]);
}

/** The largest differences between each recorded step and ours from the same state. */
function replay<Action extends number | Float32Array>(env: StateEnv<Action>, episode: Episode) {
  const rng = Random.fromSeed(0);
  let stateError = 0;
  let observationError = 0;
  let rewardError = 0;
  episode.actions.forEach((action, t) => {
    env.restore({ state: episode.states[t], elapsed: t }, rng);
    const step = env.step(action as Action);
    const { state } = env.snapshot();
    for (let j = 0; j < state.length; j++) {
      stateError = Math.max(stateError, Math.abs(state[j] - episode.states[t + 1][j]));
    }
    for (let j = 0; j < step.observation.length; j++) {
      // float32: one unit in the last place is 2⁻²⁴ of the value
      const wanted = episode.obs[t + 1][j];
      observationError = Math.max(
        observationError,
        Math.abs(step.observation[j] - wanted) / Math.max(1, Math.abs(wanted)),
      );
    }
    rewardError = Math.max(rewardError, Math.abs(step.reward - episode.rewards[t]));
    expect([t, step.terminated, step.truncated]).toEqual([t, episode.terminated[t] === 1, episode.truncated[t] === 1]);
  });
  return { stateError, observationError, rewardError };
}

test.each(episodes("cartpole"))("CartPole-v1 steps as Gymnasium's: %s", (_, episode) => {
  const env = cartPole({
    integrator: episode.kinematics_integrator,
    suttonBartoReward: episode.kwargs.sutton_barto_reward,
  });
  const { stateError, observationError, rewardError } = replay(env, episode);
  expect(stateError).toBeLessThan(1e-14);
  expect(observationError).toBeLessThan(1e-7);
  expect(rewardError).toBe(0);
});

test.each(episodes("pendulum"))("Pendulum-v1 steps as Gymnasium's: %s", (_, episode) => {
  const env = pendulum({ gravity: episode.kwargs.g });
  const { stateError, observationError, rewardError } = replay(env, episode);
  expect(stateError).toBeLessThan(1e-14);
  expect(observationError).toBeLessThan(1e-7);
  expect(rewardError).toBeLessThan(1e-13);
});

test("Sutton & Barto's rewards: 0 while it is balanced, −1 for the step that ends it", () => {
  expect(episodes("cartpole").some(([, episode]) => episode.kwargs.sutton_barto_reward)).toBe(true);
  const env = cartPole({ suttonBartoReward: true });
  env.reset(Random.fromSeed(1));
  expect(env.step(0).reward).toBe(0);
  env.restore({ state: [2.39, 1, 0, 0], elapsed: 9 }, Random.fromSeed(1));
  expect(env.step(1)).toMatchObject({ reward: -1, terminated: true });
  expect(() => cartPole({ suttonBartoReward: 1 as never })).toThrow("suttonBartoReward must be true or false, got 1");
});
