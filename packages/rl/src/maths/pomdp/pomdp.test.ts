import { Random } from "@advantage/engine";
import { buildMdp, type Pomdp, pomdpOf, tigerPomdp, tMazePomdp } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { optimalValues } from "../finite-mdp/exact.js";
import { beliefSteps, firstBeliefs } from "./beliefs.js";
import { controllerChain, expectedReturn } from "./controller.js";
import { historyValue } from "./history-value.js";
import { bestStochasticMemoryless, memorylessGradient, memorylessReturn, projectOnSimplex } from "./memoryless.js";
import { bestWindowPolicy, controllerOf, type WindowPolicy } from "./window-policy.js";

/** The value of the whole history; beyond the beliefs followed it goes on with action 0. */
function wholeHistory(pomdp: Pomdp, discount: number, options: { horizon?: number; maxBeliefs?: number } = {}) {
  const { numStates, numActions } = pomdp.mdp;
  const zeros = Float64Array.from({ length: numStates * numActions }, (_, row) => (row % numActions === 0 ? 1 : 0));
  const policy = zeros.subarray(0, pomdp.numObservations * numActions);
  const ofState = Float64Array.from({ length: numStates }, (_, s) => {
    const initial = new Float64Array(numStates);
    initial[s] = 1;
    return memorylessReturn({ ...pomdp, mdp: { ...pomdp.mdp, initial } }, policy, discount);
  });
  return historyValue(pomdp, {
    discount,
    afterwards: new Int32Array(pomdp.numObservations),
    afterwardsValues: ofState,
    ...options,
  });
}

/**
 * Two steps: from one of two states, by chance, to one of three, and from there to the end. Observations 0 and 1 in both layers, so that neither tells
 * which layer it is.
 */
function twoSteps(seed: number): Pomdp {
  const random = Random.fromSeed(seed);
  const p = Array.from({ length: 5 * 2 }, () => random.uniform());
  const reward = Array.from({ length: 5 * 2 }, () => random.uniform(-1, 1));
  const start = random.uniform();
  const mdp = buildMdp({ numStates: 5, numActions: 2, initial: [start, 1 - start, 0, 0, 0] }, (state, action, add) => {
    const row = 2 * state + action;
    if (state >= 2) add(1, state, reward[row], true);
    else {
      add(p[row] / 2, 2, reward[row], false);
      add((1 - p[row]) / 2, 3, reward[row], false);
      add(0.5, 4, reward[row], false);
    }
  });
  return pomdpOf(mdp, 2, [0, 1, 0, 1, 0]);
}

/** J of a policy of all that was seen, by going through every way that two steps can take. */
function byEnumeration(
  { mdp, observations }: Pomdp,
  act: (seen: readonly number[]) => number,
  discount: number,
): number {
  let total = 0;
  for (let first = 0; first < 2; first++) {
    const a = act([observations[first]]);
    for (let k = mdp.rowStart[2 * first + a]; k < mdp.rowStart[2 * first + a + 1]; k++) {
      const then = mdp.nextState[k];
      const b = act([observations[first], a, observations[then]]);
      const way = mdp.initial[first] * mdp.probability[k];
      total += way * (mdp.reward[k] + discount * mdp.reward[mdp.rowStart[2 * then + b]]);
    }
  }
  return total;
}

/** The best over all ways to give one of two actions to each of `count` things that may be seen. */
function best(count: number, value: (actionOf: (thing: number) => number) => number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let code = 0; code < 1 << count; code++)
    most = Math.max(
      most,
      value((thing) => (code >> thing) & 1),
    );
  return most;
}

