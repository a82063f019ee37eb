import type { Random } from "@advantage/engine";
import { blackjack, discrete, type Env, findEnvironment, frozenLake, multiDiscrete, taxi } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import type { ControlState } from "../../families/tabular/control.js";
import { greedyPolicy } from "../../maths/finite-mdp/bellman.js";
import { exactValues, optimalValues, optimum } from "../../maths/finite-mdp/exact.js";
import { loadPolicy } from "../../policies/load-policy.js";
import type { EnvLike } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { run } from "../../runner/run.js";
import { type DoubleQLearningState, doubleQLearning } from "./double-q-learning.js";
import { type DynaQState, dynaQ } from "./dyna-q.js";
import { expectedSarsa } from "./expected-sarsa.js";
import { qLearning } from "./q-learning.js";
import { sarsa } from "./sarsa.js";

// biome-ignore lint/suspicious/noExplicitAny: an algorithm of any config
type Control = Algorithm<any, any>;
const all: readonly Control[] = [qLearning, sarsa, expectedSarsa, doubleQLearning, dynaQ];
const named = all.map((algorithm) => [algorithm.id, algorithm] as const);

/** The state after a run. */
function trained(
  algorithm: Control,
  env: EnvLike,
  settings: Readonly<Record<string, unknown>>,
  preset = "none",
): ControlState {
  const { context } = prepareRun(algorithm, env, settings, { preset });
  const state = algorithm.init(context);
  for (const _ of algorithm.train(context, state) as Generator) {
    // to the end
  }
  return state;
}

/** Two states that follow each other for ever, reward 1 a step, cut after `cut` steps: V = 1/(1 − γ) everywhere. */
function endless(cut: number): () => Env<number, number> {
  return () => {
    let steps = 0;
    return {
      id: "Endless-v0",
      observationSpace: discrete(2, 7),
      actionSpace: discrete(2, 3),
      reset: () => {
        steps = 0;
        return 7;
      },
      step(action) {
        if (action !== 3 && action !== 4) throw new Error(`wrong action ${action}`);
        steps += 1;
        return { observation: 7 + (steps % 2), reward: 1, terminated: false, truncated: steps === cut };
      },
    };
  };
}

/** Two one-step choices in sequence: from 0, action 1 leads to 1 with reward 0, action 0 ends with 1; from 1, both end with 2. */
function fork(): Env<number, number> {
  let state = 0;
  return {
    id: "Fork-v0",
    observationSpace: discrete(2),
    actionSpace: discrete(2),
    reset: () => {
      state = 0;
      return 0;
    },
    step(action) {
      const on = state === 0 && action === 1;
      const reward = on ? 0 : state === 0 ? 1 : 2;
      state = 1;
      return { observation: 1, reward, terminated: !on, truncated: false };
    },
  };
}

describe.each(named)("%s", (_, algorithm) => {
  it("bootstraps where an episode was cut: reward 1 for ever is worth 1/(1 − γ)", () => {
    const settings = { totalSteps: 4000, discount: 0.5, learningRate: 0.5 };
    for (const value of trained(algorithm, endless(3) as EnvLike, settings).q) expect(value).toBeCloseTo(2, 6);
  });

  it("does not bootstrap where the task has ended", () => {
    const settings = { totalSteps: 4000, discount: 0.9, learningRate: 0.5, epsilon: 0.5, initialValue: 100 };
    const { q } = trained(algorithm, fork as EnvLike, settings);
    [1, 1.8, 2, 2].forEach((value, i) => {
      expect(q[i]).toBeCloseTo(value, 6);
    });
  });

  it("makes a policy whose mode is greedy and whose samples explore", async () => {
    const options = { totalSteps: 2000, discount: 0.9, learningRate: 0.5, epsilon: 0.5, evaluationEpisodes: 200 };
    const { policy, summary } = await run(algorithm, fork as EnvLike, options);
    expect([policy.act(0), loadPolicy(policy.save()).act(0)]).toEqual([1, 1]);
    expect(summary.evaluation?.mean).toBe(2);
    expect(Math.abs((summary.stochasticEvaluation?.mean ?? 0) - 1.75)).toBeLessThan(0.15); // 0.75·2 + 0.25·1
  });

  it("counts observations of several parts", () => {
    const pair = (): Env<Int32Array, number> => {
      const env = fork();
      const seen = (state: number) => Int32Array.of(state, 1);
      return {
        id: "Pair-v0",
        observationSpace: multiDiscrete([2, 3]),
        actionSpace: env.actionSpace as Env<Int32Array, number>["actionSpace"],
        reset: (rng: Random) => seen(env.reset(rng)),
        step: (action) => {
          const step = env.step(action);
          return { ...step, observation: seen(step.observation) };
        },
      };
    };
    const settings = { totalSteps: 4000, discount: 0.9, learningRate: 0.5, epsilon: 0.5 };
    const { q } = trained(algorithm, pair as EnvLike, settings);
    expect(q.length).toBe(12);
    expect(q[1 * 2 + 1]).toBeCloseTo(1.8, 6); // state (0, 1)
    expect(q[4 * 2]).toBeCloseTo(2, 6); // state (1, 1)
  });

  it("refuses a table that cannot be held", () => {
    const huge = () => ({ ...fork(), observationSpace: discrete(2 ** 30) });
    expect(() => prepareRun(algorithm, huge as EnvLike)).toThrow("must have at most 67108864 entries");
  });

  it("refuses ω outside (½, 1]", () => {
    expect(() => algorithm.config.parse({ stepSizeExponent: 0.5 })).toThrow(
      "stepSizeExponent must be in (0.5, 1], got 0.5",
    );
  });
});

