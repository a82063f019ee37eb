import { cartPole, observationHistory, tiger, tMaze } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { CurvesFigure, TableFigure } from "../../core/figure.js";
import type { AnyEnv } from "../../runner/env-source.js";
import { evaluate } from "../../runner/evaluate.js";
import { prepareRun } from "../../runner/prepare.js";
import { run } from "../../runner/run.js";
import { trials } from "../../testing/trials.js";
import { qLearning } from "../tabular/q-learning.js";
import { pomdp } from "./pomdp.js";

/** A whole run, its lines merged. */
function solved(env: () => AnyEnv, settings: Readonly<Record<string, unknown>>) {
  const { context, state, lines } = trials(pomdp).trained(env, settings);
  const figures = pomdp.figures?.(context, state) ?? [];
  return { context, state, lines, last: Object.assign({}, ...lines) as Record<string, number>, figures };
}

const maze = () => tMaze({ length: 3 }) as AnyEnv;

describe("pomdp", () => {
  it("the T-maze cannot be solved without its history, and can with N + 1 observations", () => {
    const { lines, last, figures, context, state } = solved(maze, { historyLength: 4, totalSteps: 12 });
    const weight = 0.98 ** 3; // the problem's own discount
    expect(lines[0].windowValue).toBeCloseTo(1.95 * weight, 12);
    expect(lines[0].windowBound).toBeCloseTo(1.95 * weight, 9);
    expect(lines[0].stochasticValue).toBeCloseTo(1.95 * weight, 9);
    expect(lines[0].historyValue).toBeCloseTo(4 * weight, 12);
    expect(lines[0].fullyObservedValue).toBeCloseTo(4 * weight, 12);
    const values = lines.slice(0, 4).map(({ windowValue }) => windowValue / weight);
    [1.95, 2, 2, 4].forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 9);
    });
    expect(last.deviation).toBeLessThan(4);

    const curves = figures[0] as CurvesFigure;
    expect(curves.curves[0].x).toEqual([1, 2, 3, 4]);
    expect(curves.curves.map(({ label }) => label)).toEqual([
      "last k observations",
      "last observation, stochastic",
      "whole history",
      "hidden state",
    ]);
    expect((figures[1] as TableFigure).rows.length).toBe(7);

    // What acts remembers nothing: to the east, and always the same arm.
    const policy = pomdp.policy(context, state);
    expect([0, 1, 2].map((observation) => policy.act(observation))).toEqual([1, 1, 1]);
    expect([0, 2]).toContain(policy.act(3));
  });

  it("the values are those of the environment's episodes, also where they are cut", () => {
    const { state, last } = solved(() => tiger({ timeLimit: 20 }) as AnyEnv, {
      historyLength: 2,
      totalSteps: 12,
      episodes: 100,
      discount: 0.95,
    });
    expect(last.deviation).toBeLessThan(4);
    for (const { cutValue, mean, squares, episodes } of state.found) {
      expect(episodes).toBe(1000);
      expect(Math.abs(mean - cutValue)).toBeLessThanOrEqual(
        4 * Math.sqrt(squares / (episodes * (episodes - 1))) + 1e-9,
      );
    }
    // To listen 20 times.
    expect(state.found[0].cutValue).toBeCloseTo(-(1 - 0.95 ** 20) / 0.05, 9);
  });

  it("the actions in the window are worth something to the tiger's listener", () => {
    const without = solved(() => tiger() as AnyEnv, { historyLength: 2, totalSteps: 2 });
    const withActions = solved(() => tiger() as AnyEnv, { historyLength: 2, totalSteps: 2, historyActions: true });
    expect(withActions.last.windowValue).toBeGreaterThanOrEqual(without.last.windowValue - 1e-9);
    expect(withActions.last.windowValue).toBeLessThanOrEqual(withActions.last.historyBound + 1e-9);
    expect(withActions.state.found.at(-1)?.label).toBe("last 2 observations and the action between");
  });

  it("Q-learning gets where the value of its window says, and no further", async () => {
    const short = () => tMaze({ length: 2 });
    const settings = { totalSteps: 30_000, discount: 0.98, epsilon: 0.2, learningRate: 0.1 };
    const mean = async (make: () => unknown) => {
      const env = make as () => AnyEnv;
      const { policy } = await run(qLearning, env, settings);
      return (await evaluate(policy, env, { episodes: 200 })).mean;
    };
    // Undiscounted: 4 if the sign is still seen at the junction; else at best one arm for both signs, or one of them to and fro.
    expect(await mean(() => observationHistory(short(), 3))).toBe(4);
    expect(await mean(short)).toBeLessThan(2.6); // 2 ± 4 · 2.05/√200
  });

  it("says what it needs", () => {
    expect(() => prepareRun(pomdp, () => cartPole() as AnyEnv)).toThrow(
      "pomdp cannot use the observations of CartPole-v1",
    );
    const seen = { ...maze(), pomdp: undefined } as AnyEnv;
    expect(() => prepareRun(pomdp, () => seen, {}, { preset: "none" })).toThrow(
      /^pomdp needs the model of a finite partially observed environment; TMaze-v0 has none\. Those that have it: .*Tiger-v0/,
    );
    expect(() => prepareRun(pomdp, maze, { discount: 1 })).toThrow("discount must be");
    const other = { ...maze(), pomdp: tiger().pomdp } as AnyEnv;
    expect(() => prepareRun(pomdp, () => other, {}, { preset: "none" })).toThrow(
      "TMaze-v0: its POMDP must have its 4 observations, got one of 3",
    );
  });
});
