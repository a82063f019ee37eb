import { Random } from "@advantage/engine";
import { box, discrete, quadraticBandit } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { illConditioned } from "../../experiments/ill-conditioned.js";
import { loadPolicy } from "../../policies/load-policy.js";
import type { AnyEnv } from "../../runner/env-source.js";
import { trials } from "../../testing/trials.js";
import { onePointGradient } from "./one-point-gradient.js";

const { contextOf, trained } = trials(onePointGradient);

const round = () => quadraticBandit({ curvatures: [1, 1] });

describe("the one-point gradient", () => {
  it("makes the step that its formula says: by hand on a line, where u is −1 or 1", () => {
    const line = () => quadraticBandit({ curvatures: [1], best: [0.5] });
    const { state } = trained(line, { totalSteps: 1, learningRate: 0.1, radius: 0.2, baseline: "none", seed: 1 });
    // r(±0.2) = 1 − (0.5 ∓ 0.2)²/2.25; x = η (1/δ) r u
    const steps = [1, -1].map((u) => (0.1 / 0.2) * (1 - (0.5 - 0.2 * u) ** 2 / 2.25) * u);
    expect(steps.some((x) => Math.abs(state.mean[0] - x) < 1e-7)).toBe(true); // actions are of single precision
  });

  it("has a mean regret under its bound, and goes towards the best action", () => {
    const runs = Array.from({ length: 10 }, (_, seed) => trained(round, { totalSteps: 4000, seed }));
    for (let line = 19; line < 200; line += 20) {
      const mean = runs.reduce((sum, { lines }) => sum + lines[line].regret, 0) / runs.length;
      expect(mean).toBeLessThanOrEqual(runs[0].lines[line].regretBound);
    }
    const distance = runs.reduce((sum, { lines }) => sum + lines.at(-1)!.distance, 0) / runs.length;
    expect(distance).toBeLessThan(0.35); // from 0.85
  });

  it("takes steps of the natural form that do not depend on the rewards' scale", () => {
    const scaled = (factor: number) => () => {
      const env = round();
      const { fresh: _, ...rest } = env;
      return {
        ...rest,
        step(action: Float32Array) {
          const step = env.step(action);
          return { ...step, reward: factor * step.reward };
        },
      } as unknown as AnyEnv;
    };
    const natural = { totalSteps: 500, update: "natural", samples: 10 } as const;
    const one = trained(scaled(1), natural).state.mean;
    for (const factor of [2 ** -30, 2 ** 30])
      expect([...trained(scaled(factor), natural).state.mean]).toEqual([...one]);
  });

  it("crawls where the reward is ill-conditioned, and its natural form does not", () => {
    const { gradient, natural, exact } = illConditioned({
      conditionNumbers: [1, 100],
      learningRates: [0.063, 0.63],
      mostRounds: 20_000,
      seeds: 3,
    });
    expect(gradient[1]).toBeGreaterThan(3 * gradient[0]);
    expect(natural[1]).toBeLessThanOrEqual(2 * natural[0]);
    // 0.6·0.99ᵏ ≤ 0.05
    expect(exact).toEqual([1, Math.ceil(Math.log(0.05 / 0.6) / Math.log(0.99))]);
  });

  it("saves a policy that plays the mean, and tries points of the same deviation", async () => {
    const { context, state } = trained(round, { totalSteps: 300, update: "natural", samples: 10 });
    const policy = await loadPolicy(onePointGradient.policy(context, state).save());
    const action = policy.act(0) as Float32Array;
    action.forEach((value, i) => {
      expect(value).toBeCloseTo(state.mean[i], 6);
    });
    const random = Random.fromSeed(1);
    const draws = Array.from(
      { length: 4000 },
      () => (policy.act(0, { deterministic: false, random }) as Float32Array)[0],
    );
    const variance = draws.reduce((sum, value) => sum + (value - state.mean[0]) ** 2, 0) / draws.length;
    const expected = state.shape![0] ** 2 + state.shape![1] ** 2;
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1);
  });

  it("refuses what does not fit, in a sentence", () => {
    const prepare =
      (settings: Readonly<Record<string, unknown>>, env: () => AnyEnv = round) =>
      () =>
        contextOf(env, settings);
    expect(prepare({ update: "natural" })).toThrow("samples must be at least 2 with update natural");
    expect(prepare({ radius: 2 })).toThrow("radius must be at most 1, half of the actions' smallest width, got 2");
    const unbounded = () =>
      ({
        id: "Line",
        observationSpace: discrete(1),
        actionSpace: box({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, shape: [1] }),
        reset: () => 0,
        step: () => ({ observation: 0, reward: 0, terminated: false, truncated: false }),
      }) as AnyEnv;
    expect(prepare({}, unbounded)).toThrow("needs actions between finite bounds");
  });
});
