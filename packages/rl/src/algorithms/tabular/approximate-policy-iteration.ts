/**
 * Approximate policy iteration: policies improve on action values that are only *estimated*, from samples. What the errors do to the result is
 * shown beside what theory says they can do.
 *
 *     evaluate   Q̂_k ≈ Q^π_k,  ε_k = ‖Q̂_k − Q^π_k‖∞
 *     improve    π_{k+1}(s) = argmaxₐ Q̂_k(s, a)                       greedy
 *                π_{k+1}(a|s) ∝ π_k(a|s) exp(η Q̂_k(s, a))              exponential weights
 *                θ_{k+1} = θ_k + η F⁺ĝ = θ_k + η Â_k                   natural policy gradient
 *
 * Bertsekas & Tsitsiklis 1996, Neuro-Dynamic Programming, section 6.2; Agarwal, Kakade, Lee & Mahajan 2021 (arXiv:1908.00261). Notes: W, "Approximate policy
 * iteration" and its idea 1.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { math, type Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
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
  type AscentCurves,
  ascentMetrics,
  ascentSettings,
  curvesFigure,
  distance,
  emptyCurves,
  evaluated,
  mdpOf,
  policyFigures,
  recordCurves,
  solvedPolicy,
  solverKinds,
  startValue,
} from "../../families/tabular/index.js";
import {
  addToLogits,
  advantagesOf,
  greedyPolicy,
  optimum,
  rolloutReturn,
  softmaxPolicy,
  stateValues,
  tdUpdate,
} from "../../maths/index.js";

const config = schema({
  ...ascentSettings,
  totalSteps: {
    ...settings.totalSteps,
    default: 3000,
    help: "sweeps, one sample of each pair (s, a): K iterations take nK",
  },
  seed: settings.seed,
  discount: real({ default: 0.9, min: 0, below: 1, symbol: "γ", help: "weight of the next step's return" }),
  improvement: choice(["greedy", "exponential-weights", "npg"], {
    default: "greedy",
    help: "what the next policy makes of the estimate",
  }),
  estimator: choice(["monte-carlo", "td", "exact"], {
    default: "monte-carlo",
    help: "how Q̂ is found; exact: without error",
  }),
  samplesPerPair: int({
    default: 100,
    min: 1,
    symbol: "n",
    help: "sweeps of an iteration: rollouts, or TD updates, of each pair",
  }),
  rolloutSteps: int({ default: 200, min: 1, symbol: "T", help: "steps after which a rollout is cut" }),
  stepSizeExponent: real({ default: 0.6, above: 0.5, max: 1, symbol: "ω", help: "exponent of TD's step sizes 1/nᵂ" }),
  learningRate: real({ default: 1, above: 0, symbol: "η", help: "step size of exponential-weights and npg" }),
});

export type ApproximatePolicyIterationConfig = ConfigOf<typeof config>;

export interface ApproximatePolicyIterationState {
  /** Sweeps done. */
  step: number;
  /** k: iterations done. */
  iteration: number;
  /** Sweeps of the iteration that runs. */
  sweeps: number;
  /** π_k  [S·A] */
  readonly policy: Float64Array;
  /** θ of the incremental improvements  [S·A] */
  readonly logits: Float64Array;
  /** Q̂, as far as it has come  [S·A] */
  readonly estimate: Float64Array;
  /** The bound of ‖V* − V^π_k‖ (greedy); NaN before the first. */
  gapBound: number;
  /** Σ (V* − V^π_k)(ρ₀), ΣG_k², Σε_k */
  regret: number;
  squaredRanges: number;
  errors: number;
  readonly sampling: Random;
  readonly curves: AscentCurves;
}

