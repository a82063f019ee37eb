/**
 * How far apart two policies' lives are: the discounted state distributions μ of the optimal and ν of the uniform policy, their total variation and KL divergence, an optimal
 * coupling of them drawn from, and expectations under one estimated from samples of the other.
 *
 * Levin, Peres & Wilmer 2009, Markov Chains and Mixing Times, ch. 4; Owen 2013, ch. 9. Notes: H A.1; C 3.2.
 *
 * Where it differs from its sources: `deviations`, below.
 */

import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  endOfGrowingLine,
  type Figure,
  type Progress,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { mdpOf, solvedPolicy, solverKinds, valueFigures } from "../../families/tabular/index.js";
import {
  estimateFromSums,
  klDivergence,
  normalisedVisitation,
  optimalCoupling,
  optimum,
  totalVariation,
  uniformPolicy,
} from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 20_000, help: "pairs to draw from the coupling" },
  seed: settings.seed,
  discount: settings.discount,
  logEvery: { ...settings.firstLogEvery, help: "pairs from one line of the metrics to the next, at first" },
});

export type DistancesConfig = ConfigOf<typeof config>;

export interface DistancesState {
  step: number;
  readonly random: Random;
  /** Pairs that differed. */
  different: number;
  /** Σ w, Σ w², Σ w f over the samples of ν. */
  weights: number;
  squares: number;
  products: number;
}

/** Everything known beforehand. */
interface Pair {
  readonly mdp: FiniteMdp;
  /** d^π of the optimal policy, the time after the end as one more element  [S + 1] */
  readonly mu: Float64Array;
  /** d^π of the uniform policy  [S + 1] */
  readonly nu: Float64Array;
  /** V*, 0 after the end: what is averaged  [S + 1] */
  readonly f: Float64Array;
}

function pairOf({ config: c, env }: Context<DistancesConfig>): Pair {
  const mdp = mdpOf(env);
  const best = optimum(mdp, c.discount);
  const withEnd = (policy: Float64Array) => {
    const { states, ended } = normalisedVisitation(mdp, policy, c.discount);
    return Float64Array.from([...states, ended]);
  };
  return {
    mdp,
    mu: withEnd(best.policy),
    nu: withEnd(uniformPolicy(mdp)),
    f: Float64Array.from([...best.values, 0]),
  };
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);

function* train(context: Context<DistancesConfig>, state: DistancesState): Generator<Progress, void, void> {
  const { config: c } = context;
  const { mu, nu, f } = pairOf(context);
  const couple = optimalCoupling(mu, nu);
  const distance = totalVariation(mu, nu);
  const divergence = klDivergence(mu, nu);
  const expectation = dot(mu, f);

  while (state.step < c.totalSteps) {
    const until = endOfGrowingLine(c, state.step);
    for (; state.step < until; state.step++) {
      const [x, y] = couple(state.random); //   x ~ μ, y ~ ν, P(x ≠ y) = ‖μ − ν‖
      if (x !== y) state.different += 1;
      const w = mu[y] / nu[y]; //               𝔼_μ f = 𝔼_ν w f
      state.weights += w;
      state.squares += w * w;
      state.products += w * f[y];
    }
    const { step: count, weights: sum, squares, products: product } = state;
    const estimate = estimateFromSums({ count, sum, squares, product });
    const metrics: Record<string, number> = {
      mismatchRate: state.different / state.step,
      totalVariation: distance,
      klDivergence: divergence,
      expectation,
      ordinaryEstimate: estimate.ordinary,
      ...(state.weights > 0 && {
        weightedEstimate: estimate.weighted,
        effectiveSampleShare: estimate.effectiveSampleSize / state.step,
      }),
    };
    yield { step: state.step, episodes: [], metrics };
  }
}

function figures(context: Context<DistancesConfig>): readonly Figure[] {
  const { mdp, mu, nu } = pairOf(context);
  const draw = (values: Float64Array, name: string) =>
    valueFigures({
      mdp,
      values: values.subarray(0, mdp.numStates),
      title: `d^π of the ${name} policy`,
      caption: `Share of discounted time in each state, γ = ${context.config.discount}; ${values[mdp.numStates].toPrecision(3)} after the end of the task.`,
    });
  return [...draw(mu, "optimal"), ...draw(nu, "uniform")];
}

export const distances: Algorithm<DistancesConfig, DistancesState> = {
  id: "distances",
  title: "Distances between distributions",
  summary:
    "Total variation, KL, an optimal coupling and importance sampling between two policies' state distributions.",
  family: "foundations",
  papers: [papers.levin2009, papers.owen2013],
  notes: ["H A.1", "C 3.2"],
  deviations: [
    "In H A.1.2 the second residual distribution must be (q − p)⁺, not (p − q)⁺, and P(X ≠ Y) = 1 − m, not m.",
    "The time after the end of the task is one more element of both distributions.",
  ],
  config,
  metrics: {
    mismatchRate: { meaning: "share of the coupled pairs that differ", healthy: "approaches totalVariation" },
    totalVariation: { meaning: "‖μ − ν‖_TV = ½ Σ|μ − ν|: no coupling differs less often", healthy: "constant" },
    klDivergence: { meaning: "D(μ‖ν) in nats", healthy: "constant; at least 2‖μ − ν‖² (Pinsker)" },
    expectation: { meaning: "𝔼_μ[V*], exact", healthy: "constant" },
    ordinaryEstimate: { meaning: "its estimate Σwf/n from samples of ν", healthy: "approaches expectation" },
    weightedEstimate: {
      meaning: "its estimate Σwf/Σw from samples of ν",
      healthy: "approaches expectation, more steadily",
    },
    effectiveSampleShare: {
      meaning: "(Σw)²/(n Σw²): samples of μ that one of ν is worth",
      healthy: "1 for equal distributions; near 0 the estimates hang on a few samples",
    },
  },
  presets: {},
  ...solverKinds,
  unit: "round",

  validate({ config: c }) {
    if (c.discount === 1) throw new ConfigError(["discount must be below 1 for the normalised distribution, got 1"]);
  },

  init: ({ random }) => ({
    step: 0,
    random: random.fork("coupling"),
    different: 0,
    weights: 0,
    squares: 0,
    products: 0,
  }),
  train,
  policy: (context) => solvedPolicy("distances", context, optimum(mdpOf(context.env), context.config.discount).policy),
  figures,
};
