import { math } from "@advantage/engine";
import type { Scene } from "../scene.js";
import { schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { discrete } from "../spaces/discrete.js";
import { type Dynamics, type StateEnv, stateEnv } from "../state-env.js";

const { cos, sin } = math;

/*
 * Two hanging links with a motor in the joint between them: swing the tip above the line.
 * Sutton 1996, "Generalization in reinforcement learning: successful examples using sparse coarse coding", NeurIPS 8; equations of
 * motion as in Sutton & Barto's book (1998, §11.3), which have a term that the paper misses. Numbers as in Gymnasium's Acrobot-v1.
 */

const TIME_STEP = 0.2; // s
const GRAVITY = 9.8; // m/s²
const LENGTH_1 = 1; // m
const MASS_1 = 1; // kg
const MASS_2 = 1;
const CENTRE_1 = 0.5; // m from the joint to the link's centre of mass
const CENTRE_2 = 0.5;
const INERTIA = 1; // kg m², of each link
const MAX_SPEED_1 = 4 * Math.PI; // rad/s
const MAX_SPEED_2 = 9 * Math.PI;

/** It has no options. */
export const acrobotConfig = schema({}, "Acrobot-v1");

/**
 * `Acrobot-v1`. State: θ₁ (rad from hanging), θ₂ (relative to the first link), θ̇₁, θ̇₂. Observation: cos θ₁, sin θ₁, cos θ₂, sin θ₂,
 * θ̇₁, θ̇₂. Actions: torque −1, 0, 1. Reward −1 for every step, 0 for the one that arrives; ends when the tip is higher than one link's
 * length above the pivot, is cut after 500 steps. Starts uniform in ±0.1 in all four (as float32).
 */
export function acrobot(options: Readonly<Record<string, never>> = {}): StateEnv<number> {
  acrobotConfig.parse(options);
  return stateEnv(acrobotDynamics());
}

function acrobotDynamics(): Dynamics<number> {
  const high = [1, 1, 1, 1, MAX_SPEED_1, MAX_SPEED_2];
  const start = new Float64Array(4);
  const middle = new Float64Array(4);
  const k1 = new Float64Array(4);
  const k2 = new Float64Array(4);
  const k3 = new Float64Array(4);
  const k4 = new Float64Array(4);

  return {
    id: "Acrobot-v1",
    timeLimit: 500,
    observationSpace: box({ low: high.map((bound) => -bound), high }),
    actionSpace: discrete(3),
    stateSize: 4,

    reset(state, i, rng) {
      for (let at = 4 * i; at < 4 * i + 4; at++) state[at] = Math.fround(rng.uniform(-0.1, 0.1));
    },

    step({ state, action, reward, terminated }, from, to) {
      for (let i = from; i < to; i++) {
        const at = 4 * i;
        const torque = action[i] - 1;
        for (let j = 0; j < 4; j++) start[j] = state[at + j];
        // Runge–Kutta of fourth order, the torque held.
        derivative(start, torque, k1);
        for (let j = 0; j < 4; j++) middle[j] = start[j] + (TIME_STEP / 2) * k1[j];
        derivative(middle, torque, k2);
        for (let j = 0; j < 4; j++) middle[j] = start[j] + (TIME_STEP / 2) * k2[j];
        derivative(middle, torque, k3);
        for (let j = 0; j < 4; j++) middle[j] = start[j] + TIME_STEP * k3[j];
        derivative(middle, torque, k4);
        for (let j = 0; j < 4; j++) {
          middle[j] = start[j] + (TIME_STEP / 6) * (k1[j] + 2 * k2[j] + 2 * k3[j] + k4[j]);
        }
        const theta1 = wrapAngle(middle[0]);
        const theta2 = wrapAngle(middle[1]);
        state[at] = theta1;
        state[at + 1] = theta2;
        state[at + 2] = Math.min(Math.max(middle[2], -MAX_SPEED_1), MAX_SPEED_1);
        state[at + 3] = Math.min(Math.max(middle[3], -MAX_SPEED_2), MAX_SPEED_2);
        const arrived = -cos(theta1) - cos(theta2 + theta1) > 1;
        terminated[i] = arrived ? 1 : 0;
        reward[i] = arrived ? 0 : -1;
      }
    },

    observe(state, out, from, to) {
      for (let i = from; i < to; i++) {
        const theta1 = state[4 * i];
        const theta2 = state[4 * i + 1];
        out[6 * i] = cos(theta1);
        out[6 * i + 1] = sin(theta1);
        out[6 * i + 2] = cos(theta2);
        out[6 * i + 3] = sin(theta2);
        out[6 * i + 4] = state[4 * i + 2];
        out[6 * i + 5] = state[4 * i + 3];
      }
    },

    render: (state, i) => acrobotScene(state[4 * i], state[4 * i + 1]),
  };
}

/** d/dt of [θ₁, θ₂, θ̇₁, θ̇₂] under a torque, written to `out`. */
function derivative(state: Float64Array, torque: number, out: Float64Array): void {
  const theta1 = state[0];
  const theta2 = state[1];
  const dTheta1 = state[2];
  const dTheta2 = state[3];
  const cos2 = cos(theta2);
  const sin2 = sin(theta2);
  const d1 =
    MASS_1 * CENTRE_1 * CENTRE_1 +
    MASS_2 * (LENGTH_1 * LENGTH_1 + CENTRE_2 * CENTRE_2 + 2 * LENGTH_1 * CENTRE_2 * cos2) +
    INERTIA +
    INERTIA;
  const d2 = MASS_2 * (CENTRE_2 * CENTRE_2 + LENGTH_1 * CENTRE_2 * cos2) + INERTIA;
  const phi2 = MASS_2 * CENTRE_2 * GRAVITY * cos(theta1 + theta2 - Math.PI / 2);
  const phi1 =
    -MASS_2 * LENGTH_1 * CENTRE_2 * (dTheta2 * dTheta2) * sin2 -
    2 * MASS_2 * LENGTH_1 * CENTRE_2 * dTheta2 * dTheta1 * sin2 +
    (MASS_1 * CENTRE_1 + MASS_2 * LENGTH_1) * GRAVITY * cos(theta1 - Math.PI / 2) +
    phi2;
  const ddTheta2 =
    (torque + (d2 / d1) * phi1 - MASS_2 * LENGTH_1 * CENTRE_2 * (dTheta1 * dTheta1) * sin2 - phi2) /
    (MASS_2 * CENTRE_2 * CENTRE_2 + INERTIA - (d2 * d2) / d1);
  out[0] = dTheta1;
  out[1] = dTheta2;
  out[2] = -(d2 * ddTheta2 + phi1) / d1;
  out[3] = ddTheta2;
}

/** θ in [−π, π], by whole turns: one step moves an angle by a few at most. */
function wrapAngle(theta: number): number {
  while (theta > Math.PI) theta -= 2 * Math.PI;
  while (theta < -Math.PI) theta += 2 * Math.PI;
  return theta;
}

function acrobotScene(theta1: number, theta2: number): Scene {
  const elbow: [number, number] = [sin(theta1), -cos(theta1)];
  const tip: [number, number] = [elbow[0] + sin(theta1 + theta2), elbow[1] - cos(theta1 + theta2)];
  return {
    view: [-2.25, -2.25, 2.25, 2.25],
    shapes: [
      {
        kind: "line",
        points: [
          [-2.25, 1],
          [2.25, 1],
        ],
        colour: "good",
        width: 0.025,
      },
      { kind: "line", points: [[0, 0], elbow], colour: "ink", width: 0.16 },
      { kind: "line", points: [elbow, tip], colour: "accent", width: 0.16 },
      { kind: "circle", centre: [0, 0], radius: 0.045, fill: "paper" },
      { kind: "circle", centre: elbow, radius: 0.045, fill: "paper" },
    ],
  };
}
