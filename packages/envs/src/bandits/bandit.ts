import type { Random } from "@advantage/engine";
import type { Env, EnvironmentOptions, Step } from "../env.js";
import { ConfigError } from "../errors.js";
import { buildMdp, type FiniteMdp } from "../finite-mdp/finite-mdp.js";
import { rectangle } from "../finite-mdp/layout-scene.js";
import { requireIndex } from "../finite-mdp/sample-env.js";
import { display } from "../flatten.js";
import type { Scene, Shape } from "../scene.js";
import { type FieldsOf, int, numbers, optional, schema, text } from "../schema.js";
import { type Discrete, discrete } from "../spaces/discrete.js";
import { describeSpace } from "../spaces/space.js";
import { alternatingSequence, parseRewardSequence, type RewardSequence } from "./reward-sequence.js";

/** What is known about an arm. */
export interface BanditArm {
  /** μ(a); undefined where rewards are chosen by an adversary. */
  readonly mean?: number;
  /** Standard deviation of a round's reward; undefined where rewards are chosen by an adversary. */
  readonly deviation?: number;
}

/**
 * A multi-armed bandit. An episode is `rounds` steps in the one state 0, then it is truncated. All arms' rewards are drawn in every
 * round, whichever is played: what an expert algorithm sees and a bandit algorithm does not.
 */
export interface BanditEnv extends Env<number, number> {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  readonly arms: readonly BanditArm[];
  /** x(a) of each arm, where mean rewards are linear in them  [arms][d] */
  readonly armFeatures?: readonly (readonly number[])[];
  /** T: number of rounds of an episode. */
  readonly rounds: number;
  /** The rewards of all arms in the round that was played last, a new array  [arms]. Throws before the first round. */
  roundRewards(): Float64Array;
  snapshot(): BanditSnapshot;
  restore(snapshot: unknown, rng: Random): void;
  render(): Scene;
  fresh(): BanditEnv;
}

/** State of a bandit as it is kept in a checkpoint. */
export interface BanditSnapshot {
  /** Rounds played since the reset. */
  readonly round: number;
  /** The last round's rewards of all arms  [arms]; empty before the first. */
  readonly rewards: readonly number[];
  /** The arm played last. */
  readonly action?: number;
}

/** Options of the bandit with arms of 0 and 1. */
export interface BernoulliBanditOptions {
  /** Each arm's probability of paying 1. Default: [0.6, 0.4]. */
  readonly means?: readonly number[];
  /** Default: 1000. */
  readonly rounds?: number;
}

const rounds = int({ default: 1000, min: 1, symbol: "T", help: "rounds of an episode" });

export const bernoulliBanditConfig = schema(
  {
    means: numbers({ default: [0.6, 0.4], min: 0, max: 1, symbol: "μ", help: "each arm's probability of paying 1" }),
    rounds,
  } satisfies FieldsOf<BernoulliBanditOptions>,
  "BernoulliBandit-v0",
);

/** `BernoulliBandit-v0`: arm a pays 1 with probability μ(a), else 0; by default two arms, Ber(0.6) and Ber(0.4), for 1000 rounds. */
export function bernoulliBandit(options: BernoulliBanditOptions = {}): BanditEnv {
  const config = bernoulliBanditConfig.parse(options);
  const { means, rounds } = config;
  requireArm(means);
  return banditEnv({
    id: "BernoulliBandit-v0",
    options: bernoulliBanditConfig.changes(config),
    arms: means.map((mean) => ({ mean, deviation: Math.sqrt(mean * (1 - mean)) })),
    rounds,
    low: 0,
    high: 1,
    draw(_round, rng, rewards) {
      for (let arm = 0; arm < means.length; arm++) rewards[arm] = rng.uniform() < means[arm] ? 1 : 0;
    },
    mdp: () =>
      buildMdp({ numStates: 1, numActions: means.length, initial: 0, capacity: 2 * means.length }, (_s, arm, add) => {
        add(1 - means[arm], 0, 0, false);
        add(means[arm], 0, 1, false);
      }),
  });
}

/** Options of the bandit with normal rewards. */
export interface GaussianBanditOptions {
  /** Each arm's mean. Default: [0.6, 0.4]. */
  readonly means?: readonly number[];
  /** Standard deviation of every arm, or of each. Default: 1. */
  readonly deviation?: number | readonly number[];
  /** Default: 1000. */
  readonly rounds?: number;
}

