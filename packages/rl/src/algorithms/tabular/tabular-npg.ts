/**
 * Natural policy gradient of a softmax policy in a finite MDP, with exact values: θ ← θ + η F⁺∇V^π_θ(ρ₀).
 *
 * With one parameter for each state and action F⁺∇V is the advantage function, whatever ρ₀ is: the update is exponential weights,
 * π_{k+1}(a|s) ∝ π_k(a|s) exp(η A^π_k(s, a)), and no state's value ever falls.
 *
 * Kakade 2001; Agarwal, Kakade, Lee & Mahajan 2021, lemma 15, lemma 17, theorem 16. Notes: W, "NPG (gradient-update form)"; H 2.8.
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  isLineDue,
  isStopDue,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  type AscentCurves,
  ascentMetrics,
  ascentSettings,
  curvesFigure,
  emptyCurves,
  evaluated,
  iterationWork,
  mdpOf,
  optimalStartValue,
  policyFigures,
  recordCurves,
  solvedPolicy,
  solverKinds,
} from "../../families/tabular/index.js";
import {
  addToLogits,
  lastIterateBound,
  naturalImprovementBound,
  policyEntropy,
  rewardSpan,
  softmaxPolicy,
} from "../../maths/index.js";

const config = schema({
  ...ascentSettings,
  learningRate: real({
    default: 1,
    above: 0,
    symbol: "η",
    help: "step size; every one converges, the larger the faster",
  }),
});

export type TabularNpgConfig = ConfigOf<typeof config>;

export interface TabularNpgState {
  /** k: updates done. */
  step: number;
  /** θ(s, a) at s·A + a  [S·A] */
  readonly logits: Float64Array;
  readonly curves: AscentCurves;
}

function* train({ config: c, env }: Context<TabularNpgConfig>, state: TabularNpgState): Generator<Progress> {
  const mdp = mdpOf(env);
  const { numActions } = mdp;
  const optimal = optimalStartValue(mdp, c.discount);
  const problem = { numActions, discount: c.discount, span: rewardSpan(mdp), learningRate: c.learningRate };
  let policy = softmaxPolicy(state.logits, numActions);
  let now = evaluated(mdp, policy, c.discount);
  while (state.step < c.totalSteps) {
    // for k = 1, 2, …
    const guarantee = naturalImprovementBound(mdp, policy, now.advantage, c.learningRate);
    const before = now.value;
    addToLogits(state.logits, numActions, c.learningRate, now.advantage); //   θ_{k+1} = θ_k + η F⁺∇V^π_k(ρ₀) = θ_k + η A^π_k
    state.step += 1;
    policy = softmaxPolicy(state.logits, numActions);
    now = evaluated(mdp, policy, c.discount); //   A^π_{k+1}, exactly
    if (!isLineDue(state.step - 1, state.step, c.totalSteps)) {
      if (isStopDue(state.step - 1, state.step, iterationWork(mdp)))
        yield { step: state.step, episodes: [], betweenLines: true };
      continue;
    }
    const metrics = {
      value: now.value,
      gap: Math.max(0, optimal - now.value),
      gapBound: lastIterateBound({ ...problem, iterations: state.step }),
      improvement: now.value - before,
      guarantee,
      entropy: policyEntropy(policy, numActions),
    };
    recordCurves(state.curves, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

export const tabularNpg: Algorithm<TabularNpgConfig, TabularNpgState> = {
  id: "tabular-npg",
  title: "Exact natural policy gradient",
  summary:
    "Adds the exact advantages of a finite MDP to a softmax policy's parameters: natural policy gradient as exponential weights.",
  family: "tabular",
  papers: [papers.kakade2001, papers.agarwal2021],
  notes: ["W", "H 2.8"],
  deviations: [
    "F and ∇V are both taken with the improper distribution d_ρ^π that sums to 1/(1 − γ), as in the note; the papers normalise it in F, so that their η is ours times 1 − γ.",
    "F is singular (constants in a state; states never reached). A is the solution that is right for all ρ₀ at once.",
    "In the notes KL ≈ ΔθᵀFΔθ (W once, H 2.8) lacks the factor ½ that W derives on the next slide.",
  ],
  config,
  metrics: {
    ...ascentMetrics,
    gap: { ...ascentMetrics.gap, bound: "gapBound" },
    gapBound: {
      meaning: "(log A/(η(1−γ)) + R/(1−γ)²)/K, the theorem's bound on the gap (Agarwal et al. 2021, theorem 16)",
      healthy: "above the gap",
      logarithmic: true,
    },
    improvement: {
      meaning: "V^π(ρ₀) gained by the last update",
      healthy: "never below its guarantee",
      bound: "guarantee",
    },
    guarantee: {
      meaning:
        "Σ_s ρ₀(s) log Σₐ π(a|s) exp(ηA(s, a))/η: the least that the update had to gain (Agarwal et al. 2021, lemma 17)",
      healthy: "at least 0, below the improvement",
    },
    entropy: { meaning: "mean entropy of the states' policies in nats", healthy: "falls from log A" },
  },
  presets: {},
  ...solverKinds,
  unit: "iteration",

  init({ env }) {
    const { numStates, numActions } = mdpOf(env);
    const curves = emptyCurves(["gap", "gapBound", "improvement", "guarantee"]);
    return { step: 0, logits: new Float64Array(numStates * numActions), curves };
  },

  train,

  policy: (context, { logits }) =>
    solvedPolicy("tabular-npg", context, softmaxPolicy(logits, mdpOf(context.env).numActions)),

  figures(context, { logits, curves }) {
    return [
      ...policyFigures(context, softmaxPolicy(logits, mdpOf(context.env).numActions)),
      curvesFigure(
        curves,
        {
          title: "Gap to the optimum and its bound",
          caption: "V*(ρ₀) − V^π(ρ₀) under (log A/(η(1−γ)) + R/(1−γ)²)/K: Agarwal et al. 2021, theorem 16.",
          yLabel: "V* − V",
          yLog: true,
        },
        [
          { name: "gap", label: "gap" },
          { name: "gapBound", label: "bound", reference: true },
        ],
      ),
      curvesFigure(
        curves,
        {
          title: "Improvement of an update and its guarantee",
          caption: "V^π(ρ₀) gained by the update, above the least that Agarwal et al. 2021, lemma 17, promises.",
          yLabel: "improvement",
          yLog: true,
        },
        [
          { name: "improvement", label: "measured" },
          { name: "guarantee", label: "guarantee", reference: true },
        ],
      ),
    ];
  },
};
