import { readFileSync } from "node:fs";
import {
  cliffWalking,
  type FiniteMdp,
  frozenLake,
  frozenLake8x8,
  garnet,
  gridMdp,
  mdpFromTable,
  sampleEnv,
  taxi,
} from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import { backwardInduction } from "../../maths/finite-mdp/backward-induction.js";
import { exactValues, optimum } from "../../maths/finite-mdp/exact.js";
import { policyTable } from "../../policies/policy-table.js";
import type { AnyEnv } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { policyEvaluation } from "./policy-evaluation.js";
import { policyIteration } from "./policy-iteration.js";
import { valueIteration } from "./value-iteration.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../../../test/golden/gymnasium/frozenlake4x4_slippery.json", import.meta.url), "utf8"),
);
const goldenLake = () => sampleEnv(mdpFromTable(golden.transitions, { initial: 0 }), { id: "GoldenLake-v0" });

const sweepKinds = ["synchronous", "gauss-seidel", "outward", "prioritised"];
const evaluations = ["exact", "sweeps", "krylov"];

/** Runs to its end. */
function solve<State>(
  // biome-ignore lint/suspicious/noExplicitAny: any of the three
  algorithm: Algorithm<any, State>,
  env: () => AnyEnv,
  settings: Readonly<Record<string, unknown>> = {},
) {
  const { context } = prepareRun(algorithm, env, settings);
  const state = algorithm.init(context);
  const lines = [...(algorithm.train(context, state) as Generator<{ step: number; metrics?: Record<string, number> }>)];
  return { context, state, lines, metrics: lines.map((line) => line.metrics as Record<string, number>) };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));
}

const environmentOf = (mdp: FiniteMdp) => () => sampleEnv(mdp, { id: "Test-v0", timeLimit: 100 });

describe("FrozenLake against the recorded solution", () => {
  const { V, V_uniform_random_policy } = golden.solution;

  it.each(sweepKinds)("value iteration, %s: V* to 1e-9", (sweep) => {
    const { context, state, metrics } = solve(valueIteration, goldenLake, { sweep, tolerance: 1e-10 });
    expect(state.converged).toBe(true);
    const figure = valueIteration.figures?.(context, state)[0];
    const values = figure?.kind === "table" ? figure.rows.map((row) => row[1] as number) : [];
    expect(largestDifference(values, V)).toBeLessThan(1e-9);
    expect(metrics.at(-1)?.error).toBeLessThan(1e-10);
    const policy = valueIteration.policy(context, state);
    for (let s = 0; s < 16; s++) expect(golden.solution.greedy_actions[s]).toContain(policy.act(s));
  });

  it.each(evaluations)("policy iteration, %s: V* to 1e-9", (evaluation) => {
    const { state } = solve(policyIteration, goldenLake, { evaluation, tolerance: 1e-10 });
    expect(state.converged).toBe(true);
    expect(largestDifference(state.values, V)).toBeLessThan(1e-9);
  });

  it.each(["synchronous", "gauss-seidel"])("policy evaluation, %s: V of the uniform policy to 1e-9", (sweep) => {
    const { state } = solve(policyEvaluation, goldenLake, { sweep, tolerance: 1e-10 });
    expect(largestDifference(state.values, V_uniform_random_policy)).toBeLessThan(1e-9);
  });
});

