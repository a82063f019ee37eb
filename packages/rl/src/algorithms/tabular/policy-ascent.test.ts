import { Random } from "@advantage/engine";
import { type FiniteMdp, frozenLake, garnet, randomMdp, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm, BaseConfig } from "../../core/algorithm.js";
import { evaluated } from "../../families/tabular/policy-ascent.js";
import { exactValues } from "../../maths/finite-mdp/exact.js";
import { discountedVisitation } from "../../maths/finite-mdp/visitation.js";
import { lastIterateBound, softmaxSmoothness } from "../../maths/policy-bounds.js";
import { softmaxGradient, softmaxPolicy } from "../../maths/softmax-policy.js";
import type { AnyEnv } from "../../runner/env-source.js";
import { trials } from "../../testing/trials.js";
import { exponentialWeightsMdp } from "./exponential-weights-mdp.js";
import { monotonicPolicyIteration } from "./monotonic-policy-iteration.js";
import { tabularNpg } from "./tabular-npg.js";
import { tabularPg } from "./tabular-pg.js";

type Line = Readonly<Record<string, number>>;

/** Trains to the end with a line for every iteration (200 at most). */
function trained<Config extends BaseConfig, State>(
  algorithm: Algorithm<Config, State>,
  env: () => AnyEnv,
  settings: Record<string, unknown>,
) {
  return trials(algorithm).trained(env, settings as Partial<Config>);
}

const envOf = (mdp: FiniteMdp) => () => sampleEnv(mdp, { id: "Test-v0", timeLimit: 100 }) as AnyEnv;

/** The i-th of many random MDPs: dense and sparse, rewards in [0, 1) and normal, short and long horizons. */
function problem(i: number) {
  const states = 2 + (i % 6);
  const actions = 2 + (i % 3);
  const discount = [0.5, 0.9, 0.99, 0][i % 4];
  const mdp =
    i % 2 === 0
      ? randomMdp({ states, actions, seed: i })
      : garnet({ states, actions, branching: 1 + (i % 2), seed: i });
  return { mdp, discount, env: envOf(mdp) };
}

const randomPolicy = (random: Random, mdp: FiniteMdp) =>
  softmaxPolicy(
    Float64Array.from({ length: mdp.numStates * mdp.numActions }, () => 2 * random.normal()),
    mdp.numActions,
  );

describe("exponential weights in an MDP", () => {
  it("regret and gap never cross their bounds on 100 random MDPs", () => {
    for (let i = 0; i < 100; i++) {
      const { discount, env } = problem(i);
      const learningRate = [undefined, 0.01, 1, 30][(i >> 2) % 4];
      const { lines } = trained(exponentialWeightsMdp, env, { totalSteps: 150, discount, learningRate });
      expect(lines).toHaveLength(150);
      for (const { regret, regretBound, gap, gapBound } of lines) {
        expect(regret).toBeLessThanOrEqual(regretBound + 1e-9);
        expect(gap).toBeLessThanOrEqual(gapBound + 1e-9);
      }
    }
  });

  it("the regret is the sum of the gaps of the policies played, the uniform one first", () => {
    const { mdp, discount, env } = problem(1);
    const { lines } = trained(exponentialWeightsMdp, env, { totalSteps: 20, discount, learningRate: 0.3 });
    const uniform = evaluated(mdp, new Float64Array(mdp.numStates * mdp.numActions).fill(1 / mdp.numActions), discount);
    const best = lines[0].value + lines[0].gap;
    const gaps = lines.slice(0, -1).reduce((sum, { gap }) => sum + gap, best - uniform.value);
    expect(lines.at(-1)?.regret).toBeCloseTo(gaps, 9);
  });

  it("solves a bandit: with γ = 0 the policy is softmax(η K r)", () => {
    const mdp = randomMdp({ states: 2, actions: 3, seed: 8 });
    const { state } = trained(exponentialWeightsMdp, envOf(mdp), { totalSteps: 40, discount: 0, learningRate: 0.2 });
    const closed = softmaxPolicy(
      mdp.expectedReward.map((reward) => 0.2 * 40 * reward),
      3,
    );
    softmaxPolicy(state.logits, 3).forEach((p, row) => {
      expect(Math.abs(p - closed[row])).toBeLessThan(1e-12);
    });
  });
});

