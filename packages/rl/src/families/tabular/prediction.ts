import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  type BaseConfig,
  ConfigError,
  type Context,
  type Figure,
  type Metric,
  type Policy,
  RunError,
  real,
} from "../../core/index.js";
import { exactValues, optimum } from "../../maths/index.js";
import { stateCount, type TableSpace, tabularPolicy } from "../../policies/index.js";
import { learnerFields, maxEntries, tableKinds } from "./control.js";
import { type EvaluatedPolicyConfig, evaluatedPolicyFields, namedPolicy, policyInWords } from "./evaluated-policy.js";
import { predictionPresets } from "./prediction-presets.js";
import { emptyTrace, recordPoint, type Trace, traceFigure } from "./solver.js";
import { TableEnv } from "./table-env.js";
import { valueFigures } from "./value-figure.js";

/** The settings of every learner of a given policy's values. */
export const predictionFields = {
  ...learnerFields,
  ...evaluatedPolicyFields(
    "optimal",
    "the policy whose values are learnt; an optimal one is known where the environment exposes its MDP",
  ),
  initialValue: real({ default: 0, symbol: "V₀", help: "first value of every state" }),
} as const;

/** What the functions below ask of a config. */
export interface PredictionConfig extends BaseConfig, EvaluatedPolicyConfig {
  readonly discount: number;
}

/** What every such learner's state has. */
export interface PredictionState {
  step: number;
  readonly env: TableEnv;
  /** V  [S] */
  readonly values: Float64Array;
  /** How often each state's value has been updated  [S] */
  readonly counts: Int32Array;
  /** Draws of the policy. */
  readonly policyRandom: Random;
  /** The errors at the lines of metrics. */
  readonly trace: Trace;
}

/** Metrics of every learner of V^π. */
export const predictionMetrics = {
  rmsError: {
    meaning:
      "root mean square of V − V^π over the states that the policy reaches, V^π being exact; absent where the environment does not expose its MDP",
    healthy: "falls; with constant step sizes to a level in proportion to them",
    logarithmic: true,
  },
  startValue: { meaning: "V of the state that the last episode began in", healthy: "settles" },
} as const satisfies Record<string, Metric>;

/** Metric of TD errors: mean |δ| of the updates since the last line. */
export const tdErrorMetric: Metric = {
  meaning: "mean |δ| of the updates since the line before",
  healthy: "falls to what chance leaves; to 0 where nothing is random",
};

/** Refuses what has no table, and an optimal policy that cannot be known. */
function validatePrediction(context: Context<PredictionConfig>): void {
  const { config: c, env } = context;
  const states = stateCount(env.observationSpace as TableSpace);
  if (states > maxEntries)
    throw new ConfigError([`a table of ${env.id} must have at most ${maxEntries} states, got ${states}`]);
  if (c.policy === "optimal" && env.make().mdp === undefined)
    throw new RunError(
      `policy = optimal needs an environment that exposes its MDP, which ${env.id} does not; choose policy = uniform`,
    );
  evaluatedPolicy(context); // says what is wrong if there is no optimal policy
}

/** π(a|s)  [S·A] */
export function evaluatedPolicy({ config: c, env }: Context<PredictionConfig>): Float64Array {
  const states = stateCount(env.observationSpace as TableSpace);
  const numActions = env.actionSpace.kind === "discrete" ? env.actionSpace.n : 0;
  return namedPolicy(c, states, numActions, () => optimum(env.make().mdp?.() as FiniteMdp, c.discount).policy);
}

/** First state of a learner of V^π: its table V  [S], at `initialValue`. */
export function startPrediction({ env, random }: Context<PredictionConfig>, initialValue: number): PredictionState {
  const table = new TableEnv(env, random.fork("env"));
  return {
    step: 0,
    env: table,
    values: new Float64Array(table.numStates).fill(initialValue),
    counts: new Int32Array(table.numStates),
    policyRandom: random.fork("policy"),
    trace: emptyTrace(["rmsError"]),
  };
}

/** Exact solutions of larger problems would take longer than the learning. */
const maxExactStates = 5000;

