/**
 * Value iteration: the Bellman optimality backup, applied until its own bound says that the values are within `tolerance` of V*.
 *
 * Bellman 1957, Dynamic Programming. Notes: H 3.3–3.4.
 *
 *     V_{k+1}(s) = maxₐ [r(s, a) + γ Σ_s′ p(s′|s, a) V_k(s′)]
 *
 * Where it differs from its sources: `deviations`, below.
 */
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  type Figure,
  flag,
  int,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import {
  distance,
  EXACT_STATES,
  emptyTrace,
  greedyFor,
  mdpOf,
  power,
  recordPoint,
  solvedPolicy,
  solverKinds,
  startValue,
  type Trace,
  timeLimitNote,
  traceFigure,
  valueFigures,
} from "../../families/tabular/index.js";
import {
  actionValuesOnce,
  errorBound,
  exactValues,
  greedyLossBound,
  lowerBound,
  naturalOrder,
  optimum,
  outwardOrder,
  type PriorityQueue,
  plainLossBound,
  prioritisedBackups,
  priorityQueue,
  requireSolvable,
  residualFor,
  type Sweeps,
  sweepsOf,
  topPriority,
  upperBound,
  upperLossBound,
} from "../../maths/index.js";

const config = schema({
  totalSteps: {
    ...settings.totalSteps,
    default: 100_000,
    help: "sweeps at most; a prioritised sweep is as many backups as states",
  },
  seed: settings.unusedSeed,
  discount: settings.discount,
  tolerance: real({ default: 1e-8, above: 0, symbol: "ε", help: "certified distance from V* at which to stop" }),
  sweep: choice(["outward", "synchronous", "gauss-seidel", "prioritised"], {
    default: "synchronous",
    help: "all states at once; in place by number; in place from the end of the task outwards; by priority",
  }),
  startAbove: flag({
    default: false,
    help: "start from the best reward for ever instead of 0: V then stays above V*, and Prop. 26 bounds the greedy policy's loss more tightly",
  }),
  logEvery: int({ default: 10, min: 1, help: "sweeps from one line of the metrics to the next" }),
});

export type ValueIterationConfig = ConfigOf<typeof config>;

export interface ValueIterationState {
  /** k */
  step: number;
  /** V_k, by position in the order of the sweep  [S] */
  values: Float64Array;
  /** A bound of ‖BV_k − V_k‖∞; ∞ before the first sweep. */
  residual: number;
  /** ‖V_1 − V_0‖∞ */
  firstChange: number;
  converged: boolean;
  /** States by priority, in prioritised sweeps; else empty. */
  readonly queue: PriorityQueue;
  readonly trace: Trace;
}

function orderOf(mdp: FiniteMdp, { sweep }: ValueIterationConfig): Int32Array {
  return sweep === "outward" ? outwardOrder(mdp) : naturalOrder(mdp.numStates);
}

/** V by state  [S] */
function valuesOf(order: Int32Array, { values }: ValueIterationState): Float64Array {
  const byState = new Float64Array(values.length);
  for (let position = 0; position < order.length; position++) byState[order[position]] = values[position];
  return byState;
}