describe("against brute force over all policies of a two-step POMDP", () => {
  const discount = 0.9;
  it.each([1, 2, 3, 4, 5, 6])("seed %i", (seed) => {
    const pomdp = twoSteps(seed);
    // Histories: o₀ (2), and (o₀, a₀, o₁) (8): 2¹⁰ policies.
    const history = best(10, (actionOf) =>
      byEnumeration(
        pomdp,
        (seen) => actionOf(seen.length === 1 ? seen[0] : 2 + 4 * seen[0] + 2 * seen[1] + seen[2]),
        discount,
      ),
    );
    const whole = wholeHistory(pomdp, discount);
    expect(whole.value).toBeCloseTo(history, 12);
    expect([whole.upperBound, whole.closed]).toEqual([whole.value, true]);

    // Two observations and the action between them are the whole history here.
    const withAction = bestWindowPolicy(pomdp, { length: 2, withActions: true, discount });
    expect(withAction.value).toBeCloseTo(history, 12);
    expect(withAction.upperBound).toBeCloseTo(history, 9);

    // The window (o, o) is that of the first step with o, too.
    const two = bestWindowPolicy(pomdp, { length: 2, withActions: false, discount });
    const window = best(4, (actionOf) =>
      byEnumeration(pomdp, (seen) => actionOf(2 * seen[0] + (seen[2] ?? seen[0])), discount),
    );
    expect(two.value).toBeCloseTo(window, 12);
    expect(two.upperBound).toBeCloseTo(window, 9);

    const one = bestWindowPolicy(pomdp, { length: 1, withActions: false, discount });
    const last = best(2, (actionOf) => byEnumeration(pomdp, (seen) => actionOf(seen[seen.length - 1]), discount));
    expect(one.value).toBeCloseTo(last, 12);
    expect(one.upperBound).toBeCloseTo(last, 9);
  });
});

/**
 * Singh, Jaakkola & Jordan 1994, figure 1: two states that look alike. In the first action 0 pays 1 and leads to the second, in the second
 * action 1 pays 1 and leads back; the others cost 1 and change nothing.
 */
function alike(): Pomdp {
  const mdp = buildMdp({ numStates: 2, numActions: 2, initial: [0.5, 0.5] }, (state, action, add) =>
    action === state ? add(1, 1 - state, 1, false) : add(1, state, -1, false),
  );
  return pomdpOf(mdp, 1, [0, 0]);
}

describe("two states that look alike", () => {
  const discount = 0.9;
  const pomdp = alike();

  it("one action for ever pays at most once: −γ/(1 − γ)", () => {
    for (const length of [1, 3]) {
      const { value, upperBound } = bestWindowPolicy(pomdp, { length, withActions: false, discount });
      expect(value).toBeCloseTo(-9, 10);
      expect(upperBound).toBeCloseTo(-9, 8);
    }
  });

  it("a coin is worth 0: stochastic policies can be better", () => {
    const { value, policy } = bestStochasticMemoryless(pomdp, { discount, random: Random.fromSeed(1) });
    expect(value).toBeCloseTo(0, 10);
    expect(policy[0]).toBeCloseTo(0.5, 5);
    const fromCorner = { discount, random: Random.fromSeed(1), randomStarts: 0, also: [Float64Array.of(0.9, 0.1)] };
    expect(bestStochasticMemoryless(pomdp, fromCorner).value).toBeCloseTo(0, 10);
  });

  it("the last action tells all from the second step on: γ/(1 − γ)", () => {
    const window = bestWindowPolicy(pomdp, { length: 2, withActions: true, discount });
    expect(window.value).toBeCloseTo(9, 10);
    expect(window.upperBound).toBeCloseTo(9, 8);
    expect(wholeHistory(pomdp, discount).value).toBeCloseTo(9, 10);
    expect(optimalValues(pomdp.mdp, discount)[0]).toBeCloseTo(10, 10);
  });
});

