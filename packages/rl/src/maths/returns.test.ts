import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { discountedReturn, discountWeights, lambdaReturns, nStepReturns, rewardToGo } from "./returns.js";

type Case = Record<
  "rewards" | "returns" | "returns_with_bootstrap" | "next_values" | "terminated" | "truncated" | "targets",
  number[]
> &
  Record<"gamma" | "n" | "lambda" | "bootstrap_value" | "discounted_total", number> & { kind: string };
const golden: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../../../../test/golden/maths/returns.json", import.meta.url), "utf8"),
);
const casesOf = (kind: string) => golden.cases.filter((c) => c.kind === kind);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance);
}

describe("recorded values", () => {
  it.each(casesOf("discounted"))("discounted, γ = $gamma", (c) => {
    expectClose(rewardToGo({ rewards: c.rewards, discount: c.gamma }), c.returns);
    const bootstrapped = rewardToGo({ rewards: c.rewards, discount: c.gamma, bootstrap: c.bootstrap_value });
    expectClose(bootstrapped, c.returns_with_bootstrap);
    expectClose([discountedReturn({ rewards: c.rewards, discount: c.gamma })], [c.discounted_total]);
  });

  it.each(casesOf("n_step"))("n-step, γ = $gamma, n = $n", (c) => {
    const { rewards, next_values: nextValues, terminated, truncated, gamma: discount, n } = c;
    expectClose(nStepReturns({ rewards, nextValues, terminated, truncated, discount, n }), c.targets);
  });

  it.each(casesOf("lambda_return"))("λ-return, γ = $gamma, λ = $lambda", (c) => {
    const { rewards, next_values: nextValues, terminated, gamma: discount, lambda } = c;
    expectClose(lambdaReturns({ rewards, nextValues, terminated, discount, lambda }), c.returns);
  });
});

describe("by hand", () => {
  const rewards = [1, 2, 4];
  const nextValues = [10, 20, 40];
  const none = [0, 0, 0];

  it("reward to go", () => {
    expect(rewardToGo({ rewards, discount: 0.5 })).toEqual(Float64Array.of(3, 4, 4)); // 4; 2 + 2; 1 + 2
    expect(rewardToGo({ rewards, discount: 0.5, bootstrap: 8 })).toEqual(Float64Array.of(4, 6, 8));
    const inPlace = Float32Array.from(rewards);
    expect(rewardToGo({ rewards: inPlace, discount: 0.5, returns: inPlace })).toBe(inPlace);
    expect(inPlace).toEqual(Float32Array.of(3, 4, 4));
    expect(discountedReturn({ rewards: [], discount: 0.5 })).toBe(0);
  });

  it("two-step returns: across the arrays' end, a termination and a cut", () => {
    const common = { rewards, nextValues, discount: 0.5, n: 2 };
    // 1 + ½·2 + ¼·20;  2 + ½·4 + ¼·40;  4 + ½·40
    expect(nStepReturns({ ...common, terminated: none, truncated: none })).toEqual(Float64Array.of(7, 14, 24));
    // step 1 ends the episode: 1 + ½·2;  2
    expect(nStepReturns({ ...common, terminated: [0, 1, 0], truncated: none })).toEqual(Float64Array.of(2, 2, 24));
    // step 0 is cut: 1 + ½·10
    expect(nStepReturns({ ...common, terminated: none, truncated: [1, 0, 0] })).toEqual(Float64Array.of(6, 14, 24));
  });

  it("λ-returns", () => {
    const common = { rewards, nextValues, discount: 0.5, lambda: 0.5 };
    // 4 + ½·40 = 24;  2 + ½(½·20 + ½·24) = 13;  1 + ½(½·10 + ½·13) = 6.75
    expect(lambdaReturns({ ...common, terminated: none })).toEqual(Float64Array.of(6.75, 13, 24));
    // step 1 terminates: 2;  1 + ½(½·10 + ½·2) = 4.    step 1 is cut: 2 + ½·20 = 12;  1 + ½(½·10 + ½·12) = 6.5
    expect(lambdaReturns({ ...common, terminated: [0, 1, 0] })).toEqual(Float64Array.of(4, 2, 24));
    expect(lambdaReturns({ ...common, terminated: none, truncated: [0, 1, 0] })).toEqual(Float64Array.of(6.5, 12, 24));
  });
});

describe("limiting cases", () => {
  const { rewards, next_values: nextValues, terminated, truncated } = casesOf("n_step")[2];
  const common = { rewards, nextValues, terminated, truncated, discount: 0.9 };

  it("n = 1 and λ = 0 are the one-step target", () => {
    const target = rewards.map((r, t) => r + 0.9 * (1 - terminated[t]) * nextValues[t]);
    expectClose(nStepReturns({ ...common, n: 1 }), target);
    expectClose(lambdaReturns({ ...common, lambda: 0 }), target);
  });

  it("n beyond the data and λ = 1 are the bootstrapped Monte Carlo return", () => {
    expectClose(nStepReturns({ ...common, n: 1000 }), lambdaReturns({ ...common, lambda: 1 }));
  });

  it("with values at their fixed point every return is that value, wherever episodes are cut", () => {
    // Reward 1 for ever, cut every 5 steps: V = 1/(1 − γ) = 10.
    const T = 23;
    const probe = {
      rewards: new Float64Array(T).fill(1),
      nextValues: new Float64Array(T).fill(10),
      terminated: new Uint8Array(T),
      truncated: Uint8Array.from({ length: T }, (_, t) => (t % 5 === 4 ? 1 : 0)),
      discount: 0.9,
    };
    expectClose(nStepReturns({ ...probe, n: 3 }), new Float64Array(T).fill(10), 1e-13);
    expectClose(lambdaReturns({ ...probe, lambda: 0.95 }), new Float64Array(T).fill(10), 1e-13);
  });
});

describe("errors", () => {
  const good = { rewards: [1, 2], nextValues: [0, 0], terminated: [0, 0], truncated: [0, 0], discount: 0.9 };
  it("name the rule and the value", () => {
    expect(() => nStepReturns({ ...good, nextValues: [0], n: 1 })).toThrow(
      "nextValues must hold T = 2 elements, got 1",
    );
    expect(() => nStepReturns({ ...good, n: 0 })).toThrow("n must be an integer >= 1, got 0");
    expect(() => lambdaReturns({ ...good, terminated: [], lambda: 1 })).toThrow(
      "terminated must hold T = 2 elements, got 0",
    );
    expect(() => lambdaReturns({ ...good, lambda: 1.2 })).toThrow("lambda must be in [0, 1], got 1.2");
    expect(() => rewardToGo({ rewards: [1], discount: 1.2 })).toThrow("discount must be in [0, 1], got 1.2");
    expect(() => discountedReturn({ rewards: [1], discount: NaN })).toThrow("discount must be in [0, 1], got NaN");
  });
});

it("what steps count for: γᵗ", () => {
  expect(discountWeights({ times: [0, 1, 2, 0, 3], discount: 0.5 })).toEqual(Float32Array.of(1, 0.5, 0.25, 1, 0.125));
  expect(discountWeights({ times: [0, 1], discount: 0 })).toEqual(Float32Array.of(1, 0));
  expect(discountWeights({ times: [7], discount: 1 })).toEqual(Float32Array.of(1));
  expect(() => discountWeights({ times: [0], discount: 1.1 })).toThrow("discount must be in [0, 1], got 1.1");
});
