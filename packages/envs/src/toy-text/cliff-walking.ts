import { buildMdp, type FiniteMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";
import { layoutScene } from "../finite-mdp/layout-scene.js";
import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import { GRID_MOVES } from "../gridworld/grid-mdp.js";
import { type ConfigOf, type FieldsOf, flag, type Schema, schema } from "../schema.js";

/*
 * Walk along a cliff, the short way beside it or the long way round. Sutton & Barto 2018, example 6.6.
 * Table as in Gymnasium's CliffWalking-v1: all 48 cells are states, the cliff and the goal too, though none of them is ever acted from.
 */

const ROWS = 4;
const COLUMNS = 12;
const START = 36;
const GOAL = 47;
const MAP = ["............", "............", "............", "SCCCCCCCCCCG"];

/** Options of cliff walking. */
export interface CliffWalkingOptions {
  /** Whether a step may go to either side of its direction, 1/3 each way. Default: false; true for `CliffWalkingSlippery-v1`. */
  readonly isSlippery?: boolean;
}

const help = "whether a step may go to either side of its direction, 1/3 each way";

/** Schema of the options of cliff walking: types, ranges, defaults. */
export const cliffWalkingConfig = schema(
  { isSlippery: flag({ default: false, help }) } satisfies FieldsOf<CliffWalkingOptions>,
  "CliffWalking-v1",
);

/** Schema of the options of slippery cliff walking: types, ranges, defaults. */
export const cliffWalkingSlipperyConfig = schema(
  { isSlippery: flag({ default: true, help }) } satisfies FieldsOf<CliffWalkingOptions>,
  "CliffWalkingSlippery-v1",
);

/**
 * `CliffWalking-v1`. Observation: row · 12 + column. Actions: 0 up, 1 right, 2 down, 3 left. Reward −1 a step, −100 for stepping off the
 * cliff, which leads back to the start; ends at the goal, without a time limit.
 */
export function cliffWalking(options: CliffWalkingOptions = {}): TabularEnv {
  return cliffWalkingEnv("CliffWalking-v1", cliffWalkingConfig, options);
}

/** `CliffWalkingSlippery-v1`: the same on slippery ground. */
export function cliffWalkingSlippery(options: CliffWalkingOptions = {}): TabularEnv {
  return cliffWalkingEnv("CliffWalkingSlippery-v1", cliffWalkingSlipperyConfig, options);
}

function cliffWalkingEnv(
  id: string,
  schema: Schema<ConfigOf<typeof cliffWalkingConfig>>,
  options: CliffWalkingOptions,
): TabularEnv {
  const config = schema.parse(options);
  const mdp = cliffWalkingMdp(config.isSlippery);
  const layout = mdp.layout as MdpLayout;
  return sampleEnv(mdp, {
    id,
    options: schema.changes(config),
    render: (state, action) => layoutScene(layout, { row: layout.row[state], column: layout.column[state], action }),
  });
}

function cliffWalkingMdp(isSlippery: boolean): FiniteMdp {
  const numStates = ROWS * COLUMNS;
  const row = new Int32Array(numStates).map((_, state) => Math.floor(state / COLUMNS));
  const column = new Int32Array(numStates).map((_, state) => state % COLUMNS);
  return buildMdp(
    {
      numStates,
      numActions: 4,
      capacity: numStates * (isSlippery ? 12 : 4),
      initial: START,
      layout: { rows: ROWS, columns: COLUMNS, row, column, map: MAP, moves: GRID_MOVES },
    },
    (state, action, add) => {
      const directions = isSlippery ? [(action + 3) % 4, action, (action + 1) % 4] : [action];
      for (const direction of directions) {
        const [di, dj] = GRID_MOVES[direction];
        const i = Math.min(Math.max(row[state] + di, 0), ROWS - 1);
        const j = Math.min(Math.max(column[state] + dj, 0), COLUMNS - 1);
        const to = i * COLUMNS + j;
        const p = 1 / directions.length;
        if (MAP[i][j] === "C") add(p, START, -100, false);
        else add(p, to, -1, to === GOAL);
      }
    },
  );
}