export const gaussianBanditConfig = schema(
  {
    means: numbers({ default: [0.6, 0.4], symbol: "μ", help: "each arm's mean" }),
    deviation: numbers({
      default: [1],
      min: 0,
      symbol: "σ",
      help: "standard deviation of every arm, or of each",
    }),
    rounds,
  },
  "GaussianBandit-v0",
);

/** `GaussianBandit-v0`: arm a pays N(μ(a), σ(a)²). The rewards in `mdp()` are their means. */
export function gaussianBandit(options: GaussianBanditOptions = {}): BanditEnv {
  const { deviation } = options;
  const config = gaussianBanditConfig.parse({
    ...options,
    deviation: typeof deviation === "number" ? [deviation] : deviation,
  });
  const { means, rounds } = config;
  requireArm(means);
  const deviations = config.deviation.length === 1 ? means.map(() => config.deviation[0]) : config.deviation;
  if (deviations.length !== means.length) {
    throw new ConfigError([
      `deviation must be one number or one for each of ${means.length} arms, got ${deviations.length}`,
    ]);
  }
  const largest = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0);
  const widest = largest(deviations);
  return banditEnv({
    id: "GaussianBandit-v0",
    options: gaussianBanditConfig.changes(config),
    arms: means.map((mean, arm) => ({ mean, deviation: deviations[arm] })),
    rounds,
    low: -largest(means.map((mean) => -mean)) - 2 * widest,
    high: largest(means) + 2 * widest,
    draw(_round, rng, rewards) {
      for (let arm = 0; arm < means.length; arm++) rewards[arm] = means[arm] + deviations[arm] * rng.normal();
    },
    mdp: () =>
      buildMdp({ numStates: 1, numActions: means.length, initial: 0 }, (_s, arm, add) => add(1, 0, means[arm], false)),
  });
}

export const adversarialBanditConfig = schema(
  {
    rewards: optional(
      text({
        help: "the rewards of all arms, a line for each round, as parseRewardSequence reads them; none: two arms that alternate, for 1000 rounds",
      }),
    ),
  },
  "AdversarialBandit-v0",
);

/**
 * `AdversarialBandit-v0` with its rewards as a text.
 *
 * @throws RangeError naming the line if the text is not a sequence of rewards
 */
export function adversarialBanditOf(options: { readonly rewards?: string } = {}): BanditEnv {
  const config = adversarialBanditConfig.parse(options);
  const { rewards } = config;
  return sequenceBandit(
    rewards === undefined ? alternatingSequence(1000) : parseRewardSequence(rewards),
    adversarialBanditConfig.changes(config),
  );
}

/**
 * `AdversarialBandit-v0`: the rewards of all rounds and arms are given beforehand: `parseRewardSequence` reads them from a text. By default
 * two arms whose rewards alternate, `alternatingSequence(1000)`. It has no MDP: what an arm pays depends on the round.
 */
export function adversarialBandit(sequence: RewardSequence = alternatingSequence(1000)): BanditEnv {
  return sequenceBandit(sequence);
}

function sequenceBandit(sequence: RewardSequence, options?: EnvironmentOptions): BanditEnv {
  const { rounds, arms, rewards } = sequence;
  if (rewards?.length !== rounds * arms || !(rounds >= 1) || !(arms >= 1)) {
    throw new RangeError(
      `a reward sequence must hold rounds × arms rewards, got ${rewards?.length} for ${rounds} × ${arms}: make it with rewardSequence`,
    );
  }
  let low = 0;
  let high = 0;
  for (const reward of rewards) {
    low = Math.min(low, reward);
    high = Math.max(high, reward);
  }
  return banditEnv({
    id: "AdversarialBandit-v0",
    options,
    arms: Array.from({ length: arms }, () => ({})),
    rounds,
    low,
    high,
    draw(round, _rng, out) {
      for (let arm = 0; arm < arms; arm++) out[arm] = rewards[Math.min(round, rounds - 1) * arms + arm];
    },
  });
}

/** What a bandit is made of. */
export interface Bandit {
  readonly id: string;
  readonly options?: EnvironmentOptions;
  readonly arms: readonly BanditArm[];
  readonly armFeatures?: readonly (readonly number[])[];
  readonly rounds: number;
  /** The range of rewards, for the picture. */
  readonly low: number;
  readonly high: number;
  /** Writes the rewards of all arms in a round, counted from 0. */
  draw(round: number, rng: Random, rewards: Float64Array): void;
  mdp?(): FiniteMdp;
}

