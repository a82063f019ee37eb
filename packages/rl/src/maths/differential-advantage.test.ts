import { Random } from "@advantage/engine";
import { type FiniteMdp, garnet } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { differentialAdvantage, meanDifferentialError } from "./differential-advantage.js";
import { averageReward } from "./finite-mdp/average-reward.js";
import { randomMdp, randomPolicy } from "./finite-mdp/testing/random-mdp.js";
import { softmaxGradient } from "./softmax-policy.js";

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 13));

describe("by hand", () => {
  // δ = 3 − 2 + 5 − 4 = 2, 1 − 2 + 6 − 5 = 0, 6 − 2 + 3 − 6 = 1
  const steps = {
    rewards: Float64Array.of(3, 1, 6),
    averageReward: 2,
    values: Float64Array.of(4, 5, 6),
    nextValues: Float64Array.of(5, 6, 3),
  };
  const advantages = (lambda: number, cut: readonly number[] = [0, 0, 0]) =>
    Array.from(
      differentialAdvantage({
        ...steps,
        cut: Uint8Array.from(cut),
        numSteps: 3,
        numEnvs: 1,
        lambda,
        advantages: new Float64Array(3),
      }),
    );

  it("λ = 0 is the differential TD error", () => expect(advantages(0)).toEqual(close([2, 0, 1])));
  it("λ = ½", () => expect(advantages(0.5)).toEqual(close([2.25, 0.5, 1])));
  it("λ = 1 is the differential return less V", () => {
    // G₀ = (3 − 2) + (1 − 2) + (6 − 2) + 3 = 7, G₁ = −1 + 4 + 3 = 6, G₂ = 4 + 3 = 7
    expect(advantages(1)).toEqual(close([7 - 4, 6 - 5, 7 - 6]));
  });
  it("stops where an episode was cut", () => expect(advantages(0.5, [0, 1, 0])).toEqual(close([2, 0, 1])));
  it("the mean error", () => expect(meanDifferentialError(steps)).toBeCloseTo(1, 13));

  it("a constant reward that is known to be the average: every advantage is 0, wherever episodes are cut", () => {
    const ones = (n: number, value: number) => new Float64Array(n).fill(value);
    const same = { rewards: ones(20, 1), averageReward: 1, values: ones(20, 7), nextValues: ones(20, 7) };
    const cut = Uint8Array.from({ length: 20 }, (_, i) => (i % 5 === 4 ? 1 : 0));
    for (const lambda of [0, 0.9, 1]) {
      const out = new Float64Array(20);
      expect(differentialAdvantage({ ...same, cut, numSteps: 10, numEnvs: 2, lambda, advantages: out })).toEqual(
        new Float64Array(20),
      );
    }
  });
});

/** Steps of a policy in an MDP with restarts, in many independent stretches; `start` is where each of them starts  [S]. */
function stretches(mdp: FiniteMdp, policy: Float64Array, start: Float64Array, numSteps: number, count: number) {
  const { numActions, rowStart, probability, nextState, reward, terminated, initial } = mdp;
  const random = Random.fromSeed(11);
  const states = new Int32Array(numSteps * count);
  const rows = new Int32Array(numSteps * count);
  const rewards = new Float64Array(numSteps * count);
  const last = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    let s = random.categorical(start);
    for (let t = 0; t < numSteps; t++) {
      const at = t * count + n;
      const row = s * numActions + random.categorical(policy.subarray(s * numActions, (s + 1) * numActions));
      const k = rowStart[row] + random.categorical(probability.subarray(rowStart[row], rowStart[row + 1]));
      states[at] = s;
      rows[at] = row;
      rewards[at] = reward[k];
      s = terminated[k] === 1 ? random.categorical(initial) : nextState[k];
    }
    last[n] = s;
  }
  return { states, rows, rewards, last };
}

/** Mean and four times its standard error, of independent samples. */
function interval(samples: ArrayLike<number>): { mean: number; radius: number } {
  const all = Array.from(samples);
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const variance = all.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (all.length - 1);
  return { mean, radius: 4 * Math.sqrt(variance / all.length) };
}

