/**
 * EXP2: exponential weights for arms whose rewards are linear in known features, when only the reward of the arm played is seen. What is learnt
 * is one weight a feature, not one an arm.
 *
 * Dani, Hayes & Kakade 2007; Bubeck & Cesa-Bianchi 2012, chapter 5. Notes: W, "Review: linear bandits" (a heading without formulas).
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
  type EnvSource,
  isLineDue,
  isStopDue,
  optional,
  type Progress,
  RunError,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  armsOf,
  type BanditState,
  banditLearner,
  banditSettings,
  boundedMetrics,
  firstProbability,
  startBandit,
} from "../../families/bandits/index.js";
import {
  type ExplorationDesign,
  initialLogits,
  linearLearningRate,
  linearParameterEstimate,
  linearRegretBound,
  optimalDesign,
  sampleRow,
  softmaxPolicy,
} from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: optional(
    real({ above: 0, symbol: "η", help: "step size; absent: the regret bound's best, about √(log A / (3 d K)) / B" }),
  ),
  exploration: optional(
    real({
      min: 0,
      max: 1,
      symbol: "γ",
      help: "share of the draws that explore; absent: the least that the regret bound asks for, ηB·maxₐ xᵀP⁻¹x, at most ½",
    }),
  ),
  design: choice(["optimal", "uniform"], {
    default: "optimal",
    symbol: "μ",
    help: "how it explores: by the design under which the worst estimate is best (G-optimal), or evenly over the arms",
  }),
  largestReward: real({
    default: 1,
    above: 0,
    symbol: "B",
    help: "the largest size that a reward can have: the regret bound holds if this is true",
  }),
});

export type LinearBanditConfig = ConfigOf<typeof config>;

export interface LinearBanditState extends BanditState {
  /** Σₖ θ̂ₖ  [d] */
  readonly weights: Float64Array;
}

/** Arms as points. */
interface Arms {
  /** x  [A × d], row by row */
  readonly features: Float64Array;
  /** d */
  readonly size: number;
}

/**
 * The features of the arms, or one of its own for each.
 *
 * @throws RunError if the environment's are not a finite row for each arm
 */
function armsWithFeatures(env: EnvSource): Arms {
  const arms = armsOf(env);
  const { armFeatures } = env.make() as { readonly armFeatures?: readonly (readonly number[])[] };
  const rows =
    armFeatures ?? Array.from({ length: arms }, (_, a) => Array.from({ length: arms }, (_, i) => +(i === a)));
  const size = rows[0]?.length ?? 0;
  const wrong = rows.findIndex((row) => row.length !== size || !row.every(Number.isFinite));
  if (rows.length !== arms || size === 0 || wrong !== -1) {
    throw new RunError(
      `${env.id}: armFeatures must hold equally many finite numbers for each of ${arms} arms, got ${wrong === -1 ? `${rows.length} rows of ${size}` : `[${rows[wrong]}] for arm ${wrong}`}`,
    );
  }
  return { features: Float64Array.from(rows.flat()), size };
}

/** μ, and how well it knows the arm that it knows worst. */
function explorationDesign({ env, config }: Context<LinearBanditConfig>, { features, size }: Arms): ExplorationDesign {
  try {
    return optimalDesign(features, size, config.design === "uniform" ? 0 : undefined);
  } catch (error) {
    throw new RunError(`${env.id}: ${(error as Error).message}`);
  }
}

/** η and γ as set, or those of the bound. */
function stepSizes(
  { config: c, env }: Context<LinearBanditConfig>,
  { size }: Arms,
  { worstVariance }: ExplorationDesign,
) {
  const setting = { dimensions: size, rounds: c.totalSteps, worstVariance, largest: c.largestReward };
  const learningRate = c.learningRate ?? linearLearningRate(armsOf(env), setting);
  const exploration = c.exploration ?? Math.min(0.5, learningRate * c.largestReward * worstVariance);
  return { learningRate, exploration };
}

function* train(context: Context<LinearBanditConfig>, state: LinearBanditState): Generator<Progress> {
  const { config: c, env } = context;
  const { game, logits, weights, policyRandom } = state;
  const arms = armsWithFeatures(env);
  const { features, size } = arms;
  const design = explorationDesign(context, arms);
  const { learningRate: eta, exploration: gamma } = stepSizes(context, arms, design);
  const first = initialLogits(c.initialPolicy, game.numArms);
  const policy = new Float64Array(game.numArms);
  const estimate = new Float64Array(size);
  const moments = new Float64Array(size * size);
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    softmaxPolicy(logits, game.numArms, policy); //   qₖ(a) ∝ π₁(a) exp(η Σ ⟨θ̂, x(a)⟩)
    for (let a = 0; a < policy.length; a++) policy[a] = (1 - gamma) * policy[a] + gamma * design.policy[a]; //   πₖ = (1 − γ)qₖ + γμ
    const arm = sampleRow(policyRandom, policy, 0, game.numArms); //   aₖ ~ πₖ
    const reward = game.play(arm, policy); //   see rₖ(aₖ)
    linearParameterEstimate(policy, features, { arm, reward, moments }, estimate); //   θ̂ₖ = Pₖ⁻¹ x(aₖ) rₖ,  Pₖ = Σₐ πₖ(a) x(a) x(a)ᵀ
    for (let i = 0; i < size; i++) weights[i] += estimate[i];
    for (let a = 0; a < logits.length; a++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += features[a * size + i] * weights[i];
      logits[a] = first[a] + eta * sum;
    }
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      const regretBound = linearRegretBound({
        dimensions: size,
        rounds: game.rounds,
        learningRate: eta,
        exploration: gamma,
        worstVariance: design.worstVariance,
        largest: c.largestReward,
        probability: firstProbability(game, c.initialPolicy),
      });
      yield { step: game.rounds, episodes: game.takeEnded(), metrics: game.report(policy, regretBound) };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

const theorem =
  "on the expected regret: log(1/π₁(a*))/η + (e − 2)ηdKB² + 2γKB (Bubeck & Cesa-Bianchi 2012, theorem 5.1)";

export const linearBandit: Algorithm<LinearBanditConfig, LinearBanditState> = {
  ...banditLearner("linear-bandit", theorem),
  title: "Linear bandit (EXP2)",
  summary:
    "Exponential weights on arms with features: one weight a feature is learnt from the rewards of the arms played.",
  papers: [papers.dani2007, papers.bubeck2012],
  notes: ["W"],
  deviations: [
    "It explores by the G-optimal design, found to a hundredth by Fedorov's steps. The sources explore by a barycentric spanner (Dani, Hayes & Kakade) or by John's ellipsoid (Bubeck & Cesa-Bianchi), whose contact points carry that design.",
    "Features are the environment's `armFeatures`. Where there are none each arm is its own feature, and this is `exp3` without a baseline.",
    "The note only names linear bandits as a review: it gives no formula.",
  ],
  config,
  metrics: boundedMetrics(
    `the theorem's bound ${theorem}; a single run may cross it, the mean over seeds may not`,
    "with less exploration than it asks for, and once a reward was outside its range",
  ),
  validate(context) {
    banditLearner("linear-bandit").validate(context);
    explorationDesign(context, armsWithFeatures(context.env));
  },
  init(context) {
    const { largestReward } = context.config;
    const range = { rewardLow: -largestReward, rewardHigh: largestReward };
    const start = startBandit({ ...context, config: { ...context.config, ...range } });
    return { ...start, weights: new Float64Array(armsWithFeatures(context.env).size) };
  },
  train,
};
