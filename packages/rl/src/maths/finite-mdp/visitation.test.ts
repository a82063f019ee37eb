import { Random } from "@advantage/engine";
import { buildMdp, frozenLake, garnet } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { backwardInduction } from "./backward-induction.js";
import { uniformPolicy } from "./bellman.js";
import { DENSE_LIMIT, exactValues, optimum } from "./exact.js";
import { performanceDifference } from "./performance-difference.js";
import { randomMdp, randomPolicy } from "./testing/random-mdp.js";
import { discountedVisitation, normalisedVisitation, stateDistributions } from "./visitation.js";

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

describe("state distributions", () => {
  // 0 → 1 with ½, else stays; 1 → 0, or ends with ¼.
  const mdp = buildMdp({ numStates: 2, numActions: 1, initial: 0 }, (s, _a, add) => {
    if (s === 0) {
      add(0.5, 1, 0, false);
      add(0.5, 0, 0, false);
    } else {
      add(0.75, 0, 0, false);
      add(0.25, 0, 1, true);
    }
  });
  const policy = Float64Array.of(1, 1);

  it("by hand", () => {
    expect(Array.from(stateDistributions(mdp, policy, 2))).toEqual([1, 0, 0.5, 0.5, 0.625, 0.25]);
    // ρ(0) = 1 + γ(½ρ(0) + ¾ρ(1)), ρ(1) = γ½ρ(0): with γ = ½: ρ(1) = ρ(0)/4, ρ(0) = 1/(1 − ¼ − 3/32) = 32/21
    const visits = discountedVisitation(mdp, policy, 0.5);
    expect(visits[0]).toBeCloseTo(32 / 21, 14);
    expect(visits[1]).toBeCloseTo(8 / 21, 14);
    // γ = 1: it leaves from state 1 with ¼: 4 visits there, 8 to state 0
    expect(Array.from(discountedVisitation(mdp, policy, 1))).toEqual([expect.closeTo(8, 12), expect.closeTo(4, 12)]);
    const { states, ended } = normalisedVisitation(mdp, policy, 0.5);
    expect(states[0]).toBeCloseTo(16 / 21, 14);
    expect(ended).toBeCloseTo(1 / 21, 14);
  });

  it("sum to 1 on continuing tasks, and are the discounted sum of the distributions", () => {
    const endless = garnet({ states: 15, actions: 3, branching: 4, seed: 1 });
    const pi = randomPolicy(1, endless);
    const { states, ended } = normalisedVisitation(endless, pi, 0.9);
    expect(sum(states)).toBeCloseTo(1, 12);
    expect(ended).toBeLessThan(1e-12);
    const all = stateDistributions(endless, pi, 400);
    for (let s = 0; s < 15; s++) {
      let total = 0;
      for (let k = 0, power = 1; k <= 400; k++, power *= 0.9) total += power * all[k * 15 + s];
      expect(0.1 * total).toBeCloseTo(states[s], 12);
    }
  });

  it("agree with simulation: the state at a geometric time", () => {
    const lake = frozenLake();
    const { states, ended } = normalisedVisitation(lake.mdp(), uniformPolicy(lake.mdp()), 0.9);
    const random = Random.fromSeed(5);
    const n = 20_000;
    const counts = new Float64Array(16);
    let finished = 0;
    for (let i = 0; i < n; i++) {
      // Stopping with probability 1 − γ at each step finds the run in s with probability d(s).
      let s = lake.reset(random);
      let over = false;
      while (!over && random.uniform() < 0.9) {
        const step = lake.step(random.int(4));
        s = step.observation;
        over = step.terminated;
      }
      if (over) finished += 1;
      else counts[s] += 1;
    }
    for (let s = 0; s < 16; s++) {
      expect(Math.abs(counts[s] / n - states[s])).toBeLessThanOrEqual(4 * Math.sqrt((states[s] * (1 - states[s])) / n));
    }
    expect(Math.abs(finished / n - ended)).toBeLessThan(4 * Math.sqrt((ended * (1 - ended)) / n));
  });

  it("give V: Σ_s ρ^π(s) r^π(s) = V^π(ρ₀), by elimination and by summing", () => {
    for (const numStates of [30, DENSE_LIMIT + 1]) {
      const mdp = randomMdp(7, { numStates, numActions: 2 });
      const pi = randomPolicy(7, mdp);
      const visits = discountedVisitation(mdp, pi, 0.9);
      let earned = 0;
      for (let row = 0; row < pi.length; row++) earned += visits[row >> 1] * pi[row] * mdp.expectedReward[row];
      const value = exactValues(mdp, pi, 0.9).reduce((total, v, s) => total + v * mdp.initial[s], 0);
      expect(earned).toBeCloseTo(value, 10);
    }
  });
});

describe("the performance-difference lemma", () => {
  it("holds exactly on random MDPs", () => {
    for (let seed = 0; seed < 50; seed++) {
      const mdp = randomMdp(seed, { numStates: 10, numActions: 3, ending: seed % 2 === 0 ? 0.05 : 0 });
      const [a, b] = [randomPolicy(seed, mdp), randomPolicy(seed + 1000, mdp)];
      const { difference, fromAdvantages } = performanceDifference(mdp, a, b, 0.95);
      expect(Math.abs(difference)).toBeGreaterThan(1e-6);
      expect(Math.abs(difference - fromAdvantages)).toBeLessThan(1e-11);
    }
  });

  it("holds at γ = 1 where the task ends", () => {
    const mdp = randomMdp(3, { numStates: 10, numActions: 3, ending: 0.2 });
    const { difference, fromAdvantages } = performanceDifference(mdp, randomPolicy(1, mdp), randomPolicy(2, mdp), 1);
    expect(Math.abs(difference - fromAdvantages)).toBeLessThan(1e-10);
  });
});

describe("backward induction", () => {
  it("by hand: with one step left one takes what is there", () => {
    // Action 0 pays 1 at once and ends; action 1 pays nothing now, then state 1 pays 3 and ends.
    const mdp = buildMdp({ numStates: 2, numActions: 2, initial: 0, horizon: 2 }, (s, a, add) => {
      if (s === 1) add(1, 1, 3, true);
      else add(1, a, a === 0 ? 1 : 0, a === 0);
    });
    const { values, actions } = backwardInduction(mdp, 0.5);
    expect(Array.from(values)).toEqual([0, 0, 1, 3, 1.5, 3]);
    expect(Array.from(actions)).toEqual([0, 0, 1, 0]);
  });

  it("tends to the stationary values as the horizon grows", () => {
    const mdp = randomMdp(1, { numStates: 8, numActions: 3 });
    const pi = randomPolicy(1, mdp);
    const best = backwardInduction(mdp, 0.9, { horizon: 400 }).values.subarray(-8);
    const of = backwardInduction(mdp, 0.9, { horizon: 400, policy: pi }).values.subarray(-8);
    for (let s = 0; s < 8; s++) {
      expect(best[s]).toBeCloseTo(optimum(mdp, 0.9).values[s], 11);
      expect(of[s]).toBeCloseTo(exactValues(mdp, pi, 0.9)[s], 11);
    }
  });

  it("needs a horizon", () => {
    const mdp = randomMdp(1, { numStates: 2, numActions: 1 });
    expect(() => backwardInduction(mdp, 0.9)).toThrow("horizon must be an integer >= 1, got undefined");
  });
});
