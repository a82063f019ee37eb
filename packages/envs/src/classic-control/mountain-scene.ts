import { math } from "@advantage/engine";
import type { Scene, Shape } from "../scene.js";

const { sin } = math;

type Point = readonly [number, number];

const LEFT = -1.2;
const RIGHT = 0.6;

/** The hill's height over the position, as drawn by Gymnasium: 0.45 sin 3x + 0.55. */
function height(x: number): number {
  return 0.45 * sin(3 * x) + 0.55;
}

const ridge: readonly Point[] = Array.from({ length: 91 }, (_, i) => {
  const x = LEFT + ((RIGHT - LEFT) * i) / 90;
  return [x, height(x)] as const;
});

/**
 * The valley, the flag at the goal and the car, with an arrow for its push.
 *
 * @param push in [−1, 1]
 */
export function mountainScene(position: number, goal: number, push: number): Scene {
  const ground = height(position);
  // The slope d/dx (0.45 sin 3x) = 1.35 cos 3x, taken from two near points so that the tangent fits the drawn line.
  const rise = (height(position + 0.001) - height(position - 0.001)) / 0.002;
  const norm = Math.sqrt(1 + rise * rise);
  /** A point of the car: `along` the slope and `up` from it. */
  const at = (along: number, up: number): Point => [
    position + (along - up * rise) / norm,
    ground + (along * rise + up) / norm,
  ];
  const flagFoot = height(goal);
  const flagTop = flagFoot + 0.2;
  const shapes: Shape[] = [
    { kind: "polygon", points: [[LEFT, 0], ...ridge, [RIGHT, 0]], fill: "faint" },
    { kind: "line", points: ridge, colour: "muted", width: 0.01 },
    {
      kind: "line",
      points: [
        [goal, flagFoot],
        [goal, flagTop],
      ],
      colour: "ink",
      width: 0.01,
    },
    {
      kind: "polygon",
      points: [
        [goal, flagTop],
        [goal + 0.09, flagTop - 0.035],
        [goal, flagTop - 0.07],
      ],
      fill: "good",
    },
    {
      kind: "polygon",
      points: [at(-0.075, 0.025), at(0.075, 0.025), at(0.075, 0.06), at(-0.075, 0.06)],
      fill: "accent",
    },
    {
      kind: "polygon",
      points: [at(-0.05, 0.055), at(0.04, 0.055), at(0.025, 0.095), at(-0.035, 0.095)],
      fill: "accent",
    },
    { kind: "circle", centre: at(-0.045, 0.024), radius: 0.022, fill: "ink" },
    { kind: "circle", centre: at(0.045, 0.024), radius: 0.022, fill: "ink" },
  ];
  if (push !== 0) {
    const tail = push > 0 ? 0.095 : -0.095;
    const tip = tail + 0.12 * push;
    const back = tip - (push > 0 ? 0.025 : -0.025);
    shapes.push(
      { kind: "line", points: [at(tail, 0.05), at(back, 0.05)], colour: "bad", width: 0.011 },
      { kind: "polygon", points: [at(tip, 0.05), at(back, 0.067), at(back, 0.033)], fill: "bad" },
    );
  }
  return { view: [LEFT, 0, RIGHT, 1.25], shapes };
}