/** V^π where it can be known, and the states that the policy reaches. */
export interface ExactSolution {
  readonly mdp: FiniteMdp;
  /** V^π  [S] */
  readonly values: Float64Array;
  readonly reached: readonly number[];
}

/** The exact solution; `undefined` without an MDP whose states are the observations, or if V^π is not finite. */
export function exactSolution(
  { config: c, env }: Context<PredictionConfig>,
  policy: Float64Array,
): ExactSolution | undefined {
  const mdp = env.make().mdp?.();
  if (mdp === undefined || mdp.numStates > maxExactStates) return undefined;
  if (mdp.numStates !== stateCount(env.observationSpace as TableSpace)) return undefined;
  try {
    return { mdp, values: exactValues(mdp, policy, c.discount), reached: reachedStates(mdp, policy) };
  } catch {
    return undefined; // γ = 1, and the policy may never end
  }
}

/** The states in which the policy acts, from ρ₀ on. */
export function reachedStates(mdp: FiniteMdp, policy: Float64Array): number[] {
  const { numStates, numActions, rowStart, nextState, probability, terminated, initial } = mdp;
  const reached = new Set<number>();
  for (let state = 0; state < numStates; state++)
    if (initial[state] > 0 && mdp.terminal[state] === 0) reached.add(state);
  for (const state of reached) {
    // A set is walked in the order of insertion, what is added on the way included.
    for (let action = 0; action < numActions; action++) {
      const row = state * numActions + action;
      if (policy[row] === 0) continue;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++)
        if (probability[k] > 0 && terminated[k] === 0) reached.add(nextState[k]);
    }
  }
  return [...reached];
}

/** √(mean over the reached states of (V − V^π)²). */
export function rmsError(values: Float64Array, { values: exact, reached }: ExactSolution): number {
  let sum = 0;
  for (const state of reached) sum += (values[state] - exact[state]) * (values[state] - exact[state]);
  return Math.sqrt(sum / reached.length);
}

/** What every learner of values logs; the errors are kept for their curve. */
export function predictionLine(
  { step, env, values, trace }: PredictionState,
  exact: ExactSolution | undefined,
): Record<string, number> {
  const startValue = values[env.start];
  if (exact === undefined) return { startValue };
  const line = { rmsError: rmsError(values, exact), startValue };
  recordPoint(trace, step, line);
  return line;
}

/** The policy whose values were learnt. */
function evaluatedTablePolicy(algorithm: string, context: Context<PredictionConfig>): Policy {
  return policyOfTable(algorithm, context, evaluatedPolicy(context));
}

function policyOfTable(
  algorithm: string,
  { env }: Pick<Context<PredictionConfig>, "env">,
  probabilities: Float64Array,
): Policy {
  const { observationSpace, actionSpace } = env;
  return tabularPolicy({ algorithm, environment: env.id, observationSpace, actionSpace, probabilities });
}

/** The learnt values on the map. */
function predictionFigures(
  { env, config: c }: Context<PredictionConfig>,
  { values: learnt, trace }: PredictionState,
): readonly Figure[] {
  const mdp = env.make().mdp?.();
  if (mdp === undefined) return [];
  const values = new Float64Array(mdp.numStates);
  values.set(learnt);
  const error = traceFigure(
    trace,
    {
      title: "Error of the values",
      caption: "Root mean square of V − V^π over the states that the policy reaches, V^π being exact.",
      xLabel: "environment steps",
    },
    { rmsError: { label: "RMS error" } },
  );
  const map = valueFigures({
    mdp,
    values,
    title: "Learnt values",
    caption: `V of the ${policyInWords(c)} policy, learnt from its episodes.`,
  });
  return trace.steps.length > 0 ? [...map, { ...error, yLabel: "RMS error" }] : map;
}

/** What the learners of values have alike, but for what they learn and how. */
export function predictionLearner(id: string) {
  return {
    id,
    family: "tabular",
    metrics: predictionMetrics,
    mainMetric: "rmsError",
    presets: predictionPresets,
    ...tableKinds,
    needs: ["env"],
    validate: validatePrediction,
    policy: (context) => evaluatedTablePolicy(id, context),
    figures: predictionFigures,
  } satisfies Partial<Algorithm<PredictionConfig, PredictionState>>;
}
