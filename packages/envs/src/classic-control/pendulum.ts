import { math } from "@advantage/engine";
import type { Scene, Shape } from "../scene.js";
import { type FieldsOf, real, schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { type Dynamics, type StateEnv, stateEnv } from "../state-env.js";

const { cos, sin } = math;

/*
 * Swing a pendulum up and hold it there, with a motor too weak to lift it in one go. Numbers as in Gymnasium's Pendulum-v1.
 */

const MAX_SPEED = 8; // rad/s
const MAX_TORQUE = 2; // N m
const TIME_STEP = 0.05; // s
const MASS = 1; // kg
const LENGTH = 1; // m

/** Options of the pendulum. */
export interface PendulumOptions {
  /** Acceleration of gravity, m/s². Default: 10. */
  readonly gravity?: number;
}

/** Schema of the options of the pendulum: types, ranges, defaults. */
export const pendulumConfig = schema(
  {
    gravity: real({ default: 10, symbol: "g", alias: "g", help: "acceleration of gravity, m/s²" }),
  } satisfies FieldsOf<PendulumOptions>,
  "Pendulum-v1",
);

/**
 * `Pendulum-v1`. State: θ (rad from upright, counter-clockwise, not wrapped), θ̇. Observation: cos θ, sin θ, θ̇. Action: torque in
 * [−2, 2] N m, clipped. Reward −(θ² + 0.1 θ̇² + 0.001 torque²) of the state before the step, θ taken in [−π, π). Never ends, is
 * cut after 200 steps. Starts uniform: θ in [−π, π), θ̇ in [−1, 1).
 */
export function pendulum(options: PendulumOptions = {}): StateEnv<Float32Array> {
  const config = pendulumConfig.parse(options);
  const { gravity } = config;
  const dynamics: Dynamics<Float32Array> = {
    id: "Pendulum-v1",
    options: pendulumConfig.changes(config),
    timeLimit: 200,
    observationSpace: box({ low: [-1, -1, -MAX_SPEED], high: [1, 1, MAX_SPEED] }),
    actionSpace: box({ low: -MAX_TORQUE, high: MAX_TORQUE, shape: [1] }),
    stateSize: 2,

    reset(state, i, rng) {
      state[2 * i] = rng.uniform(-Math.PI, Math.PI);
      state[2 * i + 1] = rng.uniform(-1, 1);
    },

    step({ state, action, reward, terminated }, from, to) {
      for (let i = from; i < to; i++) {
        const at = 2 * i;
        const theta = state[at];
        const thetaDot = state[at + 1];
        const torque = Math.min(Math.max(action[i], -MAX_TORQUE), MAX_TORQUE);
        const angle = wrapAngle(theta);
        reward[i] = -(angle * angle + 0.1 * (thetaDot * thetaDot) + 0.001 * (torque * torque));
        const acceleration = ((3 * gravity) / (2 * LENGTH)) * sin(theta) + (3 / (MASS * LENGTH * LENGTH)) * torque;
        const speed = Math.min(Math.max(thetaDot + acceleration * TIME_STEP, -MAX_SPEED), MAX_SPEED);
        state[at] = theta + speed * TIME_STEP;
        state[at + 1] = speed;
        terminated[i] = 0;
      }
    },

    observe(state, out, from, to) {
      writeCosines(state, out, from, to);
      writeSines(state, out, from, to);
      for (let i = from; i < to; i++) out[3 * i + 2] = state[2 * i + 1];
    },

    render: (state, i, action) => pendulumScene(state[2 * i], Math.min(Math.max(action ?? 0, -MAX_TORQUE), MAX_TORQUE)),
  };
  return stateEnv(dynamics);
}

// Two loops because the compiler inlines one of the functions whole, but not both, into one; what is not inlined passes its
// numbers through the heap.

function writeCosines(state: Float64Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[3 * i] = cos(state[2 * i]);
}

function writeSines(state: Float64Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) out[3 * i + 1] = sin(state[2 * i]);
}

/** θ in [−π, π). */
function wrapAngle(theta: number): number {
  const turns = (theta + Math.PI) % (2 * Math.PI);
  return (turns < 0 ? turns + 2 * Math.PI : turns) - Math.PI;
}

function pendulumScene(theta: number, torque: number): Scene {
  const tip: [number, number] = [-LENGTH * sin(theta), LENGTH * cos(theta)];
  const shapes: Shape[] = [
    { kind: "circle", centre: [0, LENGTH], radius: 0.035, fill: "good" },
    { kind: "line", points: [[0, 0], tip], colour: "accent", width: 0.16 },
    { kind: "circle", centre: [0, 0], radius: 0.045, fill: "ink" },
  ];
  if (Math.abs(torque) > 0.02) for (const shape of torqueArrow(torque)) shapes.push(shape);
  return { view: [-1.35, -1.35, 1.35, 1.35], shapes };
}

/** An arc round the axle, as long as the torque is strong, with its head in the torque's direction. */
function torqueArrow(torque: number): Shape[] {
  const radius = 0.34;
  const direction = Math.sign(torque); // 1: counter-clockwise
  const sweep = (Math.abs(torque) / MAX_TORQUE) * 2.6; // rad
  const point = (angle: number, r: number): [number, number] => [r * cos(angle), r * sin(angle)];
  const start = Math.PI / 2 - (direction * sweep) / 2;
  const end = start + direction * sweep;
  const arc = Array.from({ length: 25 }, (_, i) => point(start + (direction * sweep * i) / 24, radius));
  const head = [point(end, radius - 0.07), point(end, radius + 0.07), point(end + direction * 0.36, radius - 0.015)];
  return [
    { kind: "line", points: arc, colour: "bad", width: 0.035 },
    { kind: "polygon", points: head, fill: "bad" },
  ];
}
