/**
 * Natural policy gradient on a bandit, regularised form: each batch of n draws sets a problem
 *
 *     max_θ ⟨π_θ − π_k, R̂_k⟩ − (1/η)·KL(π_θ ‖ π_k),
 *
 * on which θ takes m plain gradient steps. With m → ∞ it reaches the maximum, which is the exponential weights update
 * π_k·exp(η R̂_k) of `bandit-npg`; with m = 1 it is the plain gradient step of `bandit-pg` with size α. PPO's ancestor in miniature.
 *
 * Notes: W, "NPG (regularization form) + bandit feedback".
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
  type BanditState,
  banditLearner,
  banditSettings,
  baselineOf,
  baselineSettings,
  draw,
  rewardRange,
} from "../../families/bandits/index.js";
import { addToLogits, inversePropensityRewards, klRegularisedGradient, softmaxPolicy } from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: real({
    default: 0.1,
    above: 0,
    symbol: "η",
    help: "inverse weight of the KL divergence from the old policy",
  }),
  samples: int({ default: 10, min: 1, symbol: "n", help: "draws for each batch" }),
  innerSteps: int({ default: 10, min: 1, symbol: "m", help: "gradient steps on each batch's problem" }),
  innerLearningRate: optional(
    real({ above: 0, symbol: "α", help: "their size; absent: η, which the divergence's curvature allows" }),
  ),
  ...baselineSettings,
  ...rewardRange,
});

export type BanditNpgRegularizedConfig = ConfigOf<typeof config>;

function* train({ config: c }: Context<BanditNpgRegularizedConfig>, state: BanditState): Generator<Progress> {
  const { game, logits } = state;
  const alpha = c.innerLearningRate ?? c.learningRate;
  const old = softmaxPolicy(logits, game.numArms);
  const policy = old.slice();
  const oldLogits = logits.slice();
  const estimate = new Float64Array(game.numArms);
  const gradient = new Float64Array(game.numArms);
  const draws = allocateDraws(c.samples);
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    const baseline = baselineOf(c, game);
    draw(draws, state, old); //   aₖ₁, …, aₖₙ ~ πₖ; see rₖ₁, …, rₖₙ
    inversePropensityRewards(old, { ...draws, baseline }, estimate); //   R̂ₖ(a) = (1/n) Σᵢ (rₖᵢ − b)·𝟙{aₖᵢ = a}/πₖ(a)
    oldLogits.set(logits); //   θ ← θₖ
    for (let step = 0; step < c.innerSteps; step++) {
      //   m times: θ ← θ + α ∇(⟨π_θ − πₖ, R̂ₖ⟩ − KL(π_θ, πₖ)/η)
      klRegularisedGradient({ policy, logits, oldLogits, rewards: estimate, learningRate: c.learningRate }, gradient);
      addToLogits(logits, game.numArms, alpha, gradient);
      softmaxPolicy(logits, game.numArms, policy);
    }
    old.set(policy); //   θₖ₊₁ ← θ
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      yield { step: game.rounds, episodes: game.takeEnded(), metrics: game.report(policy) };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

export const banditNpgRegularized: Algorithm<BanditNpgRegularizedConfig, BanditState> = {
  ...banditLearner("bandit-npg-regularized"),
  title: "Natural policy gradient for bandits, regularised form",
  summary:
    "Takes m gradient steps on each batch's estimated reward less the KL divergence from the policy that drew it.",
  papers: [papers.kakade2001, papers.tomar2020],
  notes: ["W"],
  deviations: [
    "θ is kept less a constant; the run is rounded up to whole batches of n draws.",
    "No bound on the regret is drawn: it would need the inner problem solved.",
  ],
  config,
  stepsAtOnce: ({ config: c }) => c.samples,
  train,
};
