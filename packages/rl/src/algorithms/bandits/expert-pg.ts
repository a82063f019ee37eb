/**
 * Policy gradient in the expert setting: θ ← θ + η ∇_θ V with V = ⟨π_θ, rₖ⟩, all rewards being shown. For a softmax policy
 * (∇V)(a) = π(a) A(a): an arm that is hardly played hardly learns, however good it is. The contrast with `exponential-weights` is the
 * note's experiment (`advantage reproduce ew-vs-pg`).
 *
 * Notes: W, "Policy learning in the expert setting". Mei, Xiao, Szepesvári & Schuurmans 2020 (arXiv:2005.06392): with fixed rewards
 * in [0, 1] and η = 2/5 the gap to the best arm falls as O(1/k), with a constant that is the larger the smaller π(a*) ever is. No bound
 * on the regret is known for rewards chosen by an adversary, so none is drawn.
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  isLineDue,
  isStopDue,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import { type BanditState, banditLearner, banditSettings } from "../../families/bandits/index.js";
import { addToLogits, sampleRow, softmaxFisherProduct, softmaxPolicy } from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: real({
    default: 0.4,
    above: 0,
    symbol: "η",
    help: "step size; 2/5 is that of the convergence theorem",
  }),
});

export type ExpertPgConfig = ConfigOf<typeof config>;

function* train({ config: c }: Context<ExpertPgConfig>, state: BanditState): Generator<Progress> {
  const { game, logits, policyRandom } = state;
  const policy = softmaxPolicy(logits, game.numArms);
  const gradient = new Float64Array(game.numArms);
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    game.play(sampleRow(policyRandom, policy, 0, game.numArms), policy); //   aₖ ~ πₖ; see rₖ(1), …, rₖ(A)
    softmaxFisherProduct(policy, game.rewards, game.numArms, gradient); //   ∇V(a) = πₖ(a) Aₖ(a)
    addToLogits(logits, game.numArms, c.learningRate, gradient); //   θₖ₊₁ = θₖ + η ∇V
    softmaxPolicy(logits, game.numArms, policy);
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      yield { step: game.rounds, episodes: game.takeEnded(), metrics: game.report(policy) };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

export const expertPg: Algorithm<ExpertPgConfig, BanditState> = {
  ...banditLearner("expert-pg"),
  title: "Policy gradient with full information",
  summary: "Ascends the exact gradient of a softmax policy's reward, all rewards being shown.",
  papers: [papers.mei2020],
  notes: ["W"],
  deviations: [
    "θ is kept less a constant, which the policy does not see.",
    "No bound on the regret is drawn: none is known for rewards chosen by an adversary.",
  ],
  config,
  needs: ["full-information"],
  train,
};