describe("one update by hand", () => {
  // From Q = 10 everywhere, in state 0 with ε = 0 either action; δ = r + γ·(next) − 10, α = ½.
  const settings = { totalSteps: 1, discount: 0.9, learningRate: 0.5, epsilon: 0, initialValue: 10 };
  it.each(named)("%s", (id, algorithm) => {
    const state = trained(algorithm, fork as EnvLike, settings);
    const { q } = id === "double-q-learning" ? both(state as DoubleQLearningState) : state;
    const action = q[0] === 10 ? 1 : 0;
    const target = action === 0 ? 1 : 0.9 * 10;
    if (id !== "dyna-q") expect(q[action]).toBeCloseTo(10 + 0.5 * (target - 10), 12);
    // Dyna-Q: the same update, again for each of the 5 planning steps.
    else expect(q[action]).toBeCloseTo(target + (10 - target) / 2 ** 6, 12);
    expect([q[1 - action], q[2], q[3]]).toEqual([10, 10, 10]);
  });

  /** The table of the two that has learnt. */
  function both({ q1, q2 }: DoubleQLearningState) {
    return { q: q1.some((value) => value !== 10) ? q1 : q2 };
  }
});

describe("Dyna-Q's model", () => {
  /** One state; the reward of the n-th step is n, and the task ends. */
  const counting = () => {
    let n = 0;
    return {
      ...fork(),
      observationSpace: discrete(1),
      actionSpace: discrete(1),
      reset: () => 0,
      step: () => ({ observation: 0, reward: ++n, terminated: true, truncated: false }),
    };
  };

  it("keeps the last outcomes", () => {
    const settings = { totalSteps: 5, planningSteps: 1, backup: "sampled", outcomesKept: 3 };
    const { model, lastTried, numPairs } = trained(dynaQ, counting as EnvLike, settings) as DynaQState;
    expect([...model.reward]).toEqual([4, 5, 3]);
    expect([model.tries[0], lastTried[0], numPairs]).toEqual([5, 4, 1]);
  });

  it("with a memory, learns the mean of random outcomes; without, the last one", () => {
    const settings = { totalSteps: 100, planningSteps: 2000, learningRate: 0.05, backup: "sampled" };
    const valueWith = (outcomesKept: number) => trained(dynaQ, counting as EnvLike, { ...settings, outcomesKept }).q[0];
    expect(valueWith(1)).toBeCloseTo(100, 6);
    expect(Math.abs(valueWith(100) - 50.5)).toBeLessThan(15); // an average of about 20 draws of 1 … 100
  });
});

describe("Dyna-Q with the mean over its model (C, algorithm 28)", () => {
  it("one update by hand: half of the outcomes seen end the task", () => {
    // One state, one action, reward 2: the task ends at every second step. After two steps p̂(0|0, 0) = ½, r̂ = 2.
    let n = 0;
    const halves = () => ({
      ...fork(),
      observationSpace: discrete(1),
      actionSpace: discrete(1),
      reset: () => 0,
      step: () => ({ observation: 0, reward: 2, terminated: ++n % 2 === 0, truncated: false }),
    });
    const settings = { totalSteps: 2, discount: 0.5, learningRate: 0.5, planningSteps: 1 };
    const { q } = trained(dynaQ, halves as EnvLike, settings);
    let expected = 0;
    for (const p of [1, 1, 0.5, 0.5]) expected += 0.5 * (2 + 0.5 * p * expected - expected); // real, planned, real, planned
    expect(q[0]).toBe(expected);
  });

  it("is near-optimal on slippery FrozenLake where one remembered outcome is not", () => {
    const mdp = frozenLake().mdp();
    const best = optimum(mdp, 0.95);
    const settings = { discount: 0.95, learningRate: 0.1, epsilon: 0.3, planningSteps: 20, totalSteps: 20_000 };
    const worth = (backup: string) => {
      let greedy = 0;
      let error = 0;
      for (let seed = 1; seed <= 10; seed++) {
        const { q } = trained(dynaQ, frozenLake as EnvLike, { ...settings, seed, backup });
        greedy += exactValues(mdp, greedyPolicy(q, 4), 0.95)[0] / 10;
        error += Math.max(...q.map((value, i) => Math.abs(value - best.actionValues[i]))) / 10;
      }
      return { greedy, error };
    };
    const expected = worth("expected");
    expect(best.values[0]).toBeCloseTo(0.1805, 4);
    expect(expected.greedy).toBeGreaterThan(0.177); // another implementation: 0.179
    expect(expected.error).toBeLessThan(0.09); // another implementation: 0.076
    expect(worth("sampled").greedy).toBeLessThan(0.06);
  });

  it("gives the book's numbers where nothing is random", () => {
    const settings = { totalSteps: 3000, discount: 0.95, planningSteps: 10, explorationBonus: 0.01 };
    const [expected, sampled] = ["expected", "sampled"].map((backup) =>
      trained(dynaQ, "DynaMaze-v0", { ...settings, backup }),
    );
    expect(expected.q).toEqual(sampled.q);
  });
});

