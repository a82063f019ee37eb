/**
 * Policy gradient of a softmax policy in a finite MDP, with exact values and visits: θ ← θ + η ∇V^π_θ(ρ₀),
 *
 *     ∂V^π(ρ₀)/∂θ(s, a) = d^π(s) π(a|s) A^π(s, a),   d^π(s) = Σₜ γᵗ P(sₜ = s).
 *
 * Sutton, McAllester, Singh & Mansour 2000 (the theorem); Agarwal et al. 2021 and Mei et al. 2020 (convergence: V^π_θ is β-smooth with
 * β = 8R/(1−γ)³; with η ≤ 1/β it converges to V*, as O(1/k), if ρ₀ is positive in every state). Notes: W, "Policy gradient theorem".
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  flag,
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
  discountedVisitation,
  policyEntropy,
  rewardSpan,
  softmaxGradient,
  softmaxPolicy,
  softmaxSmoothness,
} from "../../maths/index.js";

const config = schema({
  ...ascentSettings,
  learningRate: real({ default: 1, above: 0, symbol: "η", help: "step size" }),
  smoothStep: flag({
    default: false,
    help: "take η = 1/β = (1 − γ)³/(8R), R the span of the rewards, instead: the value provably never falls, and hardly rises",
  }),
});

export type TabularPgConfig = ConfigOf<typeof config>;

export interface TabularPgState {
  /** k: updates done. */
  step: number;
  /** θ(s, a) at s·A + a  [S·A] */
  readonly logits: Float64Array;
  readonly curves: AscentCurves;
}

function* train({ config: c, env }: Context<TabularPgConfig>, state: TabularPgState): Generator<Progress> {
  const mdp = mdpOf(env);
  const { numActions } = mdp;
  const optimal = optimalStartValue(mdp, c.discount);
  const smoothness = softmaxSmoothness(rewardSpan(mdp), c.discount);
  const eta = c.smoothStep && smoothness > 0 ? 1 / smoothness : c.learningRate;
  let policy = softmaxPolicy(state.logits, numActions);
  let now = evaluated(mdp, policy, c.discount);
  while (state.step < c.totalSteps) {
    // for k = 1, 2, …
    const visits = discountedVisitation(mdp, policy, c.discount); //   d^π_k
    const gradient = softmaxGradient({ policy, advantage: now.advantage, visits, numActions }); //   ∇V^π_k(ρ₀): d^π_k(s) π_k(a|s) A^π_k(s, a)
    const square = gradient.reduce((sum, g) => sum + g * g, 0);
    const guarantee = eta * (1 - (eta * smoothness) / 2) * square;
    const before = now.value;
    addToLogits(state.logits, numActions, eta, gradient); //   θ_{k+1} = θ_k + η ∇V^π_k(ρ₀)
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
      gradientNorm: Math.sqrt(square),
      improvement: now.value - before,
      ...(guarantee > 0 && { guarantee }),
      entropy: policyEntropy(policy, numActions),
    };
    recordCurves(state.curves, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

export const tabularPg: Algorithm<TabularPgConfig, TabularPgState> = {
  id: "tabular-pg",
  title: "Exact policy gradient",
  summary: "Ascends the exact gradient of a softmax policy's value in a finite MDP.",
  family: "tabular",
  papers: [papers.sutton2000, papers.mei2020, papers.agarwal2021],
  notes: ["W"],
  deviations: [
    "d is improper: it sums to 1/(1−γ), as in the note.",
    "The default η = 1 is far above 1/β, with which it would take for ever; `smoothStep` takes 1/β. The guarantee is logged where η < 2/β.",
    "θ is kept less a constant in each state. The first policy is uniform.",
  ],
  config,
  metrics: {
    ...ascentMetrics,
    gradientNorm: { meaning: "‖∇V^π(ρ₀)‖ of the last update", healthy: "falls towards 0", logarithmic: true },
    improvement: {
      meaning: "V^π(ρ₀) gained by the last update",
      healthy: "above 0; below it η is too large",
      range: { from: 0, below: 0 },
      bound: "guarantee",
    },
    guarantee: {
      meaning: "η(1 − ηβ/2)‖∇V‖², β = 8R/(1−γ)³: the least that the update had to gain; absent for η ≥ 2/β",
      healthy: "below the improvement",
    },
    entropy: { meaning: "mean entropy of the states' policies in nats", healthy: "falls from log A" },
  },
  presets: {
    "CliffWalking-v1": {
      source:
        "chosen here of 0.001, 0.01, 0.1 and 1: smaller ones crawl, with 1 the first step settles on walking into a wall for ever",
      config: { totalSteps: 3000, learningRate: 0.1 },
    },
  },
  ...solverKinds,
  unit: "iteration",

  init({ env }) {
    const { numStates, numActions } = mdpOf(env);
    const curves = emptyCurves(["gap", "improvement", "guarantee"]);
    return { step: 0, logits: new Float64Array(numStates * numActions), curves };
  },

  train,

  policy: (context, { logits }) =>
    solvedPolicy("tabular-pg", context, softmaxPolicy(logits, mdpOf(context.env).numActions)),

  figures(context, { logits, curves }) {
    return [
      ...policyFigures(context, softmaxPolicy(logits, mdpOf(context.env).numActions)),
      curvesFigure(
        curves,
        {
          title: "Gap to the optimum",
          caption: "V*(ρ₀) − V^π(ρ₀): O(1/k) for small enough steps (Mei et al. 2020, theorem 4).",
          yLabel: "V* − V",
          yLog: true,
        },
        [{ name: "gap", label: "gap" }],
      ),
      curvesFigure(
        curves,
        {
          title: "Improvement of an update",
          caption: "V^π(ρ₀) gained by the update, and where η < 2/β the least that smoothness promises.",
          yLabel: "improvement",
          yLog: true,
        },
        [
          { name: "improvement", label: "measured" },
          ...(curves.guarantee.step.length > 0 ? [{ name: "guarantee", label: "guarantee", reference: true }] : []),
        ],
      ),
    ];
  },
};
