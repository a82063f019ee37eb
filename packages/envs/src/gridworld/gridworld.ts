import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import { type GridOptions, gridMdp } from "./grid-mdp.js";

export interface GridworldOptions extends GridOptions {
  /** Default: `"Gridworld-v0"`. */
  readonly id?: string;
  /** Steps from the reset after which an episode is truncated. Default: none. */
  readonly timeLimit?: number;
}

/** The map of `Gridworld-v0`: a wall to go round, a pit beside the way. */
const DEFAULT_MAP = ["...G", ".#.H", "S..."];

/**
 * A gridworld from a text map: see `gridMdp` for its characters and rules. Without a map, `Gridworld-v0`: the 3 × 4 world of Russell &
 * Norvig, "Artificial Intelligence: A Modern Approach", ch. 17: the chosen direction with 0.8, 0.1 to either side, −0.04 a step, ±1 at
 * the two ends; cut after 200 steps.
 */
export function gridworld(map?: readonly string[], options: GridworldOptions = {}): TabularEnv {
  if (map === undefined) {
    return gridworld(DEFAULT_MAP, { slip: 0.2, stepReward: -0.04, rewards: { H: -1 }, timeLimit: 200, ...options });
  }
  const { id = "Gridworld-v0", timeLimit, ...grid } = options;
  return sampleEnv(gridMdp(map, grid), { id, timeLimit });
}

/**
 * `DynaMaze-v0`: Sutton & Barto 2018, figure 8.2. 6 × 9 cells, reward 1 at the goal and 0 elsewhere, γ = 0.95; the shortest way takes 14
 * steps. Cut after 2000 steps.
 */
export function dynaMaze(options: GridworldOptions = {}): TabularEnv {
  const map = [
    ".......#G", //
    "..#....#.",
    "S.#....#.",
    "..#......",
    ".....#...",
    ".........",
  ];
  return gridworld(map, { id: "DynaMaze-v0", discount: 0.95, timeLimit: 2000, ...options });
}

/**
 * `WindyGridworld-v0`: Sutton & Barto 2018, example 6.5. 7 × 10 cells, −1 a step, undiscounted, an upward wind of strength 1 or 2 in
 * the columns in the middle; the shortest way takes 15 steps. Cut after 10 000 steps: the first episodes of a learner take thousands.
 */
export function windyGridworld(options: GridworldOptions = {}): TabularEnv {
  const map = [
    "..........", //
    "..........",
    "..........",
    "S......G..",
    "..........",
    "..........",
    "..........",
  ];
  return gridworld(map, {
    id: "WindyGridworld-v0",
    wind: [0, 0, 0, 1, 1, 1, 2, 2, 1, 0],
    stepReward: -1,
    rewards: { G: -1 },
    discount: 1,
    timeLimit: 10_000,
    ...options,
  });
}
