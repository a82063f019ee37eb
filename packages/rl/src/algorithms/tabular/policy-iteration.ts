/**
 * Policy iteration: evaluate the policy, make it greedy for its values, until it is greedy already.
 *
 * Howard 1960, Dynamic Programming and Markov Processes; modified: Puterman & Shin 1978, Management Science 24(11); inexact Krylov evaluation: Gargiani et al. 2022
 * (arXiv:2211.04299), with BiCGSTAB in place of GMRES. Notes: H 3.2.
 *
 *     V ← V^π,   π(s) ← argmaxₐ [r(s, a) + γ Σ_s′ p(s′|s, a) V(s′)]
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { math } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  type Figure,
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
  actionChain,
  bellmanBackup,
  deterministicPolicy,
  errorBound,
  evaluateActions,
  fewestSteps,
  firstActions,
  improve,
  lowerBound,
  naturalOrder,
  optimum,
  outwardOrder,
  requireSolvable,
  residualFor,
  type Sweeps,
  solveChain,
  sweepsOf,
  tiedActions,
} from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 10_000, help: "evaluations at most" },
  seed: settings.unusedSeed,
  discount: settings.discount,
  evaluation: choice(["exact", "sweeps", "krylov"], {
    default: "exact",
    help: "solve for V^π; m backups (modified policy iteration); Krylov iterations (inexact policy iteration)",
  }),
  evaluationSweeps: int({
    default: 20,
    min: 0,
    symbol: "m",
    help: "backups of each evaluation by sweeps; 0 is value iteration",
  }),
  tolerance: real({
    default: 1e-8,
    above: 0,
    symbol: "ε",
    help: "certified distance from V* at which sweeps and krylov stop; exact ends by itself",
  }),
});

export type PolicyIterationConfig = ConfigOf<typeof config>;

export interface PolicyIterationState {
  /** Evaluations made. */
  step: number;
  /** π: the action of each state  [S] */
  readonly actions: Int32Array;
  /** V  [S] */
  readonly values: Float64Array;
  /** The last improvement's change of V in `sweeps` and `krylov`; ∞ before the first. */
  change: number;
  converged: boolean;
  readonly trace: Trace;
}

