import { acrobot } from "./classic-control/acrobot.js";
import { cartPole, cartPoleV0 } from "./classic-control/cart-pole.js";
import { mountainCar } from "./classic-control/mountain-car.js";
import { mountainCarContinuous } from "./classic-control/mountain-car-continuous.js";
import { pendulum } from "./classic-control/pendulum.js";
import type { Env } from "./env.js";
import { didYouMean } from "./nearest-name.js";

/** One line of the list of environments. */
export interface EnvironmentEntry {
  readonly id: string;
  readonly title: string;
  readonly family: string;
  /** One sentence. */
  readonly summary: string;
  /** Where it comes from: paper, book or project. */
  readonly source: string;
  /** A new environment with the default options. */
  readonly make: () => Env;
  /** The mean return over 100 episodes that counts as solving it, where one is published. */
  readonly solvedAt?: number;
  readonly aliases?: readonly string[];
}

const GYMNASIUM = "Gymnasium (Towers et al. 2024, arXiv:2407.17032)";

/** Every environment of the library. */
export const environments: readonly EnvironmentEntry[] = [
  {
    id: "CartPole-v1",
    title: "Cart pole",
    family: "classic control",
    summary: "Balance a pole on a cart by pushing the cart left or right, for 500 steps.",
    source: `Barto, Sutton & Anderson 1983; ${GYMNASIUM}`,
    make: () => cartPole(),
    solvedAt: 475,
    aliases: ["CartPole"],
  },
  {
    id: "CartPole-v0",
    title: "Cart pole, 200 steps",
    family: "classic control",
    summary: "Balance a pole on a cart by pushing the cart left or right, for 200 steps.",
    source: `Barto, Sutton & Anderson 1983; ${GYMNASIUM}`,
    make: () => cartPoleV0(),
    solvedAt: 195,
  },
  {
    id: "MountainCar-v0",
    title: "Mountain car",
    family: "classic control",
    summary: "Drive a weak car up a hill by swinging to and fro in the valley.",
    source: `Moore 1990; ${GYMNASIUM}`,
    make: () => mountainCar(),
    solvedAt: -110,
    aliases: ["MountainCar"],
  },
  {
    id: "MountainCarContinuous-v0",
    title: "Mountain car, continuous",
    family: "classic control",
    summary: "The mountain car with a real-valued push that costs its square.",
    source: `Moore 1990; ${GYMNASIUM}`,
    make: () => mountainCarContinuous(),
    solvedAt: 90,
    aliases: ["MountainCarContinuous"],
  },
  {
    id: "Acrobot-v1",
    title: "Acrobot",
    family: "classic control",
    summary: "Swing the tip of two links above a line with a motor in the joint between them.",
    source: `Sutton 1996; ${GYMNASIUM}`,
    make: () => acrobot(),
    solvedAt: -100,
    aliases: ["Acrobot"],
  },
  {
    id: "Pendulum-v1",
    title: "Pendulum",
    family: "classic control",
    summary: "Swing a pendulum up and hold it upright with a weak motor.",
    source: GYMNASIUM,
    make: () => pendulum(),
    aliases: ["Pendulum"],
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

/** A new environment of that id or alias. */
export function makeEnv(id: string): Env {
  return findEnvironment(id).make();
}
