/**
 * V, Q and A of a policy, and V*, Q*, exactly: by linear systems, or with a horizon by backward induction.
 *
 * Puterman 1994, chapters 4 and 6. Notes: H 1.2–1.3.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  type CurvesFigure,
  type Figure,
  int,
  optional,
  type Progress,
  schema,
  type TableFigure,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { chosenPolicy, policyField, requireChosenPolicy } from "../../families/foundations/index.js";
import { mdpOf, solvedPolicy, solverKinds, startValue, valueFigures } from "../../families/tabular/index.js";
import {
  actionValues,
  advantagesOf,
  backwardInduction,
  bellmanBackup,
  deterministicPolicy,
  evaluationBackup,
  exactValues,
  optimum,
  uniformPolicy,
} from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 2, help: "1: V of the policy alone; 2: and V*" },
  seed: settings.unusedSeed,
  discount: settings.discount,
  policy: policyField("the policy whose values are shown"),
  horizon: optional(int({ min: 1, symbol: "H", help: "steps after which the task is cut; absent: never" })),
});

export type ValuesConfig = ConfigOf<typeof config>;

export interface ValuesState {
  step: number;
  /** V^π, and with a horizon that of the first step  [S] */
  readonly policyValues: Float64Array;
  /** V*  [S] */
  readonly optimalValues: Float64Array;
}

/** The policy; an optimal one of a task with a horizon is that of its first step  [S·A] */
function policyOfConfig(mdp: FiniteMdp, c: ValuesConfig): Float64Array {
  if (c.horizon === undefined) return chosenPolicy(mdp, c);
  return c.policy === "uniform" ? uniformPolicy(mdp) : firstActions(mdp, c.discount, c.horizon);
}

/** What is best with H steps to go  [S·A] */
function firstActions(mdp: FiniteMdp, discount: number, horizon: number): Float64Array {
  const { actions } = backwardInduction(mdp, discount, { horizon });
  return deterministicPolicy(actions.subarray((horizon - 1) * mdp.numStates), mdp.numActions);
}

function* train({ config: c, env }: Context<ValuesConfig>, state: ValuesState): Generator<Progress, void, void> {
  const mdp = mdpOf(env);
  const { discount, horizon } = c;
  const { numStates } = mdp;
  const scratch = new Float64Array(numStates);
  const last = Math.min(c.totalSteps, 2);
  while (state.step < last) {
    const metrics: Record<string, number> = {};
    if (state.step === 0) {
      const policy = policyOfConfig(mdp, c);
      const induct = () => backwardInduction(mdp, discount, c.policy === "uniform" ? { horizon, policy } : { horizon });
      state.policyValues.set(
        horizon === undefined ? exactValues(mdp, policy, discount) : induct().values.subarray(horizon * numStates),
      );
      if (horizon === undefined) {
        metrics.policyResidual = evaluationBackup(mdp, policy, state.policyValues, discount, scratch);
      }
      metrics.policyStartValue = startValue(mdp, state.policyValues);
    } else {
      state.optimalValues.set(
        horizon === undefined
          ? optimum(mdp, discount).values
          : backwardInduction(mdp, discount, { horizon }).values.subarray(horizon * numStates),
      );
      if (horizon === undefined) {
        metrics.optimalResidual = bellmanBackup(mdp, state.optimalValues, discount, scratch);
      }
      metrics.policyStartValue = startValue(mdp, state.policyValues); // once more: to be seen beside V*
      metrics.optimalStartValue = startValue(mdp, state.optimalValues);
    }
    state.step += 1;
    yield { step: state.step, episodes: [], metrics };
  }
}

/** Rows of Q and A that a table shows. */
const TABLE_ROWS = 128;

