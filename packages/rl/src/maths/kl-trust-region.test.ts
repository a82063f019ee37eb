import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { maximisePenalised, type PenalisedStep } from "./kl-trust-region.js";

function randomStep(seed: number, states: number, numActions: number, penalty: number, spread = 1): PenalisedStep {
  const random = Random.fromSeed(seed).fork("step");
  const policy = new Float64Array(states * numActions);
  const advantage = new Float64Array(states * numActions);
  for (let row = 0; row < policy.length; row += numActions) {
    let sum = 0;
    for (let i = row; i < row + numActions; i++) sum += policy[i] = Math.exp(spread * random.normal());
    let mean = 0;
    for (let i = row; i < row + numActions; i++) {
      policy[i] /= sum;
      advantage[i] = random.normal();
      mean += policy[i] * advantage[i];
    }
    for (let i = row; i < row + numActions; i++) advantage[i] -= mean;
  }
  const visits = Float64Array.from({ length: states }, () => random.uniform(0, 2));
  return { policy, advantage, visits, numActions, penalty };
}

/** f(π) by its definition. */
function objective({ policy, advantage, visits, numActions, penalty }: PenalisedStep, next: Float64Array): number {
  let gain = 0;
  let maxKl = 0;
  for (let row = 0; row < policy.length; row += numActions) {
    let kl = 0;
    for (let i = row; i < row + numActions; i++) {
      gain += visits[row / numActions] * next[i] * advantage[i];
      if (policy[i] > 0) kl += policy[i] * Math.log(policy[i] / next[i]);
    }
    maxKl = Math.max(maxKl, kl);
  }
  return gain - penalty * maxKl;
}

describe("maximisePenalised", () => {
  it("two states, two actions: no point of a fine grid is better, and one is nearly as good", () => {
    for (const penalty of [0.05, 0.5, 3]) {
      const step = randomStep(3, 2, 2, penalty);
      const found = maximisePenalised(step);
      let best = -Infinity;
      for (let i = 1; i < 1000; i++) {
        for (let j = 1; j < 1000; j++) {
          best = Math.max(best, objective(step, Float64Array.of(i / 1000, 1 - i / 1000, j / 1000, 1 - j / 1000)));
        }
      }
      expect(found.objective).toBeGreaterThanOrEqual(best - 1e-12);
      expect(found.objective).toBeLessThan(best + 1e-3);
    }
  });

  it("reports what it found, and certifies it by duality: 300 random steps of all sizes", () => {
    for (let seed = 0; seed < 300; seed++) {
      const penalty = [1e-3, 0.1, 1, 100, 1e6][seed % 5];
      const step = randomStep(seed, 1 + (seed % 7), 2 + (seed % 4), penalty, 1 + (seed % 3));
      const found = maximisePenalised(step);
      expect(found.objective).toBeGreaterThan(0);
      const measured = objective(step, found.policy);
      expect(Math.abs(measured - found.objective)).toBeLessThan(1e-9 * found.gain + 1e-15 * penalty); // the definition cancels
      expect(found.optimalityGap).toBeLessThan(1e-9 * found.objective);
      for (let row = 0; row < step.policy.length; row += step.numActions) {
        const own = found.policy.subarray(row, row + step.numActions);
        expect(own.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
        expect(own.every((p) => p > 0)).toBe(true);
      }
    }
  });

  it("no random policy near it is better", () => {
    const step = randomStep(11, 3, 4, 0.7);
    const found = maximisePenalised(step);
    const random = Random.fromSeed(12);
    for (let trial = 0; trial < 20_000; trial++) {
      const scale = 10 ** -random.uniform(0, 4);
      const other = found.policy.map((p) => p * Math.exp(scale * random.normal()));
      for (let row = 0; row < other.length; row += 4) {
        const sum = other.subarray(row, row + 4).reduce((total, p) => total + p, 0);
        for (let i = row; i < row + 4; i++) other[i] /= sum;
      }
      expect(objective(step, other)).toBeLessThanOrEqual(found.objective + 1e-12);
    }
  });

  it("for a large C it is √(Var/2)-steps: f → (Σ p √(Var/2))²/C", () => {
    const step = randomStep(5, 3, 3, 1e8);
    let spread = 0;
    for (let s = 0; s < 3; s++) {
      let variance = 0;
      for (let i = 3 * s; i < 3 * s + 3; i++) variance += step.policy[i] * step.advantage[i] * step.advantage[i];
      spread += step.visits[s] * Math.sqrt(variance / 2);
    }
    // δ* = (spread/C)², gain = 2·spread·√δ: f = 2 spread²/C − spread²/C
    expect(maximisePenalised(step).objective / ((spread * spread) / 1e8)).toBeCloseTo(1, 5);
  });

  it("with C = 0 it is the greedy policy", () => {
    const step = randomStep(6, 4, 3, 0);
    const found = maximisePenalised(step);
    for (let row = 0; row < 12; row += 3) {
      const best = step.advantage.subarray(row, row + 3).indexOf(Math.max(...step.advantage.subarray(row, row + 3)));
      expect(Array.from(found.policy.subarray(row, row + 3))).toEqual([0, 1, 2].map((a) => (a === best ? 1 : 0)));
    }
    expect(found.maxKl).toBe(Infinity);
  });

  it("gives mass to a better action that the old policy never takes", () => {
    // KL(old ‖ π) = −log(1 − q) for mass q: max_q 2q + C log(1 − q) = 2q at 1 − q = C/2.
    const step = { policy: Float64Array.of(1, 0), advantage: Float64Array.of(0, 2), visits: Float64Array.of(1) };
    const found = maximisePenalised({ ...step, numActions: 2, penalty: 0.5 });
    expect(found.policy[1]).toBeCloseTo(0.75, 9);
    expect(found.objective).toBeCloseTo(1.5 + 0.5 * Math.log(0.25), 9);
    expect(Array.from(maximisePenalised({ ...step, numActions: 2, penalty: 3 }).policy)).toEqual([1, 0]);
  });

  it("stands still where no action is better than another", () => {
    const policy = Float64Array.of(0.3, 0.7);
    const still = { policy, advantage: new Float64Array(2), visits: Float64Array.of(1), numActions: 2, penalty: 1 };
    expect(maximisePenalised(still)).toEqual({ policy, gain: 0, maxKl: 0, objective: 0, optimalityGap: 0 });
  });

  it("states that are not visited improve as well", () => {
    const step = { ...randomStep(9, 2, 3, 1), visits: Float64Array.of(1, 0) };
    const { policy } = maximisePenalised(step);
    let gain = 0;
    for (let i = 3; i < 6; i++) gain += policy[i] * step.advantage[i];
    expect(gain).toBeGreaterThan(0);
  });

  it("refuses what does not fit in one sentence", () => {
    const step = randomStep(1, 2, 2, 1);
    expect(() => maximisePenalised({ ...step, penalty: -1 })).toThrow("penalty must be >= 0 and finite, got -1");
    expect(() => maximisePenalised({ ...step, visits: new Float64Array(3) })).toThrow(
      "visits must hold 2 numbers, got 3",
    );
  });
});
