import {
  adversarialBanditConfig,
  adversarialBanditOf,
  bernoulliBandit,
  bernoulliBanditConfig,
  gaussianBandit,
  gaussianBanditConfig,
} from "./bandits/bandit.js";
import { linearBanditConfig, linearBanditEnv } from "./bandits/linear-bandit.js";
import { quadraticBandit, quadraticBanditConfig } from "./bandits/quadratic-bandit.js";
import { acrobot, acrobotConfig } from "./classic-control/acrobot.js";
import {
  cartPole,
  cartPoleConfig,
  cartPoleMaskedConfig,
  cartPoleV0,
  cartPoleV0Config,
} from "./classic-control/cart-pole.js";
import { mountainCar, mountainCarConfig } from "./classic-control/mountain-car.js";
import { mountainCarContinuous, mountainCarContinuousConfig } from "./classic-control/mountain-car-continuous.js";
import { pendulum, pendulumConfig } from "./classic-control/pendulum.js";
import type { Env, EnvironmentOptions } from "./env.js";
import { garnetConfig, garnetEnv, oneStepConfig, oneStepEnv } from "./finite-mdp/garnet.js";
import {
  dynaMaze,
  dynaMazeConfig,
  gridworldConfig,
  gridworldOf,
  windyGridworld,
  windyGridworldConfig,
} from "./gridworld/gridworld.js";
import { maximizationBias, maximizationBiasConfig } from "./gridworld/maximization-bias.js";
import {
  type RandomWalkOptions,
  randomWalk,
  randomWalk19,
  randomWalk19Config,
  randomWalkConfig,
} from "./gridworld/random-walk.js";
import { didYouMean } from "./nearest-name.js";
import { cartPoleMasked } from "./partially-observed/cart-pole-masked.js";
import { tMaze, tMazeConfig } from "./partially-observed/t-maze.js";
import { tiger, tigerConfig } from "./partially-observed/tiger.js";
import { puckWorld, puckWorldConfig } from "./puck-world/puck-world.js";
import type { Schema } from "./schema.js";
import { blackjack, blackjackConfig } from "./toy-text/blackjack.js";
import {
  cliffWalking,
  cliffWalkingConfig,
  cliffWalkingSlippery,
  cliffWalkingSlipperyConfig,
} from "./toy-text/cliff-walking.js";
import { frozenLake, frozenLake8x8, frozenLake8x8Config, frozenLakeConfig } from "./toy-text/frozen-lake.js";
import { taxi, taxiConfig, taxiV4, taxiV4Config } from "./toy-text/taxi.js";

/** One line of the list of environments. */
export interface EnvironmentEntry {
  readonly id: string;
  readonly title: string;
  readonly family: string;
  /** One sentence. */
  readonly summary: string;
  /** Where it comes from: paper, book or project. */
  readonly source: string;
  /** Its options. */
  readonly config: Schema<unknown>;
  /**
   * A new environment; options that are left out have their defaults.
   *
   * @throws ConfigError with the nearest name if there is no such option, or with the rule that a value breaks
   */
  make(options?: object): Env;
  /** What each of its discrete actions does, in a word or two, the first one first; absent where the actions have no meaning. */
  readonly actionNames?: readonly string[];
  /** The mean return over 100 episodes that counts as solving it, where one is published. */
  readonly solvedAt?: number;
  readonly aliases?: readonly string[];
}

const GYMNASIUM = "Gymnasium (Towers et al. 2024, arXiv:2407.17032)";
/** The moves of grids. */
const DIRECTIONS = ["up", "right", "down", "left"];
const SUTTON_BARTO = "Sutton & Barto 2018, Reinforcement Learning: An Introduction";

