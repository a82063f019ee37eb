import { readFileSync } from "node:fs";
import { buildMdp, type FiniteMdp, frozenLake8x8, mdpFromTable } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { backwardInduction } from "./backward-induction.js";
import {
  actionValues,
  actionValuesOnce,
  advantagesOf,
  bellmanBackup,
  evaluationBackup,
  greedyActions,
  greedyPolicy,
  stateValues,
  uniformPolicy,
} from "./bellman.js";
import { DENSE_LIMIT, exactActionValues, exactValues, optimum } from "./exact.js";
import { randomMdp, randomPolicy } from "./testing/random-mdp.js";
import { maximise } from "./testing/simplex.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../../../test/golden/gymnasium/frozenlake4x4_slippery.json", import.meta.url), "utf8"),
);
const lake = mdpFromTable(golden.transitions, { initial: 0 });
const { gamma, V, Q, greedy_actions, V_uniform_random_policy, Q_uniform_random_policy } = golden.solution;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));
}

/** V after enough backups that γᵏ is below rounding. */
function iterated(mdp: FiniteMdp, backup: (from: Float64Array, to: Float64Array) => void, sweeps: number) {
  let values = new Float64Array(mdp.numStates);
  let next = new Float64Array(mdp.numStates);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    backup(values, next);
    [values, next] = [next, values];
  }
  return values;
}

describe("FrozenLake 4×4, slippery, against the recorded solution", () => {
  it("has V* and Q* to 1e-9 and its greedy actions", () => {
    const best = optimum(lake, gamma);
    expect(largestDifference(best.values, V)).toBeLessThan(1e-9);
    expect(largestDifference(best.actionValues, Q.flat())).toBeLessThan(1e-9);
    expect(largestDifference(actionValuesOnce(lake, Float64Array.from(V), gamma), Q.flat())).toBeLessThan(1e-9);
    expect(best.residual).toBeLessThan(1e-10);
    for (let state = 0; state < 16; state++) {
      expect(greedyActions(best.actionValues, 4, state)).toEqual(greedy_actions[state]);
      expect(greedy_actions[state]).toContain(best.policy.subarray(4 * state, 4 * state + 4).indexOf(1));
    }
  });

  it("has V and Q of the uniform policy to 1e-9", () => {
    const policy = uniformPolicy(lake);
    expect(largestDifference(exactValues(lake, policy, gamma), V_uniform_random_policy)).toBeLessThan(1e-9);
    expect(largestDifference(exactActionValues(lake, policy, gamma), Q_uniform_random_policy.flat())).toBeLessThan(
      1e-9,
    );
  });
});

describe("two states by hand", () => {
  // State 0: action 0 stays (reward 1), action 1 goes to state 1 (reward 0). State 1: both actions end the task, reward 10 or 4.
  const mdp = mdpFromTable(
    [
      [[[1, 0, 1, false]], [[1, 1, 0, false]]],
      [
        [[1, 1, 10, true]],
        [
          [0.5, 0, 4, true],
          [0.5, 1, 4, true],
        ],
      ],
    ],
    { initial: 0 },
  );

  it("never goes on behind a transition that ends the task", () => {
    // γ = 0.9: staying for ever is worth 10, going 0.9 · 10 = 9.
    expect(Array.from(optimum(mdp, 0.9).values)).toEqual([expect.closeTo(10, 12), 10]);
    expect(Array.from(actionValues(mdp, Float64Array.of(100, 100), 0.5))).toEqual([51, 50, 10, 4]);
    const next = new Float64Array(2);
    expect(bellmanBackup(mdp, Float64Array.of(100, 100), 0.5, next)).toBe(90);
    expect(Array.from(next)).toEqual([51, 10]);
    const policy = Float64Array.of(0, 1, 0.5, 0.5);
    expect(evaluationBackup(mdp, policy, Float64Array.of(2, 4), 0.5, next)).toBe(3);
    expect(Array.from(next)).toEqual([2, 7]);
    expect(Array.from(exactValues(mdp, policy, 0.5))).toEqual([3.5, 7]);
    expect(Array.from(exactValues(mdp, policy, 1))).toEqual([7, 7]);
  });

  it("gives V and A of Q", () => {
    const q = Float64Array.of(1, 3, 2, 2);
    const values = stateValues(Float64Array.of(0.5, 0.5, 1, 0), q, 2);
    expect(Array.from(values)).toEqual([2, 2]);
    expect(Array.from(advantagesOf(q, values))).toEqual([-1, 1, 0, 0]);
  });

  it("breaks ties as told", () => {
    const q = Float64Array.of(1, 3, 2, 2 + 1e-12);
    expect(Array.from(greedyPolicy(q, 2))).toEqual([0, 1, 1, 0]);
    expect(Array.from(greedyPolicy(q, 2, { ties: "uniform" }))).toEqual([0, 1, 0.5, 0.5]);
    expect(Array.from(greedyPolicy(q, 2, { ties: "uniform", tolerance: 0 }))).toEqual([0, 1, 0, 1]);
  });

  it("says in a sentence why a value would not be finite", () => {
    expect(() => exactValues(mdp, Float64Array.of(1, 0, 1, 0), 1)).toThrow(
      "discount must be below 1 for this policy: from state 0 it never ends the task, and its value would be a sum without end; got 1",
    );
    expect(() => optimum(mdp, 1)).toThrow(
      "discount must be below 1: action 0 in state 0 earns a positive reward and can be repeated without ever ending the task; got 1",
    );
    expect(() => optimum(mdp, 1.2)).toThrow("discount must be in [0, 1], got 1.2");
    expect(() => exactValues(mdp, Float64Array.of(1, 0, 0.5, 0.4), 0.9)).toThrow(
      "policy: the probabilities of state 1 must sum to 1, got 0.9",
    );
  });
});