describe("the T-maze, by hand", () => {
  const discount = 0.98;
  it.each([2, 3])("length %i", (length) => {
    const pomdp = tMazePomdp({ length });
    const weight = discount ** length;
    const values: WindowPolicy[] = [];
    for (let k = 1; k <= length + 1; k++) {
      const atLeast = values.at(-1)?.actions;
      values.push(
        bestWindowPolicy(pomdp, { length: k, withActions: false, discount, maxNodes: 60, ...(atLeast && { atLeast }) }),
      );
    }
    // One arm for both signs.
    expect(values[0].value).toBeCloseTo(1.95 * weight, 12);
    expect(values[0].upperBound).toBeCloseTo(1.95 * weight, 9);
    // With the other sign to and fro between the start and the first cell for ever, which costs nothing.
    for (const { value } of values.slice(1, -1)) expect(value).toBeCloseTo(2 * weight, 11);
    expect(values[1].upperBound).toBeCloseTo(2 * weight, 9);
    // At the junction the window still holds the sign.
    expect(values[length].value).toBeCloseTo(4 * weight, 12);
    expect(values[length].upperBound).toBeCloseTo(4 * weight, 9);
    expect(wholeHistory(pomdp, discount).value).toBeCloseTo(4 * weight, 12);
    expect(optimalValues(pomdp.mdp, discount)[0]).toBeCloseTo(4 * weight, 12);
  });

  it("actions can be a memory: with one sign a step into the wall, to be read from the window at the junction", () => {
    const pomdp = tMazePomdp({ length: 3 });
    const { value, upperBound } = bestWindowPolicy(pomdp, { length: 3, withActions: true, discount });
    // Straight on, 4γ³, or against the wall at the last moment when the sign is still seen: −0.1γ² + 4γ⁴.
    const expected = (4 * discount ** 3 + 4 * discount ** 4 - 0.1 * discount ** 2) / 2;
    expect(value).toBeCloseTo(expected, 11);
    expect(upperBound).toBeCloseTo(expected, 9);
  });

  it("a coin at the junction does not help", () => {
    const pomdp = tMazePomdp({ length: 3 });
    const { value } = bestStochasticMemoryless(pomdp, { discount, random: Random.fromSeed(2) });
    expect(value).toBeCloseTo(1.95 * discount ** 3, 10);
  });

  it("the search finds what all 256 policies of the last observation give", () => {
    const pomdp = tMazePomdp({ length: 4 });
    let most = Number.NEGATIVE_INFINITY;
    for (let code = 0; code < 256; code++) {
      const policy = new Float64Array(16);
      for (let o = 0; o < 4; o++) policy[4 * o + ((code >> (2 * o)) & 3)] = 1;
      most = Math.max(most, memorylessReturn(pomdp, policy, discount));
    }
    expect(bestWindowPolicy(pomdp, { length: 1, withActions: false, discount }).value).toBeCloseTo(most, 12);
  });

  it("the unit of the rewards does not matter: the same policies, values in that unit", () => {
    const inUnits = (unit: number): Pomdp => {
      const { mdp, ...observed } = tMazePomdp({ length: 3 });
      const scaled = { expectedReward: mdp.expectedReward.map((r) => r * unit) };
      return { ...observed, mdp: { ...mdp, ...scaled, reward: Float64Array.from(mdp.reward, (r) => r * unit) } };
    };
    const best = (unit: number) => bestWindowPolicy(inUnits(unit), { length: 4, withActions: false, discount });
    const coin = (unit: number) => bestStochasticMemoryless(inUnits(unit), { discount, random: Random.fromSeed(2) });
    for (const unit of [1e-12, 1e12]) {
      expect(best(unit).actions).toEqual(best(1).actions);
      expect(best(unit).value / unit).toBeCloseTo(best(1).value, 10);
      expect(coin(unit).value / unit).toBeCloseTo(coin(1).value, 6);
    }
  });

  it("a search without enough nodes says what it does not know", () => {
    const pomdp = tMazePomdp({ length: 4 });
    const { value, upperBound, nodes } = bestWindowPolicy(pomdp, {
      length: 3,
      withActions: false,
      discount,
      maxNodes: 5,
    });
    expect(nodes).toBe(5);
    expect(value).toBeLessThanOrEqual(2 * discount ** 4 + 1e-12);
    expect(upperBound).toBeGreaterThanOrEqual(2 * discount ** 4 - 1e-12);
  });

  it("a longer window does at least as well as the policy it starts from", () => {
    const pomdp = tMazePomdp({ length: 3 });
    const four = bestWindowPolicy(pomdp, { length: 4, withActions: false, discount });
    const five = bestWindowPolicy(pomdp, {
      length: 5,
      withActions: false,
      discount,
      atLeast: four.actions,
      maxNodes: 1,
    });
    expect(five.value).toBeCloseTo(four.value, 12);
  });

  it("the first H steps: nothing before step N, all of it after", () => {
    const pomdp = tMazePomdp({ length: 3 });
    const { actions } = bestWindowPolicy(pomdp, { length: 4, withActions: false, discount });
    const chain = controllerChain(pomdp, controllerOf(pomdp, { length: 4, withActions: false }, actions));
    expect(expectedReturn(chain, discount, 3)).toBe(0);
    expect(expectedReturn(chain, discount, 4)).toBeCloseTo(4 * discount ** 3, 12);
    expect(expectedReturn(chain, discount)).toBeCloseTo(4 * discount ** 3, 12);
  });
});

