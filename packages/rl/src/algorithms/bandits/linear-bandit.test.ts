import { bernoulliBandit, linearBanditEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { AnyEnv } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { trials } from "../../testing/trials.js";
import { exp3 } from "./exp3.js";
import { linearBandit } from "./linear-bandit.js";

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("EXP2", () => {
  it("is EXP3 where the arms have no features: same draws, same weights", () => {
    const shared = { totalSteps: 800, learningRate: 0.01, exploration: 0.1, seed: 3 };
    const env = () => bernoulliBandit({ means: [0.7, 0.2, 0.4] });
    const linear = trials(linearBandit).trained(env, shared);
    const weights = trials(exp3).trained(env, { ...shared, baseline: "none" });
    expect(linear.lines.map(({ rewardSum }) => rewardSum)).toEqual(weights.lines.map(({ rewardSum }) => rewardSum));
    for (const other of [1, 2]) {
      const difference = linear.state.logits[other] - linear.state.logits[0];
      expect(Math.abs(difference - (weights.state.logits[other] - weights.state.logits[0]))).toBeLessThan(1e-11);
    }
  });

  it("has a mean regret under its bound, and well under that of EXP3, on 64 arms of 6 features", () => {
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    const linear = seeds.map((seed) => trials(linearBandit).trained(linearBanditEnv, { seed }).lines);
    for (let line = 9; line < linear[0].length; line += 10) {
      const regret = meanOf(linear.map((run) => run[line].regret));
      expect(regret).toBeLessThanOrEqual(linear[0][line].regretBound);
    }
    const unstructured = seeds.map((seed) => trials(exp3).trained(linearBanditEnv, { seed, rewardLow: -1 }).lines);
    const last = (runs: readonly (readonly Readonly<Record<string, number>>[])[]) =>
      meanOf(runs.map((run) => run.at(-1)!.regret));
    expect(last(linear)).toBeLessThan(0.75 * last(unstructured));
  });

  it("promises nothing with less exploration than the theorem asks for, or rewards beyond the largest", () => {
    const without = (settings: Readonly<Record<string, unknown>>) =>
      trials(linearBandit)
        .trained(linearBanditEnv, { totalSteps: 50, ...settings })
        .lines.every(({ regretBound }) => regretBound === undefined);
    expect(without({})).toBe(false);
    expect(without({ exploration: 0.001, learningRate: 0.1 })).toBe(true);
    expect(without({ largestReward: 0.5 })).toBe(true);
  });

  it("refuses features that span no space of their size, and rows that are none", () => {
    const withFeatures = (armFeatures: readonly (readonly number[])[]) => () =>
      prepareRun(linearBandit, () => ({ ...bernoulliBandit(), armFeatures, fresh: undefined }) as AnyEnv, {});
    expect(
      withFeatures([
        [1, 2],
        [2, 4],
      ]),
    ).toThrow("features of the arms must span all 2 dimensions");
    expect(
      withFeatures([
        [1, 0],
        [Number.NaN, 1],
      ]),
    ).toThrow("armFeatures must hold equally many finite numbers for each of 2 arms, got [NaN,1] for arm 1");
  });
});