describe("independent routes on random MDPs", () => {
  it("linear solve, backups: V^π and Q^π to 1e-9", () => {
    for (let seed = 0; seed < 10; seed++) {
      const mdp = randomMdp(seed, { numStates: 12, numActions: 3 });
      const policy = randomPolicy(seed, mdp);
      const values = exactValues(mdp, policy, 0.9);
      const byBackups = iterated(mdp, (from, to) => evaluationBackup(mdp, policy, from, 0.9, to), 400);
      expect(largestDifference(values, byBackups)).toBeLessThan(1e-9);
      expect(evaluationBackup(mdp, policy, values, 0.9, new Float64Array(12))).toBeLessThan(1e-10);
      const q = exactActionValues(mdp, policy, 0.9);
      expect(largestDifference(stateValues(policy, q, 3), values)).toBeLessThan(1e-10);
    }
  });

  it("policy iteration, value iteration, a linear program: V* to 1e-9", () => {
    for (let seed = 0; seed < 10; seed++) {
      const mdp = randomMdp(seed, { numStates: 8, numActions: 3 });
      const best = optimum(mdp, 0.9);
      expect(best.residual).toBeLessThan(1e-10);
      const byBackups = iterated(mdp, (from, to) => bellmanBackup(mdp, from, 0.9, to), 400);
      expect(largestDifference(best.values, byBackups)).toBeLessThan(1e-9);
      expect(largestDifference(best.values, byLinearProgram(mdp, 0.9))).toBeLessThan(1e-9);
      expect(largestDifference(exactValues(mdp, best.policy, 0.9), best.values)).toBeLessThan(1e-9);
    }
  });

  it("iteration beyond the limit of elimination agrees with backups", () => {
    const mdp = randomMdp(3, { numStates: DENSE_LIMIT + 1, numActions: 2 });
    const policy = randomPolicy(3, mdp);
    const byBackups = iterated(mdp, (from, to) => evaluationBackup(mdp, policy, from, 0.9, to), 400);
    expect(largestDifference(exactValues(mdp, policy, 0.9), byBackups)).toBeLessThan(1e-9);
    const bestByBackups = iterated(mdp, (from, to) => bellmanBackup(mdp, from, 0.9, to), 400);
    expect(largestDifference(optimum(mdp, 0.9).values, bestByBackups)).toBeLessThan(1e-9);
  });
});

describe("scale", () => {
  /** A corridor: left, right; the right end ends the task with a reward. Backwards, states are numbered from there. */
  const corridor = (length: number, reward: number, backwards = false) =>
    buildMdp({ numStates: length, numActions: 2, initial: 0 }, (s, a, add) => {
      const place = backwards ? length - 1 - s : s;
      const to = a === 0 ? Math.max(0, place - 1) : Math.min(length - 1, place + 1);
      const ends = a === 1 && place === length - 1;
      add(1, backwards ? length - 1 - to : to, ends ? reward : 0, ends);
    });

  it.each([80, DENSE_LIMIT + 100])(
    "a corridor of %i with γ = ½: right everywhere, V = 2⁻ⁿ, for rewards of any unit",
    (length) => {
      for (const unit of [1, 1e-12, 1e12]) {
        for (const backwards of [false, true]) {
          const { policy, values } = optimum(corridor(length, unit, backwards), 0.5);
          for (let state = 0; state < length; state++) {
            const steps = backwards ? state : length - 1 - state;
            expect(policy[2 * state + 1]).toBe(1);
            expect(Math.abs(values[state] / (unit * 2 ** -steps) - 1)).toBeLessThan(1e-11);
          }
        }
      }
    },
  );

  it("values that cancel are compared by the size of what cancels", () => {
    // Action 0 earns 0, action 1 earns 0.1 + 0.2 − 0.3 = 5.6e-17 over three steps: rounding, no gain.
    const rewards = [0.1, 0.2, -0.3];
    const mdp = buildMdp({ numStates: 3, numActions: 2, initial: 0 }, (s, a, add) =>
      add(1, Math.min(2, s + 1), a === 0 && s === 0 ? 0 : rewards[s], s === 2 || (s === 0 && a === 0)),
    );
    expect([...optimum(mdp, 1).policy.subarray(0, 2)]).toEqual([1, 0]);
    expect([...optimum(mdp, 0.999).policy.subarray(0, 2)]).toEqual([0, 1]); // a real gain of 2e-4
  });

  it("ties are relative to what is compared", () => {
    const q = Float64Array.of(1, 1 + 1e-12, 0.5);
    for (const unit of [1, 1e-20, 1e20]) {
      const scaled = q.map((value) => value * unit);
      expect(greedyActions(scaled, 3, 0)).toEqual([0, 1]);
      expect([...greedyPolicy(scaled, 3, { ties: "uniform" })]).toEqual([0.5, 0.5, 0]);
    }
  });
});