describe("the tiger", () => {
  const discount = 0.95;

  // Listen until one side was heard twice more often than the other, then open the other door:
  // V₀ = −1 + γV₁,  V₁ = −1 + γ(qV₂ + (1 − q)V₀),  V₂ = 10p − 100(1 − p) + γV₀,  q = 0.85² + 0.15²,  p = 0.85²/q.
  const q = 0.85 ** 2 + 0.15 ** 2;
  const p = 0.85 ** 2 / q;
  const open = 10 * p - 100 * (1 - p);
  const start = (-1 + discount * (-1 + discount * q * open)) / (1 - discount ** 2 * (discount * q + 1 - q));

  it("is worth 19.37 with the whole history, as published, and as worked out by hand", () => {
    const whole = wholeHistory(tigerPomdp(), discount);
    expect(whole.value).toBeCloseTo(19.37, 2); // e.g. Cassandra's pomdp-solve on tiger.95: 19.3713
    expect(whole.value).toBeCloseTo(start, 6);
    expect(whole.closed).toBe(true);
    expect(expectedReturn(controllerChain(tigerPomdp(), whole.controller), discount)).toBeCloseTo(start, 6);
  });

  it("beliefs that are not followed to the end give an interval that shrinks round it", () => {
    let width = Number.POSITIVE_INFINITY;
    for (const horizon of [1, 3, 6, 12]) {
      const { value, upperBound, closed, controller } = wholeHistory(tigerPomdp(), discount, { horizon });
      expect(closed).toBe(false);
      expect(value).toBeLessThanOrEqual(start + 1e-7);
      expect(upperBound).toBeGreaterThanOrEqual(start - 1e-7);
      expect(expectedReturn(controllerChain(tigerPomdp(), controller), discount)).toBeCloseTo(value, 6);
      expect(upperBound - value).toBeLessThan(width);
      width = upperBound - value;
    }
    const few = wholeHistory(tigerPomdp(), discount, { maxBeliefs: 10 });
    expect(few.beliefs).toBe(10);
    expect([few.value <= start + 1e-7, few.upperBound >= start - 1e-7]).toEqual([true, true]);
  });

  it("without a memory one can only listen: −1/(1 − γ)", () => {
    const pomdp = tigerPomdp();
    expect(bestWindowPolicy(pomdp, { length: 1, withActions: false, discount }).value).toBeCloseTo(-20, 9);
  });

  it("two agreeing ears of 85 %: Bayes' rule", () => {
    const pomdp = tigerPomdp();
    const [first] = firstBeliefs(pomdp);
    expect(first.belief).toEqual({ states: [0, 3], probabilities: [0.5, 0.5] });
    const left = beliefSteps(pomdp, first.belief, 0)[0];
    expect([left.observation, left.probability]).toEqual([1, 0.5]);
    expect(left.belief.probabilities[0]).toBeCloseTo(0.85, 12);
    const again = beliefSteps(pomdp, left.belief, 0)[0];
    expect(again.probability).toBeCloseTo(q, 12);
    expect(again.belief.probabilities[0]).toBeCloseTo(p, 12);
  });
});

describe("policies of the last observation", () => {
  it("the gradient is that of finite differences", () => {
    const pomdp = twoSteps(7);
    const discount = 0.8;
    const policy = Float64Array.of(0.3, 0.7, 0.6, 0.4);
    const gradient = memorylessGradient(pomdp, policy, discount);
    const towards = Float64Array.of(1, 0, 0.2, 0.8);
    const along = (size: number) =>
      memorylessReturn(
        pomdp,
        policy.map((x, i) => x + size * (towards[i] - x)),
        discount,
      );
    const slope = (along(1e-4) - along(-1e-4)) / 2e-4;
    expect(gradient.reduce((sum, g, i) => sum + g * (towards[i] - policy[i]), 0)).toBeCloseTo(slope, 7);
  });

  it("the nearest point of the simplex", () => {
    const projected = (...x: number[]) => {
      const vector = Float64Array.from(x);
      projectOnSimplex(vector);
      return Array.from(vector);
    };
    expect(projected(0.2, 0.8)).toEqual([0.2, 0.8]);
    expect(projected(1, 1)).toEqual([0.5, 0.5]);
    expect(projected(3, 0, -1)).toEqual([1, 0, 0]);
    expect(projected(0.75, 0.75, 0)).toEqual([0.5, 0.5, 0]);
  });
});
