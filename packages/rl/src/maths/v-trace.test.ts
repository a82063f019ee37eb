import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { lambdaReturns } from "./returns.js";
import { vTrace } from "./v-trace.js";

function experience(seed: number, length = 12) {
  const random = Random.fromSeed(seed);
  const draws = () => Float64Array.from({ length }, () => random.uniform(-1, 1));
  const values = draws();
  const terminated = Uint8Array.from({ length }, (_, t) => (t === 4 ? 1 : 0));
  const truncated = Uint8Array.from({ length }, (_, t) => (t === 8 ? 1 : 0));
  const last = random.uniform(-1, 1);
  const cut = random.uniform(-1, 1);
  const nextValues = Float64Array.from({ length }, (_, t) => (t === length - 1 ? last : t === 8 ? cut : values[t + 1]));
  return { rewards: draws(), values, nextValues, terminated, truncated, discount: 0.9 };
}

describe("V-trace", () => {
  it("by hand, two steps", () => {
    // γ = ½. t = 1: ρ = min(1, 2) = 1, c = 1: δ₁ = 4 + ½·2 − 1 = 4. t = 0: ρ = c = ½: δ₀ = ½ (1 + ½·1 − 3) = −0.75.
    // v₁ = 1 + 4 = 5;  v₀ = 3 − 0.75 + ½·½·4 = 3.25.  advantages: ½ (1 + ½·5 − 3) = 0.25,  1·(4 + ½·2 − 1) = 4.
    const advantages = new Float64Array(2);
    const targets = vTrace({
      rewards: [1, 4],
      values: [3, 1],
      nextValues: [1, 2],
      terminated: [0, 0],
      ratios: [0.5, 2],
      discount: 0.5,
      advantages,
    });
    expect(Array.from(targets)).toEqual([3.25, 5]);
    expect(Array.from(advantages)).toEqual([0.25, 4]);
  });

  it("on policy it is the λ-return", () => {
    for (const lambda of [0, 0.7, 1]) {
      const data = experience(1);
      const targets = vTrace({ ...data, lambda, ratios: new Float64Array(12).fill(1) });
      const expected = lambdaReturns({ ...data, lambda });
      for (let t = 0; t < 12; t++) expect(targets[t]).toBeCloseTo(expected[t], 12);
    }
  });

  it("is the sum of eq. 1", () => {
    const data = experience(2);
    const random = Random.fromSeed(3);
    const ratios = Float64Array.from({ length: 12 }, () => random.uniform(0, 3));
    const targets = vTrace({ ...data, ratios, rhoClip: 2, traceClip: 1.5 });
    const { rewards, values, nextValues, terminated, truncated, discount } = data;
    for (let s = 0; s < 12; s++) {
      let target = values[s];
      for (let t = s, product = 1; t < 12; t++) {
        const next = terminated[t] ? 0 : nextValues[t];
        target += product * Math.min(2, ratios[t]) * (rewards[t] + discount * next - values[t]);
        if (terminated[t] || truncated[t]) break;
        product *= discount * Math.min(1.5, ratios[t]);
      }
      expect(targets[s]).toBeCloseTo(target, 12);
    }
  });

  it("leaves the values alone where the target policy never acts so", () => {
    const data = experience(4);
    expect(vTrace({ ...data, ratios: new Float64Array(12) })).toEqual(data.values);
  });

  it("says what is wrong", () => {
    const data = experience(5);
    expect(() => vTrace({ ...data, ratios: [1] })).toThrow("ratios must hold T = 12 elements, got 1");
    expect(() => vTrace({ ...data, ratios: data.rewards, traceClip: 2 })).toThrow(
      "traceClip must be above 0 and at most rhoClip, got 2 and 1",
    );
    expect(() => vTrace({ ...data, ratios: data.rewards, discount: 2 })).toThrow("discount must be in [0, 1], got 2");
  });
});
