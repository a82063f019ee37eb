/**
 * Exponential weights (Hedge): the expert setting, in which every round shows what each arm would have paid.
 *
 * Littlestone & Warmuth 1994; Freund & Schapire 1997. Notes: W, "Policy learning in the expert setting".
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
  armsOf,
  type BanditState,
  banditLearner,
  banditSettings,
  boundedMetrics,
  firstProbability,
  rewardRange,
} from "../../families/bandits/index.js";
import { addToLogits, hedgeLearningRate, hedgeRegretBound, sampleRow, softmaxPolicy } from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: optional(
    real({ above: 0, symbol: "η", help: "step size; absent: the regret bound's best, √(8 log A / K) / range" }),
  ),
  ...rewardRange,
});

export type ExponentialWeightsConfig = ConfigOf<typeof config>;

function stepSize({ config: c, env }: Context<ExponentialWeightsConfig>): number {
  return c.learningRate ?? hedgeLearningRate(armsOf(env), c.totalSteps, c.rewardHigh - c.rewardLow);
}

/** The bound against the arm that has been best so far. */
function regretBound(context: Context<ExponentialWeightsConfig>, { game }: BanditState): number {
  const { rewardLow, rewardHigh, initialPolicy } = context.config;
  return hedgeRegretBound({
    rounds: game.rounds,
    learningRate: stepSize(context),
    range: rewardHigh - rewardLow,
    probability: firstProbability(game, initialPolicy),
  });
}

function* train(context: Context<ExponentialWeightsConfig>, state: BanditState): Generator<Progress> {
  const { totalSteps } = context.config;
  const { game, logits, policyRandom } = state;
  const eta = stepSize(context);
  const policy = softmaxPolicy(logits, game.numArms);
  while (game.rounds < totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    game.play(sampleRow(policyRandom, policy, 0, game.numArms), policy); //   aₖ ~ πₖ; see rₖ(1), …, rₖ(A)
    addToLogits(logits, game.numArms, eta, game.rewards); //   πₖ₊₁(a) ∝ πₖ(a) exp(η rₖ(a))
    softmaxPolicy(logits, game.numArms, policy);
    if (isLineDue(before, game.rounds, totalSteps)) {
      const metrics = game.report(policy, regretBound(context, state));
      yield { step: game.rounds, episodes: game.takeEnded(), metrics };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

const theorem = "log(1/π₁(a*))/η + ηK·range²/8 (Cesa-Bianchi & Lugosi 2006, theorem 2.2)";

export const exponentialWeights: Algorithm<ExponentialWeightsConfig, BanditState> = {
  ...banditLearner("exponential-weights", theorem),
  title: "Exponential weights",
  summary: "Weighs every arm by the exponential of what it would have earned so far, all rewards being shown.",
  papers: [papers.freund1997, papers.littlestone1994],
  notes: ["W"],
  deviations: [
    "Kept as θ = log weights, less a constant: the weights themselves under- or overflow.",
    "The notes write γ for the step size in places; it is η.",
  ],
  config,
  metrics: boundedMetrics(theorem, "once a reward was outside [rewardLow, rewardHigh]"),
  needs: ["full-information"],
  train,
};