function* train(
  { config: c, env }: Context<ApproximatePolicyIterationConfig>,
  state: ApproximatePolicyIterationState,
): Generator<Progress> {
  const mdp = mdpOf(env);
  const { numActions } = mdp;
  const { policy, logits, estimate } = state;
  const best = optimum(mdp, c.discount).values;
  const optimal = startValue(mdp, best);
  const rest = 1 - c.discount;
  while (state.step < c.totalSteps) {
    // for k = 1, 2, …
    const now = evaluated(mdp, policy, c.discount); //                                 exact, to compare with
    while (state.sweeps < c.samplesPerPair && state.step < c.totalSteps) {
      if (c.estimator === "exact") {
        estimate.set(now.q);
        state.sweeps += 1;
      } else sweep(mdp, c, state); //                                                    Q̂_k ≈ Q^π_k
      state.step += 1;
      const whole = state.sweeps === c.samplesPerPair || state.step === c.totalSteps;
      if (!whole) yield { step: state.step, episodes: [], betweenLines: true };
    }
    const error = distance(estimate, now.q); //                                        ε_k
    if (Number.isNaN(state.gapBound)) state.gapBound = distance(now.values, best);
    state.regret += optimal - now.value;
    state.errors += error;
    state.squaredRanges += largestRange(estimate, numActions) ** 2;

    if (c.improvement === "greedy") greedyPolicy(estimate, numActions, {}, policy);
    else {
      const direction =
        c.improvement === "npg"
          ? advantagesOf(estimate, stateValues(policy, estimate, numActions)) //       F⁺ĝ = Â_k
          : estimate;
      addToLogits(logits, numActions, c.learningRate, direction); //                   π_k exp(η Q̂_k)
      softmaxPolicy(logits, numActions, policy);
    }
    state.iteration += 1;
    state.sweeps = 0;
    state.gapBound = c.discount * state.gapBound + (2 * error) / rest;
    const next = evaluated(mdp, policy, c.discount);
    const eta = c.learningRate;
    const metrics: Record<string, number> = {
      iteration: state.iteration,
      value: next.value,
      error,
      gap: loss(next.values, best),
      ...(c.improvement === "greedy"
        ? { gapBound: state.gapBound, limitBound: (2 * error) / (rest * rest) }
        : {
            regret: state.regret,
            regretBound: (math.log(numActions) / eta + (eta * state.squaredRanges) / 8 + 2 * state.errors) / rest,
          }),
    };
    recordCurves(state.curves, state.iteration, metrics);
    yield { step: state.step, episodes: [], metrics };
  }
}

/** One more sample of each pair. */
function sweep(
  mdp: FiniteMdp,
  { estimator, discount, rolloutSteps: maxSteps, stepSizeExponent }: ApproximatePolicyIterationConfig,
  state: ApproximatePolicyIterationState,
): void {
  const { policy, estimate, sampling: random } = state;
  state.sweeps += 1;
  const n = state.sweeps;
  if (estimator === "td") {
    const update = { discount, alpha: math.pow(n, -stepSizeExponent), random };
    for (let row = 0; row < estimate.length; row++) tdUpdate(mdp, policy, estimate, row, update);
    return;
  }
  if (n === 1) estimate.fill(0);
  const how = { discount, maxSteps, random };
  for (let row = 0; row < estimate.length; row++)
    estimate[row] += (rolloutReturn(mdp, policy, row, how) - estimate[row]) / n;
}

/** ‖V* − V^π‖, 0 where it is rounding. */
function loss(values: Float64Array, best: Float64Array): number {
  const gap = distance(values, best);
  return gap > 1e-12 * distance(best, new Float64Array(best.length)) ? gap : 0;
}

/** max_s (maxₐ Q̂ − minₐ Q̂) */
function largestRange(q: Float64Array, numActions: number): number {
  let range = 0;
  for (let start = 0; start < q.length; start += numActions) {
    let [low, high] = [q[start], q[start]];
    for (let row = start + 1; row < start + numActions; row++) {
      low = Math.min(low, q[row]);
      high = Math.max(high, q[row]);
    }
    range = Math.max(range, high - low);
  }
  return range;
}

function figures(
  context: Context<ApproximatePolicyIterationConfig>,
  { policy, curves }: ApproximatePolicyIterationState,
): readonly Figure[] {
  const greedy = context.config.improvement === "greedy";
  return [
    ...policyFigures(context, policy),
    curvesFigure(
      curves,
      {
        title: "Loss of the policies and error of the estimates",
        caption: greedy
          ? "‖V* − V^π‖ stays below γ times its bound before plus 2ε/(1−γ), which settles at 2ε/(1−γ)² (Bertsekas & Tsitsiklis 1996, section 6.2)."
          : "‖V* − V^π‖ and the largest error ε of the estimated action values.",
        yLabel: "largest over all states",
        yLog: true,
      },
      [
        { name: "gap", label: "‖V* − V^π‖" },
        { name: "error", label: "ε = ‖Q̂ − Q^π‖" },
        ...(greedy ? [{ name: "gapBound", label: "bound of ‖V* − V^π‖", reference: true }] : []),
      ],
    ),
    ...(greedy
      ? []
      : [
          curvesFigure(
            curves,
            {
              title: "Regret under its bound",
              caption: "Σ (V* − V^π)(ρ₀), below [log A/η + ηΣG²/8 + 2Σε]/(1−γ).",
              yLabel: "regret",
              yLog: true,
            },
            [
              { name: "regret", label: "regret" },
              { name: "regretBound", label: "bound", reference: true },
            ],
          ),
        ]),
  ];
}

