import type { EnvironmentOptions } from "../env.js";
import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import {
  type ConfigOf,
  type FieldDefinition,
  type FieldsOf,
  limit,
  lines,
  lookup,
  numbers,
  optional,
  real,
  type Schema,
  schema,
  text,
} from "../schema.js";
import { type GridOptions, gridMdp } from "./grid-mdp.js";

/** Options of the gridworld. */
export interface GridworldOptions extends GridOptions {
  /** Default: `"Gridworld-v0"`. */
  readonly id?: string;
  /** Steps from the reset after which an episode is truncated. Default: none. */
  readonly timeLimit?: number;
}

/** A gridworld's options with its map among them, as `makeEnv` and the command take them; the id is the environment's own. */
export type MapOptions = Omit<GridworldOptions, "id"> & { readonly map?: readonly string[] };

type Usual = Required<Pick<MapOptions, "map" | "rewards" | "timeLimit">> & MapOptions;

/** The options of a gridworld whose defaults are these. */
function gridworldSchema(id: string, usual: Usual) {
  const { map, slip = 0, stepReward = 0, rewards, terminal = "GH", timeLimit } = usual;
  return schema(
    {
      map: lines({
        default: map,
        alias: "desc",
        help: "a character for each cell, a line for each row: S start, G goal, H hole, C cliff, # wall, . free, 0 … 9 free (S..,.#H,..G)",
      }),
      slip: real({
        default: slip,
        min: 0,
        max: 1,
        help: "probability of going astray, half of it to either side of the chosen direction",
      }),
      stepReward: real({
        default: stepReward,
        help: "reward of a step that ends on a cell without a reward of its own",
      }),
      rewards: lookup({
        default: rewards,
        help: "rewards of steps that end on cells of a character, instead of stepReward (G:1,H:-1); the goal's is 1 unless told otherwise",
      }),
      terminal: text({ default: terminal, help: "characters of the cells that end the episode" }),
      wind: withDefault(
        usual.wind,
        numbers({
          help: "rows by which each column's wind shifts upwards whoever leaves a cell of it, one for each column",
        }),
      ),
      discount: withDefault(
        usual.discount,
        real({ min: 0, max: 1, symbol: "γ", help: "weight of the future that the model names" }),
      ),
      timeLimit: limit({ default: timeLimit, help: "steps after which an episode is cut" }),
    } satisfies FieldsOf<MapOptions>,
    id,
  );
}

/** An optional field, which has a default in some of the environments. */
function withDefault<T>(usual: T | undefined, field: FieldDefinition<T>): FieldDefinition<T | undefined> {
  return usual === undefined ? optional(field) : { ...field, default: usual };
}

/**
 * The map of `Gridworld-v0`: the 4 × 3 world of Russell & Norvig, "Artificial Intelligence: A Modern Approach", section 17.1 (figure 17.1), with a
 * wall to go round and a pit beside the way.
 */
export const gridworldConfig = gridworldSchema("Gridworld-v0", {
  map: ["...G", ".#.H", "S..."],
  slip: 0.2,
  stepReward: -0.04,
  rewards: { H: -1 },
  timeLimit: 200,
});

/** Schema of the options of the Dyna maze: types, ranges, defaults. */
export const dynaMazeConfig = gridworldSchema("DynaMaze-v0", {
  map: [
    ".......#G", //
    "..#....#.",
    "S.#....#.",
    "..#......",
    ".....#...",
    ".........",
  ],
  rewards: {},
  discount: 0.95,
  timeLimit: 2000,
});

/** Schema of the options of the windy gridworld: types, ranges, defaults. */
export const windyGridworldConfig = gridworldSchema("WindyGridworld-v0", {
  map: [
    "..........", //
    "..........",
    "..........",
    "S......G..",
    "..........",
    "..........",
    "..........",
  ],
  wind: [0, 0, 0, 1, 1, 1, 2, 2, 1, 0],
  stepReward: -1,
  rewards: { G: -1 },
  discount: 1,
  timeLimit: 10_000,
});

/** The options of a map of one's own: nothing goes astray and nothing ends it but the map. */
const ownMapConfig = gridworldSchema("Gridworld-v0", { map: [], rewards: {}, timeLimit: Infinity });

type GridworldConfig = ConfigOf<typeof gridworldConfig>;

/**
 * A gridworld from a text map: see `gridMdp` for its characters and rules. Without a map, `Gridworld-v0`: the 4 × 3 world of Russell &
 * Norvig, "Artificial Intelligence: A Modern Approach", ch. 17: the chosen direction with 0.8, 0.1 to either side, −0.04 a step, ±1 for
 * one into the two ends; cut after 200 steps. That is the 4th edition's; in the 3rd the last step costs 0.04 as well.
 */
export function gridworld(
  map?: readonly string[],
  { id = "Gridworld-v0", ...options }: GridworldOptions = {},
): TabularEnv {
  if (map === undefined) return mapEnv(id, gridworldConfig, options);
  const config = ownMapConfig.parse({ ...options, map });
  // In the words of the catalogue's entry, so that the record of a run names what it has to be given.
  return gridEnv(id, config, gridworldConfig.changes(config));
}

/**
 * `DynaMaze-v0`: Sutton & Barto 2018, figure 8.2. 6 × 9 cells, reward 1 at the goal and 0 elsewhere, γ = 0.95; the shortest way takes 14
 * steps. Cut after 2000 steps.
 */
export function dynaMaze({ id = "DynaMaze-v0", ...options }: GridworldOptions = {}): TabularEnv {
  return mapEnv(id, dynaMazeConfig, options);
}

/**
 * `WindyGridworld-v0`: Sutton & Barto 2018, example 6.5. 7 × 10 cells, −1 a step, undiscounted, an upward wind of strength 1 or 2 in
 * the columns in the middle; the shortest way takes 15 steps. Cut after 10 000 steps: the first episodes of a learner take thousands.
 */
export function windyGridworld({ id = "WindyGridworld-v0", ...options }: GridworldOptions = {}): TabularEnv {
  return mapEnv(id, windyGridworldConfig, options);
}

/** `Gridworld-v0` with its map among the options. */
export function gridworldOf(options: MapOptions = {}): TabularEnv {
  return mapEnv("Gridworld-v0", gridworldConfig, options);
}

function mapEnv(id: string, schema: Schema<GridworldConfig>, options: MapOptions): TabularEnv {
  const config = schema.parse(options);
  return gridEnv(id, config, schema.changes(config));
}

function gridEnv(id: string, { map, timeLimit, ...grid }: GridworldConfig, options: EnvironmentOptions): TabularEnv {
  return sampleEnv(gridMdp(map, grid), { id, options, timeLimit });
}
