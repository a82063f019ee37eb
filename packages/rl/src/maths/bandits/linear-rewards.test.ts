import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { inversePropensityRewards } from "./estimators.js";
import { linearParameterEstimate, optimalDesign, secondMoments } from "./linear-rewards.js";

const random = Random.fromSeed(1);
const normals = (n: number) => Float64Array.from({ length: n }, () => random.normal());
const simplex = (n: number) => {
  const weights = Float64Array.from({ length: n }, () => random.uniform() + 0.05);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
};

describe("the estimate of a linear parameter", () => {
  it("is unbiased: Σₐ π(a) θ̂(a, ⟨θ, x(a)⟩) = θ, for any policy and features", () => {
    for (let trial = 0; trial < 20; trial++) {
      const [arms, size] = [7, 3];
      const features = normals(arms * size);
      const parameter = normals(size);
      const policy = simplex(arms);
      const mean = new Float64Array(size);
      for (let arm = 0; arm < arms; arm++) {
        let reward = 0;
        for (let i = 0; i < size; i++) reward += features[arm * size + i] * parameter[i];
        const draw = { arm, reward, moments: new Float64Array(size * size) };
        const estimate = linearParameterEstimate(policy, features, draw, new Float64Array(size));
        for (let i = 0; i < size; i++) mean[i] += policy[arm] * estimate[i];
      }
      mean.forEach((value, i) => {
        expect(Math.abs(value - parameter[i])).toBeLessThan(1e-11);
      });
    }
  });

  it("is inverse propensity weighting where every arm has a feature of its own", () => {
    const policy = Float64Array.of(0.2, 0.5, 0.3);
    const one = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
    const draw = { arm: 2, reward: 0.7, moments: new Float64Array(9) };
    const expected = inversePropensityRewards(policy, { arms: [2], rewards: [0.7] });
    const estimate = linearParameterEstimate(policy, one, draw, new Float64Array(3));
    estimate.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 14);
    });
  });

  it("by hand: two arms on a line, x = 1 and 2, π = (½, ½), so P = 5/2 and θ̂ = 2·r/(5/2)", () => {
    const policy = Float64Array.of(0.5, 0.5);
    const features = Float64Array.of(1, 2);
    expect(secondMoments(policy, features, new Float64Array(1))[0]).toBe(2.5);
    const draw = { arm: 1, reward: 3, moments: new Float64Array(1) };
    expect(linearParameterEstimate(policy, features, draw, new Float64Array(1))[0]).toBe(2.4);
  });
});

describe("the optimal design", () => {
  it("knows the worst arm with variance d (Kiefer & Wolfowitz), to a hundredth", () => {
    for (let trial = 0; trial < 20; trial++) {
      const size = 2 + (trial % 4);
      const { policy, worstVariance } = optimalDesign(normals(30 * size), size);
      expect(policy.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      expect(worstVariance).toBeGreaterThanOrEqual(size * (1 - 1e-9));
      expect(worstVariance).toBeLessThanOrEqual(1.01 * size);
    }
  });

  it("is better than the uniform one where arms crowd together: 20 of 21 along one axis", () => {
    const features = Float64Array.from({ length: 42 }, (_, i) => (i < 40 ? +(i % 2 === 0) : +(i === 41)));
    expect(optimalDesign(features, 2, 0).worstVariance).toBeCloseTo(21, 9);
    const { policy } = optimalDesign(features, 2);
    expect(Math.abs(policy[20] - 0.5)).toBeLessThan(0.01); // half for the one that is alone
  });

  it("refuses features that leave a dimension out", () => {
    expect(() => optimalDesign(Float64Array.of(1, 1, 2, 2, 3, 3), 2)).toThrow(
      "features of the arms must span all 2 dimensions",
    );
  });
});
