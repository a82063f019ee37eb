import { buildMdp, type FiniteMdp } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { distributionGap, policyShift, shiftBounds } from "./policy-shift.js";
import { randomMdp, randomPolicy } from "./testing/random-mdp.js";

const mixed = (policy: Float64Array, other: Float64Array, beta: number) =>
  policy.map((p, i) => (1 - beta) * p + beta * other[i]);

/** 2 (1 − (1−α)ᵗ) */
const gapBound = (alpha: number, t: number) => 2 * (1 - (1 - alpha) ** t);

describe("random MDPs, steps of all sizes", () => {
  it("no bound is ever crossed", () => {
    for (let seed = 0; seed < 150; seed++) {
      const mdp = randomMdp(seed, { numStates: 2 + (seed % 7), numActions: 2 + (seed % 3), ending: (seed % 3) / 10 });
      const discount = [0.5, 0.9, 0.99][seed % 3];
      const policy = randomPolicy(seed, mdp);
      const next = mixed(policy, randomPolicy(seed + 1000, mdp), [0.001, 0.03, 0.3, 1][seed % 4]);
      const shift = policyShift(mdp, policy, next, discount);
      const bounds = shiftBounds(shift, discount);
      const error = Math.abs(shift.newValue - shift.surrogate);
      for (const bound of Object.values(bounds)) expect(error).toBeLessThanOrEqual(bound + 1e-12);
      expect(bounds.tight).toBeLessThanOrEqual(bounds.totalVariation);
      expect(bounds.totalVariation).toBeLessThanOrEqual(bounds.kl);
      const { alpha, largestAdvantage, meanAdvantage } = shift;
      for (const a of meanAdvantage) expect(Math.abs(a)).toBeLessThanOrEqual(2 * alpha * largestAdvantage + 1e-13);

      const { distance, disagreement } = distributionGap(mdp, policy, next, 30);
      for (let t = 0; t <= 30; t++) {
        expect(distance[t]).toBeLessThanOrEqual(2 * disagreement[t] + 1e-12);
        expect(2 * disagreement[t]).toBeLessThanOrEqual(gapBound(alpha, t) + 1e-12);
      }
    }
  });

  it("L is V to first order: the difference falls as the square of the step", () => {
    const mdp = randomMdp(5, { numStates: 6, numActions: 3 });
    const policy = randomPolicy(1, mdp);
    const errorOf = (beta: number) => {
      const { newValue, surrogate } = policyShift(mdp, policy, mixed(policy, randomPolicy(2, mdp), beta), 0.9);
      return Math.abs(newValue - surrogate);
    };
    expect(errorOf(0.02) / errorOf(0.01)).toBeCloseTo(4, 0);
    const same = policyShift(mdp, policy, policy, 0.9);
    expect([same.newValue - same.value, same.alpha, same.maxKl]).toEqual([0, 0, 0]);
    expect(same.surrogate).toBeCloseTo(same.value, 12);
  });
});

describe("where the bounds are tight", () => {
  it("the distribution gap: one wrong action leads away for ever", () => {
    const mdp = buildMdp({ numStates: 2, numActions: 2, initial: 0 }, (s, a, add) =>
      add(1, s === 1 || a === 1 ? 1 : 0, 0, false),
    );
    const alpha = 0.2;
    const next = Float64Array.of(1 - alpha, alpha, 1 - alpha, alpha);
    const { distance, disagreement } = distributionGap(mdp, Float64Array.of(1, 0, 1, 0), next, 20);
    for (let t = 0; t <= 20; t++) {
      expect(distance[t]).toBeCloseTo(gapBound(alpha, t), 12);
      expect(2 * disagreement[t]).toBeCloseTo(gapBound(alpha, t), 12);
    }
  });

  /** From 0 the actions lead to 1 and 2. There both end the task: in 1 the first action earns x and the second −x, in 2 the other way round. */
  const crossing = (x: number): FiniteMdp =>
    buildMdp({ numStates: 3, numActions: 2, initial: 0 }, (s, a, add) => {
      if (s === 0) add(1, 1 + a, 0, false);
      else add(1, s, (s === 1) === (a === 0) ? x : -x, true);
    });

  it("lemma 14, and the terms of lemma 15 and theorem 13 at t = 1", () => {
    const x = 3;
    const alpha = 0.1;
    const discount = 0.9;
    const policy = new Float64Array(6).fill(0.5);
    const next = Float64Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? 0.5 + alpha : 0.5 - alpha));
    const shift = policyShift(crossing(x), policy, next, discount);
    expect(shift.largestAdvantage).toBeCloseTo(x, 12);
    expect(shift.alpha).toBeCloseTo(alpha, 12);
    // Lemma 14: |Ā(s)| = 2αε.
    expect(shift.meanAdvantage[1]).toBeCloseTo(2 * alpha * x, 12);
    expect(shift.meanAdvantage[2]).toBeCloseTo(-2 * alpha * x, 12);
    // Lemma 15 at t = 1: 𝔼_π′[Ā(s₁)] − 𝔼_π[Ā(s₁)] = 4α(1 − (1−α))ε; nothing follows, so that V(π′) − L is γ times it.
    expect(shift.newValue - shift.surrogate).toBeCloseTo(discount * 4 * alpha * alpha * x, 12);
    // Theorem 13 sums the like for all t: what it gives for t = 1 alone is met exactly.
    const firstTerm = discount * 4 * shift.largestAdvantage * alpha * (1 - (1 - alpha));
    expect(Math.abs(shift.newValue - shift.surrogate)).toBeCloseTo(firstTerm, 12);
    expect(firstTerm).toBeLessThan(shiftBounds(shift, discount).tight);
  });
});
