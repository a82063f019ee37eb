import { buildMdp, type FiniteMdp, garnet, gridworld } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { softmaxGradient, softmaxPolicy } from "../softmax-policy.js";
import { averageReward } from "./average-reward.js";
import { exactValues } from "./exact.js";
import { randomMdp, randomPolicy } from "./testing/random-mdp.js";

const close = (values: readonly number[], digits = 13) => values.map((value) => expect.closeTo(value, digits));

/** Two states, one action: 0 → 1 with probability p, 1 → 0 with probability q; reward 1 in state 0 and 0 in state 1. */
function twoStates(p: number, q: number): FiniteMdp {
  return buildMdp({ numStates: 2, numActions: 1, initial: 0 }, (s, _a, add) => {
    add(s === 0 ? 1 - p : 1 - q, s, s === 0 ? 1 : 0, false);
    add(s === 0 ? p : q, 1 - s, s === 0 ? 1 : 0, false);
  });
}

describe("by hand", () => {
  it("a chain of two states: d = (q, p)/(p + q), r = q/(p + q), V(0) − V(1) = 1/(p + q)", () => {
    const exact = averageReward(twoStates(0.3, 0.1), Float64Array.of(1, 1));
    // d = (¼, ¾), r = ¼. V(0) = 1 − ¼ + 0.7 V(0) + 0.3 V(1) gives V(0) − V(1) = ¾ / 0.3 = 2.5; with ¼V(0) + ¾V(1) = 0:
    expect(exact.averageReward).toBeCloseTo(0.25, 14);
    expect(Array.from(exact.stationary)).toEqual(close([0.25, 0.75]));
    expect(Array.from(exact.values)).toEqual(close([1.875, -0.625]));
    expect(Array.from(exact.actionValues)).toEqual(close([1.875, -0.625])); // one action: Q = V
  });

  it("a cycle of three states, which is periodic: V is the mean over a turn of the sums so far", () => {
    const mdp = buildMdp({ numStates: 3, numActions: 1, initial: 0 }, (s, _a, add) =>
      add(1, (s + 1) % 3, 3 * (s === 0 ? 1 : 0), false),
    );
    const { averageReward: r, stationary, values } = averageReward(mdp, new Float64Array(3).fill(1));
    expect(r).toBeCloseTo(1, 14);
    expect(Array.from(stationary)).toEqual(close([1 / 3, 1 / 3, 1 / 3]));
    // From 0 the sums of r − 1 run 0, 2, 1, 0, …: mean 1. From 1: 0, −1, −2, …: −1. From 2: 0, −1, 1: 0.
    expect(Array.from(values)).toEqual(close([1, -1, 0]));
  });

  it("an end leads to a start state and counts as a step", () => {
    // Start in 0 or 1, each with ½. From 0 to 1 for nothing; from 1 the task ends, for a reward of 3.
    const mdp = buildMdp({ numStates: 2, numActions: 1, initial: [0.5, 0.5] }, (s, _a, add) =>
      s === 0 ? add(1, 1, 0, false) : add(1, 0, 3, true),
    );
    const { averageReward: r, stationary, values, actionValues } = averageReward(mdp, Float64Array.of(1, 1));
    // Episodes have 1.5 steps on average, and earn 3.
    expect(r).toBeCloseTo(2, 14);
    expect(Array.from(stationary)).toEqual(close([1 / 3, 2 / 3]));
    // V(0) = −2 + V(1), V(0) + 2V(1) = 0
    expect(Array.from(values)).toEqual(close([-4 / 3, 2 / 3]));
    expect(Array.from(actionValues)).toEqual(close([-4 / 3, 2 / 3]));
  });

  it("states that are left for ever have no share, but a value", () => {
    // 0 → 1 for 5, 1 → 1 for 2.
    const mdp = buildMdp({ numStates: 2, numActions: 1, initial: 0 }, (s, _a, add) =>
      add(1, 1, s === 0 ? 5 : 2, false),
    );
    const { averageReward: r, stationary, values } = averageReward(mdp, Float64Array.of(1, 1));
    expect(r).toBeCloseTo(2, 14);
    expect(Array.from(stationary)).toEqual(close([0, 1]));
    expect(Array.from(values)).toEqual(close([3, 0]));
  });

  it("terminal states of a map are starts anew", () => {
    const mdp = gridworld().mdp();
    const { averageReward: r, stationary } = averageReward(mdp, randomPolicy(1, mdp));
    expect(stationary.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
    for (let s = 0; s < mdp.numStates; s++) if (mdp.terminal[s] === 1) expect(stationary[s]).toBeCloseTo(0, 14);
    expect(Math.abs(r)).toBeLessThan(1);
  });
});

describe("on random MDPs, with and without ends", () => {
  const mdps = [
    garnet({ states: 12, actions: 3, branching: 3, seed: 4 }),
    randomMdp(2, { numStates: 9, numActions: 2, ending: 0.2 }),
  ];

  it.each(mdps)("V is the limit of discounted values: V_γ = r/(1 − γ) + V + O(1 − γ)", (mdp) => {
    const policy = randomPolicy(3, mdp);
    const { averageReward: r, stationary, values } = averageReward(mdp, policy);
    const continuing = withRestarts(mdp);
    const gap = (discount: number) => {
      const discounted = exactValues(continuing, policy, discount);
      let largest = 0;
      for (let s = 0; s < mdp.numStates; s++)
        largest = Math.max(largest, Math.abs(discounted[s] - r / (1 - discount) - values[s]));
      return largest;
    };
    expect(gap(1 - 1e-4)).toBeLessThan(1e-2);
    expect(gap(1 - 1e-4) / gap(1 - 1e-3)).toBeCloseTo(0.1, 2); // first order
    expect(stationary.reduce((sum, share, s) => sum + share * values[s], 0)).toBeCloseTo(0, 12);
  });

  it.each(mdps)("V(s) = Σₐ π(a|s) Q(s, a)", (mdp) => {
    const policy = randomPolicy(5, mdp);
    const { values, actionValues } = averageReward(mdp, policy);
    values.forEach((value, s) => {
      let mean = 0;
      for (let i = s * mdp.numActions; i < (s + 1) * mdp.numActions; i++) mean += policy[i] * actionValues[i];
      expect(mean).toBeCloseTo(value, 12);
    });
  });

  it.each(mdps)(
    "the policy gradient theorem: Σ_s d(s) Σₐ ∇π(a|s) Q(s, a) equals finite differences of r(π_θ)",
    (mdp) => {
      const { numStates, numActions } = mdp;
      const theta = Float64Array.from({ length: numStates * numActions }, (_, i) => ((i * 7) % 5) / 4 - 0.5);
      const of = (logits: Float64Array) => averageReward(mdp, softmaxPolicy(logits, numActions));
      const { stationary: visits, actionValues: advantage } = of(theta);
      const gradient = softmaxGradient({ policy: softmaxPolicy(theta, numActions), advantage, visits, numActions });
      gradient.forEach((slope, i) => {
        const moved = (by: number) => of(theta.map((value, j) => (i === j ? value + by : value))).averageReward;
        expect((moved(1e-5) - moved(-1e-5)) / 2e-5).toBeCloseTo(slope, 9);
      });
    },
  );
});

/** The same with every end written out as transitions to the start states. */
function withRestarts(mdp: FiniteMdp): FiniteMdp {
  const { numStates, numActions, rowStart, nextState, probability, reward, terminated, initial } = mdp;
  return buildMdp({ numStates, numActions, initial }, (s, a, add) => {
    const row = s * numActions + a;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      if (terminated[k] === 0) add(probability[k], nextState[k], reward[k], false);
      else
        for (let start = 0; start < numStates; start++) add(probability[k] * initial[start], start, reward[k], false);
    }
  });
}

it("two classes that are never left are refused", () => {
  const mdp = buildMdp({ numStates: 3, numActions: 1, initial: 0 }, (s, _a, add) => {
    if (s > 0) return add(1, s, s, false);
    add(0.5, 1, 0, false);
    add(0.5, 2, 0, false);
  });
  expect(() => averageReward(mdp, new Float64Array(3).fill(1))).toThrow(
    "the policy must have one recurrent class of states (unichain)",
  );
});
