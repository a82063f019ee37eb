import { buildMdp, discrete, type Env, frozenLake, randomWalk, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import type { PredictionState } from "../../families/tabular/prediction.js";
import { exactValues } from "../../maths/finite-mdp/exact.js";
import type { EnvLike } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { trials } from "../../testing/trials.js";
import { mcFirstVisit } from "./mc-first-visit.js";
import { mcIncremental } from "./mc-incremental.js";
import { nStepTd } from "./n-step-td.js";
import { tdLambda } from "./td-lambda.js";
import { td0 } from "./td0.js";

// biome-ignore lint/suspicious/noExplicitAny: an algorithm of any config
type Prediction = Algorithm<any, any>;
const all: readonly Prediction[] = [mcFirstVisit, mcIncremental, td0, nStepTd, tdLambda];
const named = all.map((algorithm) => [algorithm.id, algorithm] as const);

function trained(algorithm: Prediction, env: EnvLike, settings: Readonly<Record<string, unknown>>) {
  const known = Object.fromEntries(Object.entries(settings).filter(([name]) => name in algorithm.config.fields));
  const { state, lines } = trials(algorithm).trained(env, known);
  return { state: state as PredictionState, metrics: lines.at(-1) ?? {} };
}

/** An environment that shows the given states and rewards, over and over. */
function tape(states: readonly number[], rewards: readonly number[], end: "terminated" | "truncated"): EnvLike {
  let t = 0;
  const env: Env<number, number> = {
    id: "Tape-v0",
    observationSpace: discrete(Math.max(...states) + 1),
    actionSpace: discrete(1),
    reset: () => {
      t = 0;
      return states[0];
    },
    step: () => {
      t += 1;
      const last = t === rewards.length;
      return {
        observation: states[t],
        reward: rewards[t - 1],
        terminated: last && end === "terminated",
        truncated: last && end === "truncated",
      };
    },
  };
  return (() => env) as EnvLike;
}

describe.each(named)("%s", (_, algorithm) => {
  const settings = { policy: "uniform", discount: 0.5, learningRate: 0.5, totalSteps: 4000 };

  it("bootstraps where an episode was cut: reward 1 for ever is worth 1/(1 − γ)", () => {
    const { state } = trained(algorithm, tape([0, 1, 0, 1], [1, 1, 1], "truncated"), {
      ...settings,
      totalSteps: algorithm === mcFirstVisit ? 600_000 : 4000, // averages remember their beginning
    });
    for (const value of state.values) expect(value).toBeCloseTo(2, algorithm === mcFirstVisit ? 1 : 6);
  });

  it("does not bootstrap where the task has ended", () => {
    const { state } = trained(algorithm, tape([0, 1, 2], [0, 4], "terminated"), settings);
    [2, 4, 0].forEach((value, i) => {
      expect(state.values[i]).toBeCloseTo(value, 6);
    });
  });

  it("asks for another policy where the optimal one cannot be known", () => {
    expect(() => prepareRun(algorithm, tape([0, 1], [1], "terminated"))).toThrow(
      "policy = optimal needs an environment that exposes its MDP, which Tape-v0 does not; choose policy = uniform",
    );
  });

  it("converges to the exact values of a policy: within four standard errors over 16 runs", () => {
    const exact = exactValues(frozenLake().mdp(), new Float64Array(64).fill(0.25), 0.9);
    const runs = Array.from({ length: 16 }, (_, seed) => {
      const averaging = {
        policy: "uniform",
        discount: 0.9,
        stepSize: "polynomial",
        stepSizeExponent: 0.8,
        lambda: 0.5,
      };
      return trained(algorithm, frozenLake as EnvLike, { ...averaging, seed, totalSteps: 100_000 }).state.values;
    });
    for (const state of [0, 4, 8, 9, 13, 14]) {
      const values = runs.map((run) => run[state]);
      const mean = values.reduce((sum, value) => sum + value) / 16;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 15);
      expect(Math.abs(mean - exact[state])).toBeLessThan((4 * deviation) / 4 + 1e-3);
      expect(deviation).toBeLessThan(0.04); // of values up to 0.39
    }
  });

  it("evaluates a given policy, and makes it ε-soft: exact V^π of the table within the noise of small steps", () => {
    // A corridor of 4 with −1 a step: right with probability 0.8, and ε = 0.5 of it at random: right with 0.4 + 0.25.
    const mdp = buildMdp({ numStates: 4, numActions: 2, initial: 0 }, (s, a, add) =>
      add(1, a === 0 ? Math.max(0, s - 1) : Math.min(3, s + 1), -1, a === 1 && s === 3),
    );
    const env = () => sampleEnv(mdp, { id: "Corridor-v0" });
    const policyTable = [0.2, 0.8, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8];
    const soft = Float64Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? 0.35 : 0.65));
    const settings = { policy: "given", policyTable, policyEpsilon: 0.5, discount: 0.9 };
    const averaging = { stepSize: "polynomial", stepSizeExponent: 0.8, totalSteps: 40_000 };
    const { state, metrics } = trained(algorithm, env as EnvLike, { ...settings, ...averaging });
    exactValues(mdp, soft, 0.9).forEach((value, s) => {
      expect(Math.abs(state.values[s] - value)).toBeLessThan(0.3); // of −3 … −6
    });
    expect(metrics.rmsError).toBeLessThan(0.3);
    const { context } = prepareRun(algorithm, env as EnvLike, settings);
    algorithm.policy(context, state); // it acts as it was asked to be evaluated
    expect(algorithm.policy(context, state).explain?.(0).probabilities).toEqual(soft.slice(0, 2));
  });

  it("takes the actions of a deterministic policy, and refuses a table that is none", () => {
    const prepare = (settings: Record<string, unknown>) => prepareRun(algorithm, frozenLake as EnvLike, settings);
    const { context } = prepare({ policy: "given", policyTable: new Array(16).fill(3) });
    expect(algorithm.policy(context, algorithm.init(context)).act(5)).toBe(3);
    expect(() => prepare({ policy: "given" })).toThrow("policy = given needs policyTable");
    expect(() => prepare({ policyTable: [1] })).toThrow("policyTable is for policy = given, got policy = optimal");
    expect(() => prepare({ policy: "given", policyTable: [1, 2] })).toThrow("policyTable must hold");
    const wrong = (value: number, length: number) => ({ policy: "given", policyTable: new Array(length).fill(value) });
    expect(() => prepare(wrong(7, 16))).toThrow("the action of state 0 must be in 0 … 3, got 7");
    expect(() => prepare(wrong(0.3, 64))).toThrow("probabilities of state 0 must be at least 0 and sum to 1, got 0.3,");
  });

  it("reports its error against V^π: i/6 on the random walk", () => {
    const { state, metrics } = trained(algorithm, randomWalk as EnvLike, { discount: 1, totalSteps: 3000 });
    const squares = [1, 2, 3, 4, 5].map((i) => (state.values[i] - i / 6) ** 2);
    expect(metrics.rmsError).toBeCloseTo(Math.sqrt(squares.reduce((sum, square) => sum + square) / 5), 12);
    expect(metrics.startValue).toBe(state.values[3]);
  });
});

