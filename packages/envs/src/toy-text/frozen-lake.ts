import type { Random } from "@advantage/engine";
import { buildMdp, type FiniteMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";
import { type CellStyle, layoutScene } from "../finite-mdp/layout-scene.js";
import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import {
  type ConfigOf,
  choice,
  type FieldsOf,
  flag,
  lines,
  numbers,
  optional,
  real,
  type Schema,
  schema,
} from "../schema.js";

/*
 * Cross a frozen lake to the goal without falling through a hole, on ice that may lead astray.
 * Table, maps and time limits as in Gymnasium's FrozenLake-v1 and FrozenLake8x8-v1.
 */

/** The two maps that have a name. S start, F frozen, H hole, G goal. */
export const frozenLakeMaps: Readonly<Record<"4x4" | "8x8", readonly string[]>> = {
  "4x4": ["SFFF", "FHFH", "FFFH", "HFFG"],
  "8x8": ["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"],
};

/** Left, down, right, up. Actions a − 1 and a + 1 (mod 4) are at right angles to a. */
const MOVES = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

const ICE: Readonly<Record<string, CellStyle>> = {
  S: { fill: "#cfe3f3", label: "S", labelColour: "#5b7f9e" },
  F: { fill: "#cfe3f3" },
  H: { fill: "#cfe3f3", disc: "#3c5a78" },
  G: { fill: "#cfe3f3", label: "⚑", labelColour: "bad" },
};

/** Options of the frozen lake. */
export interface FrozenLakeOptions {
  /** Default: `"4x4"`, `"8x8"` for `FrozenLake8x8-v1`. */
  readonly mapName?: "4x4" | "8x8";
  /** A map of one's own, instead of a named one. `generateRandomMap` makes one. */
  readonly map?: readonly string[];
  /** Whether a step may go astray at right angles to its direction. Default: true. */
  readonly isSlippery?: boolean;
  /** Probability of going where one wants to, on slippery ice; the rest is halved between both sides. Default: 1/3. */
  readonly successRate?: number;
  /** Rewards for reaching the goal, a hole and anything else. Default: [1, 0, 0]. */
  readonly rewardSchedule?: readonly [goal: number, hole: number, frozen: number];
}

const fields = {
  mapName: choice(["4x4", "8x8"], { default: "4x4", help: "one of the two maps that have a name" }),
  map: optional(
    lines({
      alias: "desc",
      help: "a map of one's own instead: S start, F frozen, H hole, G goal, a line for each row (SFF,FHF,FFG)",
    }),
  ),
  isSlippery: flag({ default: true, help: "whether a step may go astray at right angles to its direction" }),
  successRate: real({
    default: 1 / 3,
    min: 0,
    max: 1,
    help: "probability of going where one wants to, on slippery ice; the rest is halved between both sides",
  }),
  rewardSchedule: numbers<readonly [goal: number, hole: number, frozen: number]>({
    default: [1, 0, 0],
    length: 3,
    help: "rewards for reaching the goal, a hole and anything else",
  }),
} satisfies FieldsOf<FrozenLakeOptions>;

/** Schema of the options of the frozen lake: types, ranges, defaults. */
export const frozenLakeConfig = schema(fields, "FrozenLake-v1");

/** Schema of the options of the larger frozen lake: types, ranges, defaults. */
export const frozenLake8x8Config = schema(
  { ...fields, mapName: choice(["4x4", "8x8"], { default: "8x8", help: fields.mapName.help }) },
  "FrozenLake8x8-v1",
);

/**
 * `FrozenLake-v1`. Observation: row · columns + column. Actions: 0 left, 1 down, 2 right, 3 up. Reward 1 at the goal, where the episode
 * ends as it does in a hole; cut after 100 steps.
 */
export function frozenLake(options: FrozenLakeOptions = {}): TabularEnv {
  return frozenLakeEnv("FrozenLake-v1", 100, frozenLakeConfig, options);
}

/** `FrozenLake8x8-v1`: the 8 × 8 map, cut after 200 steps. */
export function frozenLake8x8(options: FrozenLakeOptions = {}): TabularEnv {
  return frozenLakeEnv("FrozenLake8x8-v1", 200, frozenLake8x8Config, options);
}

type FrozenLakeConfig = ConfigOf<typeof frozenLakeConfig>;

function frozenLakeEnv(
  id: string,
  timeLimit: number,
  schema: Schema<FrozenLakeConfig>,
  options: FrozenLakeOptions,
): TabularEnv {
  const config = schema.parse(options);
  const mdp = frozenLakeMdp(config);
  const layout = mdp.layout as MdpLayout;
  return sampleEnv(mdp, {
    id,
    options: schema.changes(config),
    timeLimit,
    render: (state, action) =>
      layoutScene(layout, { row: layout.row[state], column: layout.column[state], action, styles: ICE }),
  });
}

function frozenLakeMdp(config: FrozenLakeConfig): FiniteMdp {
  const { mapName, map = frozenLakeMaps[mapName], isSlippery, successRate, rewardSchedule } = config;
  requireMap(map);
  const [goalReward, holeReward, frozenReward] = rewardSchedule;
  const failRate = (1 - successRate) / 2;
  const rows = map.length;
  const columns = map[0].length;
  const numStates = rows * columns;
  const row = new Int32Array(numStates).map((_, state) => Math.floor(state / columns));
  const column = new Int32Array(numStates).map((_, state) => state % columns);
  const letter = (state: number) => map[row[state]][column[state]];
  const states = Array.from({ length: numStates }, (_, state) => state);
  const starts = states.filter((state) => letter(state) === "S");

  const next = (state: number, action: number) => {
    const i = Math.min(Math.max(row[state] + MOVES[action][0], 0), rows - 1);
    const j = Math.min(Math.max(column[state] + MOVES[action][1], 0), columns - 1);
    return i * columns + j;
  };
  return buildMdp(
    {
      numStates,
      numActions: 4,
      capacity: 12 * numStates,
      initial: states.map((state) => (letter(state) === "S" ? 1 / starts.length : 0)),
      terminal: states.filter((state) => "GH".includes(letter(state))),
      layout: { rows, columns, row, column, map, moves: MOVES },
    },
    (state, action, add) => {
      if ("GH".includes(letter(state))) return;
      const enter = (probability: number, direction: number) => {
        const to = next(state, direction);
        const tile = letter(to);
        const reward = tile === "G" ? goalReward : tile === "H" ? holeReward : frozenReward;
        add(probability, to, reward, tile === "G" || tile === "H");
      };
      if (!isSlippery) enter(1, action);
      else {
        enter(failRate, (action + 3) % 4);
        enter(successRate, action);
        enter(failRate, (action + 1) % 4);
      }
    },
  );
}

/**
 * A random square map with its start in the top left corner, its goal in the bottom right one, and a way between the two that avoids the
 * holes: maps are drawn until there is one.
 *
 * @param size  length of each side, ≥ 2
 * @param p     probability that a tile is frozen, in (0, 1]
 */
export function generateRandomMap(size: number, p: number, rng: Random): string[] {
  if (!Number.isSafeInteger(size) || size < 2) throw new RangeError(`size must be an integer >= 2, got ${size}`);
  if (!(p > 0 && p <= 1)) throw new RangeError(`p must be in (0, 1], got ${p}`);
  for (let attempt = 0; attempt < 100_000; attempt++) {
    const map = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) => {
        const frozen = rng.uniform() < p;
        if (i === 0 && j === 0) return "S";
        if (i === size - 1 && j === size - 1) return "G";
        return frozen ? "F" : "H";
      }).join(""),
    );
    if (isPassable(map)) return map;
  }
  throw new RangeError(`no map of size ${size} with a way to the goal in 100 000 attempts: raise p, got ${p}`);
}