describe("bounds of H 3.3–3.4", () => {
  const problems: [string, () => AnyEnv][] = [
    ["FrozenLake", () => frozenLake()],
    ["CliffWalking", () => cliffWalking()],
    ["Garnet", environmentOf(garnet({ states: 30, actions: 3, branching: 4, seed: 5 }))],
    ["six actions", environmentOf(garnet({ states: 12, actions: 6, branching: 12, seed: 6 }))],
  ];
  const rounding = 1e-11;

  for (const [name, env] of problems) {
    it.each(sweepKinds)(`hold on ${name}, %s`, (sweep) => {
      const { metrics } = solve(valueIteration, env, { sweep, discount: 0.9, logEvery: 1 });
      expect(metrics.length).toBeGreaterThan(1);
      for (const line of metrics) {
        expect(line.error).toBeLessThanOrEqual(line.errorBound + rounding);
        expect(line.greedyLoss).toBeLessThanOrEqual(line.greedyLossBound + rounding);
        expect(line.plainLossBound).toBeCloseTo(line.greedyLossBound / 0.9, 9); // Prop. 25 is 27 without its γ
        expect("upperLossBound" in line).toBe(name === "CliffWalking" && sweep !== "outward"); // no reward is positive
        if ("upperLossBound" in line) expect(line.greedyLoss).toBeLessThanOrEqual(line.upperLossBound + rounding);
        if (sweep !== "prioritised") expect(line.residual).toBeLessThanOrEqual(line.residualBound + rounding);
      }
      expect(metrics.at(-1)?.error).toBeLessThan(1e-8);
    });

    it.each(sweepKinds)(`hold on ${name} from above, %s: V never below V*, Prop. 26`, (sweep) => {
      const settings = { sweep, discount: 0.9, logEvery: 1, startAbove: true };
      const { context, state, metrics } = solve(valueIteration, env, settings);
      for (const line of metrics) {
        expect(line.greedyLoss).toBeLessThanOrEqual(line.upperLossBound + rounding);
        expect(line.upperLossBound).toBeCloseTo(line.plainLossBound / 2, 12);
        if (sweep !== "prioritised") expect(line.residual).toBeLessThanOrEqual(line.residualBound + rounding);
      }
      expect(metrics.at(-1)?.error).toBeLessThan(1e-8);
      // Cut short, the values are still above.
      const { context: short } = prepareRun(valueIteration, env, { ...settings, totalSteps: 3 });
      const early = valueIteration.init(short);
      for (const _ of valueIteration.train(short, early) as Generator);
      if (sweep === "outward") return; // by position in the order, not by state
      const best = optimum((context.env.make() as AnyEnv & { mdp(): FiniteMdp }).mdp(), 0.9).values;
      best.forEach((value, s) => {
        expect(early.values[s]).toBeGreaterThanOrEqual(value - rounding);
        expect(state.values[s]).toBeGreaterThanOrEqual(value - rounding);
      });
    });

    it.each(evaluations)(`policy iteration, %s, is within its bound on ${name}`, (evaluation) => {
      const { metrics } = solve(policyIteration, env, { evaluation, discount: 0.9 });
      for (const line of metrics) expect(line.error).toBeLessThanOrEqual(line.errorBound + rounding);
      expect(metrics.at(-1)?.error).toBeLessThan(1e-8);
    });

    it(`policy evaluation is within its bounds on ${name}`, () => {
      const { metrics } = solve(policyEvaluation, env, { discount: 0.9, logEvery: 1 });
      for (const line of metrics) {
        expect(line.error).toBeLessThanOrEqual(line.errorBound + rounding);
        expect(line.residual).toBeLessThanOrEqual(line.residualBound + rounding);
      }
    });
  }

  it("exact policy iteration never loses in any state", () => {
    for (let seed = 0; seed < 20; seed++) {
      const mdp = garnet({ states: 20, actions: 4, branching: 3, seed });
      const { metrics } = solve(policyIteration, environmentOf(mdp), { discount: 0.95 });
      for (const line of metrics.slice(1)) expect(line.leastImprovement).toBeGreaterThan(-1e-10);
    }
  });
});

describe("policy evaluation of a given policy", () => {
  const { V_uniform_random_policy, greedy_actions, V, gamma } = golden.solution;
  const valuesOf = (settings: object) =>
    solve(policyEvaluation, goldenLake, { discount: gamma, tolerance: 1e-10, ...settings }).state.values;

  it("a table of probabilities, of actions, and an ε-soft one", () => {
    const quarter = new Array(64).fill(0.25);
    expect(
      largestDifference(valuesOf({ policy: "given", policyTable: quarter }), V_uniform_random_policy),
    ).toBeLessThan(1e-9);
    const best = greedy_actions.map((actions: number[]) => actions[0]);
    expect(largestDifference(valuesOf({ policy: "given", policyTable: best }), V)).toBeLessThan(1e-9);
    expect(largestDifference(valuesOf({ policy: "optimal", policyEpsilon: 1 }), V_uniform_random_policy)).toBeLessThan(
      1e-9,
    );
    const soft = Float64Array.from({ length: 64 }, (_, i) => 0.05 + (best[i >> 2] === i % 4 ? 0.8 : 0));
    const exact = exactValues(mdpFromTable(golden.transitions, { initial: 0 }), soft, gamma);
    expect(largestDifference(valuesOf({ policy: "given", policyTable: best, policyEpsilon: 0.2 }), exact)).toBeLessThan(
      1e-9,
    );
  });
});

