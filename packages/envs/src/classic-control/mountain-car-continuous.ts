import { math } from "@advantage/engine";
import { type FieldsOf, real, schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { type Dynamics, type StateEnv, stateEnv } from "../state-env.js";
import type { MountainCarOptions } from "./mountain-car.js";
import { mountainScene } from "./mountain-scene.js";

const { cos } = math;

/*
 * Mountain car with a real-valued push that costs its square. Numbers as in Gymnasium's MountainCarContinuous-v0, which differs from
 * MountainCar-v0 in strength, goal and in keeping its state in float32. The arithmetic of a step is in double precision and rounded
 * only when stored: what Gymnasium computes under NumPy 1, where a float32 scalar times a Python number is a float64. NumPy 2 (NEP 50)
 * makes that product a float32, so the same source there rounds after every operation and differs from this in the seventh digit.
 */

const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.45;
const POWER = 0.0015;
const GRAVITY = 0.0025;

/** Schema of the options of the mountain car with a real-valued push: types, ranges, defaults. */
export const mountainCarContinuousConfig = schema(
  {
    goalVelocity: real({ default: 0, help: "the least velocity at the goal that counts as arriving" }),
  } satisfies FieldsOf<MountainCarOptions>,
  "MountainCarContinuous-v0",
);

/**
 * `MountainCarContinuous-v0`. State and observation: position, velocity. Action: push in [−1, 1]; one beyond is clipped for the
 * motion, not for its cost. Reward −0.1·push², plus 100 on arrival; ends at position ≥ 0.45, is cut after 999 steps. Starts at
 * rest, position uniform in [−0.6, −0.4).
 */
export function mountainCarContinuous(options: MountainCarOptions = {}): StateEnv<Float32Array> {
  const config = mountainCarContinuousConfig.parse(options);
  const { goalVelocity } = config;
  const dynamics: Dynamics<Float32Array> = {
    id: "MountainCarContinuous-v0",
    options: mountainCarContinuousConfig.changes(config),
    timeLimit: 999,
    observationSpace: box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] }),
    actionSpace: box({ low: -1, high: 1, shape: [1] }),
    stateSize: 2,

    reset(state, i, rng) {
      state[2 * i] = rng.uniform(-0.6, -0.4);
      state[2 * i + 1] = 0;
    },

    step({ state, action, reward, terminated }, from, to) {
      for (let i = from; i < to; i++) {
        const at = 2 * i;
        let position = state[at];
        let velocity = state[at + 1];
        const force = Math.min(Math.max(action[i], -1), 1);
        velocity += force * POWER - GRAVITY * cos(3 * position);
        velocity = Math.min(Math.max(velocity, -MAX_SPEED), MAX_SPEED);
        position += velocity;
        position = Math.min(Math.max(position, MIN_POSITION), MAX_POSITION);
        if (position === MIN_POSITION && velocity < 0) velocity = 0; // an inelastic wall
        const arrived = position >= GOAL && velocity >= goalVelocity;
        state[at] = Math.fround(position);
        state[at + 1] = Math.fround(velocity);
        reward[i] = (arrived ? 100 : 0) - action[i] * action[i] * 0.1;
        terminated[i] = arrived ? 1 : 0; // decided before the rounding, which can carry the car back across the goal
      }
    },

    observe(state, out, from, to) {
      for (let at = 2 * from; at < 2 * to; at++) out[at] = state[at];
    },

    render: (state, i, action) => mountainScene(state[2 * i], GOAL, Math.min(Math.max(action ?? 0, -1), 1)),
  };
  return stateEnv(dynamics);
}