export const approximatePolicyIteration: Algorithm<ApproximatePolicyIterationConfig, ApproximatePolicyIterationState> =
  {
    id: "approximate-policy-iteration",
    title: "Approximate policy iteration",
    summary:
      "Policy iteration, exponential weights or natural gradient on action values estimated from samples, under the bounds of error propagation.",
    family: "tabular",
    papers: [papers.bertsekas1996, papers.agarwal2021],
    notes: ["W"],
    deviations: [
      "The notes leave open where the samples come from. Here every pair (s, a) is tried equally often, from the model: ε_k is then an error over all pairs, as the theorems want it. (The algorithms of `policy-gradient` estimate from episodes.)",
      "Monte Carlo: the mean of n rollouts from each pair, cut after `rolloutSteps`. TD: n sweeps of expected Sarsa with step sizes 1/nᵂ, from the last Q̂ on.",
      "Greedy: ‖V* − V^π_{k+1}‖ ≤ γ‖V* − V^π_k‖ + 2ε_k/(1−γ), hence 2ε/(1−γ)² in the end, is proposition 6.2 for action values; Bertsekas & Tsitsiklis state it for errors of V, where a factor γ more comes in.",
      "The two incremental ones: Σ_k (V* − V^π_k)(ρ) ≤ [log A/η + η ΣG_k²/8 + 2Σε_k]/(1−γ), G_k the range of Q̂_k within a state: the bound of exponential weights for the rewards Q̂_k, and what they are wrong by.",
      "A softmax table's natural gradient is the advantage: `npg` and `exponential-weights` make the same policies of the same Q̂ (W).",
      "A run that ends within an iteration improves on what it has.",
    ],
    config,
    metrics: {
      iteration: { meaning: "k: policies that were improved on", healthy: "rises by 1 a line" },
      value: ascentMetrics.value,
      error: { meaning: "ε_k = ‖Q̂_k − Q^π_k‖∞", healthy: "falls as 1/√n with the samples", logarithmic: true },
      gap: {
        meaning: "‖V* − V^π‖∞",
        healthy: "falls to a level that the errors set",
        bound: "gapBound",
        logarithmic: true,
      },
      gapBound: {
        meaning: "γ times the bound before + 2ε_k/(1−γ); greedy alone",
        healthy: "settles at 2ε/(1−γ)²",
        logarithmic: true,
      },
      limitBound: {
        meaning: "2ε_k/(1−γ)²: where gapBound would settle; greedy alone",
        healthy: "falls with the error",
        logarithmic: true,
      },
      regret: {
        meaning: "Σ (V* − V^π_k)(ρ₀); exponential-weights and npg",
        healthy: "levels off",
        bound: "regretBound",
        logarithmic: true,
      },
      regretBound: { meaning: "[log A/η + η ΣG_k²/8 + 2Σε_k]/(1−γ)", healthy: "above the regret", logarithmic: true },
    },
    presets: {},
    ...solverKinds,
    unit: "sweep",

    init({ env, random }) {
      const mdp = mdpOf(env);
      const rows = mdp.numStates * mdp.numActions;
      return {
        step: 0,
        iteration: 0,
        sweeps: 0,
        policy: new Float64Array(rows).fill(1 / mdp.numActions),
        logits: new Float64Array(rows),
        estimate: new Float64Array(rows),
        gapBound: Number.NaN,
        regret: 0,
        squaredRanges: 0,
        errors: 0,
        sampling: random.fork("sampling"),
        curves: emptyCurves(["gap", "error", "gapBound", "regret", "regretBound"]),
      };
    },

    train,
    policy: (context, { policy }) => solvedPolicy("approximate-policy-iteration", context, policy),
    figures,
  };
