import type { FiniteMdp, SpaceKind } from "@advantage/envs";
import {
  type BaseConfig,
  type Context,
  type CurvesFigure,
  type EnvSource,
  type Policy,
  RunError,
} from "../../core/index.js";
import { actionValuesOnce, deterministicPolicy, fewestSteps, greedyPolicy } from "../../maths/index.js";
import { stateCount, type TableSpace, tabularPolicy } from "../../policies/index.js";

/** What solvers and the rows of foundations ask of an environment. */
export const solverKinds = {
  observationKinds: ["discrete", "multiDiscrete"] as readonly SpaceKind[],
  actionKinds: ["discrete"] as readonly SpaceKind[],
  needs: ["mdp"] as const,
};

/** States for which exact solutions are computed beside the iterates, to show their true errors. */
export const EXACT_STATES = 200;

/** The environment's MDP. */
export function mdpOf(env: EnvSource): FiniteMdp {
  const mdp = env.make().mdp?.();
  if (mdp === undefined) throw new RunError(`${env.id} does not expose its MDP`);
  const observations = stateCount(env.observationSpace as TableSpace);
  if (mdp.numStates < observations) {
    throw new RunError(
      `${env.id}: its MDP must have a state for each of ${observations} observations, got ${mdp.numStates}`,
    );
  }
  return mdp;
}

/** A policy of the MDP's states as one of observations, which are the first of them. */
export function solvedPolicy(algorithm: string, { env }: Context<BaseConfig>, policy: Float64Array): Policy {
  const { observationSpace, actionSpace } = env;
  const numActions = actionSpace.kind === "discrete" ? actionSpace.n : 0;
  const probabilities = policy.subarray(0, stateCount(observationSpace as TableSpace) * numActions);
  return tabularPolicy({ algorithm, environment: env.id, observationSpace, actionSpace, probabilities });
}

/** How far values that have been iterated at γ = 1 may be apart to be called equal, as a share of the largest of their state. */
const UNDISCOUNTED_TIE = 1e-6;

/** A deterministic greedy policy; at γ = 1, among actions that tie, those that end the task in the fewest expected steps. */
export function greedyFor(mdp: FiniteMdp, values: Float64Array, discount: number): Float64Array {
  const q = actionValuesOnce(mdp, values, discount);
  if (discount < 1) return greedyPolicy(q, mdp.numActions);
  const tied = greedyPolicy(q, mdp.numActions, { ties: "uniform", tolerance: UNDISCOUNTED_TIE });
  const allowed = Uint8Array.from(tied, (share) => (share > 0 ? 1 : 0));
  return deterministicPolicy(fewestSteps(mdp, allowed), mdp.numActions);
}

/** What a reader of an evaluation beside values with γ = 1 has to know; empty below. */
export function timeLimitNote(discount: number): string {
  return discount < 1
    ? ""
    : " With γ = 1 values know no time limit: where the environment cuts episodes, the evaluation counts what was earned until then, and can be far below them.";
}

/** ρ₀·V */
export function startValue({ initial }: FiniteMdp, values: Float64Array): number {
  let sum = 0;
  for (let state = 0; state < values.length; state++) if (initial[state] > 0) sum += initial[state] * values[state];
  return sum;
}

/** ‖a − b‖∞ */
export function distance(a: Float64Array, b: Float64Array): number {
  let size = 0;
  for (let i = 0; i < a.length; i++) size = Math.max(size, Math.abs(a[i] - b[i]));
  return size;
}

/** What a run remembers for its curves: thinned out, so that no run fills the report. */
export interface Trace {
  /** [points] */
  readonly steps: number[];
  /** By name  [points] */
  readonly series: Record<string, number[]>;
}

/** A trace without points, by the series' names. */
export function emptyTrace(names: readonly string[]): Trace {
  return { steps: [], series: Object.fromEntries(names.map((name) => [name, [] as number[]])) };
}

/** Appends a point; values that are absent become 0, which logarithmic axes leave out. */
export function recordPoint(
  { steps, series }: Trace,
  step: number,
  values: Readonly<Record<string, number | undefined>>,
) {
  steps.push(step);
  for (const name of Object.keys(series)) series[name].push(values[name] ?? 0);
}

/** The curves of a trace, on a logarithmic axis. */
export function traceFigure(
  { steps, series }: Trace,
  about: { readonly title: string; readonly caption: string; readonly xLabel: string },
  labels: Readonly<Record<string, { readonly label: string; readonly reference?: boolean }>>,
): CurvesFigure {
  const curves = Object.entries(labels).flatMap(([name, { label, reference }]) => {
    const points = steps.map((x, i) => [x, series[name][i]]).filter(([, y]) => y > 0);
    if (points.length === 0) return [];
    return [{ label, x: points.map(([x]) => x), y: points.map(([, y]) => y), ...(reference && { reference }) }];
  });
  return { kind: "curves", yLabel: "largest over all states", yLog: true, curves, ...about };
}

/** γᵏ by products: the same in every engine. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
