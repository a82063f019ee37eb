/**
 * How far a policy's value can be from what its predecessor's advantages promise: the improvement bounds behind TRPO and PPO, beside the exact numbers.
 *
 *     L_π(π′) = V(π) + Σ_s ρ^π(s) Σₐ π′(a|s) A^π(s, a)
 *     |V(π′) − L_π(π′)| ≤ 4α²γε/((1−γ)(1−γ(1−α))) ≤ 4α²γε/(1−γ)² ≤ 4γε/(1−γ)²·max_s KL,      α = max_s TV,  ε = max |A^π|
 *     ‖p_π′(sₜ) − p_π(sₜ)‖₁ ≤ 2 P(nₜ > 0) ≤ 2 (1 − (1−α)ᵗ)
 *
 * Kakade & Langford 2002; Schulman, Levine, Moritz, Jordan & Abbeel 2015, theorem 1 (arXiv:1502.05477); Achiam, Held, Tamar & Abbeel 2017, corollary 3
 * (arXiv:1705.10528). Notes: H 2.9–2.10 (theorem 13, lemmas 14–15); C 3.4.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { math, type Random } from "@advantage/engine";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  type Curve,
  type Figure,
  int,
  type Progress,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { randomPolicy } from "../../families/foundations/index.js";
import { mdpOf, solvedPolicy, solverKinds } from "../../families/tabular/index.js";
import { distributionGap, policyShift, shiftBounds, uniformPolicy } from "../../maths/index.js";

const config = schema({
  totalSteps: {
    ...settings.totalSteps,
    default: 60,
    help: "pairs of policies to compare, from nearly equal to far apart",
  },
  seed: settings.seed,
  discount: settings.discount,
  gapSteps: int({ default: 50, min: 1, symbol: "t", help: "steps for which the distributions of states are followed" }),
});

export type PolicyBoundsConfig = ConfigOf<typeof config>;

/** What is drawn, by pair. */
const drawn = ["alpha", "error", "tightBound", "totalVariationBound", "klBound", "rootKlBound"] as const;

export interface PolicyBoundsState {
  step: number;
  readonly random: Random;
  /** By name  [pairs] */
  readonly pairs: Record<(typeof drawn)[number], number[]>;
  /** ‖p_π′(sₜ) − p_π(sₜ)‖₁, twice P(nₜ > 0) and α of the pair whose α is nearest to 0.1. */
  gap: { readonly alpha: number; readonly distance: Float64Array; readonly disagreement: Float64Array };
}

/** β of the n-th of N steps, from 10⁻³ to 1, evenly on a logarithmic scale. */
function stepShare(n: number, N: number): number {
  return N === 1 ? 1 : math.pow(10, -3 + (3 * n) / (N - 1));
}

function* train(
  { config: c, env }: Context<PolicyBoundsConfig>,
  state: PolicyBoundsState,
): Generator<Progress, void, void> {
  const mdp = mdpOf(env);
  while (state.step < c.totalSteps) {
    const policy = randomPolicy(mdp, state.random); //                                        π
    const other = randomPolicy(mdp, state.random); //                                         π̃
    const beta = stepShare(state.step, c.totalSteps);
    const next = policy.map((p, row) => (1 - beta) * p + beta * other[row]); //               π′
    const shift = policyShift(mdp, policy, next, c.discount);
    const bounds = shiftBounds(shift, c.discount);
    const gap = distributionGap(mdp, policy, next, c.gapSteps);
    const { alpha, largestAdvantage: epsilon, meanAdvantage } = shift;
    state.step += 1;
    const metrics = {
      alpha,
      improvement: shift.newValue - shift.value,
      promised: shift.surrogate - shift.value, //                                             L_π(π′) − V(π)
      error: Math.abs(shift.newValue - shift.surrogate),
      tightBound: bounds.tight,
      totalVariationBound: bounds.totalVariation,
      klBound: bounds.kl,
      rootKlBound: bounds.rootKl,
      meanAdvantage: meanAdvantage.reduce((most, a) => Math.max(most, Math.abs(a)), 0), //    lemma 14
      meanAdvantageBound: 2 * alpha * epsilon,
      ...gapMetrics(gap, alpha, c.gapSteps),
    };
    for (const name of drawn) state.pairs[name].push(metrics[name]);
    if (Math.abs(alpha - SHOWN_ALPHA) < Math.abs(state.gap.alpha - SHOWN_ALPHA)) state.gap = { alpha, ...gap };
    yield { step: state.step, episodes: [], metrics };
  }
}

