/**
 * Where a policy is found: P(s₀→s, k, π) step by step, the discounted visitation ρ^π = Σ_k γᵏ P(s₀→·, k, π) and its normalised form d^π = (1 − γ) ρ^π.
 *
 * Puterman 1994, section 6.9; notes H 1.4, where ρ^π is called p^π. What ends the task leaves the distribution: P sums to the probability that it still runs, and d^π to 1 together with
 * the share of discounted time after the end.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, type Figure, type Progress, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { chosenPolicy, policyField, requireChosenPolicy } from "../../families/foundations/index.js";
import {
  emptyTrace,
  mdpOf,
  recordPoint,
  solvedPolicy,
  solverKinds,
  type Trace,
  traceFigure,
  valueFigures,
} from "../../families/tabular/index.js";
import { discountedVisitation, policyChain, runningStart, stepDistribution } from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 100, symbol: "k", help: "steps to follow the distribution for" },
  seed: settings.unusedSeed,
  discount: settings.discount,
  policy: policyField("the policy that is followed"),
});

export type StateDistributionsConfig = ConfigOf<typeof config>;

export interface StateDistributionsState {
  /** k */
  step: number;
  /** P(s₀→·, k, π)  [S] */
  readonly distribution: Float64Array;
  /** Σ_{j ≤ k} γʲ P(s₀→·, j, π)  [S] */
  readonly visitation: Float64Array;
  /** γᵏ */
  weight: number;
  readonly trace: Trace;
}

function* train(
  { config: c, env }: Context<StateDistributionsConfig>,
  state: StateDistributionsState,
): Generator<Progress, void, void> {
  const mdp = mdpOf(env);
  const policy = chosenPolicy(mdp, c);
  const chain = policyChain(mdp, policy);
  const exact = discountedVisitation(mdp, policy, c.discount);
  const next = new Float64Array(mdp.numStates);
  const { distribution, visitation } = state;

  while (state.step < c.totalSteps) {
    distribution.set(stepDistribution(chain, distribution, next)); //   P(s₀→·, k + 1, π)
    state.step += 1;
    state.weight *= c.discount;
    let running = 0;
    let visits = 0;
    let gap = 0;
    for (let s = 0; s < mdp.numStates; s++) {
      visitation[s] += state.weight * distribution[s];
      running += distribution[s];
      visits += visitation[s];
      gap += Math.abs(exact[s] - visitation[s]);
    }
    const metrics = {
      running,
      visits,
      gap,
      ...(c.discount < 1 && { gapBound: (state.weight * c.discount * running) / (1 - c.discount) }),
    };
    recordPoint(state.trace, state.step, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

function figures(
  { config: c, env }: Context<StateDistributionsConfig>,
  state: StateDistributionsState,
): readonly Figure[] {
  const mdp = mdpOf(env);
  const exact = discountedVisitation(mdp, chosenPolicy(mdp, c), c.discount);
  const normalised = exact.map((visits) => (1 - c.discount) * visits);
  const running = normalised.reduce((a, b) => a + b, 0);
  const first =
    c.discount < 1
      ? {
          values: normalised,
          title: "d^π, the normalised discounted distribution",
          caption: `(1 − γ) Σ_k γᵏ P(s₀→s, k, π) from a linear system, ${c.policy} policy, γ = ${c.discount}; the states have ${running.toPrecision(4)} of it, the time after the end of the task the rest (H 1.4).`,
        }
      : {
          values: exact,
          title: "Expected visits",
          caption: `Σ_k P(s₀→s, k, π) from a linear system, ${c.policy} policy, γ = 1 (H 1.4).`,
        };
  return [
    ...valueFigures({ mdp, ...first }),
    ...valueFigures({
      mdp,
      values: state.distribution,
      title: `P(s₀→s, ${state.step}, π)`,
      caption: `Where the ${c.policy} policy is after ${state.step} steps, if the task still runs.`,
    }),
    traceFigure(
      state.trace,
      {
        title: "The sum over k approaches the linear system's solution",
        caption: "‖ρ^π − Σ_{j ≤ k} γʲ P(s₀→·, j, π)‖₁ ≤ γᵏ⁺¹ P(running at k)/(1 − γ).",
        xLabel: "k",
      },
      {
        gap: { label: "distance" },
        gapBound: { label: "bound", reference: true },
        running: { label: "still running" },
      },
    ),
  ];
}

export const stateDistributions: Algorithm<StateDistributionsConfig, StateDistributionsState> = {
  id: "state-distributions",
  title: "State distributions",
  summary: "Where a policy is found after k steps, and in discounted time.",
  family: "foundations",
  papers: [papers.puterman1994],
  notes: ["H 1.4"],
  deviations: [
    "The formula for P(s₀→s, k, π) in H 1.4 multiplies sums over each step's own variables; the recursion is what is meant.",
    "H calls ρ^π p^π, and d^π the stationary distribution of the chain; that holds only in the limit γ → 1 of a continuing task.",
    "What ends the task leaves the distribution: d^π sums to 1 together with the share of discounted time after the end.",
  ],
  config,
  metrics: {
    running: {
      meaning: "Σ_s P(s₀→s, k, π): the probability that the task still runs",
      healthy: "1 on continuing tasks, else falls",
    },
    visits: { meaning: "Σ_s of the discounted visits so far", healthy: "rises to at most 1/(1 − γ)" },
    gap: {
      meaning: "‖ρ^π − the sum so far‖₁, ρ^π from a linear system",
      healthy: "falls to 0, below its bound",
      bound: "gapBound",
      logarithmic: true,
    },
    gapBound: {
      meaning: "γᵏ⁺¹ P(running at k)/(1 − γ); absent at γ = 1",
      healthy: "falls by γ a step",
      logarithmic: true,
    },
  },
  presets: {},
  ...solverKinds,
  unit: "iteration",
  validate: requireChosenPolicy,

  init({ env }) {
    const start = runningStart(mdpOf(env));
    return {
      step: 0,
      distribution: start,
      visitation: start.slice(),
      weight: 1,
      trace: emptyTrace(["running", "gap", "gapBound"]),
    };
  },

  train,
  policy: (context) => solvedPolicy("state-distributions", context, chosenPolicy(mdpOf(context.env), context.config)),
  figures,
};
