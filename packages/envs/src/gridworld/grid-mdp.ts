import { Random } from "@advantage/engine";
import { type AddTransition, buildMdp, type FiniteMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";

/** The four moves as (rows, columns): 0 up, 1 right, 2 down, 3 left. Actions a − 1 and a + 1 (mod 4) are at right angles to a. */
export const GRID_MOVES: readonly (readonly [rows: number, columns: number])[] = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
];

/** How moves on a grid go astray, and what they pay. */
export interface GridOptions {
  /** Probability of going astray: slip/2 each to the left and to the right of the chosen direction. In [0, 1]. Default: 0. */
  readonly slip?: number;
  /** Reward of a step that ends on a cell without a reward of its own. Default: 0. */
  readonly stepReward?: number;
  /** Reward of a step that ends on a cell of that character, instead of `stepReward`. Default: `{ G: 1 }`. */
  readonly rewards?: Readonly<Record<string, number>>;
  /** Characters of the cells that end the episode. Default: `"GH"`. */
  readonly terminal?: string;
  /** Rows by which each column's wind shifts upwards whoever leaves a cell of it [columns]. Default: none. */
  readonly wind?: readonly number[];
  /** γ. Default: none. */
  readonly discount?: number;
}

const KNOWN = /^[SGHC#F. 0-9]$/;

/**
 * The MDP of a map, one string for each row, a character for each cell:
 *
 * | character | cell |
 * | --- | --- |
 * | `S` | a start; ρ₀ is uniform over all of them. At least one. |
 * | `G` | goal: terminal, reward 1 unless `rewards` says otherwise |
 * | `H` | hole: terminal |
 * | `C` | cliff: sends back to a start, drawn from ρ₀; the episode goes on |
 * | `#` | wall: cannot be entered |
 * | `.`, `F`, space | free |
 * | `0` … `9` | free; to be given rewards, or to be made terminal, by their character |
 *
 * States are the cells that one can be on (neither wall nor cliff) in reading order. Actions: 0 up, 1 right, 2 down, 3 left. A move
 * against a wall or the edge stays where it is and gets the reward of that cell, as if it had been entered again. Wind is added to the
 * move, of the cell that is left, and what would go over the edge stops there; it carries over walls but not into them.
 */
export function gridMdp(map: readonly string[], options: GridOptions = {}): FiniteMdp {
  requireMap(map);
  const { slip = 0, stepReward = 0, rewards = {}, terminal = "GH", wind, discount } = options;
  const rows = map.length;
  const columns = map[0].length;
  if (!(slip >= 0 && slip <= 1)) throw new RangeError(`slip must be in [0, 1], got ${slip}`);
  if (wind !== undefined && (wind.length !== columns || !wind.every(Number.isInteger))) {
    throw new RangeError(`wind must hold an integer for each of ${columns} columns, got [${wind.join(", ")}]`);
  }
  for (const character of [...Object.keys(rewards), ...terminal]) {
    if (!KNOWN.test(character) || character === "#") {
      throw new RangeError(`rewards and terminal name cells by S, G, H, C, F, ., space or a digit, got '${character}'`);
    }
  }
  const gain: Readonly<Record<string, number>> = { G: 1, ...rewards };

  const { row, column, stateAt } = numberCells(map);
  const numStates = row.length;
  const starts: number[] = [];
  const ends: number[] = [];
  for (let state = 0; state < numStates; state++) {
    const character = map[row[state]][column[state]];
    if (character === "S") starts.push(state);
    if (terminal.includes(character)) ends.push(state);
  }
  if (starts.length === 0) throw new RangeError("a map must have at least one start, S, got none");
  const initial = new Float64Array(numStates);
  for (const start of starts) initial[start] = 1 / starts.length;
  const isTerminal = new Uint8Array(numStates);
  for (const state of ends) isTerminal[state] = 1;

  const enter = (state: number, move: readonly [number, number], p: number, add: AddTransition) => {
    const i = row[state];
    const j = column[state];
    const toRow = clamp(i + move[0] - (wind?.[j] ?? 0), rows);
    const toColumn = clamp(j + move[1], columns);
    const wall = map[toRow][toColumn] === "#";
    const character = wall ? map[i][j] : map[toRow][toColumn];
    const reward = gain[character] ?? stepReward;
    if (character === "C") for (const start of starts) add(p / starts.length, start, reward, terminal.includes("C"));
    else {
      const next = wall ? state : stateAt[toRow * columns + toColumn];
      add(p, next, reward, isTerminal[next] === 1);
    }
  };
  const layout: MdpLayout = { rows, columns, row, column, map, moves: GRID_MOVES };
  const outcomes = slip === 0 ? 1 : slip < 1 ? 3 : 2;
  const capacity = 4 * (outcomes * (numStates - ends.length) + ends.length); // with a cliff and several starts there are more
  return buildMdp(
    { numStates, numActions: 4, initial, terminal: ends, discount, layout, capacity },
    (state, action, add) => {
      if (isTerminal[state] === 1) return;
      if (slip < 1) enter(state, GRID_MOVES[action], 1 - slip, add);
      if (slip > 0) {
        enter(state, GRID_MOVES[(action + 3) % 4], slip / 2, add);
        enter(state, GRID_MOVES[(action + 1) % 4], slip / 2, add);
      }
    },
  );
}

/** The cells that one can be on, in reading order: where each lies, and which state a cell is (−1 for none). */
function numberCells(map: readonly string[]): { row: Int32Array; column: Int32Array; stateAt: Int32Array } {
  const columns = map[0].length;
  const stateAt = new Int32Array(map.length * columns).fill(-1);
  let numStates = 0;
  map.forEach((line, i) => {
    for (let j = 0; j < columns; j++) {
      if (line[j] !== "#" && line[j] !== "C") stateAt[i * columns + j] = numStates++;
    }
  });
  const row = new Int32Array(numStates);
  const column = new Int32Array(numStates);
  stateAt.forEach((state, cell) => {
    if (state === -1) return;
    row[state] = Math.floor(cell / columns);
    column[state] = cell % columns;
  });
  return { row, column, stateAt };
}

/** Size, seed and discount of a large grid. */
export interface LargeGridOptions {
  /** Default: 250. */
  readonly rows?: number;
  /** Default: 400. */
  readonly columns?: number;
  /** Default: 0. */
  readonly seed?: number;
  /** Default: 0.99. */
  readonly discount?: number;
}

/**
 * An open gridworld of 10⁵ states and 2 million transitions to measure solvers with. Every (s, a) has five successors: 0.8 the chosen
 * direction, 0.05 each of the other three, 0.05 staying. Entering a cell costs what the seed drew for it, uniform in [0.5, 1.5). One cell
 * in 2500, at random, is a goal, where the episode ends. Starts in the top left corner.
 */
export function largeGridMdp(options: LargeGridOptions = {}): FiniteMdp {
  const { rows = 250, columns = 400, seed = 0, discount = 0.99 } = options;
  for (const [name, value] of Object.entries({ rows, columns })) {
    if (!Number.isSafeInteger(value) || value < 2)
      throw new RangeError(`${name} must be an integer >= 2, got ${value}`);
  }
  const numStates = rows * columns;
  const random = Random.fromSeed(seed);
  const cost = new Float32Array(numStates);
  random.fork("costs").fillUniform(cost, 0.5, 1.5);
  const goal = new Uint8Array(numStates);
  const goals = random.fork("goals");
  const count = Math.max(1, Math.round(numStates / 2500));
  const terminal = Array.from({ length: count }, () => 1 + goals.int(numStates - 1));
  for (const state of terminal) goal[state] = 1;

  const row = new Int32Array(numStates).map((_, state) => Math.floor(state / columns));
  const column = new Int32Array(numStates).map((_, state) => state % columns);
  const cell = (state: number) => (state === 0 ? "S" : goal[state] === 1 ? "G" : ".");
  const map = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => cell(i * columns + j)).join(""),
  );
  const layout: MdpLayout = { rows, columns, row, column, map, moves: GRID_MOVES };
  const capacity = 4 * (5 * (numStates - new Set(terminal).size) + new Set(terminal).size);
  return buildMdp(
    { numStates, numActions: 4, initial: 0, terminal, discount, layout, capacity },
    (state, action, add) => {
      if (goal[state] === 1) return;
      const i = row[state];
      const j = column[state];
      for (let move = 0; move < 4; move++) {
        const next = clamp(i + GRID_MOVES[move][0], rows) * columns + clamp(j + GRID_MOVES[move][1], columns);
        add(move === action ? 0.8 : 0.05, next, -cost[next], goal[next] === 1);
      }
      add(0.05, state, -cost[state], false);
    },
  );
}

function requireMap(map: readonly string[]): void {
  if (!Array.isArray(map) || map.length === 0 || typeof map[0] !== "string" || map[0].length === 0) {
    throw new RangeError(`a map must be an array of strings, one for each row, got ${JSON.stringify(map)}`);
  }
  map.forEach((line, i) => {
    if (line?.length !== map[0].length) {
      throw new RangeError(
        `all rows of a map must be equally long: row 0 has ${map[0].length} cells, row ${i} has ${line?.length}`,
      );
    }
    for (let j = 0; j < line.length; j++) {
      if (!KNOWN.test(line[j])) {
        throw new RangeError(
          `a map's cells must be S, G, H, C, #, F, ., space or a digit, got '${line[j]}' in row ${i}, column ${j}`,
        );
      }
    }
  });
}

function clamp(value: number, length: number): number {
  return value < 0 ? 0 : value >= length ? length - 1 : value;
}
