/**
 * Exponential weights in a finite MDP: one learner in each state, whose rewards are the exact action values of the policy that all of them
 * form together.
 *
 *     π_{k+1}(a|s) ∝ π_k(a|s) exp(η Q^π_k(s, a))
 *
 * Even-Dar, Kakade & Mansour 2009; Agarwal, Kakade, Lee & Mahajan 2021, theorem 16. Notes: W, "Policy learning in MDPs".
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  isLineDue,
  isStopDue,
  optional,
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
  mdpLearningRate,
  mdpRegretBound,
  policyEntropy,
  rewardSpan,
  softmaxPolicy,
} from "../../maths/index.js";

const config = schema({
  ...ascentSettings,
  learningRate: optional(
    real({ above: 0, symbol: "η", help: "step size; absent: the regret bound's best, √(8 log A / K)·(1 − γ)/R" }),
  ),
});

export type ExponentialWeightsMdpConfig = ConfigOf<typeof config>;

export interface ExponentialWeightsMdpState {
  /** k: updates done. */
  step: number;
  /** Σ_{j<k} (V* − V^π_j)(ρ₀) */
  regret: number;
  /** θ(s, a) at s·A + a  [S·A] */
  readonly logits: Float64Array;
  readonly curves: AscentCurves;
}

function* train(
  { config: c, env }: Context<ExponentialWeightsMdpConfig>,
  state: ExponentialWeightsMdpState,
): Generator<Progress> {
  const mdp = mdpOf(env);
  const { numActions } = mdp;
  const optimal = optimalStartValue(mdp, c.discount);
  const problem = { numActions, discount: c.discount, span: rewardSpan(mdp) };
  const eta = c.learningRate ?? mdpLearningRate({ ...problem, iterations: c.totalSteps });
  let policy = softmaxPolicy(state.logits, numActions);
  let now = evaluated(mdp, policy, c.discount);
  while (state.step < c.totalSteps) {
    // for k = 1, 2, …
    state.regret += optimal - now.value;
    addToLogits(state.logits, numActions, eta, now.q); //   π_{k+1}(a|s) ∝ π_k(a|s) exp(η Q^π_k(s, a))
    state.step += 1;
    policy = softmaxPolicy(state.logits, numActions);
    now = evaluated(mdp, policy, c.discount); //   Q^π_{k+1}, exactly
    if (!isLineDue(state.step - 1, state.step, c.totalSteps)) {
      if (isStopDue(state.step - 1, state.step, iterationWork(mdp)))
        yield { step: state.step, episodes: [], betweenLines: true };
      continue;
    }
    const setting = { ...problem, iterations: state.step, learningRate: eta };
    const metrics = {
      value: now.value,
      gap: Math.max(0, optimal - now.value),
      gapBound: lastIterateBound(setting),
      regret: state.regret,
      regretBound: mdpRegretBound(setting),
      entropy: policyEntropy(policy, numActions),
    };
    recordCurves(state.curves, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

export const exponentialWeightsMdp: Algorithm<ExponentialWeightsMdpConfig, ExponentialWeightsMdpState> = {
  id: "exponential-weights-mdp",
  title: "Exponential weights in an MDP",
  summary:
    "Multiplies each state's policy by the exponential of its action values, solved exactly, under a bound on the regret.",
  family: "tabular",
  papers: [papers.evenDar2009, papers.agarwal2021],
  notes: ["W"],
  deviations: [
    "The regret bound is Hoeffding's, log A/(η(1−γ)) + ηKR²/(8(1−γ)³) with R the span of the rewards (`mdpRegretBound`). The note states (1/(1−γ)²)(log A/η + ηAK) = (1/(1−γ)²)√(A log A · K). That measures Q in units of 1/(1−γ) (its η is ours divided by 1−γ), has a factor A that is needed only if Q is estimated by importance weights, loses a factor 2 in the last step, and writes η as 2 and as γ along the way.",
    "The first policy is uniform. Weights are kept as logarithms, θ = log weights, less a constant in each state.",
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
    regret: {
      meaning: "Σₖ (V*(ρ₀) − V^πₖ(ρ₀)) of the policies so far",
      healthy: "levels off",
      bound: "regretBound",
      logarithmic: true,
    },
    regretBound: {
      meaning: "(log A/η + ηKR²/(8(1−γ)²))/(1−γ), R the span of the rewards: the theorem's bound on the regret",
      healthy: "above the regret",
      logarithmic: true,
    },
    entropy: { meaning: "mean entropy of the states' policies in nats", healthy: "falls from log A" },
  },
  presets: {
    "FrozenLake-v1": {
      source:
        "the bound on the last iterate falls with η: 10 solves it; the regret bound's own step is meant for the worst case",
      config: { learningRate: 10 },
    },
  },
  ...solverKinds,
  unit: "iteration",

  init({ env }) {
    const { numStates, numActions } = mdpOf(env);
    const curves = emptyCurves(["gap", "gapBound", "regret", "regretBound"]);
    return { step: 0, regret: 0, logits: new Float64Array(numStates * numActions), curves };
  },

  train,

  policy: (context, { logits }) =>
    solvedPolicy("exponential-weights-mdp", context, softmaxPolicy(logits, mdpOf(context.env).numActions)),

  figures(context, { logits, curves }) {
    return [
      ...policyFigures(context, softmaxPolicy(logits, mdpOf(context.env).numActions)),
      curvesFigure(
        curves,
        {
          title: "Regret and its bound",
          caption:
            "Σₖ (V* − V^πₖ)(ρ₀) under (log A/η + ηKR²/(8(1−γ)²))/(1−γ). Notes W, with the constants of Hoeffding's lemma.",
          yLabel: "regret",
          yLog: true,
        },
        [
          { name: "regret", label: "regret" },
          { name: "regretBound", label: "bound", reference: true },
        ],
      ),
      curvesFigure(
        curves,
        {
          title: "Gap to the optimum and its bound",
          caption:
            "V*(ρ₀) − V^π(ρ₀) of the last policy under (log A/(η(1−γ)) + R/(1−γ)²)/K: Agarwal et al. 2021, theorem 16.",
          yLabel: "V* − V",
          yLog: true,
        },
        [
          { name: "gap", label: "gap" },
          { name: "gapBound", label: "bound", reference: true },
        ],
      ),
    ];
  },
};
