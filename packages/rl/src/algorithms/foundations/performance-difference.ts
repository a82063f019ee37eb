/**
 * The performance-difference lemma on an environment: both sides, for pairs of random policies.
 *
 *     V^π(ρ₀) − V^π′(ρ₀) = 1/(1 − γ) · 𝔼_{s ~ d^π} 𝔼_{a ~ π} [A^π′(s, a)]
 *
 * Kakade & Langford 2002, "Approximately optimal approximate reinforcement learning", lemma 6.1. Notes: H 2.7; L; C 3.3.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import type { Random } from "@advantage/engine";
import { type Algorithm, type ConfigOf, type Context, type Figure, type Progress, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { randomPolicy } from "../../families/foundations/index.js";
import { mdpOf, solvedPolicy, solverKinds } from "../../families/tabular/index.js";
import { performanceDifference as bothSides, requireEvaluable, uniformPolicy } from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 50, help: "pairs of policies to compare" },
  seed: settings.seed,
  discount: settings.discount,
});

export type PerformanceDifferenceConfig = ConfigOf<typeof config>;

export interface PerformanceDifferenceState {
  step: number;
  readonly random: Random;
  /** Left and right sides so far. */
  readonly differences: number[];
  readonly fromAdvantages: number[];
}

function* train(
  { config: c, env }: Context<PerformanceDifferenceConfig>,
  state: PerformanceDifferenceState,
): Generator<Progress, void, void> {
  const mdp = mdpOf(env);
  while (state.step < c.totalSteps) {
    const policy = randomPolicy(mdp, state.random); //   π
    const other = randomPolicy(mdp, state.random); //    π′
    const { difference, fromAdvantages } = bothSides(mdp, policy, other, c.discount);
    state.step += 1;
    state.differences.push(difference);
    state.fromAdvantages.push(fromAdvantages);
    const mismatch = Math.abs(difference - fromAdvantages);
    yield { step: state.step, episodes: [], metrics: { difference, fromAdvantages, mismatch } };
  }
}

function figures(_context: Context<PerformanceDifferenceConfig>, state: PerformanceDifferenceState): readonly Figure[] {
  const order = state.differences.map((_, i) => i).sort((i, j) => state.differences[i] - state.differences[j]);
  const x = order.map((_, rank) => rank + 1);
  return [
    {
      kind: "curves",
      title: "Both sides of the lemma",
      caption:
        "V^π(ρ₀) − V^π′(ρ₀), and the same from π′'s advantages where π goes (H 2.7, Theorem 11), for pairs of random policies in the order of the difference.",
      xLabel: "pair of policies",
      yLabel: "difference",
      curves: [
        { label: "V^π − V^π′", x, y: order.map((i) => state.differences[i]) },
        { label: "from advantages", x, y: order.map((i) => state.fromAdvantages[i]), reference: true },
      ],
    },
  ];
}

export const performanceDifference: Algorithm<PerformanceDifferenceConfig, PerformanceDifferenceState> = {
  id: "performance-difference",
  title: "Performance-difference lemma",
  summary: "The difference of two policies' returns, also from one's advantages where the other goes.",
  family: "foundations",
  papers: [papers.kakade2002],
  notes: ["H 2.7", "L", "C 3.3"],
  deviations: [
    "H 2.7 states it for one start state; here ρ₀ is any start distribution.",
    "At γ = 1, on tasks that end, d^π/(1 − γ) is read as the expected numbers of visits, and the lemma holds too.",
  ],
  config,
  mainMetric: "difference",
  metrics: {
    difference: { meaning: "V^π(ρ₀) − V^π′(ρ₀)", healthy: "either sign" },
    fromAdvantages: { meaning: "Σ_s ρ^π(s) Σₐ π(a|s) A^π′(s, a)", healthy: "the same" },
    mismatch: { meaning: "the sides' difference", healthy: "rounding: 1e-10 of the values at most", logarithmic: true },
  },
  presets: {},
  ...solverKinds,
  unit: "iteration",

  validate({ config: c, env }) {
    const mdp = mdpOf(env);
    requireEvaluable(mdp, uniformPolicy(mdp), c.discount); // every random policy takes all actions, as this one does
  },

  init: ({ random }) => ({ step: 0, random: random.fork("policies"), differences: [], fromAdvantages: [] }),
  train,
  policy: (context) => solvedPolicy("performance-difference", context, uniformPolicy(mdpOf(context.env))),
  figures,
};
