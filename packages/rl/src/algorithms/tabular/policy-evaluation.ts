/**
 * Iterative policy evaluation: the Bellman backup of a policy, applied until its own bound says that the values are within `tolerance` of V^π.
 *
 * Bellman 1957, Dynamic Programming; Sutton & Barto 2018, section 4.1. Notes: H 3.1.
 *
 *     V_{k+1}(s) = Σₐ π(a|s) [r(s, a) + γ Σ_s′ p(s′|s, a) V_k(s′)]
 *
 * Where it differs from its sources: `deviations`, below.
 */
import {
  type Algorithm,
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
  emptyTrace,
  evaluatedPolicyFields,
  mdpOf,
  namedPolicy,
  policyInWords,
  power,
  recordPoint,
  solvedPolicy,
  solverKinds,
  startValue,
  type Trace,
  traceFigure,
  valueFigures,
} from "../../families/tabular/index.js";
import {
  DENSE_LIMIT,
  errorBound,
  evaluationSweep,
  exactValues,
  optimum,
  policyChain,
  requireEvaluable,
  residualFor,
  uniformPolicy,
} from "../../maths/index.js";
import { stateCount, type TableSpace } from "../../policies/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, help: "sweeps at most" },
  seed: settings.unusedSeed,
  discount: settings.discount,
  ...evaluatedPolicyFields("uniform", "the policy to evaluate"),
  tolerance: real({ default: 1e-8, above: 0, symbol: "ε", help: "certified distance from V^π at which to stop" }),
  sweep: choice(["synchronous", "gauss-seidel"], {
    default: "synchronous",
    help: "all states at once, or in place by number",
  }),
  logEvery: int({ default: 10, min: 1, help: "sweeps from one line of the metrics to the next" }),
});

export type PolicyEvaluationConfig = ConfigOf<typeof config>;

export interface PolicyEvaluationState {
  /** k */
  step: number;
  /** V_k  [S] */
  readonly values: Float64Array;
  /** A bound of ‖B^π V_k − V_k‖∞; ∞ before the first sweep. */
  residual: number;
  /** ‖V_1 − V_0‖∞ */
  firstChange: number;
  converged: boolean;
  readonly trace: Trace;
}

/** π  [S·A] */
function evaluated({ config: c, env }: Context<PolicyEvaluationConfig>): Float64Array {
  const mdp = mdpOf(env);
  const { numStates, numActions } = mdp;
  const observed = stateCount(env.observationSpace as TableSpace);
  if (c.policy !== "given") return namedPolicy(c, numStates, numActions, () => optimum(mdp, c.discount).policy);
  const policy = uniformPolicy(mdp); // states that are not observed come last
  policy.set(namedPolicy(c, observed, numActions, () => policy));
  return policy;
}

function* train(
  context: Context<PolicyEvaluationConfig>,
  state: PolicyEvaluationState,
): Generator<Progress, void, void> {
  const { config: c, env } = context;
  const mdp = mdpOf(env);
  const policy = evaluated(context);
  const chain = policyChain(mdp, policy);
  const exact = mdp.numStates <= DENSE_LIMIT ? exactValues(mdp, policy, c.discount) : undefined;
  const enough = residualFor(c.tolerance, c.discount);
  const { values } = state;
  const next = c.sweep === "synchronous" ? new Float64Array(values.length) : values;

  while (state.step < c.totalSteps && !state.converged) {
    const change = evaluationSweep(chain, c.discount, values, next); //   V_{k+1} ← B^π V_k
    if (next !== values) values.set(next);
    if (state.step === 0) state.firstChange = change;
    state.step += 1;
    state.residual = c.discount * change;
    state.converged = state.residual <= enough;
    if (state.step % c.logEvery !== 0 && state.step < c.totalSteps && !state.converged) continue;
    const bound = errorBound(state.residual, c.discount);
    const metrics: Record<string, number> = {
      residual: state.residual,
      residualBound: power(c.discount, state.step) * state.firstChange,
      ...(exact && { error: distance(values, exact) }),
      ...(bound !== undefined && { errorBound: bound }),
      startValue: startValue(mdp, values),
    };
    recordPoint(state.trace, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

function figures(context: Context<PolicyEvaluationConfig>, state: PolicyEvaluationState): readonly Figure[] {
  const { config: c, env } = context;
  return [
    ...valueFigures({
      mdp: mdpOf(env),
      values: state.values,
      policy: evaluated(context),
      title: `Values of the ${policyInWords(c)} policy`,
      caption: `V after ${state.step} sweeps, with the policy's actions as arrows.`,
    }),
    traceFigure(
      state.trace,
      {
        title: "Residual and error under their bounds",
        caption:
          "‖B^π V − V‖ shrinks by γ a sweep (H 3.1, Lemma 19); ‖V − V^π‖ ≤ ‖B^π V − V‖/(1 − γ) (H 3.4, Prop. 24).",
        xLabel: "sweeps",
      },
      {
        residual: { label: "‖B^π V − V‖" },
        residualBound: { label: "γᵏ‖V₁ − V₀‖", reference: true },
        error: { label: "‖V − V^π‖" },
        errorBound: { label: "‖B^π V − V‖/(1 − γ)", reference: true },
      },
    ),
  ];
}

export const policyEvaluation: Algorithm<PolicyEvaluationConfig, PolicyEvaluationState> = {
  id: "policy-evaluation",
  title: "Iterative policy evaluation",
  summary: "Bellman backups of a given policy until their bound certifies its values.",
  family: "tabular",
  papers: [papers.sectionOf(papers.sutton2018, "4.1")],
  notes: ["H 3.1", "H 3.4"],
  deviations: [
    'The notes stop "at convergence"; here it stops once γ/(1 − γ)·‖V_{k+1} − V_k‖∞ ≤ `tolerance` (H 3.4, Prop. 24), or at γ = 1, where there is no such bound, at a change of `tolerance`.',
    "`--sweep gauss-seidel` backs up in place.",
    "At γ = 1 a policy that may never end the task is refused in a sentence.",
  ],
  config,
  metrics: {
    residual: {
      meaning: "bound of the Bellman residual ‖B^π V − V‖∞: γ times the last sweep's change",
      healthy: "falls by at least γ a sweep",
      bound: "residualBound",
      logarithmic: true,
    },
    residualBound: {
      meaning: "γᵏ‖V₁ − V₀‖∞, since backups contract (H 3.1, Lemma 19)",
      healthy: "falls by γ a sweep",
      logarithmic: true,
    },
    error: {
      meaning: `‖V − V^π‖∞ with V^π from a linear system; up to ${DENSE_LIMIT} states`,
      healthy: "below its bound",
      bound: "errorBound",
      logarithmic: true,
    },
    errorBound: {
      meaning: "‖B^π V − V‖∞/(1 − γ) (H 3.4, Prop. 24); absent at γ = 1",
      healthy: "falls to the tolerance",
      logarithmic: true,
    },
    startValue: { meaning: "Σ_s ρ₀(s) V(s)", healthy: "settles at the policy's return" },
  },
  presets: {},
  ...solverKinds,
  unit: "sweep",

  validate(context) {
    requireEvaluable(mdpOf(context.env), evaluated(context), context.config.discount);
  },

  init({ env }) {
    return {
      step: 0,
      values: new Float64Array(mdpOf(env).numStates),
      residual: Number.POSITIVE_INFINITY,
      firstChange: 0,
      converged: false,
      trace: emptyTrace(["residual", "residualBound", "error", "errorBound"]),
    };
  },

  train,
  policy: (context) => solvedPolicy("policy-evaluation", context, evaluated(context)),
  figures,
};
