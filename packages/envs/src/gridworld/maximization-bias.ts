import { ConfigError } from "../errors.js";
import { buildMdp } from "../finite-mdp/finite-mdp.js";
import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import type { Scene } from "../scene.js";
import { type FieldsOf, int, real, schema } from "../schema.js";

/** Options of the MDP that shows maximisation bias. */
export interface MaximizationBiasOptions {
  /** Number of actions, an even number ≥ 2: all lead on from B, half of them to the left from A. Default: 10. */
  readonly actions?: number;
  /** Mean of the rewards from B. Default: −0.1. */
  readonly mean?: number;
  /** Standard deviation of the rewards from B. Default: 1. */
  readonly deviation?: number;
}

const A = 0;
const B = 1;
const END = 2;

/** Schema of the options of the MDP that shows maximisation bias: types, ranges, defaults. */
export const maximizationBiasConfig = schema(
  {
    actions: int({
      default: 10,
      min: 2,
      help: "number of actions, an even one: all lead on from B, half of them to the left from A",
    }),
    mean: real({ default: -0.1, help: "mean of the rewards from B" }),
    deviation: real({ default: 1, min: 0, help: "standard deviation of the rewards from B" }),
  } satisfies FieldsOf<MaximizationBiasOptions>,
  "MaximizationBias-v0",
);

/**
 * `MaximizationBias-v0`: Sutton & Barto 2018, example 6.7. From A (state 0), the start, going right ends the episode with reward 0; going
 * left leads to B (state 1) with reward 0, where every action ends it with a reward from N(−0.1, 1). Going left is always a mistake,
 * which Q-learning makes often, since the largest of several noisy estimates is too large.
 *
 * In the book A has two actions and B "many". An environment here has one set of actions in all states: both have ten, of which 0 … 4 go
 * left from A and 5 … 9 right, so that a random action still goes left half of the time, and an ε-greedy policy at best ε/2. Values,
 * rewards and both ends of the learning curve are the book's; in between, five estimates of "left" have to be corrected instead of one. The rewards from B in `mdp()` are their mean.
 */
export function maximizationBias(options: MaximizationBiasOptions = {}): TabularEnv {
  const config = maximizationBiasConfig.parse(options);
  const { actions, mean, deviation } = config;
  if (actions % 2 === 1) throw new ConfigError([`actions must be an even number of at least 2, got ${actions}`]);
  const mdp = buildMdp(
    { numStates: 3, numActions: actions, initial: A, terminal: [END], discount: 1 },
    (state, action, add) => {
      if (state === A) {
        if (action < actions / 2) add(1, B, 0, false);
        else add(1, END, 0, true);
      } else if (state === B) add(1, END, mean, true);
    },
  );
  const rewardNoise = new Float64Array(mdp.reward.length).fill(
    deviation,
    mdp.rowStart[actions],
    mdp.rowStart[2 * actions],
  );
  return sampleEnv(mdp, {
    id: "MaximizationBias-v0",
    options: maximizationBiasConfig.changes(config),
    rewardNoise,
    render: (state, action) => scene(state, state === END && action !== undefined && action >= actions / 2),
  });
}

function scene(state: number, wentRight: boolean): Scene {
  const arrow = (from: number, to: number) =>
    ({
      kind: "line",
      points: [
        [from, 0],
        [to, 0],
      ],
      colour: "muted",
      width: 0.04,
    }) as const;
  const ends = { left: state === END && !wentRight, right: state === END && wentRight };
  const square = (x: number, here: boolean) =>
    ({
      kind: "polygon",
      points: [
        [x - 0.25, -0.25],
        [x + 0.25, -0.25],
        [x + 0.25, 0.25],
        [x - 0.25, 0.25],
      ],
      fill: here ? "accent" : "muted",
    }) as const;
  return {
    view: [-3.4, -0.8, 2.2, 0.8],
    shapes: [
      arrow(-3, 1.8),
      square(-2.8, ends.left),
      { kind: "circle", centre: [-1.2, 0], radius: 0.4, fill: state === B ? "accent" : "muted" },
      { kind: "circle", centre: [0.4, 0], radius: 0.4, fill: state === A ? "accent" : "muted" },
      square(1.8, ends.right),
      { kind: "text", at: [-1.2, 0], text: "B", size: 0.4, colour: "paper" },
      { kind: "text", at: [0.4, 0], text: "A", size: 0.4, colour: "paper" },
    ],
  };
}