/** α of the pair whose distributions are shown. */
const SHOWN_ALPHA = 0.1;

/** Where the distance comes nearest to its bound. */
function gapMetrics(
  { distance, disagreement }: { readonly distance: Float64Array; readonly disagreement: Float64Array },
  alpha: number,
  steps: number,
) {
  const last = gapBound(alpha, steps);
  return {
    distributionGap: distance[steps],
    disagreementBound: 2 * disagreement[steps],
    distributionGapBound: last,
  };
}

/** 2 (1 − (1−α)ᵗ) */
function gapBound(alpha: number, t: number): number {
  return -2 * math.expm1(t * math.log1p(-alpha));
}

function figures(_context: Context<PolicyBoundsConfig>, { pairs, gap }: PolicyBoundsState): readonly Figure[] {
  const order = pairs.alpha.map((_, i) => i).sort((i, j) => pairs.alpha[i] - pairs.alpha[j]);
  const curve = (name: (typeof drawn)[number], label: string, reference?: boolean): Curve => {
    const kept = order.filter((i) => pairs[name][i] > 0 && pairs[name][i] < Number.POSITIVE_INFINITY);
    return {
      label,
      x: kept.map((i) => pairs.alpha[i]),
      y: kept.map((i) => pairs[name][i]),
      ...(reference && { reference }),
    };
  };
  const t = Array.from(gap.distance, (_, i) => i);
  return [
    {
      kind: "curves",
      title: "What the surrogate is wrong by, and its bounds",
      caption:
        "|V(π′) − L_π(π′)| of random steps against their largest total variation α, under theorem 13 (H 2.9) in its tight form and as stated, its KL corollary, and the √KL bound (H 2.10).",
      xLabel: "α = max TV(π, π′)",
      yLabel: "|V(π′) − L|",
      xLog: true,
      yLog: true,
      curves: [
        curve("error", "|V(π′) − L|"),
        curve("tightBound", "4α²γε/((1−γ)(1−γ(1−α)))", true),
        curve("totalVariationBound", "4α²γε/(1−γ)²", true),
        curve("klBound", "4γε/(1−γ)²·max KL", true),
        curve("rootKlBound", "C √(mean KL)", true),
      ],
    },
    {
      kind: "curves",
      title: "How the distributions of states come apart",
      caption: `‖p′(sₜ) − p(sₜ)‖₁ of a pair with α = ${gap.alpha.toPrecision(3)}, below twice the probability that coupled actions have differed, below 2(1 − (1−α)ᵗ) (H, lemma 15; C 3.4).`,
      xLabel: "t",
      yLabel: "distance",
      curves: [
        { label: "‖p′(sₜ) − p(sₜ)‖₁", x: t, y: Array.from(gap.distance) },
        { label: "2 P(nₜ > 0)", x: t, y: Array.from(gap.disagreement, (p) => 2 * p), reference: true },
        { label: "2(1 − (1−α)ᵗ)", x: t, y: t.map((each) => gapBound(gap.alpha, each)), reference: true },
      ],
    },
  ];
}

