/**
 * Natural policy gradient in the expert setting: θ ← θ + η F⁻¹∇V, which for a softmax policy is θ(a) ← θ(a) + η A(a). The policies are
 * those of exponential weights, since A(a) = r(a) − ⟨π, r⟩ differs from r(a) by a constant.
 *
 * Kakade 2001. Notes: W, "Policy learning in the expert setting".
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
import {
  addToLogits,
  hedgeLearningRate,
  hedgeRegretBound,
  rowMean,
  sampleRow,
  softmaxPolicy,
} from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: optional(
    real({ above: 0, symbol: "η", help: "step size; absent: the regret bound's best, √(8 log A / K) / range" }),
  ),
  ...rewardRange,
});

export type ExpertNpgConfig = ConfigOf<typeof config>;

function stepSize({ config: c, env }: Context<ExpertNpgConfig>): number {
  return c.learningRate ?? hedgeLearningRate(armsOf(env), c.totalSteps, c.rewardHigh - c.rewardLow);
}

/** The bound against the arm that has been best so far. */
function regretBound(context: Context<ExpertNpgConfig>, { game }: BanditState): number {
  const { rewardLow, rewardHigh, initialPolicy } = context.config;
  return hedgeRegretBound({
    rounds: game.rounds,
    learningRate: stepSize(context),
    range: rewardHigh - rewardLow,
    probability: firstProbability(game, initialPolicy),
  });
}

function* train(context: Context<ExpertNpgConfig>, state: BanditState): Generator<Progress> {
  const { totalSteps } = context.config;
  const { game, logits, policyRandom } = state;
  const eta = stepSize(context);
  const policy = softmaxPolicy(logits, game.numArms);
  const advantage = new Float64Array(game.numArms);
  while (game.rounds < totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    game.play(sampleRow(policyRandom, policy, 0, game.numArms), policy); //   aₖ ~ πₖ; see rₖ(1), …, rₖ(A)
    const value = rowMean(policy, game.rewards, 0, game.numArms); //   Vₖ = ⟨πₖ, rₖ⟩
    for (let a = 0; a < advantage.length; a++) advantage[a] = game.rewards[a] - value; //   Aₖ(a) = rₖ(a) − Vₖ
    addToLogits(logits, game.numArms, eta, advantage); //   θₖ₊₁(a) = θₖ(a) + η Aₖ(a)
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

export const expertNpg: Algorithm<ExpertNpgConfig, BanditState> = {
  ...banditLearner("expert-npg", theorem),
  title: "Natural policy gradient with full information",
  summary:
    "Adds each arm's advantage to its parameter, all rewards being shown: exponential weights as a gradient method.",
  papers: [papers.kakade2001, papers.agarwal2021],
  notes: ["W"],
  deviations: [
    "F is singular along constants; A is the solution of F x = ∇V with Σₐ π(a) x(a) = 0. θ is kept less a constant.",
    "On one of the note's slides KL(π_θ, π_θk) ≈ ‖θ − θ_k‖²_F lacks its ½; the derivation beside it has it.",
  ],
  config,
  metrics: boundedMetrics(theorem, "once a reward was outside [rewardLow, rewardHigh]"),
  needs: ["full-information"],
  train,
};
