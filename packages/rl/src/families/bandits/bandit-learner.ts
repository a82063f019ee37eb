import type { Random } from "@advantage/engine";
import { describeSpace } from "@advantage/envs";
import {
  type Algorithm,
  type BaseConfig,
  ConfigError,
  type Context,
  choice,
  type Metric,
  RunError,
  real,
  text,
} from "../../core/index.js";
import * as settings from "../../core/settings.js";
import { initialLogits, sampleRow, softmaxPolicy } from "../../maths/index.js";
import { tabularPolicy } from "../../policies/index.js";
import { armsOf, BanditGame } from "./bandit-game.js";

/** What the bandit learners with a softmax policy have in common around their loops: settings, metrics, state, the contract's other parts. */

/** Settings that all bandit algorithms have. */
export const banditSettings = {
  totalSteps: { ...settings.totalSteps, default: 1000, symbol: "K", help: "rounds to play" },
  seed: settings.seed,
  initialPolicy: text({
    default: "uniform",
    help: "first policy π₁: uniform, or the arms' probabilities as in 0.0001,0.9999",
  }),
};

/** Between what the rewards lie: what regret bounds and their step sizes are made of. */
export const rewardRange = {
  rewardLow: real({ default: 0, help: "the smallest reward there can be: regret bounds hold if this is true" }),
  rewardHigh: real({ default: 1, help: "the largest reward there can be" }),
};

/** What a sampled reward is compared with. */
export const baselineSettings = {
  baseline: choice(["highest", "mean", "none"], {
    default: "highest",
    symbol: "b",
    help: "what rewards are compared with: rewardHigh (they become losses, for which the bound holds), the mean reward so far, or 0",
  }),
};

/** Metrics that all bandit algorithms log. */
export const banditMetrics = {
  rewardSum: { meaning: "sum of the rewards received so far", healthy: "rises as fast as the best arm pays" },
  regret: {
    meaning:
      "what the arm that was best in hindsight would have earned, less what the policies were expected to: maxₐ Σₖ rₖ(a) − Σₖ ⟨πₖ, rₖ⟩; absent where the environment does not show all rewards",
    healthy: "grows slower than the rounds: its slope falls towards 0",
  },
  entropy: {
    meaning: "entropy of the policy in nats",
    healthy: "falls from log A towards 0 as one arm proves the best",
  },
  bestArmProbability: {
    meaning: "probability of the arm that has been best so far in hindsight; absent where the rewards are not shown",
    healthy: "rises towards 1",
  },
} as const satisfies Record<string, Metric>;

/** Metrics that all bandit algorithms log, with a theorem's bound on the regret. */
export function boundedMetrics(theorem: string, when: string) {
  return {
    ...banditMetrics,
    regret: { ...banditMetrics.regret, bound: "regretBound" },
    regretBound: { meaning: `${theorem}; absent ${when}`, healthy: "above the regret" },
  } as const satisfies Record<string, Metric>;
}

interface BaselineSettings {
  readonly baseline: "highest" | "mean" | "none";
  readonly rewardLow: number;
  readonly rewardHigh: number;
}

/** b for the draws to come; a mean of no rewards is 0. */
export function baselineOf({ baseline, rewardHigh }: BaselineSettings, game: BanditGame): number {
  if (baseline === "highest") return rewardHigh;
  if (baseline === "none" || game.rounds === 0) return 0;
  return game.rewardSum / game.rounds;
}

/** Between what r − b lies. */
export function centredRange({ baseline, rewardLow, rewardHigh }: BaselineSettings): { low: number; high: number } {
  if (baseline === "highest") return { low: rewardLow - rewardHigh, high: 0 };
  if (baseline === "none") return { low: rewardLow, high: rewardHigh };
  return { low: rewardLow - Math.max(rewardHigh, 0), high: rewardHigh - Math.min(rewardLow, 0) };
}