/** Whether the goal can be reached from the top left corner without a hole. */
function isPassable(map: readonly string[]): boolean {
  const seen = new Set(["0,0"]);
  const open: (readonly [number, number])[] = [[0, 0]];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const [di, dj] of MOVES) {
      const i = at[0] + di;
      const j = at[1] + dj;
      const tile = map[i]?.[j];
      if (tile === "G") return true;
      if (tile === undefined || tile === "H" || seen.has(`${i},${j}`)) continue;
      seen.add(`${i},${j}`);
      open.push([i, j]);
    }
  }
  return false;
}

function requireMap(map: readonly string[]): void {
  if (!Array.isArray(map) || map.length === 0 || typeof map[0] !== "string" || map[0].length === 0) {
    throw new RangeError(`a map must be an array of strings, one for each row, got ${JSON.stringify(map)}`);
  }
  map.forEach((line, i) => {
    if (line?.length !== map[0].length) {
      throw new RangeError(
        `all rows of a map must be equally long: row 0 has ${map[0].length} tiles, row ${i} has ${line?.length}`,
      );
    }
    const wrong = [...line].find((tile) => !"SFHG".includes(tile));
    if (wrong !== undefined) {
      throw new RangeError(`a frozen lake's tiles must be S, F, H or G, got '${wrong}' in row ${i}`);
    }
  });
  if (!map.some((line) => line.includes("S"))) throw new RangeError("a map must have at least one start, S, got none");
}
