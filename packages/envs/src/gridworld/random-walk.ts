import { buildMdp, type FiniteMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";
import { layoutScene } from "../finite-mdp/layout-scene.js";
import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import { type ConfigOf, type FieldsOf, real, type Schema, schema } from "../schema.js";

/** Options of the random walk. */
export interface RandomWalkOptions {
  /** Reward at the left end. Default: 0. */
  readonly leftReward?: number;
  /** Reward at the right end. Default: 1. */
  readonly rightReward?: number;
}

/**
 * A random walk over n states in a row, with an end on either side: from the middle, a step left or right with ½ each, until an end is
 * reached. One action: there is nothing to decide, only values to predict. State 0 is the left end, 1 … n the walk, n + 1 the right end.
 * Undiscounted, V(i) = left + (right − left)·i/(n + 1), so i/(n + 1) by default.
 *
 * Sutton & Barto 2018, example 6.2 (n = 5) and, with −1 at the left end, example 7.1 (n = 19).
 *
 * @param n an odd number, so that there is a middle
 */
export function randomWalkMdp(n: number, { leftReward = 0, rightReward = 1 }: RandomWalkOptions = {}): FiniteMdp {
  if (!Number.isSafeInteger(n) || n < 1 || n % 2 === 0) {
    throw new RangeError(`a random walk must have an odd number of states >= 1, got ${n}`);
  }
  const numStates = n + 2;
  const column = new Int32Array(numStates).map((_, state) => state);
  const middle = (n + 1) / 2;
  const walk = ".".repeat(middle - 1);
  const map = [`H${walk}S${walk}G`];
  return buildMdp(
    {
      numStates,
      numActions: 1,
      initial: middle,
      terminal: [0, n + 1],
      discount: 1,
      layout: { rows: 1, columns: numStates, row: new Int32Array(numStates), column, map },
    },
    (state, _action, add) => {
      if (state === 0 || state === n + 1) return;
      add(0.5, state - 1, state === 1 ? leftReward : 0, state === 1);
      add(0.5, state + 1, state === n ? rightReward : 0, state === n);
    },
  );
}

/** The options of a walk of `id` whose left end pays that much unless told otherwise. */
function randomWalkSchema(id: string, leftReward: number) {
  return schema(
    {
      leftReward: real({ default: leftReward, help: "reward at the left end" }),
      rightReward: real({ default: 1, help: "reward at the right end" }),
    } satisfies FieldsOf<RandomWalkOptions>,
    id,
  );
}

/** Schema of the options of the random walk: types, ranges, defaults. */
export const randomWalkConfig = randomWalkSchema("RandomWalk-v0", 0);

/** Schema of the options of the longer random walk: types, ranges, defaults. */
export const randomWalk19Config = randomWalkSchema("RandomWalk19-v0", -1);

/** `RandomWalk-v0` (5 states): see `randomWalkMdp`. */
export function randomWalk(n = 5, options: RandomWalkOptions = {}): TabularEnv {
  return randomWalkEnv(n, randomWalkConfig, options);
}

/** `RandomWalk19-v0`: 19 states, −1 at the left end and 1 at the right one. Sutton & Barto 2018, example 7.1. */
export function randomWalk19(options: RandomWalkOptions = {}): TabularEnv {
  return randomWalkEnv(19, randomWalk19Config, options);
}

function randomWalkEnv(
  n: number,
  schema: Schema<ConfigOf<typeof randomWalkConfig>>,
  options: RandomWalkOptions,
): TabularEnv {
  const config = schema.parse(options);
  const mdp = randomWalkMdp(n, config);
  const layout = mdp.layout as MdpLayout;
  const { leftReward, rightReward } = config;
  return sampleEnv(mdp, {
    id: n === 5 ? "RandomWalk-v0" : `RandomWalk${n}-v0`,
    options: schema.changes(config),
    render: (state) =>
      layoutScene(layout, {
        row: 0,
        column: state,
        styles: {
          H: { fill: "muted", label: String(leftReward), labelColour: "paper" },
          G: { fill: "good", label: String(rightReward), labelColour: "paper" },
        },
      }),
  });
}