describe("γ = 1 beside a time limit", () => {
  it.each([valueIteration, policyIteration])(
    "$id says what a limit does, and succeeds on FrozenLake 8×8 as often as an optimal policy can",
    (algorithm) => {
      // biome-ignore lint/suspicious/noExplicitAny: either of the two
      const { context, state } = solve(algorithm as any, () => frozenLake8x8(), { discount: 1 });
      expect(algorithm.figures?.(context as never, state as never)[0].caption).toContain("values know no time limit");
      const lake = frozenLake8x8().mdp();
      const policy = policyTable(algorithm.policy(context as never, state as never));
      const within = backwardInduction(lake, 1, { horizon: 200, policy }).values[200 * lake.numStates];
      expect(within).toBeCloseTo(0.8857, 4); // at most 0.9132 with a choice for each number of steps to go
      const best = backwardInduction(lake, 1, { horizon: 200 }).values[200 * lake.numStates];
      expect(best).toBeCloseTo(0.9132, 4);
    },
  );
});

describe("known answers", () => {
  it("CliffWalking: 13 steps along the cliff, at γ = 1", () => {
    for (const sweep of sweepKinds) {
      const { metrics } = solve(valueIteration, () => cliffWalking(), { discount: 1, sweep });
      expect(metrics.at(-1)?.startValue).toBeCloseTo(-13, 9);
      expect(metrics.at(-1)?.errorBound).toBeUndefined();
    }
    expect(solve(policyIteration, () => cliffWalking(), { discount: 1 }).metrics.at(-1)?.startValue).toBeCloseTo(
      -13,
      9,
    );
  });

  it("Taxi: 500 states, three routes to the same values", () => {
    const mdp = taxi().mdp();
    const best = optimum(mdp, 0.95).values.reduce((sum, value, s) => sum + value * mdp.initial[s], 0);
    const settings = { discount: 0.95, tolerance: 1e-10 };
    for (const sweep of sweepKinds) {
      const { metrics } = solve(valueIteration, () => taxi(), { ...settings, sweep, logEvery: 1000 });
      expect(metrics.at(-1)?.startValue).toBeCloseTo(best, 9);
    }
    for (const evaluation of evaluations) {
      const { metrics } = solve(policyIteration, () => taxi(), { ...settings, evaluation });
      expect(metrics.at(-1)?.startValue).toBeCloseTo(best, 9);
    }
  });

  it("the policy at γ = 1 ends the task, although going round in circles is worth as much", () => {
    const env = environmentOf(gridMdp(["S...", "....", "...G"]));
    const { context, state } = solve(valueIteration, env, { discount: 1 });
    const policy = valueIteration.policy(context, state);
    const episode = env();
    let s = 0;
    for (let step = 0; step < 5; step++) {
      const action = policy.act(s) as number;
      s += [-4, 1, 4, -1][action];
    }
    expect(s).toBe(episode.mdp().terminal.indexOf(1));
  });
});

describe("what cannot be solved", () => {
  it("is refused in a sentence", () => {
    const endless = environmentOf(garnet({ states: 5, actions: 2, branching: 2, seed: 1 }));
    const message = "discount must be below 1 for a continuing task";
    expect(() => prepareRun(valueIteration, endless, { discount: 1 })).toThrow(message);
    expect(() => prepareRun(policyIteration, endless, { discount: 1 })).toThrow(message);
    expect(() => prepareRun(policyEvaluation, endless, { discount: 1 })).toThrow(message);
    expect(() => prepareRun(valueIteration, goldenLake, { discount: 1.5 })).toThrow(
      "discount must be in [0, 1], got 1.5",
    );
    expect(() => prepareRun(policyIteration, goldenLake, { discount: 1, evaluation: "krylov" })).toThrow(
      "evaluation must be exact with discount 1, got krylov",
    );
  });
});