describe("Monte Carlo by hand: 0 → 0 → 1 → end with rewards 1, 2, 4 and γ = ½", () => {
  const env = () => tape([0, 0, 1, 1], [1, 2, 4], "terminated"); // returns 3, 4, 4
  const settings = { policy: "uniform", discount: 0.5, totalSteps: 3 };

  it("first visits count once, every visit each time", () => {
    expect([...trained(mcFirstVisit, env(), settings).state.values]).toEqual([3, 4]);
    expect([...trained(mcFirstVisit, env(), { ...settings, visits: "every" }).state.values]).toEqual([3.5, 4]);
  });

  it("incremental: α towards each, the last step first; 1/n is every visit's average", () => {
    // V(1): ½·4 = 2; V(0): ½·4 = 2, then 2 + ½(3 − 2)
    expect([...trained(mcIncremental, env(), { ...settings, learningRate: 0.5 }).state.values]).toEqual([2.5, 2]);
    expect([...trained(mcIncremental, env(), { ...settings, stepSize: "harmonic" }).state.values]).toEqual([3.5, 4]);
  });
});

describe("temporal differences by hand: 0 → 1 → 2 → end with rewards 1, 2, 4, γ = ½, α = ½", () => {
  const env = () => tape([0, 1, 2, 2], [1, 2, 4], "terminated");
  const settings = { policy: "uniform", discount: 0.5, learningRate: 0.5, totalSteps: 3 };
  const of = (algorithm: Prediction, more: object = {}) => [
    ...trained(algorithm, env(), { ...settings, ...more }).state.values,
  ];

  it("TD(0)", () => expect(of(td0)).toEqual([0.5, 1, 2]));
  it("n = 1 and λ = 0 are TD(0)", () => {
    expect(of(nStepTd, { returnSteps: 1 })).toEqual(of(td0));
    expect(of(tdLambda, { lambda: 0 })).toEqual(of(td0));
  });
  it("n = 2", () => expect(of(nStepTd, { returnSteps: 2 })).toEqual([1, 2, 2])); // G = 2, 4, 4
  it("n beyond the episode is Monte Carlo", () => expect(of(nStepTd, { returnSteps: 9 })).toEqual([1.5, 2, 2])); // G = 3, 4, 4
  it("λ = 1 passes every error back", () => {
    // δ = 1, 2, 4 and traces γ^k: V(0) = ½(1 + 2/2 + 4/4), V(1) = ½(2 + 4/2), V(2) = ½·4
    expect(of(tdLambda, { lambda: 1 })).toEqual([1.5, 2, 2]);
  });
  it("replacing traces stay at 1 where accumulating ones add up", () => {
    const twice = () => tape([0, 0, 0], [0, 4], "terminated");
    const values = (traces: string) =>
      trained(tdLambda, twice(), { ...settings, totalSteps: 2, lambda: 1, traces }).state.values[0];
    expect(values("accumulating")).toBe(0.5 * 4 * 1.5);
    expect(values("replacing")).toBe(0.5 * 4);
  });
});

describe("confidence intervals of first-visit Monte Carlo", () => {
  it("hold the exact values of about 95 % of the states, over 40 runs", () => {
    let inside = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { metrics } = trained(mcFirstVisit, randomWalk as EnvLike, { discount: 1, totalSteps: 9000, seed });
      inside += metrics.insideInterval / 40;
    }
    expect(inside).toBeGreaterThan(0.9);
    expect(inside).toBeLessThan(0.99);
  });

  it("have the half-width 1.96·s/√n", () => {
    const { state, metrics } = trained(mcFirstVisit, randomWalk as EnvLike, { discount: 1, totalSteps: 20_000 });
    const widths = [1, 2, 3, 4, 5].map((i) => {
      const p = state.values[i]; // returns are 0 or 1
      const n = state.counts[i];
      return 1.96 * Math.sqrt((p * (1 - p)) / (n - 1));
    });
    expect(metrics.halfWidth).toBeCloseTo(widths.reduce((sum, width) => sum + width) / 5, 12);
  });
});
