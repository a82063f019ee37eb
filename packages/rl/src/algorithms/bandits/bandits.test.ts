import { Random } from "@advantage/engine";
import { adversarialBandit, bernoulliBandit, gaussianBandit, rewardSequence } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm, BaseConfig } from "../../core/algorithm.js";
import type { BanditGame } from "../../families/bandits/bandit-game.js";
import { softmaxPolicy } from "../../maths/softmax-policy.js";
import type { AnyEnv } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { identity } from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { banditNpg } from "./bandit-npg.js";
import { banditNpgRegularized } from "./bandit-npg-regularized.js";
import { banditPg } from "./bandit-pg.js";
import { exp3 } from "./exp3.js";
import { expertNpg } from "./expert-npg.js";
import { expertPg } from "./expert-pg.js";
import { exponentialWeights } from "./exponential-weights.js";
import { linearBandit } from "./linear-bandit.js";

interface BanditState {
  readonly game: BanditGame;
  readonly logits: Float64Array;
}

/** Trains to the end; the metrics of every line, and the state. */
function trained<Config extends BaseConfig, State extends BanditState>(
  algorithm: Algorithm<Config, State>,
  env: () => AnyEnv,
  settings: Record<string, unknown>,
) {
  const { context, state, lines } = trials(algorithm).trained(env, settings as Partial<Config>);
  return { context, state, lines, policy: softmaxPolicy(state.logits, state.game.numArms) };
}

/** Fixed rewards, the same in every round. */
const constant = (rewards: readonly number[], rounds = 1000) =>
  adversarialBandit(rewardSequence(Array.from({ length: rounds }, () => rewards)));

const families = [
  exponentialWeights,
  expertPg,
  expertNpg,
  exp3,
  banditPg,
  banditNpg,
  banditNpgRegularized,
  linearBandit,
] as unknown as Algorithm<BaseConfig, BanditState>[];

