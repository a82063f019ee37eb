import { cliffWalking, frozenLake, garnetEnv, makeEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import type { AnyEnv } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { discountAsDeath } from "./discount-as-death.js";
import { distances } from "./distances.js";
import { mdp } from "./mdp.js";
import { performanceDifference } from "./performance-difference.js";
import { policyBounds } from "./policy-bounds.js";
import { returns } from "./returns.js";
import { stateDistributions } from "./state-distributions.js";
import { values } from "./values.js";

/** The metrics of the last line of a run. */
function lastLine(
  // biome-ignore lint/suspicious/noExplicitAny: any of the rows
  algorithm: Algorithm<any, any>,
  env: () => AnyEnv,
  settings: Readonly<Record<string, unknown>> = {},
): Record<string, number> {
  const { context } = prepareRun(algorithm, env, settings);
  const state = algorithm.init(context);
  let metrics: Record<string, number> = {};
  for (const line of algorithm.train(context, state) as Generator<{ metrics?: Record<string, number> }>)
    metrics = { ...metrics, ...line.metrics };
  return metrics;
}

const environments = ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v3", "Garnet-v0", "Blackjack-v1", "Gridworld-v0"];

describe("mdp", () => {
  it.each([...environments, "RandomWalk-v0", "MaximizationBias-v0", "OneStepMdp-v0", "WindyGridworld-v0"])(
    "finds that %s keeps to its MDP",
    (id) => {
      const metrics = lastLine(mdp, () => makeEnv(id) as AnyEnv);
      expect(metrics.impossibleTransitions).toBe(0);
      // About √(outcomes/n) over the pairs tried; Taxi has 3000 pairs and no chance, Blackjack 20 000/700 steps for each.
      expect(metrics.probabilityError).toBeLessThan(id === "Blackjack-v1" ? 0.2 : 0.05);
      expect(metrics.rewardError).toBeLessThan(id === "Blackjack-v1" ? 0.2 : 0.1);
    },
  );

  it("notices an environment that does not", () => {
    const lying = (): AnyEnv =>
      ({ ...garnetEnv({ seed: 2 }), mdp: garnetEnv({ seed: 3 }).mdp, fresh: lying }) as AnyEnv;
    expect(lastLine(mdp, lying).impossibleTransitions).toBeGreaterThan(1000);
  });
});

describe("values", () => {
  it("solves to a residual below 1e-10 everywhere", () => {
    for (const id of environments) {
      const metrics = lastLine(values, () => makeEnv(id) as AnyEnv);
      expect(metrics.policyResidual).toBeLessThan(1e-10);
      expect(metrics.optimalResidual).toBeLessThan(1e-10);
      expect(metrics.optimalStartValue).toBeGreaterThan(metrics.policyStartValue - 1e-12);
    }
  });

  it("knows the horizon: CliffWalking needs 13 steps", () => {
    const start = (horizon: number) =>
      lastLine(values, () => cliffWalking(), { discount: 1, horizon }).optimalStartValue;
    expect(start(5)).toBe(-5);
    expect(start(13)).toBe(-13);
    expect(start(100)).toBe(-13);
  });
});

describe("state distributions, differences, distances, returns", () => {
  it("the sum over k stays under its bound", () => {
    for (const env of [frozenLake, garnetEnv]) {
      const metrics = lastLine(stateDistributions, () => env() as AnyEnv, { discount: 0.9 });
      expect(metrics.gap).toBeLessThanOrEqual(metrics.gapBound + 1e-11);
      expect(metrics.gap).toBeLessThan(1e-3);
    }
  });

  it("the lemma holds on every environment", () => {
    for (const id of environments.filter((id) => id !== "Taxi-v3")) {
      const metrics = lastLine(performanceDifference, () => makeEnv(id) as AnyEnv, { totalSteps: 2 });
      expect(metrics.mismatch).toBeLessThan(1e-9);
    }
  });

  it("couplings differ at the rate of the total variation, importance weights estimate expectations", () => {
    const metrics = lastLine(distances, () => garnetEnv(), { discount: 0.9 });
    const { mismatchRate, totalVariation, klDivergence } = metrics;
    expect(Math.abs(mismatchRate - totalVariation)).toBeLessThan(4 * Math.sqrt(0.25 / 20_000));
    expect(klDivergence).toBeGreaterThanOrEqual(2 * totalVariation ** 2);
    expect(metrics.ordinaryEstimate / metrics.expectation).toBeCloseTo(1, 1);
    expect(metrics.weightedEstimate / metrics.expectation).toBeCloseTo(1, 1);
  });

  it("all returns estimate V", () => {
    for (const env of [frozenLake, garnetEnv]) {
      const metrics = lastLine(returns, () => env() as AnyEnv, { discount: 0.9 });
      for (const name of ["monteCarlo", "nStep", "lambda", "vTrace"])
        expect(Math.abs(metrics[`${name}Bias`])).toBeLessThan(4 * metrics[`${name}Error`]);
      expect(metrics.lambdaError).toBeLessThan(metrics.monteCarloError);
      expect(metrics.mismatch).toBeLessThan(1e-12);
    }
  });

  it("off-policy V-trace has the values of π_ρ̄, with ratios clipped, half clipped and free", () => {
    for (const [rhoClip, traceClip] of [
      [1, 1],
      [1.3, 0.7],
      [1e9, 1e9],
    ])
      for (const env of [frozenLake, garnetEnv]) {
        const settings = { discount: 0.9, rhoClip, traceClip, targetShare: 0.6, totalSteps: 15_000 };
        const metrics = lastLine(returns, () => env() as AnyEnv, settings);
        expect(metrics.vTraceError).toBeGreaterThan(0);
        expect(Math.abs(metrics.vTraceBias)).toBeLessThan(4 * metrics.vTraceError);
      }
    expect(() => prepareRun(returns, () => frozenLake(), { rhoClip: 1, traceClip: 2 })).toThrow(
      "traceClip must be at most rhoClip = 1, got 2",
    );
  });

  it("say in a sentence what cannot be", () => {
    expect(() => prepareRun(distances, () => frozenLake(), { discount: 1 })).toThrow(
      "discount must be below 1 for the normalised distribution, got 1",
    );
    expect(() => prepareRun(stateDistributions, () => garnetEnv(), { discount: 1 })).toThrow(
      "discount must be below 1 for a continuing task",
    );
  });
});

describe("policy-bounds", () => {
  it.each(environments)("no pair of policies crosses a bound on %s", (id) => {
    const { context } = prepareRun(policyBounds, () => makeEnv(id) as AnyEnv, {
      totalSteps: ["Taxi-v3", "Blackjack-v1"].includes(id) ? 4 : 30,
      discount: 0.9,
    });
    const state = policyBounds.init(context);
    for (const { metrics } of policyBounds.train(context, state) as Generator<{ metrics: Record<string, number> }>) {
      for (const bound of ["tightBound", "totalVariationBound", "klBound", "rootKlBound"])
        expect(metrics.error).toBeLessThanOrEqual(metrics[bound] + 1e-10);
      expect(metrics.meanAdvantage).toBeLessThanOrEqual(metrics.meanAdvantageBound + 1e-10);
      expect(metrics.distributionGap).toBeLessThanOrEqual(metrics.disagreementBound + 1e-10);
      expect(metrics.disagreementBound).toBeLessThanOrEqual(metrics.distributionGapBound + 1e-10);
    }
  });
});

describe("discount-as-death", () => {
  it.each(environments)("on %s values and gradients are those with the discount, and episodes agree", (id) => {
    for (const discount of [id === "FrozenLake-v1" ? 0.9 : 0.5, 0.95]) {
      const settings = { discount, totalSteps: id === "Taxi-v3" ? 2000 : 20_000 };
      const metrics = lastLine(discountAsDeath, () => makeEnv(id) as AnyEnv, settings);
      const scale = Math.max(1, Math.abs(metrics.discountedValue));
      expect(metrics.valueMismatch).toBeLessThan(1e-11 * Math.max(scale, id === "CliffWalking-v1" ? 1000 : 1));
      expect(metrics.gradientMismatch).toBeLessThan(1e-11 * Math.max(scale, id === "CliffWalking-v1" ? 1000 : 1));
      // The half-width is 1.96 standard errors; five of them do not happen by chance.
      expect(Math.abs(metrics.estimate - metrics.discountedValue)).toBeLessThan(2.6 * metrics.halfWidth);
      if ("optionOneCosine" in metrics) expect(metrics.optionOneCosine).toBeLessThanOrEqual(1 + 1e-12);
    }
  });

  it("refuses a discount of 1", () => {
    expect(() => prepareRun(discountAsDeath, () => frozenLake(), { discount: 1 })).toThrow("nobody ever dies, got 1");
  });
});
