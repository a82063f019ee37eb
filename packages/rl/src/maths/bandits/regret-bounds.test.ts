import { describe, expect, it } from "vitest";
import { exp3LearningRate, exp3RegretBound, hedgeLearningRate, hedgeRegretBound } from "./regret-bounds.js";

describe("exponential weights with full information", () => {
  it("with its best step size the bound is R √(K log A / 2)", () => {
    const learningRate = hedgeLearningRate(4, 1000, 3);
    const bound = hedgeRegretBound({ rounds: 1000, learningRate, range: 3, probability: 1 / 4 });
    expect(bound).toBeCloseTo(3 * Math.sqrt((1000 * Math.log(4)) / 2), 9);
  });
  it("is dominated by the start from a bad policy: log(1/0.0001)/η", () => {
    expect(hedgeRegretBound({ rounds: 0, learningRate: 0.5, range: 1, probability: 1e-4 })).toBeCloseTo(
      Math.log(1e4) / 0.5,
      9,
    );
  });
  it("with one arm no step size is better than another", () => expect(hedgeLearningRate(1, 100, 1)).toBe(1));
});

describe("EXP3", () => {
  it("with losses and the best step size the bound is R √(2 A K log A)", () => {
    const learningRate = exp3LearningRate(5, 2000, 2);
    const setting = { arms: 5, rounds: 2000, learningRate, low: -2, high: 0, probability: 0.2 };
    expect(exp3RegretBound(setting)).toBeCloseTo(2 * Math.sqrt(2 * 5 * 2000 * Math.log(5)), 9);
  });
  it("with n draws a step it is √n times as large", () => {
    const learningRate = exp3LearningRate(5, 2000, 1, 4);
    const setting = { arms: 5, rounds: 2000, learningRate, samples: 4, low: -1, high: 0, probability: 0.2 };
    expect(exp3RegretBound(setting)).toBeCloseTo(2 * Math.sqrt(2 * 5 * 2000 * Math.log(5)), 9);
  });
  it("with gains it needs exploration; the paper's corollary: (e − 1)εK + A log A/ε with η = ε/A", () => {
    const [arms, rounds, exploration] = [5, 2000, 0.1];
    const setting = { arms, rounds, low: 0, high: 1, probability: 1 / arms };
    expect(exp3RegretBound({ ...setting, learningRate: exploration / arms })).toBeUndefined();
    expect(exp3RegretBound({ ...setting, learningRate: exploration / arms, exploration })).toBeCloseTo(
      (Math.E - 1) * exploration * rounds + (arms * Math.log(arms)) / exploration,
      9,
    );
  });
});