describe.each([
  ["continuing", garnet({ states: 6, actions: 2, branching: 2, seed: 3 })],
  ["with ends and restarts", randomMdp(4, { numStates: 5, numActions: 2, ending: 0.2 })],
])("with the exact critic, on a random MDP %s", (_, mdp) => {
  const policy = randomPolicy(2, mdp);
  const exact = averageReward(mdp, policy);
  const { numStates, numActions } = mdp;
  const [numSteps, count] = [8, 8000];

  /** Advantages of stretches that start from a distribution, r̄ being what it is. */
  function sampled(start: Float64Array, lambda: number) {
    const { states, rows, rewards, last } = stretches(mdp, policy, start, numSteps, count);
    const values = Float64Array.from(states, (s) => exact.values[s]);
    const nextValues = Float64Array.from(values, (_, at) =>
      at + count < values.length ? values[at + count] : exact.values[last[at + count - values.length]],
    );
    const steps = { rewards, averageReward: exact.averageReward, values, nextValues };
    const advantages = differentialAdvantage({
      ...steps,
      cut: new Uint8Array(rewards.length),
      numSteps,
      numEnvs: count,
      lambda,
      advantages: new Float64Array(rewards.length),
    });
    return { states, rows, advantages, steps };
  }

  it.each([0, 0.9, 1])("λ = %d: the gradient Σ_s d(s) Σₐ ∇π(a|s) Q(s, a), as the mean of ∇log π Â", (lambda) => {
    const { rows, advantages } = sampled(exact.stationary, lambda);
    const gradient = softmaxGradient({
      policy,
      advantage: exact.actionValues,
      visits: exact.stationary,
      numActions,
    });
    for (let i = 0; i < numStates * numActions; i++) {
      const s = Math.floor(i / numActions);
      // ∂ log π(a|s) / ∂θ(s, b) = 1[a = b] − π(b|s); one sample is the mean over a stretch.
      const samples = new Float64Array(count);
      for (let at = 0; at < rows.length; at++) {
        if (Math.floor(rows[at] / numActions) !== s) continue;
        samples[at % count] += (((rows[at] === i ? 1 : 0) - policy[i]) * advantages[at]) / numSteps;
      }
      const { mean, radius } = interval(samples);
      expect(Math.abs(mean - gradient[i]), `θ(${s}, ${i % numActions})`).toBeLessThan(radius);
      expect(radius).toBeLessThan(0.1);
    }
    // The intervals are narrow enough to tell: not all of the gradient is inside one of them around 0.
    expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(0.02);
  });

  it.each([0, 0.9])(
    "λ = %d: the advantages Q − V of each state and action, and with them the differential values",
    (lambda) => {
      const { rows, advantages } = sampled(exact.stationary, lambda);
      for (let row = 0; row < numStates * numActions; row++) {
        // First steps alone: independent of each other.
        const samples = [];
        for (let n = 0; n < count; n++) if (rows[n] === row) samples.push(advantages[n]);
        if (samples.length < 50) continue;
        const { mean, radius } = interval(samples);
        const advantage = exact.actionValues[row] - exact.values[Math.floor(row / numActions)];
        expect(Math.abs(mean - advantage), `row ${row}`).toBeLessThan(radius + 1e-12);
      }
    },
  );

  it("the average reward, even of stretches that always start in the same state, where the mean reward is wrong", () => {
    // The state from which a stretch earns most, or least.
    const best = exact.values.reduce((far, v, s) => (Math.abs(v) > Math.abs(exact.values[far]) ? s : far), 0);
    const start = new Float64Array(numStates);
    start[best] = 1;
    const { steps } = sampled(start, 0);
    const errors = new Float64Array(count);
    const plain = new Float64Array(count);
    steps.rewards.forEach((r, at) => {
      errors[at % count] += (r - 0.3 + steps.nextValues[at] - steps.values[at]) / numSteps;
      plain[at % count] += r / numSteps;
    });
    const { mean, radius } = interval(errors);
    expect(meanDifferentialError({ ...steps, averageReward: 0.3 })).toBeCloseTo(mean, 10);
    expect(Math.abs(0.3 + mean - exact.averageReward)).toBeLessThan(radius);
    const biased = interval(plain);
    expect(Math.abs(biased.mean - exact.averageReward)).toBeGreaterThan(2 * biased.radius);
  });
});