describe("natural policy gradient", () => {
  it("is exponential weights with advantages for values, to 1e-12", () => {
    for (let i = 0; i < 12; i++) {
      const { mdp, discount, env } = problem(i);
      const settings = { totalSteps: 30, discount, learningRate: 0.4 };
      const natural = softmaxPolicy(trained(tabularNpg, env, settings).state.logits, mdp.numActions);
      const weights = softmaxPolicy(trained(exponentialWeightsMdp, env, settings).state.logits, mdp.numActions);
      for (let row = 0; row < natural.length; row++) {
        expect(Math.abs(natural[row] - weights[row])).toBeLessThan(1e-12);
      }
    }
  });

  it("its step solves F x = ∇V, F the Fisher matrix under d^π written out", () => {
    for (let i = 0; i < 12; i++) {
      const { mdp, discount } = problem(i);
      const { numActions, numStates } = mdp;
      const policy = randomPolicy(Random.fromSeed(i), mdp);
      const visits = discountedVisitation(mdp, policy, discount);
      const { advantage } = evaluated(mdp, policy, discount);
      const gradient = softmaxGradient({ policy, advantage, visits, numActions });
      for (let s = 0; s < numStates; s++) {
        for (let a = 0; a < numActions; a++) {
          let product = 0;
          for (let b = 0; b < numActions; b++) {
            // Σ_c π(c) ∂log π(c)/∂θ(a) ∂log π(c)/∂θ(b)
            let fisher = 0;
            for (let c = 0; c < numActions; c++) {
              const pi = (at: number) => policy[s * numActions + at];
              fisher += pi(c) * ((c === a ? 1 : 0) - pi(a)) * ((c === b ? 1 : 0) - pi(b));
            }
            product += visits[s] * fisher * advantage[s * numActions + b];
          }
          expect(Math.abs(product - gradient[s * numActions + a])).toBeLessThan(1e-10);
        }
      }
    }
  });

  it("improves by at least its guarantee and stays under its bound, for every step size", () => {
    for (let i = 0; i < 40; i++) {
      const { discount, env } = problem(i);
      const { lines } = trained(tabularNpg, env, { totalSteps: 60, discount, learningRate: [0.05, 1, 20][i % 3] });
      for (const { improvement, guarantee, gap, gapBound } of lines) {
        expect(guarantee).toBeGreaterThanOrEqual(0);
        expect(improvement).toBeGreaterThanOrEqual(guarantee - 1e-10);
        expect(gap).toBeLessThanOrEqual(gapBound + 1e-9);
      }
    }
  });
});

describe("policy gradient", () => {
  it("the gradient is that of the exact value: finite differences", () => {
    for (let i = 0; i < 8; i++) {
      const { mdp, discount } = problem(i);
      const { numActions, initial } = mdp;
      const random = Random.fromSeed(i);
      const logits = Float64Array.from({ length: mdp.numStates * numActions }, () => random.normal());
      const value = (theta: Float64Array) =>
        exactValues(mdp, softmaxPolicy(theta, numActions), discount).reduce((sum, v, s) => sum + initial[s] * v, 0);
      const policy = softmaxPolicy(logits, numActions);
      const visits = discountedVisitation(mdp, policy, discount);
      const { advantage } = evaluated(mdp, policy, discount);
      const gradient = softmaxGradient({ policy, advantage, visits, numActions });
      for (let row = 0; row < logits.length; row++) {
        const up = logits.slice();
        const down = logits.slice();
        up[row] += 1e-4;
        down[row] -= 1e-4;
        const difference = (value(up) - value(down)) / 2e-4;
        expect(Math.abs(difference - gradient[row])).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
      }
    }
  });

  it("improves by at least what smoothness promises, with η = 1/β", () => {
    for (let i = 0; i < 24; i++) {
      const { discount, env } = problem(i);
      const { lines } = trained(tabularPg, env, { totalSteps: 20, discount, smoothStep: true });
      for (const { improvement, guarantee } of lines) {
        expect(guarantee).toBeGreaterThan(0);
        expect(improvement).toBeGreaterThanOrEqual(guarantee - 1e-12);
      }
    }
  });

  it("comes near the optimum where natural gradient does, and slower", () => {
    const env = envOf(randomMdp({ states: 5, actions: 3, seed: 4 }));
    const settings = { totalSteps: 200, discount: 0.9, learningRate: 1 };
    const plain = trained(tabularPg, env, settings).lines;
    const natural = trained(tabularNpg, env, settings).lines;
    expect(plain.at(-1)?.gap).toBeLessThan(0.2 * plain[0].gap);
    expect(natural.at(-1)?.gap).toBeLessThan(0.01 * (plain.at(-1)?.gap ?? 0));
  });
});

