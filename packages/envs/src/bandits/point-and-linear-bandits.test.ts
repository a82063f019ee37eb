import { Random } from "@advantage/engine";
import { describe, expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import { linearBanditEnv } from "./linear-bandit.js";
import { quadraticBandit } from "./quadratic-bandit.js";

describe("the linear bandit", () => {
  test("pays ±1 with mean ⟨θ*, x(a)⟩, played or not", () => {
    const env = linearBanditEnv({ parameter: [0.5, -0.25], rounds: 1e9 });
    expect(env.arms.map(({ mean }) => mean)).toEqual([-0.25, 0.75, -0.75, 0.25]);
    env.reset(Random.fromSeed(4));
    const n = 20_000;
    const sums = [0, 0, 0, 0];
    for (let t = 0; t < n; t++) {
      const { reward } = env.step(t % 4);
      const rewards = env.roundRewards();
      expect(rewards[t % 4]).toBe(reward);
      rewards.forEach((r, arm) => {
        expect(Math.abs(r)).toBe(1);
        sums[arm] += r / n;
      });
    }
    env.arms.forEach(({ mean, deviation }, arm) => {
      expect(Math.abs(sums[arm] - (mean as number))).toBeLessThan((4 * (deviation as number)) / Math.sqrt(n));
      expect(env.mdp?.().expectedReward[arm]).toBeCloseTo(mean as number, 14);
    });
  });

  test("refuses features that do not fit", () => {
    expect(() => linearBanditEnv({ parameter: [1], features: [[1], [1, 2]] })).toThrow(
      "features of arm 1 must be as many as the parameter's 1 numbers, got 2",
    );
    expect(() => linearBanditEnv({ parameter: [1, 1] })).toThrow("must be in [-1, 1], got -2");
  });
});

describe("the quadratic bandit", () => {
  test("pays 1 at its best point, 0 in the farthest corner, and what the formula says between", () => {
    const env = quadraticBandit({ curvatures: [1, 4], best: [0.5, -0.5] });
    env.reset(Random.fromSeed(0));
    expect(env.step(Float32Array.of(0.5, -0.5)).reward).toBe(1);
    expect(env.step(Float32Array.of(-1, 1)).reward).toBeCloseTo(0, 15);
    // Z = 1·2.25 + 4·2.25 = 11.25; (0, 0) is 0.25 + 4·0.25 = 1.25 away
    expect(env.step(Float32Array.of(0, 0)).reward).toBeCloseTo(1 - 1.25 / 11.25, 15);
    expect(env.step(Float32Array.of(9, -9)).reward).toBe(env.meanReward([1, -1])); // brought into the box
  });

  test("is nowhere steeper than it says", () => {
    const env = quadraticBandit();
    const random = Random.fromSeed(5);
    const point = () => [random.uniform(-1, 1), random.uniform(-1, 1)];
    for (let i = 0; i < 2000; i++) {
      const [a, b] = [point(), point()];
      const distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
      expect(Math.abs(env.meanReward(a) - env.meanReward(b))).toBeLessThanOrEqual(env.lipschitz * distance + 1e-12);
    }
  });
});

test.each([linearBanditEnv, quadraticBandit, () => quadraticBandit({ curvatures: [1, 2, 3], noise: 0.1 })])(
  "the checker finds nothing wrong with them: %#",
  (make) => {
    expect(checkEnv(make as never)).toEqual([]);
  },
);
