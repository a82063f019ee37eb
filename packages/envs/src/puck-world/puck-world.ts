import { math, Random } from "@advantage/engine";
import type { Point, Scene, Shape } from "../scene.js";
import { type FieldsOf, limit, real, schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { type Dynamics, type StateEnv, stateEnv } from "../state-env.js";

const { cos, sin } = math;

/*
 * Push a puck over a table with a small force to a target that moves away every 30 seconds: the experiment of Silver 2015, "Lectures on
 * Reinforcement Learning", lecture 7, whose description is three sentences long (force as action, reward near the target, the 30 seconds).
 * Friction, walls that halve the speed and a puck that starts anywhere are as in Karpathy's PuckWorld (REINFORCEjs, 2015), which has five
 * discrete actions and an enemy beside the target. Neither publishes units; those here are our own.
 */

const TIME_STEP = 0.2; // s
const FORCE = 0.2; // N, of an action of 1
const MASS = 1; // kg
const FRICTION = 0.2; // kg/s: with full force the speed tends to FORCE / FRICTION = 1 m/s along each axis
const WALL = 1; // m from the middle to where a wall stops the puck's centre
const BOUNCE = 0.5; // share of the speed that a wall gives back
const TARGET_LIMIT = 0.9; // m: targets keep this near to the middle, off the walls
const NEAR = 0.25; // m, the distance at which half of the reward is left
const TARGET_PERIOD = 30; // s

// The state, in this order.
const STATE_SIZE = 10;
const [VELOCITY, TARGET, CLOCK, STREAM, PUSH] = [2, 4, 6, 7, 8];

/** Options of the puck world. */
export interface PuckWorldOptions {
  /** Simulated seconds from one move of the target to the next, rounded to whole steps. Default: 30. */
  readonly targetPeriod?: number;
  /** Steps of 0.2 s after which an episode is cut, ∞ for one that goes on for ever. Default: 600, two minutes. */
  readonly timeLimit?: number;
}

/** Schema of the options of the puck world: types, ranges, defaults. */
export const puckWorldConfig = schema(
  {
    targetPeriod: real({
      default: TARGET_PERIOD,
      min: TIME_STEP / 2,
      help: "simulated seconds from one move of the target to the next, rounded to whole steps of 0.2 s",
    }),
    timeLimit: limit({ default: 600, help: "steps of 0.2 s after which an episode is cut" }),
  } satisfies FieldsOf<PuckWorldOptions>,
  "PuckWorld-v0",
);

/**
 * `PuckWorld-v0`. Observation: the puck's position x, y (m from the middle) and velocity, and where the target is as seen from the puck, x and y.
 * Action: force along each axis in [−1, 1], clipped, in units of 0.2 N. Reward 1 / (1 + (d / 0.25 m)²) for the distance d at which the step
 * leaves the puck of its target: 1 on the target, ½ at 0.25 m. Never ends, is cut after 600 steps of 0.2 s; the target moves after every
 * 150. Starts at rest, anywhere; targets are uniform over the table.
 *
 * State: position, velocity, target, steps since the target moved, the number that gives the next target, and the last force. An episode's
 * targets are settled when it starts: what is restored from a snapshot meets the same ones.
 */
export function puckWorld(options: PuckWorldOptions = {}): StateEnv<Float32Array> {
  const config = puckWorldConfig.parse(options);
  const { targetPeriod, timeLimit } = config;
  const stepsPerTarget = Math.round(targetPeriod / TIME_STEP);
  const limits = [WALL, WALL, FORCE / FRICTION, FORCE / FRICTION, WALL + TARGET_LIMIT, WALL + TARGET_LIMIT];
  const dynamics: Dynamics<Float32Array> = {
    id: "PuckWorld-v0",
    options: puckWorldConfig.changes(config),
    timeLimit,
    observationSpace: box({ low: limits.map((limit) => -limit), high: limits }),
    actionSpace: box({ low: -1, high: 1, shape: [2] }),
    stateSize: STATE_SIZE,

    reset(state, i, rng) {
      const at = STATE_SIZE * i;
      state.fill(0, at, at + STATE_SIZE);
      state[at] = rng.uniform(-WALL, WALL);
      state[at + 1] = rng.uniform(-WALL, WALL);
      placeTarget(state, at, rng);
      // A step has no stream to draw from: the seeds of the targets to come are this number and those after it, room for 2²⁰ of them.
      state[at + STREAM] = rng.uint32() * 1048576;
    },

    step({ state, action, reward, terminated }, from, to) {
      for (let i = from; i < to; i++) {
        const at = STATE_SIZE * i;
        for (let axis = 0; axis < 2; axis++) {
          const push = Math.min(Math.max(action[2 * i + axis], -1), 1);
          let velocity = state[at + VELOCITY + axis];
          velocity += (TIME_STEP * (FORCE * push - FRICTION * velocity)) / MASS;
          let position = state[at + axis] + TIME_STEP * velocity;
          if (position < -WALL || position > WALL) {
            position = position < 0 ? -WALL : WALL;
            velocity *= -BOUNCE;
          }
          state[at + axis] = position;
          state[at + VELOCITY + axis] = velocity;
          state[at + PUSH + axis] = push;
        }
        const x = (state[at + TARGET] - state[at]) / NEAR;
        const y = (state[at + TARGET + 1] - state[at + 1]) / NEAR;
        reward[i] = 1 / (1 + x * x + y * y);
        terminated[i] = 0;
        state[at + CLOCK] += 1;
        if (state[at + CLOCK] >= stepsPerTarget) {
          placeTarget(state, at, Random.fromSeed(state[at + STREAM]));
          state[at + STREAM] += 1;
          state[at + CLOCK] = 0;
        }
      }
    },

    observe(state, out, from, to) {
      for (let i = from; i < to; i++) {
        const at = STATE_SIZE * i;
        for (let k = 0; k < 4; k++) out[6 * i + k] = state[at + k];
        out[6 * i + 4] = state[at + TARGET] - state[at];
        out[6 * i + 5] = state[at + TARGET + 1] - state[at + 1];
      }
    },

    render: (state, i) => puckScene(state.subarray(STATE_SIZE * i, STATE_SIZE * (i + 1)), stepsPerTarget),
  };
  return stateEnv(dynamics);
}

function placeTarget(state: Float64Array, at: number, rng: Random): void {
  state[at + TARGET] = rng.uniform(-TARGET_LIMIT, TARGET_LIMIT);
  state[at + TARGET + 1] = rng.uniform(-TARGET_LIMIT, TARGET_LIMIT);
}

const PUCK = 0.085; // m, its radius as drawn: the walls are drawn that far beyond where its centre can be
const EDGE = WALL + PUCK;

/** The table, the target with the time that it stays as an arc around it, and the puck with an arrow for its force. */
function puckScene(state: Float64Array, stepsPerTarget: number): Scene {
  const puck: Point = [state[0], state[1]];
  const target: Point = [state[TARGET], state[TARGET + 1]];
  const left = 1 - state[CLOCK] / stepsPerTarget; // share of the time that the target stays
  return {
    view: [-EDGE - 0.09, -EDGE - 0.09, EDGE + 0.09, EDGE + 0.09],
    shapes: [
      ...table(),
      { kind: "circle", centre: target, radius: 0.145, fill: "paper" },
      { kind: "circle", centre: target, radius: 0.055, fill: "good" },
      { kind: "line", points: arc(target, 0.125, left), colour: "good", width: 0.026 },
      ...arrow(puck, [state[PUSH], state[PUSH + 1]]),
      { kind: "circle", centre: puck, radius: PUCK, fill: "ink" },
      { kind: "circle", centre: puck, radius: PUCK - 0.025, fill: "accent" },
    ],
  };
}

/** A field with rounded corners, marked like one for ice hockey. */
function table(): Shape[] {
  const corner = 0.12;
  const inner = EDGE - corner;
  const outline: Point[] = [];
  for (let k = 0; k < 4; k++) {
    const [x, y] = [k === 0 || k === 3 ? inner : -inner, k < 2 ? inner : -inner];
    for (let j = 0; j <= 8; j++) {
      const angle = ((k + j / 8) * Math.PI) / 2;
      outline.push([x + corner * cos(angle), y + corner * sin(angle)]);
    }
  }
  return [
    { kind: "polygon", points: outline, fill: "faint" },
    { kind: "line", points: [...outline, outline[0]], colour: "muted", width: 0.02 },
    { kind: "line", points: arc([0, 0], 0.32, 1), colour: "paper", width: 0.02 },
    {
      kind: "line",
      points: [
        [0, -EDGE + 0.02],
        [0, EDGE - 0.02],
      ],
      colour: "paper",
      width: 0.02,
    },
    { kind: "circle", centre: [0, 0], radius: 0.03, fill: "paper" },
  ];
}

/** A share of a circle, from the top clockwise. */
function arc([x, y]: Point, radius: number, share: number): Point[] {
  const pieces = Math.max(2, Math.ceil(48 * share));
  return Array.from({ length: pieces + 1 }, (_, i): Point => {
    const angle = Math.PI / 2 - (2 * Math.PI * share * i) / pieces;
    return [x + radius * cos(angle), y + radius * sin(angle)];
  });
}

/** From the puck's rim in the direction of the force, as long as it is strong. */
function arrow([x, y]: Point, [pushX, pushY]: Point): Shape[] {
  const strength = Math.sqrt(pushX * pushX + pushY * pushY); // up to √2
  if (strength < 0.03) return [];
  const [alongX, alongY] = [pushX / strength, pushY / strength];
  /** A point `along` the arrow from the puck's centre and `aside` of it. */
  const at = (along: number, aside: number): Point => [
    x + along * alongX - aside * alongY,
    y + along * alongY + aside * alongX,
  ];
  const head = PUCK + 0.02 + 0.16 * strength;
  return [
    { kind: "line", points: [at(0, 0), at(head, 0)], colour: "bad", width: 0.028 },
    { kind: "polygon", points: [at(head - 0.01, 0.045), at(head + 0.07, 0), at(head - 0.01, -0.045)], fill: "bad" },
  ];
}
