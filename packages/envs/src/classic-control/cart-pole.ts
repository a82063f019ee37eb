import { math } from "@advantage/engine";
import type { Scene } from "../scene.js";
import { type ConfigOf, choice, type FieldsOf, flag, type Schema, schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { discrete } from "../spaces/discrete.js";
import { type Dynamics, type StateEnv, stateEnv } from "../state-env.js";

const { cos, sin } = math;

/*
 * Balance a pole on a cart by pushing the cart left or right.
 * Barto, Sutton & Anderson 1983, "Neuronlike adaptive elements that can solve difficult learning control problems", IEEE SMC 13(5).
 * Numbers and order of operations as in Gymnasium's CartPole-v1 (and -v0, which ends after 200 steps).
 */

const GRAVITY = 9.8; // m/s²
const POLE_MASS = 0.1; // kg
const TOTAL_MASS = 0.1 + 1.0; // pole and cart
const HALF_LENGTH = 0.5; // m, from the axle to the pole's centre of mass
const POLE_MOMENT = POLE_MASS * HALF_LENGTH;
const FORCE = 10; // N
const TIME_STEP = 0.02; // s
const X_LIMIT = 2.4; // m
const ANGLE_LIMIT = (12 * 2 * Math.PI) / 360; // 12°

/** Options of the cart-pole. */
export interface CartPoleOptions {
  /** `"euler"` moves with the old velocities, `"semi-implicit euler"` with the new ones. Default: `"euler"`. */
  readonly integrator?: "euler" | "semi-implicit euler";
  /** Rewards as in Sutton & Barto 2018, example 3.4: −1 for the step that ends the episode, 0 for all others. Default: false. */
  readonly suttonBartoReward?: boolean;
}

const fields = {
  integrator: choice(["euler", "semi-implicit euler"], {
    default: "euler",
    help: "euler moves with the old velocities, semi-implicit euler with the new ones",
  }),
  suttonBartoReward: flag({
    default: false,
    help: "rewards as in Sutton & Barto 2018, example 3.4: −1 for the step that ends the episode, 0 for all others",
  }),
} satisfies FieldsOf<CartPoleOptions>;

/** Schema of the options of the cart-pole of 500 steps: types, ranges, defaults. */
export const cartPoleConfig = schema(fields, "CartPole-v1");

/** Schema of the options of the cart-pole of 200 steps: types, ranges, defaults. */
export const cartPoleV0Config = schema(fields, "CartPole-v0");

/** Schema of the options of the cart-pole whose velocities are hidden: types, ranges, defaults. */
export const cartPoleMaskedConfig = schema(fields, "CartPoleMasked-v1");

/**
 * `CartPole-v1`. State and observation: x (m), ẋ, θ (rad from upright), θ̇. Actions: 0 left, 1 right. Reward 1 for every step, the
 * last one included; ends when |x| > 2.4 m or |θ| > 12°, is cut after 500 steps. Starts uniform in ±0.05 in all four.
 */
export function cartPole(options: CartPoleOptions = {}): StateEnv<number> {
  return stateEnv(cartPoleDynamics("CartPole-v1", 500, cartPoleConfig, options));
}

/** `CartPole-v0`: the same, cut after 200 steps. */
export function cartPoleV0(options: CartPoleOptions = {}): StateEnv<number> {
  return stateEnv(cartPoleDynamics("CartPole-v0", 200, cartPoleV0Config, options));
}

/** The rules of every cart pole, also of those that show less of the state. */
export function cartPoleDynamics(
  id: string,
  timeLimit: number,
  schema: Schema<ConfigOf<typeof cartPoleConfig>>,
  options: CartPoleOptions,
): Dynamics<number> {
  const config = schema.parse(options);
  const { integrator, suttonBartoReward } = config;
  // The step that ends the episode still counts, those after it do not.
  const [balanced, fell, lying] = suttonBartoReward ? [0, -1, -1] : [1, 1, 0];
  const semiImplicit = integrator === "semi-implicit euler";
  const high = [2 * X_LIMIT, Infinity, 2 * ANGLE_LIMIT, Infinity];
  return {
    id,
    options: schema.changes(config),
    timeLimit,
    observationSpace: box({ low: high.map((bound) => -bound), high }),
    actionSpace: discrete(2),
    stateSize: 4,

    reset(state, i, rng) {
      for (let at = 4 * i; at < 4 * i + 4; at++) state[at] = rng.uniform(-0.05, 0.05);
    },

    step({ state, action, reward, terminated }, from, to) {
      for (let i = from; i < to; i++) {
        const at = 4 * i;
        let x = state[at];
        let xDot = state[at + 1];
        let theta = state[at + 2];
        let thetaDot = state[at + 3];
        const beyond = isOut(x, theta);

        const force = action[i] === 1 ? FORCE : -FORCE;
        const cosTheta = cos(theta);
        const sinTheta = sin(theta);
        const push = (force + POLE_MOMENT * (thetaDot * thetaDot) * sinTheta) / TOTAL_MASS;
        const thetaAcceleration =
          (GRAVITY * sinTheta - cosTheta * push) /
          (HALF_LENGTH * (4 / 3 - (POLE_MASS * (cosTheta * cosTheta)) / TOTAL_MASS));
        const xAcceleration = push - (POLE_MOMENT * thetaAcceleration * cosTheta) / TOTAL_MASS;

        if (semiImplicit) {
          xDot += TIME_STEP * xAcceleration;
          x += TIME_STEP * xDot;
          thetaDot += TIME_STEP * thetaAcceleration;
          theta += TIME_STEP * thetaDot;
        } else {
          x += TIME_STEP * xDot;
          xDot += TIME_STEP * xAcceleration;
          theta += TIME_STEP * thetaDot;
          thetaDot += TIME_STEP * thetaAcceleration;
        }
        state[at] = x;
        state[at + 1] = xDot;
        state[at + 2] = theta;
        state[at + 3] = thetaDot;

        const out = isOut(x, theta);
        terminated[i] = out ? 1 : 0;
        reward[i] = out ? (beyond ? lying : fell) : balanced;
      }
    },

    observe(state, out, from, to) {
      for (let at = 4 * from; at < 4 * to; at++) out[at] = state[at];
    },

    render: (state, i) => cartPoleScene(state[4 * i], state[4 * i + 2]),
  };
}

function isOut(x: number, theta: number): boolean {
  return x < -X_LIMIT || x > X_LIMIT || theta < -ANGLE_LIMIT || theta > ANGLE_LIMIT;
}

function cartPoleScene(x: number, theta: number): Scene {
  const axle = 0.36;
  const length = 2 * HALF_LENGTH;
  return {
    view: [-2.7, -0.35, 2.7, 1.75],
    shapes: [
      {
        kind: "line",
        points: [
          [-X_LIMIT, 0],
          [X_LIMIT, 0],
        ],
        colour: "muted",
        width: 0.025,
      },
      {
        kind: "line",
        points: [
          [-X_LIMIT, -0.07],
          [-X_LIMIT, 0.07],
        ],
        colour: "muted",
        width: 0.025,
      },
      {
        kind: "line",
        points: [
          [X_LIMIT, -0.07],
          [X_LIMIT, 0.07],
        ],
        colour: "muted",
        width: 0.025,
      },
      { kind: "polygon", points: rectangle(x - 0.3, 0.1, x + 0.3, 0.36), fill: "ink" },
      { kind: "circle", centre: [x - 0.17, 0.08], radius: 0.08, fill: "ink" },
      { kind: "circle", centre: [x + 0.17, 0.08], radius: 0.08, fill: "ink" },
      { kind: "circle", centre: [x - 0.17, 0.08], radius: 0.03, fill: "paper" },
      { kind: "circle", centre: [x + 0.17, 0.08], radius: 0.03, fill: "paper" },
      {
        kind: "line",
        points: [
          [x, axle],
          [x + length * sin(theta), axle + length * cos(theta)],
        ],
        colour: "accent",
        width: 0.09,
      },
      { kind: "circle", centre: [x, axle], radius: 0.028, fill: "paper" },
    ],
  };
}

function rectangle(left: number, bottom: number, right: number, top: number): [number, number][] {
  return [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
}