describe("Dyna-Q+", () => {
  it("tries again what it has not tried for long", () => {
    const settings = { totalSteps: 3000, discount: 0, learningRate: 0.5, epsilon: 0, planningSteps: 10 };
    const arms = () => ({
      ...fork(),
      step: (action: number) => ({ observation: 1, reward: action, terminated: true, truncated: false }),
    });
    const visits = (explorationBonus: number) => {
      let other = 0;
      const counting = () => {
        const env = arms();
        return {
          ...env,
          step: (action: number) => {
            if (action === 0) other += 1;
            return env.step(action);
          },
        };
      };
      trained(dynaQ, counting as EnvLike, { ...settings, explorationBonus });
      return other;
    };
    expect(visits(0)).toBeLessThan(5);
    // Worth 1 less, tried again after about (1/κ)² = 100 steps.
    expect(visits(0.1)).toBeGreaterThan(15);
    expect(visits(0.1)).toBeLessThan(60);
  });
});

/** Exact value of the greedy policy from the start states, and the optimal one. */
function greedyWorth(id: string, q: Float64Array, discount: number) {
  const mdp = findEnvironment(id).make().mdp?.();
  if (mdp === undefined) throw new Error(`${id} has no MDP`);
  const whole = new Float64Array(mdp.numStates * mdp.numActions);
  whole.set(q);
  const start = (values: Float64Array) => values.reduce((sum, value, state) => sum + mdp.initial[state] * value, 0);
  return {
    greedy: start(exactValues(mdp, greedyPolicy(whole, mdp.numActions), discount)),
    best: start(optimalValues(mdp, discount)),
  };
}

describe("toy text, with the presets", () => {
  it.each(named)("FrozenLake-v1: %s is worth at least 95 %% of V*", (_, algorithm) => {
    const { q } = trained(algorithm, frozenLake as EnvLike, {}, "FrozenLake-v1");
    const { greedy, best } = greedyWorth("FrozenLake-v1", q, 0.99);
    expect(greedy).toBeGreaterThan(0.95 * best);
  });

  it("FrozenLake8x8-v1: Q-learning", () => {
    const { q } = trained(qLearning, "FrozenLake8x8-v1", {}, "FrozenLake8x8-v1");
    const { greedy, best } = greedyWorth("FrozenLake8x8-v1", q, 0.99);
    expect(greedy).toBeGreaterThan(0.95 * best);
  });

  it.each([
    ["q-learning", qLearning],
    ["expected-sarsa", expectedSarsa],
    ["dyna-q", dynaQ],
  ] as const)("Taxi-v3: %s returns at least 7.5", async (_, algorithm) => {
    const { summary } = await run(algorithm as Control, taxi as EnvLike, { evaluationEpisodes: 2000 });
    expect(summary.evaluation?.mean).toBeGreaterThan(7.5); // at best 7.93
  });

  it.each([
    ["q-learning", qLearning, -13],
    ["dyna-q", dynaQ, -13],
    ["expected-sarsa", expectedSarsa, -15],
    ["sarsa", sarsa, -17],
  ] as const)("CliffWalking-v1: the greedy path of %s returns %3$d", async (_, algorithm, expected) => {
    for (const seed of [1, 2, 3]) {
      const { summary } = await run(algorithm as Control, "CliffWalking-v1", { evaluationEpisodes: 1, seed });
      expect(summary.evaluation?.mean).toBe(expected);
    }
  });

  it("Blackjack-v1: Q-learning loses at most 0.047 a hand", () => {
    const { q } = trained(qLearning, blackjack as EnvLike, {}, "Blackjack-v1");
    // The naturals, which the agent cannot tell from another 21, come after the states that it sees.
    const mdp = blackjack().mdp();
    const whole = new Float64Array(mdp.numStates * 2);
    whole.set(q);
    for (let state = q.length / 2; state < mdp.numStates; state++) whole[2 * state] = 1; // stick
    const { greedy, best } = greedyWorth("Blackjack-v1", whole, 1);
    expect(best).toBeCloseTo(-0.0431, 3);
    expect(greedy).toBeGreaterThan(-0.047);
  });
});
