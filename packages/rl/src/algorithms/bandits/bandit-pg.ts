/**
 * Policy gradient on a bandit: n draws from the softmax policy give an unbiased gradient by the score function (REINFORCE with a
 * baseline), and θ ascends it.
 *
 * Williams 1992; Sutton & Barto 2018, section 2.8 (gradient bandits: n = 1, b the mean reward so far). Notes: W, "PG + bandit feedback".
 * Mei et al. 2023 (arXiv:2402.17235): with n = 1 and b = 0 it converges to the best arm for a small enough constant η, by an argument that gives no bound on
 * the regret worth drawing.
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
  int,
  isLineDue,
  isStopDue,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import { allocateDraws, type BanditState, banditLearner, banditSettings, draw } from "../../families/bandits/index.js";
import { addToLogits, scoreFunctionGradient, softmaxPolicy } from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: real({ default: 0.1, above: 0, symbol: "η", help: "step size" }),
  samples: int({ default: 1, min: 1, symbol: "n", help: "draws for each step" }),
  baseline: choice(["mean", "none"], {
    default: "mean",
    symbol: "b",
    help: "what rewards are compared with: the mean reward so far, or 0",
  }),
});

export type BanditPgConfig = ConfigOf<typeof config>;

function* train({ config: c }: Context<BanditPgConfig>, state: BanditState): Generator<Progress> {
  const { game, logits } = state;
  const policy = softmaxPolicy(logits, game.numArms);
  const gradient = new Float64Array(game.numArms);
  const draws = allocateDraws(c.samples);
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    const baseline = c.baseline === "none" || game.rounds === 0 ? 0 : game.rewardSum / game.rounds;
    draw(draws, state, policy); //   aₖ₁, …, aₖₙ ~ πₖ; see rₖ₁, …, rₖₙ
    scoreFunctionGradient(policy, { ...draws, baseline }, gradient); //   gₖ = (1/n) Σᵢ (rₖᵢ − b) ∇ log π(aₖᵢ)
    addToLogits(logits, game.numArms, c.learningRate, gradient); //   θₖ₊₁ = θₖ + η gₖ
    softmaxPolicy(logits, game.numArms, policy);
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      yield { step: game.rounds, episodes: game.takeEnded(), metrics: game.report(policy) };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

export const banditPg: Algorithm<BanditPgConfig, BanditState> = {
  ...banditLearner("bandit-pg"),
  title: "Policy gradient for bandits",
  summary: "Ascends the sampled gradient of a softmax policy's expected reward.",
  papers: [papers.williams1992, papers.mei2023],
  notes: ["W"],
  deviations: [
    "The baseline b is by default the mean reward so far (Sutton & Barto 2018, section 2.8).",
    "θ is kept less a constant. The run is rounded up to whole batches of n draws.",
    "No bound is drawn. Mei et al. 2023 prove convergence for n = 1 and a small constant η, without a constant worth drawing.",
  ],
  config,
  stepsAtOnce: ({ config: c }) => c.samples,
  train,
};
