/**
 * Policy iteration that never lets the value fall: in each iteration the maximum over all policies of a lower bound of the value,
 *
 *     V(π) ≥ L_π_i(π) − C·max_s KL(π_i(·|s) ‖ π(·|s)),   C = 4εγ/(1−γ)²,   ε = max |A_π_i(s, a)|,
 *     L_π_i(π) = V(π_i) + Σ_s p^π_i(s) Σₐ π(a|s) A_π_i(s, a).
 *
 * Schulman, Levine, Moritz, Jordan & Abbeel 2015, algorithm 1, theorem 1 (arXiv:1502.05477); Kakade & Langford 2002. Notes: H 2.9.
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
import { discountedVisitation, maximisePenalised, trustRegionPenalty, uniformPolicy } from "../../maths/index.js";

const config = schema({
  ...ascentSettings,
  penaltyScale: real({
    default: 1,
    min: 0,
    help: "what C is multiplied with: 1 is the paper's, ½ keeps the guarantee, below it is lost",
  }),
});

export type MonotonicPolicyIterationConfig = ConfigOf<typeof config>;

export interface MonotonicPolicyIterationState {
  /** i: iterations done. */
  step: number;
  /** π_i(a|s) at s·A + a  [S·A] */
  readonly policy: Float64Array;
  readonly curves: AscentCurves;
}

function* train(
  { config: c, env }: Context<MonotonicPolicyIterationConfig>,
  state: MonotonicPolicyIterationState,
): Generator<Progress> {
  const mdp = mdpOf(env);
  const { numActions } = mdp;
  const { policy } = state;
  const optimal = optimalStartValue(mdp, c.discount);
  let now = evaluated(mdp, policy, c.discount); //   compute all advantage values A_π_i(s, a)
  while (state.step < c.totalSteps) {
    // for i = 0, 1, 2, … until convergence
    const penalty = c.penaltyScale * trustRegionPenalty(now.advantage, c.discount); //   C = 4εγ/(1−γ)²
    const visits = discountedVisitation(mdp, policy, c.discount);
    const best = maximisePenalised({ policy, advantage: now.advantage, visits, numActions, penalty }); //   π_{i+1} = argmax_π L(π) − C·KL^max
    const before = now.value;
    policy.set(best.policy);
    state.step += 1;
    now = evaluated(mdp, policy, c.discount);
    if (!isLineDue(state.step - 1, state.step, c.totalSteps)) {
      if (isStopDue(state.step - 1, state.step, iterationWork(mdp)))
        yield { step: state.step, episodes: [], betweenLines: true };
      continue;
    }
    const metrics = {
      value: now.value,
      gap: Math.max(0, optimal - now.value),
      improvement: now.value - before,
      guarantee: best.objective,
      surrogateGain: best.gain,
      penalty,
      ...(Number.isFinite(best.maxKl) && { maxKl: best.maxKl }),
      optimalityGap: best.optimalityGap,
    };
    recordCurves(state.curves, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

export const monotonicPolicyIteration: Algorithm<MonotonicPolicyIterationConfig, MonotonicPolicyIterationState> = {
  id: "monotonic-policy-iteration",
  title: "Monotonic policy iteration",
  summary:
    "Maximises a lower bound of the value in each iteration, so that the value never falls: what TRPO approximates.",
  family: "tabular",
  papers: [papers.schulman2015trpo, papers.kakade2002],
  notes: ["H 2.9"],
  deviations: [
    "The maximum is found exactly, over all policies and not over some parametrised ones, and certified (`maximisePenalised`).",
    "Every state moves, also those that are never visited: it costs nothing, and with it no state's value falls.",
    "`penaltyScale` multiplies C. With 1, the paper's, steps are tiny; ½ is still safe, because TV² ≤ KL/2 (Pinsker) where the paper uses TV² ≤ KL; below that nothing is guaranteed. (TRPO replaces the penalty by a constraint for this reason.)",
    "In the notes' Lemma 15 the middle term is 2α·max|Ā|; it is 2(1 − (1−α)ᵗ)·max|Ā|. In Lemma 14 max A stands for max |A|. The theorem is not touched.",
  ],
  config,
  metrics: {
    ...ascentMetrics,
    improvement: {
      meaning: "V^π(ρ₀) gained by the last iteration",
      healthy: "at least its guarantee",
      bound: "guarantee",
    },
    guarantee: {
      meaning:
        "the maximum of the lower bound, max_π L(π) − V(π_i) − C·KL^max: the least that the iteration had to gain",
      healthy: "at least 0, below the improvement (with penaltyScale of at least ½)",
    },
    surrogateGain: {
      meaning: "Σ_s p(s) Σₐ π(a|s) A(s, a) of the new policy: what was gained if the visits had not changed",
      healthy: "about the improvement; twice the guarantee for small steps",
    },
    penalty: { meaning: "C now", healthy: "falls with the advantages" },
    maxKl: { meaning: "largest KL(π_i ‖ π_{i+1}) of a state", healthy: "small: C is large", logarithmic: true },
    optimalityGap: {
      meaning: "how far from the maximum of the lower bound the new policy can be, by duality",
      healthy: "rounding",
    },
  },
  presets: {
    "FrozenLake-v1": {
      source: "γ = 0.9: C grows as 1/(1 − γ)², and with γ = 0.99 the steps are too small to be seen",
      config: { totalSteps: 5000, discount: 0.9 },
    },
  },
  ...solverKinds,
  unit: "iteration",

  init({ env }) {
    const mdp = mdpOf(env);
    return { step: 0, policy: uniformPolicy(mdp), curves: emptyCurves(["gap", "improvement", "guarantee", "maxKl"]) };
  },

  train,

  policy: (context, { policy }) => solvedPolicy("monotonic-policy-iteration", context, policy),

  figures(context, { policy, curves }) {
    return [
      ...policyFigures(context, policy),
      curvesFigure(
        curves,
        {
          title: "Improvement of an iteration and its guarantee",
          caption: "V^π(ρ₀) gained, above the maximum of Schulman et al.'s lower bound. Notes H 2.9.",
          yLabel: "improvement",
          yLog: true,
        },
        [
          { name: "improvement", label: "measured" },
          { name: "guarantee", label: "guarantee", reference: true },
        ],
      ),
      curvesFigure(
        curves,
        {
          title: "Gap to the optimum",
          caption: "V*(ρ₀) − V^π(ρ₀), which never rises.",
          yLabel: "V* − V",
          yLog: true,
        },
        [{ name: "gap", label: "gap" }],
      ),
    ];
  },
};