/** Every environment of the library. */
export const environments: readonly EnvironmentEntry[] = [
  {
    id: "CartPole-v1",
    title: "Cart pole",
    family: "classic control",
    summary: "Balance a pole on a cart by pushing the cart left or right, for 500 steps.",
    source: `Barto, Sutton & Anderson 1983; ${GYMNASIUM}`,
    config: cartPoleConfig,
    make: cartPole,
    actionNames: ["push left", "push right"],
    solvedAt: 475,
    aliases: ["CartPole"],
  },
  {
    id: "CartPole-v0",
    title: "Cart pole, 200 steps",
    family: "classic control",
    summary: "Balance a pole on a cart by pushing the cart left or right, for 200 steps.",
    source: `Barto, Sutton & Anderson 1983; ${GYMNASIUM}`,
    config: cartPoleV0Config,
    make: cartPoleV0,
    actionNames: ["push left", "push right"],
    solvedAt: 195,
  },
  {
    id: "MountainCar-v0",
    title: "Mountain car",
    family: "classic control",
    summary: "Drive a weak car up a hill by swinging to and fro in the valley.",
    source: `Moore 1990; ${GYMNASIUM}`,
    config: mountainCarConfig,
    make: mountainCar,
    actionNames: ["push left", "coast", "push right"],
    solvedAt: -110,
    aliases: ["MountainCar"],
  },
  {
    id: "MountainCarContinuous-v0",
    title: "Mountain car, continuous",
    family: "classic control",
    summary: "The mountain car with a real-valued push that costs its square.",
    source: `Moore 1990; ${GYMNASIUM}`,
    config: mountainCarContinuousConfig,
    make: mountainCarContinuous,
    solvedAt: 90,
    aliases: ["MountainCarContinuous"],
  },
  {
    id: "Acrobot-v1",
    title: "Acrobot",
    family: "classic control",
    summary: "Swing the tip of two links above a line with a motor in the joint between them.",
    source: `Sutton 1996; ${GYMNASIUM}`,
    config: acrobotConfig,
    make: acrobot,
    actionNames: ["torque −1", "torque 0", "torque 1"],
    solvedAt: -100,
    aliases: ["Acrobot"],
  },
  {
    id: "Pendulum-v1",
    title: "Pendulum",
    family: "classic control",
    summary: "Swing a pendulum up and hold it upright with a weak motor.",
    source: GYMNASIUM,
    config: pendulumConfig,
    make: pendulum,
    aliases: ["Pendulum"],
  },
  {
    id: "PuckWorld-v0",
    title: "Puck world",
    family: "puck world",
    summary: "Push a puck to a target that moves away every 30 seconds, with a small force.",
    source: "Silver 2015, Lectures on Reinforcement Learning, lecture 7; Karpathy 2015, REINFORCEjs",
    config: puckWorldConfig,
    make: puckWorld,
    aliases: ["PuckWorld"],
  },
  {
    id: "FrozenLake-v1",
    title: "Frozen lake, 4 × 4",
    family: "toy text",
    summary: "Cross slippery ice to the goal without falling into a hole.",
    source: GYMNASIUM,
    config: frozenLakeConfig,
    make: frozenLake,
    actionNames: ["left", "down", "right", "up"],
    solvedAt: 0.7,
    aliases: ["FrozenLake"],
  },
  {
    id: "FrozenLake8x8-v1",
    title: "Frozen lake, 8 × 8",
    family: "toy text",
    summary: "The frozen lake on a larger map.",
    source: GYMNASIUM,
    config: frozenLake8x8Config,
    make: frozenLake8x8,
    actionNames: ["left", "down", "right", "up"],
    solvedAt: 0.85,
    aliases: ["FrozenLake8x8"],
  },
  {
    id: "CliffWalking-v1",
    title: "Cliff walking",
    family: "toy text",
    summary: "Walk to the goal beside a cliff that costs 100 to fall from, or the long way round.",
    source: `${SUTTON_BARTO}, example 6.6; ${GYMNASIUM}`,
    config: cliffWalkingConfig,
    make: cliffWalking,
    actionNames: DIRECTIONS,
    aliases: ["CliffWalking"],
  },
  {
    id: "CliffWalkingSlippery-v1",
    title: "Cliff walking, slippery",
    family: "toy text",
    summary: "Cliff walking on ground where a step may go to either side.",
    source: `${SUTTON_BARTO}, example 6.6; ${GYMNASIUM}`,
    config: cliffWalkingSlipperyConfig,
    make: cliffWalkingSlippery,
    actionNames: DIRECTIONS,
    aliases: ["CliffWalkingSlippery"],
  },
  {
    id: "Taxi-v3",
    title: "Taxi",
    family: "toy text",
    summary: "Fetch a passenger at one of four stands and bring them to another.",
    source: `Dietterich 2000, JAIR 13; ${GYMNASIUM}`,
    config: taxiConfig,
    make: taxi,
    actionNames: ["down", "up", "right", "left", "pick up", "drop off"],
    solvedAt: 8,
    aliases: ["Taxi"],
  },
  {
    id: "Taxi-v4",
    title: "Taxi, with rain and fickle passengers as options",
    family: "toy text",
    summary: "The taxi; its options let moves go astray and passengers change their minds.",
    source: `Dietterich 2000, JAIR 13; ${GYMNASIUM}`,
    config: taxiV4Config,
    make: taxiV4,
    actionNames: ["down", "up", "right", "left", "pick up", "drop off"],
    solvedAt: 8,
  },
  {
    id: "Blackjack-v1",
    title: "Blackjack",
    family: "toy text",
    summary: "Draw cards to come closer to 21 than the dealer, but not above it.",
    source: `${SUTTON_BARTO}, example 5.1; ${GYMNASIUM}`,
    config: blackjackConfig,
    make: blackjack,
    actionNames: ["stick", "hit"],
    aliases: ["Blackjack"],
  },
  {
    id: "Gridworld-v0",
    title: "Gridworld",
    family: "gridworld",
    summary: "Reach the good end of a small map and not the bad one, with moves that may go astray; takes any map.",
    source: "Russell & Norvig, Artificial Intelligence: A Modern Approach, ch. 17",
    config: gridworldConfig,
    make: gridworldOf,
    actionNames: DIRECTIONS,
    aliases: ["Gridworld"],
  },
  {
    id: "DynaMaze-v0",
    title: "Dyna maze",
    family: "gridworld",
    summary: "Find the way through a small maze whose goal alone pays.",
    source: `${SUTTON_BARTO}, figure 8.2`,
    config: dynaMazeConfig,
    make: dynaMaze,
    actionNames: DIRECTIONS,
    aliases: ["DynaMaze"],
  },
  {
    id: "WindyGridworld-v0",
    title: "Windy gridworld",
    family: "gridworld",
    summary: "Reach the goal across columns in which the wind blows upwards.",
    source: `${SUTTON_BARTO}, example 6.5`,
    config: windyGridworldConfig,
    make: windyGridworld,
    actionNames: DIRECTIONS,
    aliases: ["WindyGridworld"],
  },
  {
    id: "RandomWalk-v0",
    title: "Random walk, 5 states",
    family: "tabular",
    summary: "Predict where a random walk ends: there is nothing to decide.",
    source: `${SUTTON_BARTO}, example 6.2`,
    config: randomWalkConfig,
    make: (options?: RandomWalkOptions) => randomWalk(5, options),
    aliases: ["RandomWalk"],
  },
  {
    id: "RandomWalk19-v0",
    title: "Random walk, 19 states",
    family: "tabular",
    summary: "A longer random walk, with −1 at the left end.",
    source: `${SUTTON_BARTO}, example 7.1`,
    config: randomWalk19Config,
    make: randomWalk19,
    aliases: ["RandomWalk19"],
  },
  {
    id: "MaximizationBias-v0",
    title: "Maximisation bias",
    family: "tabular",
    summary: "Go right for nothing, or left for noisy rewards that are worse on average but look better.",
    source: `${SUTTON_BARTO}, example 6.7`,
    config: maximizationBiasConfig,
    make: maximizationBias,
    aliases: ["MaximizationBias"],
  },
  {
    id: "Garnet-v0",
    title: "Garnet",
    family: "tabular",
    summary: "A random MDP of 20 states in which each action leads to one of three states.",
    source: "Archibald, McKinnon & Thomas 1995, J. Oper. Res. Soc. 46(3); Bhatnagar et al. 2009, Automatica 45(11)",
    config: garnetConfig,
    make: garnetEnv,
    aliases: ["Garnet"],
  },
  {
    id: "OneStepMdp-v0",
    title: "One-step MDP",
    family: "tabular",
    summary: "See a random state, act once, get the reward of that pair.",
    source: "Sutton, McAllester, Singh & Mansour 1999, NIPS 12, in its simplest case",
    config: oneStepConfig,
    make: oneStepEnv,
    aliases: ["OneStepMdp"],
  },
  {
    id: "BernoulliBandit-v0",
    title: "Bernoulli bandit",
    family: "bandits",
    summary: "Two arms that pay 1 with probability 0.6 and 0.4, for 1000 rounds.",
    source: "Robbins 1952, Bull. Amer. Math. Soc. 58(5)",
    config: bernoulliBanditConfig,
    make: bernoulliBandit,
    aliases: ["BernoulliBandit"],
  },
  {
    id: "GaussianBandit-v0",
    title: "Gaussian bandit",
    family: "bandits",
    summary: "Two arms that pay normal variates of mean 0.6 and 0.4, for 1000 rounds.",
    source: "Robbins 1952, Bull. Amer. Math. Soc. 58(5)",
    config: gaussianBanditConfig,
    make: gaussianBandit,
    aliases: ["GaussianBandit"],
  },
  {
    id: "AdversarialBandit-v0",
    title: "Adversarial bandit",
    family: "bandits",
    summary: "Arms whose rewards are fixed beforehand, round by round; by default they alternate.",
    source: "Auer, Cesa-Bianchi, Freund & Schapire 2002, SIAM J. Comput. 32(1)",
    config: adversarialBanditConfig,
    make: adversarialBanditOf,
    aliases: ["AdversarialBandit"],
  },
  {
    id: "LinearBandit-v0",
    title: "Linear bandit",
    family: "bandits",
    summary: "64 arms, the vertices of a cube, that pay ±1 with a mean linear in their six coordinates.",
    source: "Dani, Hayes & Kakade 2007, The price of bandit information for online optimization, NIPS 20",
    config: linearBanditConfig,
    make: linearBanditEnv,
    aliases: ["LinearBandit"],
  },
  {
    id: "QuadraticBandit-v0",
    title: "Quadratic bandit",
    family: "bandits",
    summary: "Find the best point of a square when only the reward of the point played is seen; ill-conditioned.",
    source: "Flaxman, Kalai & McMahan 2005, Online convex optimization in the bandit setting, SODA",
    config: quadraticBanditConfig,
    make: quadraticBandit,
    aliases: ["QuadraticBandit"],
  },
  {
    id: "TMaze-v0",
    title: "T-maze",
    family: "partially observed",
    summary: "Remember a sign seen at the start of a corridor to turn the right way at its end.",
    source: "Bakker 2001, Reinforcement learning with long short-term memory, NIPS 14",
    config: tMazeConfig,
    make: tMaze,
    actionNames: DIRECTIONS,
    aliases: ["TMaze"],
  },
  {
    id: "Tiger-v0",
    title: "Tiger",
    family: "partially observed",
    summary: "Listen, at a cost and with errors, behind which of two doors the tiger is, and open the other.",
    source: "Cassandra, Kaelbling & Littman 1994, Acting optimally in partially observable stochastic domains, AAAI",
    config: tigerConfig,
    make: tiger,
    actionNames: ["listen", "open left", "open right"],
    aliases: ["Tiger"],
  },
  {
    id: "CartPoleMasked-v1",
    title: "Cart pole without velocities",
    family: "partially observed",
    summary: "Balance the pole when only the cart's position and the pole's angle can be seen.",
    source:
      "Wieland 1991, IJCNN; Bakker 2001, NIPS 14; PositionOnlyCartPole of POPGym (Morad et al. 2023, arXiv:2303.01859)",
    config: cartPoleMaskedConfig,
    make: cartPoleMasked,
    actionNames: ["push left", "push right"],
    aliases: ["CartPoleMasked", "PositionOnlyCartPole"],
  },
];

/** The entry of that id or alias. Throws, with the nearest name, if there is none. */
export function findEnvironment(id: string): EnvironmentEntry {
  const found =
    environments.find((entry) => entry.id === id) ?? environments.find((entry) => entry.aliases?.includes(id));
  if (found === undefined) {
    throw new RangeError(
      `unknown environment '${id}'.${didYouMean(
        id,
        environments.map((entry) => entry.id),
      )}`,
    );
  }
  return found;
}

/**
 * A new environment of that id or alias: `makeEnv("FrozenLake-v1", { isSlippery: false })`.
 *
 * @throws ConfigError if an option is none of its own, or out of range
 */
export function makeEnv(id: string, options?: EnvironmentOptions): Env {
  return findEnvironment(id).make(options);
}
