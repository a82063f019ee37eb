/**
 * EXP3: exponential weights when only the reward of the arm played is seen. The other arms' rewards are estimated by inverse propensity
 * weighting, with a baseline b for all arms and one c(a) for each.
 *
 * Auer, Cesa-Bianchi, Freund & Schapire 2002. Notes: W, "The design of EXP3".
 *
 * Where it differs from its sources: `deviations`, below.
 */

import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
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
  baselineOf,
  baselineSettings,
  boundedMetrics,
  centredRange,
  firstProbability,
  rewardRange,
  startBandit,
} from "../../families/bandits/index.js";
import {
  addToLogits,
  exp3LearningRate,
  exp3RegretBound,
  inversePropensityRewards,
  sampleRow,
  softmaxPolicy,
} from "../../maths/index.js";

const config = schema({
  ...banditSettings,
  learningRate: optional(
    real({ above: 0, symbol: "η", help: "step size; absent: the regret bound's best, √(2 log A / (A K)) / range" }),
  ),
  ...baselineSettings,
  armBaseline: choice(["none", "mean"], {
    default: "none",
    symbol: "c(a)",
    help: "what an arm's reward is compared with besides: 0, or the mean of r − b that the arm has given so far",
  }),
  exploration: real({
    default: 0,
    min: 0,
    max: 1,
    symbol: "ε",
    help: "share of the draws that are uniform over the arms",
  }),
  ...rewardRange,
});

export type Exp3Config = ConfigOf<typeof config>;

export interface Exp3State extends BanditState {
  /** c(a)  [A] */
  readonly armBaseline: Float64Array;
  /** How often each arm was played  [A] */
  readonly plays: Float64Array;
}

function stepSize({ config: c, env }: Context<Exp3Config>): number {
  return c.learningRate ?? exp3LearningRate(armsOf(env), c.totalSteps, c.rewardHigh - c.rewardLow);
}

function regretBound(context: Context<Exp3Config>, { game }: Exp3State): number | undefined {
  const { config: c } = context;
  if (c.armBaseline !== "none") return undefined;
  return exp3RegretBound({
    arms: game.numArms,
    rounds: game.rounds,
    learningRate: stepSize(context),
    exploration: c.exploration,
    ...centredRange(c),
    probability: firstProbability(game, c.initialPolicy),
  });
}

/** (1 − ε)·softmax(θ) + ε/A */
function exploring(logits: Float64Array, exploration: number, out?: Float64Array): Float64Array {
  const policy = softmaxPolicy(logits, logits.length, out);
  if (exploration === 0) return policy;
  for (let a = 0; a < policy.length; a++) policy[a] = (1 - exploration) * policy[a] + exploration / policy.length;
  return policy;
}

function* train(context: Context<Exp3Config>, state: Exp3State): Generator<Progress> {
  const { config: c } = context;
  const { game, logits, armBaseline, plays, policyRandom } = state;
  const eta = stepSize(context);
  const policy = exploring(logits, c.exploration);
  const estimate = new Float64Array(game.numArms);
  const arms = new Int32Array(1);
  const rewards = new Float64Array(1);
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …
    const before = game.rounds;
    const baseline = baselineOf(c, game);
    const arm = sampleRow(policyRandom, policy, 0, game.numArms); //   aₖ ~ πₖ
    const reward = game.play(arm, policy); //   see rₖ(aₖ)
    arms[0] = arm;
    rewards[0] = reward;
    inversePropensityRewards(policy, { arms, rewards, baseline, armBaseline }, estimate); //   r̂ₖ(a) = (rₖ − b − c(a))·𝟙{aₖ = a}/πₖ(a) + c(a)
    addToLogits(logits, game.numArms, eta, estimate); //   πₖ₊₁(a) ∝ πₖ(a) exp(η r̂ₖ(a))
    exploring(logits, c.exploration, policy);
    if (c.armBaseline === "mean") {
      plays[arm] += 1;
      armBaseline[arm] += (reward - baseline - armBaseline[arm]) / plays[arm];
    }
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      const metrics = game.report(policy, regretBound(context, state));
      yield { step: game.rounds, episodes: game.takeEnded(), metrics };
    } else if (isStopDue(before, game.rounds, game.numArms)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

const theorem =
  "on the expected regret: log(1/π₁(a*))/η + ηAK·range²/2 for losses (Bubeck & Cesa-Bianchi 2012, theorem 3.1)";

export const exp3: Algorithm<Exp3Config, Exp3State> = {
  ...banditLearner("exp3", theorem),
  title: "EXP3",
  summary:
    "Exponential weights for bandits: rewards of the arms not played are estimated by inverse propensity weights.",
  papers: [papers.auer2002, papers.bubeck2012],
  notes: ["W"],
  deviations: [
    "The baseline b is by default the largest reward, so that rewards become losses: then the regret bound needs no exploration (Bubeck & Cesa-Bianchi 2012, theorem 3.1). The paper's form is `--baseline none --exploration ε`. The note's, `--baseline none` alone, has no bound: the estimate of a rare arm may be arbitrarily large.",
    "Kept as θ = log weights, less a constant.",
    "The policy that is saved is the weights' own, without exploration.",
  ],
  config,
  metrics: boundedMetrics(
    `the theorem's bound ${theorem}; a single run may cross it, the mean over seeds may not`,
    "with an arm baseline, with a baseline below rewardHigh and too little exploration, and once a reward was outside its range",
  ),
  init(context) {
    const start = startBandit(context);
    return { ...start, armBaseline: new Float64Array(start.game.numArms), plays: new Float64Array(start.game.numArms) };
  },
  train,
};