function table(mdp: FiniteMdp, c: ValuesConfig, { policyValues, optimalValues }: ValuesState): TableFigure {
  const { numStates, numActions } = mdp;
  const q = actionValues(mdp, policyValues, c.discount);
  const a = advantagesOf(q, policyValues);
  const best = actionValues(mdp, optimalValues, c.discount);
  const shown = Math.min(numStates * numActions, TABLE_ROWS);
  return {
    kind: "table",
    title: "Action values and advantages",
    caption: `Q(s, a) = r(s, a) + γ Σ p V(s′) and A(s, a) = Q(s, a) − V(s) (H 1.2–1.3): the first ${shown} of ${numStates * numActions} pairs.`,
    columns: ["state", "action", `Q, ${c.policy}`, `A, ${c.policy}`, "Q*"],
    rows: Array.from({ length: shown }, (_, row) => [
      Math.floor(row / numActions),
      row % numActions,
      q[row],
      a[row],
      best[row],
    ]),
  };
}

/** States that a curve shows. */
const CURVE_STATES = 2000;

/** V^π and V*, state by state. */
function bothCurves(c: ValuesConfig, { policyValues, optimalValues }: ValuesState): CurvesFigure {
  const x = Array.from({ length: Math.min(policyValues.length, CURVE_STATES) }, (_, state) => state);
  return {
    kind: "curves",
    title: `V of the ${c.policy} policy and V*`,
    caption: "Exact values of each state, in the order of their numbers: nowhere above V*.",
    xLabel: "state",
    yLabel: "value",
    curves: [
      { label: `V, ${c.policy} policy`, x, y: x.map((state) => policyValues[state]) },
      { label: "V*", x, y: x.map((state) => optimalValues[state]), reference: true },
    ],
  };
}

function figures({ config: c, env }: Context<ValuesConfig>, state: ValuesState): readonly Figure[] {
  const mdp = mdpOf(env);
  const horizon = c.horizon === undefined ? "" : ` with ${c.horizon} steps to go`;
  const parts = { mdp, caption: `Exact, γ = ${c.discount}${horizon}.` };
  const optimal = {
    ...parts,
    values: state.optimalValues,
    actionValues: actionValues(mdp, state.optimalValues, c.discount),
    title: "V*",
  };
  return [
    ...valueFigures({
      ...parts,
      values: state.policyValues,
      policy: policyOfConfig(mdp, c),
      title: `V of the ${c.policy} policy`,
    }),
    ...(state.step > 1 ? valueFigures(optimal) : []),
    ...(state.step > 1 ? [bothCurves(c, state)] : []),
    ...(state.step > 1 && c.horizon === undefined ? [table(mdp, c, state)] : []),
  ];
}

export const values: Algorithm<ValuesConfig, ValuesState> = {
  id: "values",
  title: "Value functions",
  summary: "V, Q and A of a policy and the optimal ones, solved exactly.",
  family: "foundations",
  papers: [papers.puterman1994],
  notes: ["H 1.2", "H 1.3"],
  deviations: [
    "Beyond 800 states the linear systems are solved by BiCGSTAB to rounding instead of elimination.",
    "A horizon is an option of this row; otherwise values are those of the task without its time limit.",
  ],
  config,
  mainMetric: "policyStartValue",
  metrics: {
    policyResidual: { meaning: "‖B^π V^π − V^π‖∞", healthy: "below 1e-10: rounding", range: { to: 1e-10 } },
    policyStartValue: {
      meaning: "Σ_s ρ₀(s) V^π(s)",
      healthy: "the policy's expected return: at most the optimal one",
      bound: "optimalStartValue",
    },
    optimalResidual: { meaning: "‖B V* − V*‖∞", healthy: "below 1e-10: rounding", range: { to: 1e-10 } },
    optimalStartValue: { meaning: "Σ_s ρ₀(s) V*(s)", healthy: "at least policyStartValue" },
  },
  presets: {},
  ...solverKinds,
  unit: "iteration",

  validate(context) {
    if (context.config.horizon === undefined) requireChosenPolicy(context);
  },

  init({ env }) {
    const { numStates } = mdpOf(env);
    return { step: 0, policyValues: new Float64Array(numStates), optimalValues: new Float64Array(numStates) };
  },

  train,

  policy(context) {
    const { config: c } = context;
    const mdp = mdpOf(context.env);
    const best = c.horizon === undefined ? optimum(mdp, c.discount).policy : firstActions(mdp, c.discount, c.horizon);
    return solvedPolicy("values", context, best);
  },

  figures,
};