export const policyBounds: Algorithm<PolicyBoundsConfig, PolicyBoundsState> = {
  id: "policy-bounds",
  title: "Policy improvement bounds",
  summary: "What a step between two policies gains, what its surrogate promises, and the bounds of the difference.",
  family: "foundations",
  papers: [papers.schulman2015trpo, papers.achiam2017],
  notes: ["H 2.9", "H 2.10", "C 3.4"],
  deviations: [
    "π is a random policy, π′ a mixture of it with another: π′ = (1−β)π + βπ̃, β from 10⁻³ to 1: steps of all sizes, one an iteration.",
    "Slips in the notes: lemma 15's middle term is 2α max|Ā|; it is 2(1 − (1−α)ᵗ) max|Ā|. In lemma 14 max A stands for max |A|. Neither changes the theorem.",
    "H 2.10 bounds the difference by C √(𝔼 KL) without naming C; it is √2·γ·max_s|Ā(s)|/(1−γ)² (Achiam et al. 2017, corollary 3).",
    "C 3.4 is a heading without text: the distribution gap is Schulman et al.'s lemma 3, with the probability that coupled actions have differed between the two sides.",
    "Where the task can end, its end is one more state of the distributions.",
  ],
  config,
  metrics: {
    alpha: { meaning: "α = max_s ‖π(·|s) − π′(·|s)‖_TV", healthy: "rises over the run: the steps grow" },
    improvement: { meaning: "V(π′) − V(π)", healthy: "either sign" },
    promised: { meaning: "L_π(π′) − V(π)", healthy: "near the improvement for small α" },
    error: {
      meaning: "|V(π′) − L_π(π′)|",
      healthy: "below all four bounds; falls as α²",
      bound: "tightBound",
      logarithmic: true,
    },
    tightBound: {
      meaning: "4α²γε/((1−γ)(1−γ(1−α))), ε = max |A^π| (H, proof of theorem 13)",
      healthy: "the smallest of the first three",
      logarithmic: true,
    },
    totalVariationBound: { meaning: "4α²γε/(1−γ)² (H, theorem 13)", healthy: "above tightBound", logarithmic: true },
    klBound: {
      meaning: "4γε/(1−γ)²·max_s KL(π‖π′): the corollary that TRPO starts from",
      healthy: "above totalVariationBound, since TV² ≤ KL",
      logarithmic: true,
    },
    rootKlBound: {
      meaning: "√2·γ·max_s|Ā(s)|/(1−γ)²·√(𝔼_{d^π} KL) (H 2.10; Achiam et al.)",
      healthy: "above the error",
      logarithmic: true,
    },
    meanAdvantage: {
      meaning: "max_s |Ā(s)|, Ā(s) = Σₐ π′(a|s) A^π(s, a)",
      healthy: "below its bound",
      bound: "meanAdvantageBound",
      logarithmic: true,
    },
    meanAdvantageBound: { meaning: "2αε (H, lemma 14)", healthy: "rises with α", logarithmic: true },
    distributionGap: {
      meaning: "‖p_π′(sₜ) − p_π(sₜ)‖₁ at t = gapSteps",
      healthy: "below its bound",
      bound: "disagreementBound",
    },
    disagreementBound: {
      meaning: "2 P(nₜ > 0): optimally coupled actions have differed before t",
      healthy: "below distributionGapBound",
    },
    distributionGapBound: { meaning: "2(1 − (1−α)ᵗ) (H, lemma 15; C 3.4)", healthy: "at most 2" },
  },
  presets: {},
  ...solverKinds,
  unit: "iteration",

  validate({ config: c }) {
    if (c.discount === 1) throw new ConfigError(["discount must be below 1 for the bounds to be finite, got 1"]);
  },

  init: ({ config: c, random }) => ({
    step: 0,
    random: random.fork("policies"),
    pairs: { alpha: [], error: [], tightBound: [], totalVariationBound: [], klBound: [], rootKlBound: [] },
    gap: {
      alpha: 0,
      distance: new Float64Array(c.gapSteps + 1),
      disagreement: new Float64Array(c.gapSteps + 1),
    },
  }),
  train,
  policy: (context) => solvedPolicy("policy-bounds", context, uniformPolicy(mdpOf(context.env))),
  figures,
};
