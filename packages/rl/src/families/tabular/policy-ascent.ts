import type { FiniteMdp } from "@advantage/envs";
import type { BaseConfig, Context, CurvesFigure, Figure, Metric } from "../../core/index.js";
import * as settings from "../../core/settings.js";
import { actionValues, advantagesOf, exactValues, optimum } from "../../maths/index.js";
import { mdpOf, startValue } from "./solver.js";
import { valueFigures } from "./value-figure.js";

/** Settings that the exact policy methods have. */
export const ascentSettings = {
  totalSteps: { ...settings.totalSteps, default: 1000, symbol: "K", help: "iterations" },
  seed: settings.unusedSeed,
  discount: settings.discountBelowOne,
};

/** Metrics that they all log. */
export const ascentMetrics = {
  value: { meaning: "V^π(ρ₀) of the policy now, solved exactly", healthy: "rises towards V*(ρ₀)" },
  gap: { meaning: "V*(ρ₀) − V^π(ρ₀)", healthy: "falls towards 0", logarithmic: true },
} as const satisfies Record<string, Metric>;

/** A policy evaluated exactly. */
export interface Evaluated {
  /** V^π  [S] */
  readonly values: Float64Array;
  /** Q^π  [S·A] */
  readonly q: Float64Array;
  /** A^π  [S·A] */
  readonly advantage: Float64Array;
  /** V^π(ρ₀) */
  readonly value: number;
}

/**
 * A policy solved exactly: Q, A = Q − V and V(ρ₀).
 *
 * @param policy    π(a|s) at s·A + a  [S·A]
 * @param discount  γ
 * @throws UserError if V^π is not finite
 */
export function evaluated(mdp: FiniteMdp, policy: Float64Array, discount: number): Evaluated {
  const values = exactValues(mdp, policy, discount);
  const q = actionValues(mdp, values, discount);
  return { values, q, advantage: advantagesOf(q, values), value: startValue(mdp, values) };
}

/** V*(ρ₀) */
export function optimalStartValue(mdp: FiniteMdp, discount: number): number {
  return startValue(mdp, optimum(mdp, discount).values);
}

/** A metric at the points where it was logged, by name. */
export type AscentCurves = Record<string, { readonly step: number[]; readonly value: number[] }>;

/** Curves without points, by the metrics' names. */
export function emptyCurves(names: readonly string[]): AscentCurves {
  return Object.fromEntries(names.map((name) => [name, { step: [], value: [] }]));
}

/** Adds a point to each curve whose metric is there. */
export function recordCurves(curves: AscentCurves, step: number, metrics: Readonly<Record<string, number>>): void {
  for (const [name, curve] of Object.entries(curves)) {
    if (metrics[name] === undefined) continue;
    curve.step.push(step);
    curve.value.push(metrics[name]);
  }
}

/** A recorded metric as a curve: its name, its label, and whether it is one to compare with. */
export interface CurveAbout {
  readonly name: string;
  readonly label: string;
  readonly reference?: boolean;
}

/** Recorded metrics as curves; points that are not positive are left out of logarithmic axes. */
export function curvesFigure(
  curves: AscentCurves,
  about: Pick<CurvesFigure, "title" | "caption" | "yLabel" | "xLog" | "yLog">,
  drawn: readonly CurveAbout[],
): CurvesFigure {
  return {
    kind: "curves",
    xLabel: "iteration",
    ...about,
    curves: drawn.map(({ name, label, reference }) => {
      const { step, value } = curves[name];
      const kept = step.map((_, i) => i).filter((i) => !about.yLog || value[i] > 0);
      return { label, x: kept.map((i) => step[i]), y: kept.map((i) => value[i]), ...(reference && { reference }) };
    }),
  };
}

/** V^π on the map, with the policy's likeliest actions as arrows. */
export function policyFigures(
  { config: c, env }: Context<BaseConfig & { readonly discount: number }>,
  policy: Float64Array,
): Figure[] {
  const mdp = mdpOf(env);
  return valueFigures({
    mdp,
    values: exactValues(mdp, policy, c.discount),
    policy,
    title: "Values of the policy",
    caption: "V^π, solved exactly, with the most probable actions as arrows.",
  });
}

/** What one iteration does: every entry of the table is read and written. */
export function iterationWork({ numStates, numActions }: FiniteMdp): number {
  return 2 * numStates * numActions;
}