describe("in the expert setting", () => {
  it("exponential weights after K rounds are π₁(a) exp(η Σ r(a)), normalised", () => {
    const settings = { totalSteps: 200, learningRate: 0.03, initialPolicy: "0.2,0.3,0.5" };
    const { policy } = trained(exponentialWeights, () => constant([1, 0.5, 0]), settings);
    const weights = [0.2 * Math.exp(0.03 * 200), 0.3 * Math.exp(0.03 * 100), 0.5];
    const sum = weights.reduce((a, b) => a + b);
    weights.forEach((weight, a) => {
      expect(Math.abs(policy[a] - weight / sum)).toBeLessThan(1e-12);
    });
  });

  it("natural policy gradient gives the policies of exponential weights, to 1e-12", () => {
    const settings = { totalSteps: 1000, learningRate: 0.05, initialPolicy: "0.0001,0.9999", seed: 3 };
    const weights = trained(exponentialWeights, bernoulliBandit, settings);
    const natural = trained(expertNpg, bernoulliBandit, settings);
    weights.policy.forEach((probability, a) => {
      expect(Math.abs(probability - natural.policy[a])).toBeLessThan(1e-12);
    });
    expect(natural.lines.at(-1)?.rewardSum).toBe(weights.lines.at(-1)?.rewardSum);
  });

  it("one policy gradient step is θ + ηπA: by hand for π = (½, ½), r = (1, 0)", () => {
    const { policy } = trained(expertPg, () => constant([1, 0]), { totalSteps: 1, learningRate: 2 });
    // A = (½, −½), πA = (¼, −¼), so θ = (½, −½)
    expect(policy[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 14);
  });

  it("from a bad start exponential weights recover and policy gradient does not", () => {
    const settings = { totalSteps: 1000, learningRate: 0.5, initialPolicy: "0.0001,0.9999" };
    expect(trained(exponentialWeights, bernoulliBandit, settings).policy[0]).toBeGreaterThan(0.99);
    expect(trained(expertPg, bernoulliBandit, settings).policy[0]).toBeLessThan(0.001);
  });

  it.each([exponentialWeights, expertNpg])("regret never crosses its bound, whatever the rewards: %#", (algorithm) => {
    for (let seed = 0; seed < 40; seed++) {
      const random = Random.fromSeed(seed).fork("rewards");
      const arms = 2 + random.int(4);
      // Random rewards, and every other time the ones that hurt most: 1 for the arm thought worst so far in turn.
      const rows = Array.from({ length: 300 }, (_, k) =>
        Array.from({ length: arms }, (_, a) => (seed % 2 === 0 ? random.uniform() : (k + a) % arms === 0 ? 1 : 0)),
      );
      const learningRate = [undefined, 0.01, 0.3, 3][seed % 4];
      const { lines } = trained(algorithm as typeof exponentialWeights, () => adversarialBandit(rewardSequence(rows)), {
        totalSteps: 300,
        learningRate,
        seed,
      });
      for (const { regret, regretBound } of lines) expect(regret).toBeLessThanOrEqual(regretBound);
    }
  });
});

describe("with bandit feedback", () => {
  it.each([
    ["highest", 0.02],
    ["none", 0.005],
    ["mean", 0.01],
  ] as const)("natural policy gradient with n = 1 is EXP3, baseline %s", (baseline, learningRate) => {
    const settings = { totalSteps: 1000, baseline, learningRate, seed: 5 };
    const one = trained(exp3, bernoulliBandit, settings);
    const other = trained(banditNpg, bernoulliBandit, { ...settings, samples: 1 });
    expect(other.lines.map(({ rewardSum }) => rewardSum)).toEqual(one.lines.map(({ rewardSum }) => rewardSum));
    one.policy.forEach((probability, a) => {
      expect(Math.abs(probability - other.policy[a])).toBeLessThan(1e-12);
    });
  });

  it("the regularised form with many inner steps is the gradient form, with one it is plain policy gradient", () => {
    const settings = { totalSteps: 40, samples: 20, learningRate: 0.2, baseline: "none", seed: 2 };
    const natural = trained(banditNpg, bernoulliBandit, settings).policy;
    const solved = trained(banditNpgRegularized, bernoulliBandit, { ...settings, innerSteps: 400 }).policy;
    expect(Math.abs(solved[0] - natural[0])).toBeLessThan(1e-9);

    const single = trained(banditNpgRegularized, bernoulliBandit, { ...settings, innerSteps: 1 }).policy;
    const plain = trained(banditPg, bernoulliBandit, settings).policy;
    expect(Math.abs(single[0] - plain[0])).toBeLessThan(1e-12);
    expect(Math.abs(single[0] - natural[0])).toBeGreaterThan(1e-3);
  });

  it.each([
    { settings: {}, of: "losses" },
    { settings: { baseline: "none", exploration: 0.2, learningRate: 0.04 }, of: "gains with exploration" },
    { settings: { initialPolicy: "0.01,0.99" }, of: "a bad start" },
  ])("the mean regret of EXP3 over 50 seeds stays under its bound: $of", ({ settings }) => {
    const lines = Array.from(
      { length: 50 },
      (_, seed) => trained(exp3, bernoulliBandit, { totalSteps: 1000, seed, ...settings }).lines,
    );
    for (let line = 0; line < lines[0].length; line += 10) {
      const mean = lines.reduce((sum, run) => sum + run[line].regret, 0) / lines.length;
      const bound = lines.reduce((sum, run) => sum + run[line].regretBound, 0) / lines.length;
      expect(mean).toBeLessThanOrEqual(bound);
    }
  });

  it("the regret of EXP3 grows as √T where the gap between the arms is the hardest for each T", () => {
    // Arms that differ by 1/√T: no algorithm does better than a constant times √T on them (Auer et al. 2002, theorem 5.1).
    const horizons = [100, 316, 1000, 3162, 10_000, 31_623, 100_000];
    const points = horizons.map((rounds) => {
      const gap = 1 / Math.sqrt(rounds);
      const seeds = rounds > 5000 ? 10 : 100;
      let sum = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const env = () => bernoulliBandit({ means: [0.5 + 2 * gap, 0.5], rounds });
        sum += trained(exp3, env, { totalSteps: rounds, seed }).lines.at(-1)?.regret ?? Number.NaN;
      }
      return [Math.log(rounds), Math.log(sum / seeds)];
    });
    const mean = [0, 1].map((i) => points.reduce((sum, point) => sum + point[i], 0) / points.length);
    const covariance = points.reduce((sum, [x, y]) => sum + (x - mean[0]) * (y - mean[1]), 0);
    const variance = points.reduce((sum, [x]) => sum + (x - mean[0]) * (x - mean[0]), 0);
    expect(Math.abs(covariance / variance - 0.5)).toBeLessThan(0.1);
  });

  it.each([
    ["exp3", exp3, {}],
    ["bandit-pg", banditPg, { learningRate: 0.2 }],
    ["bandit-npg, n = 5", banditNpg, { samples: 5 }],
    ["bandit-npg-regularized", banditNpgRegularized, { learningRate: 0.2 }],
  ])("%s finds the best of three arms", (_, algorithm, settings) => {
    const env = () => bernoulliBandit({ means: [0.2, 0.8, 0.4] });
    const { policy } = trained(algorithm as typeof exp3, env, { totalSteps: 4000, ...settings });
    expect(policy[1]).toBeGreaterThan(0.9);
  });

  it("arm baselines and the mean baseline learn too, without a bound", () => {
    const env = () => gaussianBandit({ means: [1, 0], deviation: 0.1 });
    const settings = { totalSteps: 2000, baseline: "mean", armBaseline: "mean", learningRate: 0.05 };
    const { policy, lines } = trained(exp3, env, settings);
    expect(policy[0]).toBeGreaterThan(0.95);
    expect(lines.every(({ regretBound }) => regretBound === undefined)).toBe(true);
  });
});

