import { buildMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";
import { layoutScene } from "../finite-mdp/layout-scene.js";
import type { Point, Scene } from "../scene.js";
import { type FieldsOf, int, optional, schema } from "../schema.js";
import { type PartiallyObservedEnv, type Pomdp, partiallyObservedEnv, pomdpOf } from "./pomdp.js";

/*
 * A corridor that ends in a T junction; a sign at its beginning tells on which side of the junction the goal is. Bakker 2001,
 * "Reinforcement learning with long short-term memory", NIPS 14, section 4.
 */

const GOAL_REWARD = 4;
const WRONG_ARM_REWARD = -0.1;
const STILL_REWARD = -0.1;
const DISCOUNT = 0.98;

const NORTH = 0;
const EAST = 1;
const SOUTH = 2;
const WEST = 3;
const MOVES = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

const CORRIDOR = 0;
const SIGN_NORTH = 1;
const SIGN_SOUTH = 2;
const JUNCTION = 3;

/** Options of the T-maze. */
export interface TMazeOptions {
  /** N: moves from the start to the junction, an integer ≥ 1. Default: 10. */
  readonly length?: number;
  /** Steps after which an episode is truncated. Default: 20·N. */
  readonly timeLimit?: number;
}

/** Schema of the options of the T-maze: types, ranges, defaults. */
export const tMazeConfig = schema(
  {
    length: int({ default: 10, min: 1, symbol: "N", help: "moves from the start to the junction" }),
    timeLimit: optional(int({ min: 1, help: "steps after which an episode is cut, if not 20·N" })),
  } satisfies FieldsOf<TMazeOptions>,
  "TMaze-v0",
);

/**
 * `TMaze-v0`. Observation: 0 in the corridor, 1 or 2 at its beginning (the goal is north, south), 3 at the junction. Actions: 0 north,
 * 1 east, 2 south, 3 west. Reward 4 for the right arm and −0.1 for the wrong one, which both end the episode; −0.1 for a move that a wall
 * stops, 0 for any other. The goal is on either side with probability ½.
 *
 * With γ = 0.98 (`pomdp().mdp.discount`) who remembers the sign gets 4γᴺ, who acts on the observation alone at most 1.95γᴺ.
 */
export function tMaze(options: TMazeOptions = {}): PartiallyObservedEnv {
  const config = tMazeConfig.parse(options);
  const pomdp = tMazePomdp(config);
  const layout = pomdp.mdp.layout as MdpLayout;
  return partiallyObservedEnv(pomdp, {
    id: "TMaze-v0",
    options: tMazeConfig.changes(config),
    render: (state, action) => scene(layout, state, action),
  });
}

/**
 * Its POMDP: for each goal N + 3 states, the positions 0 … N from the start to the junction, then the northern and the southern arm,
 * where it ends; the goal's number, 0 north and 1 south, times N + 3 is added.
 */
export function tMazePomdp({ length = 10, timeLimit = 20 * length }: TMazeOptions = {}): Pomdp {
  if (!Number.isSafeInteger(length) || length < 1)
    throw new RangeError(`length must be an integer >= 1, got ${length}`);
  const positions = length + 3;
  const northArm = length + 1;
  const southArm = length + 2;
  const initial = new Float64Array(2 * positions);
  initial[0] = 0.5;
  initial[positions] = 0.5;
  const mdp = buildMdp(
    {
      numStates: 2 * positions,
      numActions: MOVES.length,
      initial,
      terminal: [northArm, southArm, positions + northArm, positions + southArm],
      discount: DISCOUNT,
      horizon: timeLimit,
      layout: layout(length),
    },
    (state, action, add) => {
      const goal = Math.floor(state / positions);
      const position = state % positions;
      const to = (next: number, reward: number) => add(1, goal * positions + next, reward, next > length);
      if (position > length) return; // an arm: terminal
      if (position === length && action === NORTH) to(northArm, goal === 0 ? GOAL_REWARD : WRONG_ARM_REWARD);
      else if (position === length && action === SOUTH) to(southArm, goal === 1 ? GOAL_REWARD : WRONG_ARM_REWARD);
      else if (action === EAST && position < length) to(position + 1, 0);
      else if (action === WEST && position > 0) to(position - 1, 0);
      else to(position, STILL_REWARD);
    },
  );
  const observations = Int32Array.from({ length: 2 * positions }, (_, state) => {
    const position = state % positions;
    if (position === 0) return state === 0 ? SIGN_NORTH : SIGN_SOUTH;
    return position === length ? JUNCTION : CORRIDOR; // the arms too: nothing is decided there
  });
  return pomdpOf(mdp, 4, observations);
}

/** The maze twice, side by side: with the goal in the north and in the south. */
function layout(length: number): MdpLayout {
  const positions = length + 3;
  const states = Array.from({ length: 2 * positions }, (_, state) => state % positions);
  const walls = "#".repeat(length);
  return {
    rows: 3,
    columns: length + 1,
    row: Int32Array.from(states, (position) => (position <= length ? 1 : position === length + 1 ? 0 : 2)),
    column: Int32Array.from(states, (position) => Math.min(position, length)),
    map: [`${walls}.`, `S${".".repeat(length)}`, `${walls}.`],
    moves: MOVES,
    panel: Int32Array.from({ length: 2 * positions }, (_, state) => (state < positions ? 0 : 1)),
    panels: ["goal in the north", "goal in the south"],
  };
}

/** The maze with its goal, the sign at the start as an arrow head, and the agent. */
function scene({ row, column, panel, map, moves }: MdpLayout, state: number, action: number | undefined): Scene {
  const north = panel?.[state] === 0;
  const withGoal = (line: string) => `${line.slice(0, -1)}G`;
  const shown = [north ? withGoal(map[0]) : map[0], `.${map[1].slice(1)}`, north ? map[2] : withGoal(map[2])];
  const { view, shapes } = layoutScene(
    { map: shown, moves },
    { row: row[state], column: column[state], ...(action !== undefined && { action }) },
  );
  const tip = north ? 1 : -1;
  const sign: Point[] = [
    [0.5, 1.5 + 0.42 * tip],
    [0.1, 1.5 - 0.3 * tip],
    [0.9, 1.5 - 0.3 * tip],
  ];
  // Under the agent, which is drawn last: its discs and arrow head.
  const ground = shapes.findIndex((shape) => shape.kind === "circle");
  return {
    view,
    shapes: [...shapes.slice(0, ground), { kind: "polygon", points: sign, fill: "good" }, ...shapes.slice(ground)],
  };
}
