/**
 * Natural policy gradient on a bandit, gradient form: θ ← θ + η F⁻¹g, with g the sampled gradient of `bandit-pg` and F the Fisher matrix of
 * the policy. For a softmax policy F⁻¹g is the inverse propensity estimate of all rewards (up to a constant): with n = 1 this is EXP3.
 *
 * Kakade 2001. Notes: W, "NPG (gradient-update form) + bandit feedback".
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  int,
  isLineDue,
  isStopDue,
  optional,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  allocateDraws,
  armsOf,
  type BanditState,
  banditLearner,
  banditSettings,
  baselineOf,
  baselineSettings,
  boundedMetrics,
  centredRange,
  draw,
  firstProbability,
  rewardRange,
} from "../../families/bandits/index.js";
import {
  addToLogits,
  exp3LearningRate,
  exp3RegretBound,
  naturalScoreGradient,
  softmaxPolicy,
} from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: optional(
    real({ above: 0, symbol: "η", help: "step size; absent: the regret bound's best, √(2n log A / (A K)) / range" }),
  ),
  samples: int({ default: 1, min: 1, symbol: "n", help: "draws for each step; 1 is EXP3" }),
  ...baselineSettings,
  ...rewardRange,
});

export type BanditNpgConfig = ConfigOf<typeof config>;

function stepSize({ config: c, env }: Context<BanditNpgConfig>): number {
  return c.learningRate ?? exp3LearningRate(armsOf(env), c.totalSteps, c.rewardHigh - c.rewardLow, c.samples);
}

function regretBound(context: Context<BanditNpgConfig>, { game }: BanditState): number | undefined {
  const { config: c } = context;
  return exp3RegretBound({
    arms: game.numArms,
    rounds: game.rounds,
    samples: c.samples,
    learningRate: stepSize(context),
    ...centredRange(c),
    probability: firstProbability(game, c.initialPolicy),
  });
}

function* train(context: Context<BanditNpgConfig>, state: BanditState): Generator<Progress> {
  const { config: c } = context;
  const { game, logits } = state;
  const eta = stepSize(context);
  const policy = softmaxPolicy(logits, game.numArms);
  const natural = new Float64Array(game.numArms);
  const draws = allocateDraws(c.samples);
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    const baseline = baselineOf(c, game);
    draw(draws, state, policy); //   aₖ₁, …, aₖₙ ~ πₖ; see rₖ₁, …, rₖₙ
    naturalScoreGradient(policy, { ...draws, baseline }, natural); //   F⁻¹gₖ, gₖ = (1/n) Σᵢ (rₖᵢ − b) ∇ log π(aₖᵢ)
    addToLogits(logits, game.numArms, eta, natural); //   θₖ₊₁ = θₖ + η F⁻¹gₖ
    softmaxPolicy(logits, game.numArms, policy);
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      const metrics = game.report(policy, regretBound(context, state));
      yield { step: game.rounds, episodes: game.takeEnded(), metrics };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

const theorem =
  "on the expected regret: n·log(1/π₁(a*))/η + ηAK·range²/2 for losses (Bubeck & Cesa-Bianchi 2012, theorem 3.1, in batches)";

export const banditNpg: Algorithm<BanditNpgConfig, BanditState> = {
  ...banditLearner("bandit-npg", theorem),
  title: "Natural policy gradient for bandits",
  summary:
    "Ascends the sampled natural gradient of a softmax policy's expected reward; with one sample a step it is EXP3.",
  papers: [papers.kakade2001, papers.bubeck2012],
  notes: ["W"],
  deviations: [
    "F is singular along constants, which the policy does not see; g/π solves F x = g. θ is kept less a constant.",
    "The baseline b is by default the largest reward, as for EXP3, so that the regret bound holds.",
    "The run is rounded up to whole batches of n draws. (One of the note's slides leaves out 1/n.)",
  ],
  config,
  metrics: boundedMetrics(
    `the theorem's bound ${theorem}; a single run may cross it, the mean over seeds may not`,
    "with a baseline below rewardHigh, and once a reward was outside its range",
  ),
  stepsAtOnce: ({ config: c }) => c.samples,
  train,
};
