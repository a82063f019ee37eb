import type { Space } from "@advantage/envs";

/** A plane of states to draw a policy or a value function over. */
export interface Plane {
  readonly x: Axis;
  readonly y: Axis;
  /** What is left out, in a sentence; empty where the plane holds every state. */
  readonly note: string;
  /** Writes the flattened observation of a point. */
  observe(x: number, y: number, into: Float32Array, at: number): void;
}

export interface Axis {
  readonly label: string;
  readonly low: number;
  readonly high: number;
}

/** Points along each axis. */
export const RESOLUTION = 48;

/** Environments whose states are a plane, or have one that tells most, though their observations are not two numbers. */
const PLANES: Readonly<Record<string, Plane>> = {
  "Pendulum-v1": {
    x: { label: "angle (0 is upright)", low: -Math.PI, high: Math.PI },
    y: { label: "angular velocity", low: -8, high: 8 },
    note: "",
    observe(angle, velocity, into, at) {
      into[at] = Math.cos(angle);
      into[at + 1] = Math.sin(angle);
      into[at + 2] = velocity;
    },
  },
  ...Object.fromEntries(
    ["CartPole-v0", "CartPole-v1"].map((id) => [
      id,
      {
        x: { label: "pole angle", low: -0.2095, high: 0.2095 },
        y: { label: "pole angular velocity", low: -2, high: 2 },
        note: "The cart stands still in the middle.",
        observe(angle, velocity, into, at) {
          into[at] = into[at + 1] = 0;
          into[at + 2] = angle;
          into[at + 3] = velocity;
        },
      } satisfies Plane,
    ]),
  ),
};

/** Names of the two numbers, where they are known. */
const LABELS: Readonly<Record<string, readonly [string, string]>> = {
  "MountainCar-v0": ["position", "velocity"],
  "MountainCarContinuous-v0": ["position", "velocity"],
};

/** The plane of an environment; `undefined` where its observations are not two bounded numbers. */
export function planeOf(id: string, space: Space): Plane | undefined {
  if (Object.hasOwn(PLANES, id)) return PLANES[id];
  if (space.kind !== "box" || space.size !== 2) return undefined;
  const { low, high } = space;
  if (![low[0], low[1], high[0], high[1]].every(Number.isFinite)) return undefined;
  const [x, y] = LABELS[id] ?? ["observation 0", "observation 1"];
  return {
    x: { label: x, low: low[0], high: high[0] },
    y: { label: y, low: low[1], high: high[1] },
    note: "",
    observe(a, b, into, at) {
      into[at] = a;
      into[at + 1] = b;
    },
  };
}

/** The observations of every point, row by row from the top. */
export function gridOf({ x, y, observe }: Plane, size: number): Float32Array {
  const grid = new Float32Array(RESOLUTION * RESOLUTION * size);
  for (let row = 0; row < RESOLUTION; row++) {
    for (let column = 0; column < RESOLUTION; column++) {
      const across = x.low + ((column + 0.5) / RESOLUTION) * (x.high - x.low);
      const up = y.high - ((row + 0.5) / RESOLUTION) * (y.high - y.low);
      observe(across, up, grid, (row * RESOLUTION + column) * size);
    }
  }
  return grid;
}