describe("γ = 1", () => {
  it("of optimal policies takes the one that is through soonest: on FrozenLake 8×8, with V* = 1, nothing optimal does better in 200 steps", () => {
    const lake = frozenLake8x8().mdp();
    const { numStates, numActions } = lake;
    const best = optimum(lake, 1);
    expect(best.values[0]).toBeCloseTo(1, 10);
    const within = backwardInduction(lake, 1, { horizon: 200, policy: best.policy }).values[200 * numStates];
    // The most that actions of largest Q* can reach in 200 steps, even with a choice for each number of steps to go.
    const tied = greedyPolicy(best.actionValues, numActions, { ties: "uniform" });
    let most = new Float64Array(numStates);
    for (let h = 0; h < 200; h++) {
      const q = actionValues(lake, most, 1).map((value, row) => (tied[row] > 0 ? value : -1));
      most = most.map((_, s) => Math.max(...q.subarray(s * numActions, (s + 1) * numActions)));
    }
    expect(within).toBeCloseTo(most[0], 9);
    expect(within).toBeCloseTo(0.8857, 4);
  });

  it("finds the shortest way although other policies never end", () => {
    // A corridor of 5: left, right; the right end ends the task; −1 a step.
    const corridor = buildMdp({ numStates: 5, numActions: 2, initial: 0 }, (s, a, add) =>
      add(1, a === 0 ? Math.max(0, s - 1) : Math.min(4, s + 1), -1, a === 1 && s === 4),
    );
    const best = optimum(corridor, 1);
    expect(Array.from(best.values)).toEqual([-5, -4, -3, -2, -1]);
    expect(Array.from(best.policy)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it("does not walk in circles between ties", () => {
    // The same corridor, 0 a step and 1 at the end: going left is worth as much, as long as one does not do so for ever.
    const corridor = buildMdp({ numStates: 5, numActions: 2, initial: 0 }, (s, a, add) => {
      const ends = a === 1 && s === 4;
      add(1, a === 0 ? Math.max(0, s - 1) : Math.min(4, s + 1), ends ? 1 : 0, ends);
    });
    const best = optimum(corridor, 1);
    expect(Array.from(best.values)).toEqual([1, 1, 1, 1, 1]);
    expect(Array.from(exactValues(corridor, best.policy, 1))).toEqual([1, 1, 1, 1, 1]);
  });

  it("needs an end that can be reached", () => {
    const ring = buildMdp({ numStates: 2, numActions: 1, initial: 0 }, (s, _a, add) => add(1, 1 - s, -1, false));
    expect(() => optimum(ring, 1)).toThrow("discount must be below 1 for a continuing task");
    const trap = buildMdp({ numStates: 2, numActions: 2, initial: 0 }, (s, a, add) =>
      add(1, s, -1, s === 0 && a === 0),
    );
    expect(() => optimum(trap, 1)).toThrow("discount must be below 1: the task cannot be ended from state 1; got 1");
  });
});

/**
 * V* as the linear program  min Σ_s V(s)  s.t.  V(s) ≥ r(s, a) + γ Σ p V,  solved through its dual
 * max Σ x(s, a) r(s, a)  s.t.  Σₐ x(s′, a) − γ Σ x(s, a) p(s′|s, a) = 1,  x ≥ 0,  of which V* is the multiplier.
 */
function byLinearProgram(mdp: FiniteMdp, discount: number): Float64Array {
  const { numStates, numActions, rowStart, nextState, probability, terminated, expectedReward } = mdp;
  const rows = numStates * numActions;
  const constraints = Array.from({ length: numStates }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    constraints[Math.floor(row / numActions)][row] += 1;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      if (terminated[k] === 0) constraints[nextState[k]][row] -= discount * probability[k];
    }
  }
  return maximise(expectedReward, constraints, new Float64Array(numStates).fill(1)).multipliers;
}
