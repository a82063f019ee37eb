import { math } from "@advantage/engine";
import { type FieldsOf, real, schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { discrete } from "../spaces/discrete.js";
import { type Dynamics, type StateEnv, stateEnv } from "../state-env.js";
import { mountainScene } from "./mountain-scene.js";

const { cos } = math;

/*
 * A car too weak to drive up the hill must swing to and fro in the valley.
 * Moore 1990, "Efficient memory-based learning for robot control", PhD thesis, Cambridge; numbers as in Gymnasium's MountainCar-v0.
 */

const MIN_POSITION = -1.2;
const MAX_POSITION = 0.6;
const MAX_SPEED = 0.07;
const GOAL = 0.5;
const FORCE = 0.001;
const GRAVITY = 0.0025;

/** Options of the mountain car. */
export interface MountainCarOptions {
  /** The least velocity at the goal that counts as arriving. Default: 0. */
  readonly goalVelocity?: number;
}

/** Schema of the options of the mountain car: types, ranges, defaults. */
export const mountainCarConfig = schema(
  {
    goalVelocity: real({ default: 0, help: "the least velocity at the goal that counts as arriving" }),
  } satisfies FieldsOf<MountainCarOptions>,
  "MountainCar-v0",
);

/**
 * `MountainCar-v0`. State and observation: position, velocity. Actions: 0 push left, 1 coast, 2 push right. Reward −1 for every step;
 * ends at position ≥ 0.5, is cut after 200 steps. Starts at rest, position uniform in [−0.6, −0.4).
 */
export function mountainCar(options: MountainCarOptions = {}): StateEnv<number> {
  const config = mountainCarConfig.parse(options);
  const { goalVelocity } = config;
  const dynamics: Dynamics<number> = {
    id: "MountainCar-v0",
    options: mountainCarConfig.changes(config),
    timeLimit: 200,
    observationSpace: box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] }),
    actionSpace: discrete(3),
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
        velocity += (action[i] - 1) * FORCE + cos(3 * position) * -GRAVITY;
        velocity = Math.min(Math.max(velocity, -MAX_SPEED), MAX_SPEED);
        position += velocity;
        position = Math.min(Math.max(position, MIN_POSITION), MAX_POSITION);
        if (position === MIN_POSITION && velocity < 0) velocity = 0; // an inelastic wall
        state[at] = position;
        state[at + 1] = velocity;
        reward[i] = -1;
        terminated[i] = position >= GOAL && velocity >= goalVelocity ? 1 : 0;
      }
    },

    observe(state, out, from, to) {
      for (let at = 2 * from; at < 2 * to; at++) out[at] = state[at];
    },

    render: (state, i, action) => mountainScene(state[2 * i], GOAL, action === undefined ? 0 : action - 1),
  };
  return stateEnv(dynamics);
}