describe("monotonic policy iteration", () => {
  it("no state's value ever falls, and the start's rises by at least the guarantee, on 100 random MDPs", () => {
    for (let i = 0; i < 100; i++) {
      const { mdp, discount, env } = problem(i);
      const { context, state } = trials(monotonicPolicyIteration).started(env, { totalSteps: 12, discount });
      let values = exactValues(mdp, state.policy, discount);
      for (const { metrics } of monotonicPolicyIteration.train(context, state) as Generator<{ metrics: Line }>) {
        const next = exactValues(mdp, state.policy, discount);
        for (let s = 0; s < next.length; s++) expect(next[s]).toBeGreaterThanOrEqual(values[s] - 1e-10);
        values = next;
        expect(metrics.guarantee).toBeGreaterThanOrEqual(0);
        expect(metrics.improvement).toBeGreaterThanOrEqual(metrics.guarantee - 1e-10);
        expect(metrics.optimalityGap).toBeLessThanOrEqual(1e-9 * metrics.guarantee + 1e-300);
      }
    }
  });

  it("half the paper's penalty is safe as well (Pinsker), and faster", () => {
    for (let i = 0; i < 40; i++) {
      const { discount, env } = problem(i);
      const whole = trained(monotonicPolicyIteration, env, { totalSteps: 10, discount }).lines;
      const half = trained(monotonicPolicyIteration, env, { totalSteps: 10, discount, penaltyScale: 0.5 }).lines;
      for (const { improvement, guarantee } of half) expect(improvement).toBeGreaterThanOrEqual(guarantee - 1e-10);
      expect(half.at(-1)?.value).toBeGreaterThanOrEqual((whole.at(-1)?.value ?? Number.NaN) - 1e-12);
    }
  });

  it("with γ = 0 nothing is charged: one greedy step is optimal", () => {
    const { env } = problem(2);
    const { lines } = trained(monotonicPolicyIteration, env, { totalSteps: 2, discount: 0 });
    expect(lines[0].gap).toBeLessThan(1e-12);
    expect(lines[1].improvement).toBe(0);
  });

  it("without a penalty it is policy iteration", () => {
    const { env } = problem(6);
    const { lines } = trained(monotonicPolicyIteration, env, { totalSteps: 10, discount: 0.9, penaltyScale: 0 });
    expect(lines.at(-1)?.gap).toBeLessThan(1e-10);
  });
});

it("bounds by hand: A = 2, γ = ½, R = 1, K = 4, η = 1", () => {
  const setting = { numActions: 2, discount: 0.5, span: 1, iterations: 4, learningRate: 1 };
  expect(lastIterateBound(setting)).toBeCloseTo((2 * Math.log(2) + 4) / 4, 12);
  expect(softmaxSmoothness(1, 0.5)).toBe(64);
});

describe.each([
  ["exponential-weights-mdp", exponentialWeightsMdp, { learningRate: 50 }],
  ["tabular-npg", tabularNpg, { learningRate: 50 }],
  ["tabular-pg", tabularPg, { learningRate: 50 }],
] as const)("%s", (_, algorithm, settings) => {
  it("learns the way over the frozen lake", () => {
    const { lines } = trained(algorithm as unknown as typeof tabularPg, frozenLake as () => AnyEnv, {
      totalSteps: 2000,
      discount: 0.9,
      ...settings,
    });
    expect(lines.at(-1)?.gap).toBeLessThan(0.1 * ((lines.at(-1)?.value ?? 0) + (lines.at(-1)?.gap ?? 0)));
  });
  it("refuses γ = 1, for which no theorem holds", () => {
    expect(() => algorithm.config.parse({ discount: 1 })).toThrow("discount must be in [0, 1), got 1");
  });
});
