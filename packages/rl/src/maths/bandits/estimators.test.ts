import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { sampleRow } from "../exploration.js";
import { softmaxFisherProduct } from "../softmax-policy.js";
import {
  type EstimatedDraws,
  inversePropensityRewards,
  naturalScoreGradient,
  scoreFunctionGradient,
} from "./estimators.js";

const policy = Float64Array.of(0.5, 0.3, 0.2);

describe("by hand, π = (0.5, 0.3, 0.2)", () => {
  const draws = { arms: [1, 1, 0], rewards: [3, 0, 2], baseline: 0.5 };
  it("inverse propensity: (2.5 − 0.5)/(3·0.3) for arm 1, 1.5/(3·0.5) for arm 0", () => {
    const estimate = inversePropensityRewards(policy, draws);
    [1, 2 / 0.9, 0].forEach((value, a) => {
      expect(estimate[a]).toBeCloseTo(value, 12);
    });
  });
  it("arm baselines are taken from the rewards and added to all arms", () => {
    const estimate = inversePropensityRewards(policy, { ...draws, armBaseline: [1, 0.5, 0.25] });
    [0.5 / 1.5 + 1, 1 / 0.9 + 0.5, 0.25].forEach((value, a) => {
      expect(estimate[a]).toBeCloseTo(value, 12);
    });
  });
  it("score function: (1/3)·Σ (rᵢ − b)(e − π), Σ (rᵢ − b) = 3.5", () => {
    const gradient = scoreFunctionGradient(policy, draws);
    [(1.5 - 3.5 * 0.5) / 3, (2 - 3.5 * 0.3) / 3, (-3.5 * 0.2) / 3].forEach((value, a) => {
      expect(gradient[a]).toBeCloseTo(value, 12);
    });
  });
  it("the natural gradient solves F x = g and is R̂ less a constant", () => {
    const gradient = scoreFunctionGradient(policy, draws);
    const natural = naturalScoreGradient(policy, draws);
    const product = softmaxFisherProduct(policy, natural, 3);
    const estimate = inversePropensityRewards(policy, draws);
    for (let a = 0; a < 3; a++) {
      expect(product[a]).toBeCloseTo(gradient[a], 12);
      expect(natural[a]).toBeCloseTo(gradient[a] / policy[a], 12);
      expect(natural[a] - natural[0]).toBeCloseTo(estimate[a] - estimate[0], 12);
    }
  });
});

describe("unbiased: the mean over 200,000 draws is within 4.5 standard errors", () => {
  const means = [0.7, 0.2, 0.5];
  const count = 200_000;
  const advantage = means.map((mean) => mean - means.reduce((sum, r, a) => sum + policy[a] * r, 0));

  const expectMean = (estimate: (draws: EstimatedDraws) => Float64Array, expected: readonly number[]) => {
    const random = Random.fromSeed(7).fork("unbiased");
    const sum = new Float64Array(3);
    const squares = new Float64Array(3);
    const arms = new Int32Array(2);
    const rewards = new Float64Array(2);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < 2; i++) {
        arms[i] = sampleRow(random, policy, 0, 3);
        rewards[i] = random.uniform() < means[arms[i]] ? 1 : 0;
      }
      estimate({ arms, rewards }).forEach((value, a) => {
        sum[a] += value;
        squares[a] += value * value;
      });
    }
    for (let a = 0; a < 3; a++) {
      const mean = sum[a] / count;
      const error = Math.sqrt((squares[a] / count - mean * mean) / count);
      expect(Math.abs(mean - expected[a])).toBeLessThan(4.5 * error);
    }
  };

  it.each([
    ["no baseline", 0, undefined],
    ["b = 1", 1, undefined],
    ["b = 0.3", 0.3, undefined],
    ["c = (0.6, 0.1, 0.9)", 0, [0.6, 0.1, 0.9]],
    ["b = 0.3 and c", 0.3, [0.4, -0.1, 0.2]],
  ])("R̂ estimates R − b, with %s", (_, baseline, armBaseline) => {
    expectMean(
      (draws) => inversePropensityRewards(policy, { ...draws, baseline, armBaseline }),
      means.map((mean) => mean - baseline),
    );
  });
  it.each([0, 0.5, 1])("the score function estimates πA, with b = %d", (baseline) => {
    expectMean(
      (draws) => scoreFunctionGradient(policy, { ...draws, baseline }),
      advantage.map((value, a) => policy[a] * value),
    );
  });
  it.each([0, 1])("the natural gradient estimates A, with b = %d", (baseline) => {
    expectMean((draws) => naturalScoreGradient(policy, { ...draws, baseline }), advantage);
  });
});

it.each([
  [{ arms: [3], rewards: [1] }, "arms must be integers in [0, 2], got 3"],
  [{ arms: [0.5], rewards: [1] }, "arms must be integers in [0, 2], got 0.5"],
  [{ arms: [], rewards: [] }, "at least one arm and as many rewards, got 0 arms and 0 rewards"],
  [{ arms: [0, 1], rewards: [1] }, "got 2 arms and 1 rewards"],
])("refuses %j", (draws, message) => {
  expect(() => inversePropensityRewards(policy, draws)).toThrow(message);
});

it("with one arm there is nothing to learn", () => {
  const sure = Float64Array.of(1);
  expect(scoreFunctionGradient(sure, { arms: [0], rewards: [5] })[0]).toBe(0);
  expect(naturalScoreGradient(sure, { arms: [0], rewards: [5] })[0]).toBe(0);
  expect(inversePropensityRewards(sure, { arms: [0], rewards: [5] })[0]).toBe(5);
});