function* train(context: Context<PolicyIterationConfig>, state: PolicyIterationState): Generator<Progress, void, void> {
  const { config: c, env } = context;
  const mdp = mdpOf(env);
  const best = mdp.numStates <= EXACT_STATES ? optimum(mdp, c.discount).values : undefined;
  const iterate = c.evaluation === "exact" ? exactIteration(mdp, c, state) : inexactIteration(mdp, c, state);

  while (state.step < c.totalSteps && !state.converged) {
    const { changed, leastImprovement, residual } = iterate();
    state.step += 1;
    const bound = errorBound(residual, c.discount);
    const metrics: Record<string, number> = {
      changedStates: changed,
      leastImprovement,
      residual,
      ...(best && { error: distance(state.values, best) }),
      ...(bound !== undefined && { errorBound: bound }),
      startValue: startValue(mdp, state.values),
    };
    recordPoint(state.trace, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

/** How many actions changed, the smallest change of V(s), and ‖BV − V‖∞. */
interface Iterated {
  readonly changed: number;
  readonly leastImprovement: number;
  readonly residual: number;
}

function exactIteration(
  mdp: FiniteMdp,
  { discount }: PolicyIterationConfig,
  state: PolicyIterationState,
): () => Iterated {
  const { actions, values } = state;
  const next = new Float64Array(mdp.numStates);
  return () => {
    next.set(values);
    const evaluated = evaluateActions(mdp, actions, discount, values); //   V ← V^π,  Q ← Q^π
    const changed = improve(actions, evaluated, mdp.numActions); //         π ← greedy(Q)
    state.converged = changed === 0;
    if (state.converged && discount === 1) actions.set(fewestSteps(mdp, tiedActions(evaluated, mdp.numActions)));
    const leastImprovement = leastDifference(values, next);
    return { changed, leastImprovement, residual: bellmanBackup(mdp, values, discount, next) };
  };
}

/** Evaluations stop when the residual has shrunk to this share. Larger ones cost more improvements, smaller ones waste evaluation. */
const FORCING = 0.01;
const KRYLOV_LIMIT = 100;

/** In the order outwards from the end of the task, in which sweeps in place carry values furthest. */
function inexactIteration(mdp: FiniteMdp, c: PolicyIterationConfig, state: PolicyIterationState): () => Iterated {
  const { numStates } = mdp;
  const order = mdp.episodic ? outwardOrder(mdp) : naturalOrder(numStates);
  const sweeps: Sweeps = sweepsOf(mdp, c.discount, order);
  const enough = residualFor(c.tolerance, c.discount);
  const values = new Float64Array(numStates); // by position
  const actions = new Int32Array(numStates);

  return () => {
    for (let position = 0; position < numStates; position++) {
      values[position] = state.values[order[position]];
      actions[position] = state.actions[order[position]];
    }
    evaluate(); //                                                          V ≈ V^π
    const change = sweeps.backup(values, values, actions); //   π ← greedy(V), V ← BV in place
    let changed = 0;
    let leastImprovement = Number.POSITIVE_INFINITY;
    for (let position = 0; position < numStates; position++) {
      const s = order[position];
      if (state.actions[s] !== actions[position]) changed += 1;
      leastImprovement = Math.min(leastImprovement, values[position] - state.values[s]);
      state.actions[s] = actions[position];
      state.values[s] = values[position];
    }
    state.change = change;
    state.converged = c.discount * change <= enough;
    return { changed, leastImprovement, residual: c.discount * change };
  };

  function evaluate(): void {
    const target = FORCING * state.change;
    if (target === Number.POSITIVE_INFINITY) return; // nothing is known yet of the size of things
    if (c.evaluation === "krylov") {
      const chain = actionChain(mdp, state.actions, order);
      solveChain(chain, c.discount, values, { tolerance: target, maxIterations: KRYLOV_LIMIT });
      return;
    }
    for (let sweep = 0; sweep < c.evaluationSweeps; sweep++) {
      if (sweeps.evaluate(actions, values) <= target) break;
    }
  }
}

/** min_s a(s) − b(s) */
function leastDifference(a: Float64Array, b: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) least = Math.min(least, a[i] - b[i]);
  return least;
}

function figures(context: Context<PolicyIterationConfig>, state: PolicyIterationState): readonly Figure[] {
  const { config: c, env } = context;
  const mdp = mdpOf(env);
  return [
    ...valueFigures({
      mdp,
      values: state.values,
      policy: deterministicPolicy(state.actions, mdp.numActions),
      title: "Values of the policy",
      caption: `V after ${state.step} evaluations (${c.evaluation}), with the policy's actions as arrows: one of ${policyCount(mdp)} deterministic policies.${timeLimitNote(c.discount)}`,
    }),
    traceFigure(
      state.trace,
      {
        title: "Residual and error under their bounds",
        caption: "‖V − V*‖ ≤ ‖BV − V‖/(1 − γ) (H 3.4, Prop. 24).",
        xLabel: "evaluations",
      },
      {
        residual: { label: "‖BV − V‖" },
        error: { label: "‖V − V*‖" },
        errorBound: { label: "‖BV − V‖/(1 − γ)", reference: true },
      },
    ),
  ];
}

/** |A|^|S|, which bounds the number of improvements, since no policy comes twice (H 3.2). */
function policyCount({ numActions, numStates }: FiniteMdp): string {
  const digits = (numStates * math.log(numActions)) / Math.LN10;
  const about = digits < 15 ? ` = ${power(numActions, numStates)}` : ` ≈ 10^${Math.round(digits)}`;
  return `|A|^|S| = ${numActions}^${numStates}${about}`;
}

export const policyIteration: Algorithm<PolicyIterationConfig, PolicyIterationState> = {
  id: "policy-iteration",
  title: "Policy iteration",
  summary: "Evaluate the policy and make it greedy for its values, until it is greedy already.",
  family: "tabular",
  papers: [papers.howard1960, papers.puterman1978, papers.gargiani2022],
  notes: ["H 3.2", "H 3.4"],
  deviations: [
    "The notes start from any policy; here it is the one that is greedy for the rewards (V = 0). At γ = 1 `exact` starts from a shortest way to the end of the task, and every policy it meets ends it.",
    "The notes evaluate by iterating to convergence; `exact` solves the linear system (LU up to 800 states, Krylov iterations to rounding beyond).",
    "An action gives way only to one that is better by more than rounding, so that ties cannot go round in circles. Rounding is measured by the discounted sum of |r| that a value is made of: the unit of the rewards does not matter, nor how tiny values become far from all rewards.",
    "`sweeps` is modified policy iteration (m backups in place for each evaluation, from the values before), `krylov` inexact policy iteration, with BiCGSTAB in place of GMRES, until the residual has shrunk by a factor. V is then not V^π. Both start from a lower bound of V*, as the convergence proof of Puterman & Shin wants, end when the bound ‖V − V*‖∞ ≤ ‖BV − V‖∞/(1 − γ) reaches `tolerance`, and need γ < 1.",
    "At γ = 1 many policies can be optimal. It ends with the one of them that takes the fewest expected steps to the end of the task.",
  ],
  config,
  metrics: {
    changedStates: {
      meaning: "states whose action changed",
      healthy: "falls to 0, with exact evaluation within a few iterations",
    },
    leastImprovement: {
      meaning: "min_s of the change of V(s)",
      healthy: "with exact evaluation at least 0 from the second line on, rounding apart (H 3.2): no state ever loses",
    },
    residual: { meaning: "‖BV − V‖∞, or a bound of it", healthy: "falls fast", logarithmic: true },
    error: {
      meaning: `‖V − V*‖∞; up to ${EXACT_STATES} states`,
      healthy: "below its bound",
      bound: "errorBound",
      logarithmic: true,
    },
    errorBound: {
      meaning: "‖BV − V‖∞/(1 − γ) (H 3.4, Prop. 24); absent at γ = 1",
      healthy: "falls to rounding",
      logarithmic: true,
    },
    startValue: { meaning: "Σ_s ρ₀(s) V(s)", healthy: "never falls with exact evaluation" },
  },
  presets: {},
  ...solverKinds,
  unit: "iteration",

  validate({ config: c, env }) {
    requireSolvable(mdpOf(env), c.discount);
    if (c.discount === 1 && c.evaluation !== "exact") {
      throw new ConfigError([`evaluation must be exact with discount 1, got ${c.evaluation}`]);
    }
  },

  init({ config: c, env }) {
    const mdp = mdpOf(env);
    return {
      step: 0,
      actions: firstActions(mdp, c.discount),
      values: new Float64Array(mdp.numStates).fill(c.evaluation === "exact" ? 0 : lowerBound(mdp, c.discount)),
      change: Number.POSITIVE_INFINITY,
      converged: false,
      trace: emptyTrace(["residual", "error", "errorBound"]),
    };
  },

  train,
  policy: (context, state) =>
    solvedPolicy("policy-iteration", context, deterministicPolicy(state.actions, mdpOf(context.env).numActions)),
  figures,
};