function* train(context: Context<ValueIterationConfig>, state: ValueIterationState): Generator<Progress, void, void> {
  const { config: c, env } = context;
  const mdp = mdpOf(env);
  const enough = residualFor(c.tolerance, c.discount);
  const exact = mdp.numStates <= EXACT_STATES ? optimum(mdp, c.discount).values : undefined;
  const order = orderOf(mdp, c);
  const sweep = sweeper(mdp, c, order, state);

  while (state.step < c.totalSteps && !state.converged) {
    state.residual = sweep(enough); //                                  V_{k+1} ← B V_k
    state.step += 1;
    state.converged = state.residual <= enough;
    if (state.step % c.logEvery !== 0 && state.step < c.totalSteps && !state.converged) continue;
    const values = valuesOf(order, state);
    const metrics = measure(mdp, c, state, values, exact);
    recordPoint(state.trace, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

/** One sweep on the state's values; the bound of the residual that it leaves. */
function sweeper(
  mdp: FiniteMdp,
  c: ValueIterationConfig,
  order: Int32Array,
  state: ValueIterationState,
): (enough: number) => number {
  if (c.sweep === "prioritised") {
    const backups = prioritisedBackups(mdp, c.discount);
    const { values, queue } = state;
    return (enough) => {
      if (state.step === 0) backups.start(values, queue);
      backups.backup(values, queue, mdp.numStates, enough);
      return topPriority(queue);
    };
  }
  const sweeps: Sweeps = sweepsOf(mdp, c.discount, order);
  let next = c.sweep === "synchronous" ? new Float64Array(mdp.numStates) : state.values;
  return () => {
    const change = sweeps.backup(state.values, next);
    [state.values, next] = [next, state.values];
    if (state.step === 0) state.firstChange = change;
    return c.discount * change;
  };
}

/** V₀ ≥ BV₀, hence V_k ≥ V* for all k: backups are monotone. So it is from above, and from 0 where no reward is positive. */
function staysAbove({ expectedReward }: FiniteMdp, { startAbove, sweep }: ValueIterationConfig): boolean {
  return startAbove || (sweep !== "outward" && expectedReward.every((r) => r <= 0));
}

/** V₀ */
function startOf(mdp: FiniteMdp, { startAbove, sweep, discount }: ValueIterationConfig): number {
  if (startAbove) return upperBound(mdp, discount);
  return sweep === "outward" ? lowerBound(mdp, discount) : 0;
}

function measure(
  mdp: FiniteMdp,
  c: ValueIterationConfig,
  { step, residual, firstChange }: ValueIterationState,
  values: Float64Array,
  exact: Float64Array | undefined,
): Record<string, number> {
  const error = errorBound(residual, c.discount);
  const loss = greedyLossBound(residual, c.discount);
  const metrics: Record<string, number | undefined> = {
    residual,
    residualBound: c.sweep === "prioritised" ? undefined : power(c.discount, step) * firstChange,
    errorBound: error,
    greedyLossBound: loss,
    plainLossBound: plainLossBound(residual, c.discount),
    upperLossBound: staysAbove(mdp, c) ? upperLossBound(residual, c.discount) : undefined,
    startValue: startValue(mdp, values),
  };
  if (exact !== undefined) {
    metrics.error = distance(values, exact);
    // At γ = 1 the greedy policy of values on their way may never end the task.
    if (c.discount < 1) {
      metrics.greedyLoss = distance(exactValues(mdp, greedyFor(mdp, values, c.discount), c.discount), exact);
    }
  }
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

function figures(context: Context<ValueIterationConfig>, state: ValueIterationState): readonly Figure[] {
  const { config: c, env } = context;
  const mdp = mdpOf(env);
  const values = valuesOf(orderOf(mdp, c), state);
  const certified = c.discount < 1 && Number.isFinite(state.residual);
  const bound = certified
    ? ` Each value is within ${errorBound(state.residual, c.discount)!.toExponential(1)} of V*.`
    : "";
  return [
    ...valueFigures({
      mdp,
      values,
      actionValues: actionValuesOnce(mdp, values, c.discount),
      title: "Optimal values",
      caption: `V after ${state.step} sweeps, with the greedy actions as arrows.${bound}${timeLimitNote(c.discount)}`,
    }),
    traceFigure(
      state.trace,
      {
        title: "Residual and error under their bounds",
        caption: "‖BV − V‖ shrinks by γ a sweep (H 3.3, Lemma 22); ‖V − V*‖ ≤ ‖BV − V‖/(1 − γ) (H 3.4, Prop. 24).",
        xLabel: "sweeps",
      },
      {
        residual: { label: "‖BV − V‖" },
        residualBound: { label: "γᵏ‖V₁ − V₀‖", reference: true },
        error: { label: "‖V − V*‖" },
        errorBound: { label: "‖BV − V‖/(1 − γ)", reference: true },
      },
    ),
    traceFigure(
      state.trace,
      {
        title: "What the greedy policy loses",
        caption:
          "‖V* − V^π‖ of the policy greedy for V, under the bounds of H 3.4: Prop. 25, with a factor γ Prop. 27, and where V ≥ V* Prop. 26.",
        xLabel: "sweeps",
      },
      {
        greedyLoss: { label: "‖V* − V^π‖" },
        plainLossBound: { label: "2‖BV − V‖/(1 − γ)", reference: true },
        greedyLossBound: { label: "2γ‖BV − V‖/(1 − γ)", reference: true },
        upperLossBound: { label: "‖BV − V‖/(1 − γ), V ≥ V*", reference: true },
      },
    ),
  ];
}

export const valueIteration: Algorithm<ValueIterationConfig, ValueIterationState> = {
  id: "value-iteration",
  title: "Value iteration",
  summary: "Bellman optimality backups until their bound certifies the values.",
  family: "tabular",
  papers: [papers.bellman1957, papers.moore1993],
  notes: ["H 3.3", "H 3.4"],
  deviations: [
    'The notes stop "at convergence"; here it stops once ‖V − V*‖∞ ≤ γ/(1 − γ)·‖V_{k+1} − V_k‖∞ ≤ `tolerance`: Prop. 24 for V = V_{k+1}, whose residual is at most γ times the last change. At γ = 1 there is no such bound: it stops at a change of `tolerance`, and the bounds are absent.',
    "`gauss-seidel`, `outward` and `prioritised` back up in place; the bound holds for them too.",
    "`outward` starts from a lower bound of V* (the worst reward for ever) and goes from the states nearest to the end of the task outwards.",
    "Priorities add up (Moore & Atkeson take the maximum), which keeps them upper bounds of the residual: the highest one certifies.",
    "The policy is read off once, at the end: line 8 of the notes' box computes it in each sweep without using it.",
    "At γ = 1 every state must be able to reach the end, and nothing that can be repeated for ever may earn a positive reward; else the run is refused in a sentence. Among actions that tie, the policy takes those with the fewest expected steps to the end.",
  ],
  config,
  metrics: {
    residual: {
      meaning: "bound of the Bellman residual ‖BV − V‖∞: γ times the last sweep's change, or the highest priority",
      healthy: "falls by at least γ a sweep",
      bound: "residualBound",
      logarithmic: true,
    },
    residualBound: {
      meaning: "γᵏ‖V₁ − V₀‖∞, since backups contract (H 3.3, Lemma 22); not of prioritised sweeps",
      healthy: "falls by γ a sweep",
      logarithmic: true,
    },
    error: {
      meaning: `‖V − V*‖∞ with V* from policy iteration; up to ${EXACT_STATES} states`,
      healthy: "below its bound",
      bound: "errorBound",
      logarithmic: true,
    },
    errorBound: {
      meaning: "‖BV − V‖∞/(1 − γ) (H 3.4, Prop. 24); absent at γ = 1",
      healthy: "falls to the tolerance",
      logarithmic: true,
    },
    greedyLoss: {
      meaning: `‖V* − V^π‖∞ of the greedy policy; up to ${EXACT_STATES} states, γ < 1`,
      healthy: "0 long before the values have converged",
      bound: "greedyLossBound",
      logarithmic: true,
    },
    greedyLossBound: {
      meaning: "2γ‖BV − V‖∞/(1 − γ) (H 3.4, Prop. 27); absent at γ = 1",
      healthy: "falls",
      logarithmic: true,
    },
    plainLossBound: {
      meaning: "2‖BV − V‖∞/(1 − γ) (H 3.4, Prop. 25); absent at γ = 1",
      healthy: "falls; above greedyLossBound by a factor 1/γ",
      logarithmic: true,
    },
    upperLossBound: {
      meaning:
        "‖BV − V‖∞/(1 − γ) (H 3.4, Prop. 26); only where V ≥ V* is known: with startAbove, or without positive rewards",
      healthy: "falls; half of plainLossBound",
      logarithmic: true,
    },
    startValue: { meaning: "Σ_s ρ₀(s) V(s)", healthy: "settles at the optimal return" },
  },
  presets: {},
  ...solverKinds,
  unit: "sweep",

  validate({ config: c, env }) {
    requireSolvable(mdpOf(env), c.discount);
    if (c.startAbove && c.discount === 1)
      throw new ConfigError(["startAbove needs a discount below 1: the best reward for ever is infinite at 1"]);
  },

  init({ config: c, env }) {
    const mdp = mdpOf(env);
    return {
      step: 0,
      values: new Float64Array(mdp.numStates).fill(startOf(mdp, c)),
      residual: Number.POSITIVE_INFINITY,
      firstChange: 0,
      converged: false,
      queue: priorityQueue(c.sweep === "prioritised" ? mdp.numStates : 0),
      trace: emptyTrace([
        "residual",
        "residualBound",
        "error",
        "errorBound",
        "greedyLoss",
        "greedyLossBound",
        "plainLossBound",
        "upperLossBound",
      ]),
    };
  },

  train,

  policy(context, state) {
    const mdp = mdpOf(context.env);
    const policy = greedyFor(mdp, valuesOf(orderOf(mdp, context.config), state), context.config.discount);
    return solvedPolicy("value-iteration", context, policy);
  },

  figures,
};