/** The environment that plays a bandit. */
export function banditEnv(bandit: Bandit): BanditEnv {
  const { id, arms, armFeatures, rounds } = bandit;
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RangeError(`rounds must be an integer >= 1, got ${rounds}`);
  const observationSpace = discrete(1);
  const actionSpace = discrete(arms.length);
  const rewards = new Float64Array(arms.length);
  let rng: Random | undefined;
  let round = 0;
  let played = -1; // the last arm

  const requireStarted = (what: string) => {
    if (rng === undefined) throw new Error(`${id}: call reset(rng) before ${what}`);
  };
  return {
    id,
    observationSpace,
    actionSpace,
    options: bandit.options,
    arms,
    rounds,
    reset(stream) {
      rng = stream;
      round = 0;
      played = -1;
      return 0;
    },
    step(action): Step<number> {
      if (rng === undefined) throw new Error(`${id}: call reset(rng) before step(action)`);
      if (!actionSpace.contains(action)) {
        throw new RangeError(
          `${id}: action must be an element of ${describeSpace(actionSpace)}, got ${display(action)}`,
        );
      }
      bandit.draw(round, rng, rewards);
      round += 1;
      played = action;
      return { observation: 0, reward: rewards[action], terminated: false, truncated: round >= rounds };
    },
    roundRewards() {
      if (played < 0) throw new Error(`${id}: no round has been played yet: call step(action) before roundRewards()`);
      return rewards.slice();
    },
    snapshot() {
      requireStarted("snapshot()");
      return played < 0 ? { round, rewards: [] } : { round, rewards: Array.from(rewards), action: played };
    },
    restore(snapshot, stream) {
      const saved = snapshot as BanditSnapshot;
      requireIndex(id, "round", saved?.round, Number.MAX_SAFE_INTEGER);
      if (saved.action !== undefined) {
        requireIndex(id, "action", saved.action, arms.length);
        if (saved.rewards?.length !== arms.length) {
          throw new RangeError(`${id}: the snapshot's rewards must have ${arms.length} elements`);
        }
        rewards.set(saved.rewards);
      }
      rng = stream;
      round = saved.round;
      played = saved.action ?? -1;
    },
    render() {
      requireStarted("render()");
      return scene(bandit, rewards, round, played);
    },
    fresh: () => banditEnv(bandit),
    ...(armFeatures !== undefined && { armFeatures }),
    ...(bandit.mdp !== undefined && { mdp: bandit.mdp }),
  };
}

/** A bar for each arm's reward in the last round, the played one in colour. */
function scene({ arms, low, high }: Bandit, rewards: Float64Array, round: number, played: number): Scene {
  const span = high > low ? high - low : 1;
  const height = (reward: number) => (2 * (Math.min(Math.max(reward, low), high) - low)) / span;
  const zero = height(0);
  const shapes: Shape[] = [];
  const labels = arms.length <= 20;
  arms.forEach((_, arm) => {
    const top = height(rewards[arm]);
    if (played >= 0 && Math.abs(top - zero) > 1e-9) {
      shapes.push({
        kind: "polygon",
        points: rectangle(arm + 0.15, Math.min(top, zero), arm + 0.85, Math.max(top, zero)),
        fill: arm === played ? "accent" : "muted",
      });
    }
    if (arm === played) shapes.push({ kind: "circle", centre: [arm + 0.5, -0.62], radius: 0.09, fill: "accent" });
    if (labels && played >= 0) {
      const text = String(Math.round(100 * rewards[arm]) / 100);
      shapes.push({ kind: "text", at: [arm + 0.5, Math.max(top, zero) + 0.18], text, size: 0.2, colour: "ink" });
    }
    if (labels) {
      const colour = arm === played ? "ink" : "muted";
      shapes.push({ kind: "text", at: [arm + 0.5, -0.28], text: `arm ${arm}`, size: 0.24, colour });
    }
  });
  shapes.push(
    {
      kind: "line",
      points: [
        [0, zero],
        [arms.length, zero],
      ],
      colour: "muted",
      width: 0.02,
    },
    { kind: "text", at: [arms.length / 2, 2.6], text: `round ${round}`, size: 0.24, colour: "ink" },
  );
  return { view: [-0.2, -0.8, arms.length + 0.2, 2.9], shapes };
}

function requireArm(means: readonly number[]): void {
  if (means.length === 0) throw new ConfigError(["means must hold a number for each of at least 1 arm, got none"]);
}