/** π₁(a*): what the first policy gave to the arm that has been best so far. */
export function firstProbability(game: BanditGame, initialPolicy: string): number {
  return softmaxPolicy(initialLogits(initialPolicy, game.numArms), game.numArms)[game.bestArm() ?? 0];
}

/**
 * What the spaces do not say: a bandit has one state.
 *
 * @throws RunError in one sentence
 */
export function requireBandit(id: string, { env, config }: Context<BaseConfig>): void {
  const { observationSpace } = env;
  if (observationSpace.kind !== "discrete" || observationSpace.n !== 1) {
    throw new RunError(
      `${id} is for bandits, whose observation never changes (Discrete(1)); ${env.id} has ${describeSpace(observationSpace)}`,
    );
  }
  const { initialPolicy, rewardLow, rewardHigh } = config as unknown as Readonly<Record<string, unknown>>;
  if (typeof initialPolicy === "string") asConfigError(() => initialLogits(initialPolicy, armsOf(env)));
  if (typeof rewardLow === "number" && typeof rewardHigh === "number" && !(rewardLow < rewardHigh)) {
    throw new ConfigError([`rewardHigh must be above rewardLow = ${rewardLow}, got ${rewardHigh}`]);
  }
}

/** Says the same as an error of the settings. */
function asConfigError(body: () => unknown): void {
  try {
    body();
  } catch (error) {
    throw new ConfigError([(error as Error).message]);
  }
}

/** What all bandit learners with a softmax policy keep. */
export interface BanditState {
  readonly game: BanditGame;
  /** θ(a) = log π(a) up to a constant  [A] */
  readonly logits: Float64Array;
  readonly policyRandom: Random;
}

interface BanditConfig extends BaseConfig {
  readonly initialPolicy: string;
  readonly rewardLow?: number;
  readonly rewardHigh?: number;
}

/** First state of a bandit learner: the game, and θ of the first policy  [A] */
export function startBandit({ config: c, env, random }: Context<BanditConfig>): BanditState {
  const { rewardLow, rewardHigh } = c;
  const range = rewardLow === undefined || rewardHigh === undefined ? undefined : { rewardLow, rewardHigh };
  return {
    game: new BanditGame(env.make(), random.fork("env"), range),
    logits: initialLogits(c.initialPolicy, armsOf(env)),
    policyRandom: random.fork("policy"),
  };
}

/**
 * What the bandit learners have alike, but for what they learn and how.
 *
 * @param theorem  what bounds the regret, for the caption of its figure
 */
export function banditLearner(id: string, theorem?: string) {
  return {
    id,
    family: "bandits",
    metrics: banditMetrics,
    presets: {},
    observationKinds: ["discrete"],
    actionKinds: ["discrete"],
    unit: "round",
    needs: ["env"],
    validate: (context) => requireBandit(id, context),
    init: startBandit,
    policy({ env }, { logits }) {
      const { id: environment, observationSpace, actionSpace } = env;
      const probabilities = softmaxPolicy(logits, armsOf(env));
      return tabularPolicy({ algorithm: id, environment, observationSpace, actionSpace, probabilities });
    },
    figures: (_context, { game }) => game.figures(theorem),
  } satisfies Partial<Algorithm<BanditConfig, BanditState>>;
}

/** A batch of n draws. */
export interface Draws {
  readonly arms: Int32Array;
  readonly rewards: Float64Array;
}

/** Room for n draws of arms and their rewards. */
export function allocateDraws(n: number): Draws {
  return { arms: new Int32Array(n), rewards: new Float64Array(n) };
}

/** aᵢ ~ π, and its reward, n times. */
export function draw({ arms, rewards }: Draws, { game, policyRandom }: BanditState, policy: Float64Array): void {
  for (let i = 0; i < arms.length; i++) {
    arms[i] = sampleRow(policyRandom, policy, 0, game.numArms);
    rewards[i] = game.play(arms[i], policy);
  }
}