describe.each(families.map((algorithm) => [algorithm.id, algorithm] as const))("%s", (_, algorithm) => {
  it("does nothing in the limit of no step", () => {
    const settings = { totalSteps: 100, learningRate: 1e-300, initialPolicy: "0.3,0.7" };
    const { policy } = trained(algorithm, bernoulliBandit, settings);
    expect(policy[0]).toBeCloseTo(0.3, 14);
  });
  it("has no regret with one arm", () => {
    const { lines } = trained(algorithm, () => bernoulliBandit({ means: [0.5] }), { totalSteps: 100 });
    expect(Math.abs(lines.at(-1)?.regret ?? 1)).toBeLessThan(1e-12);
    expect(lines.at(-1)?.entropy).toBe(0);
  });
  it("keeps books that a second pass over the rewards confirms", () => {
    const rows = Array.from({ length: 60 }, (_, k) => [(k % 3) / 2, ((k * 7) % 5) / 4]);
    const { lines, state } = trained(algorithm, () => adversarialBandit(rewardSequence(rows)), { totalSteps: 1 });
    const played = rows.slice(0, state.game.rounds); // the first batch, drawn from the uniform policy
    const sums = [0, 1].map((arm) => played.reduce((sum, row) => sum + row[arm], 0));
    expect(lines[0].regret).toBeCloseTo(Math.max(...sums) - (sums[0] + sums[1]) / 2, 12);
  });
  it("refuses what is no bandit, and settings that do not fit, in one sentence", () => {
    const run =
      (env: () => AnyEnv, settings = {}) =>
      () =>
        prepareRun(algorithm, env, settings, { preset: "none" });
    if (!algorithm.needs.includes("full-information"))
      expect(run(identity)).toThrow(`${algorithm.id} is for bandits, whose observation never changes (Discrete(1))`);
    expect(run(bernoulliBandit, { initialPolicy: "0.5,0.25,0.25" })).toThrow("a probability for each of the 2 arms");
    expect(run(bernoulliBandit, { initialPolicy: "0.5,0.6" })).toThrow("that sum to 1, got '0.5,0.6'");
    if ("rewardLow" in algorithm.config.fields)
      expect(run(bernoulliBandit, { rewardLow: 2 })).toThrow("rewardHigh must be above rewardLow = 2, got 1");
  });
});

it("draws the eight most probable of many arms", () => {
  const means = Array.from({ length: 20 }, (_, a) => (a === 13 ? 0.9 : 0.1));
  const { context, state } = trained(exponentialWeights, () => bernoulliBandit({ means }), { totalSteps: 500 });
  const [regret, policy] = exponentialWeights.figures?.(context, state) ?? [];
  expect(regret).toMatchObject({ kind: "curves", title: "Regret and its bound" });
  expect(policy.kind === "curves" && policy.curves).toHaveLength(8);
  expect(policy.kind === "curves" && policy.curves[0].label).toBe("arm 13");
});

it("a reward outside its range takes the bound away", () => {
  const { lines } = trained(exp3, () => constant([2, 0.5]), { totalSteps: 50 });
  expect(lines.every(({ regretBound }) => regretBound === undefined)).toBe(true);
});

it("without the rewards of all arms there is no regret to report, and learning goes on", () => {
  const env = () => {
    const { roundRewards: _, fresh: __, ...hidden } = bernoulliBandit();
    return hidden as AnyEnv;
  };
  const { lines } = trained(exp3, env, { totalSteps: 50 });
  expect(lines.at(-1)).not.toHaveProperty("regret");
  expect(lines.at(-1)).toHaveProperty("rewardSum");
});
