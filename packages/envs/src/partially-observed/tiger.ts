import { buildMdp } from "../finite-mdp/finite-mdp.js";
import type { Scene, Shape } from "../scene.js";
import { type FieldsOf, int, real, schema } from "../schema.js";
import { type PartiallyObservedEnv, type Pomdp, partiallyObservedEnv, pomdpOf } from "./pomdp.js";

/*
 * Behind one of two doors is a tiger, behind the other a prize; one may listen, which costs something and errs. Cassandra, Kaelbling &
 * Littman 1994, "Acting optimally in partially observable stochastic domains", AAAI.
 */

const LISTEN = 0;
const LISTEN_REWARD = -1;
const PRIZE_REWARD = 10;
const TIGER_REWARD = -100;
const DISCOUNT = 0.95;

/** Options of the tiger task. */
export interface TigerOptions {
  /** Probability of hearing the tiger where it is. Default: 0.85. */
  readonly accuracy?: number;
  /** Steps after which an episode is truncated. Default: 100. */
  readonly timeLimit?: number;
}

/** Schema of the options of the tiger task: types, ranges, defaults. */
export const tigerConfig = schema(
  {
    accuracy: real({ default: 0.85, min: 0, max: 1, help: "probability of hearing the tiger where it is" }),
    timeLimit: int({ default: 100, min: 1, help: "steps after which an episode is cut" }),
  } satisfies FieldsOf<TigerOptions>,
  "Tiger-v0",
);

/**
 * `Tiger-v0`. Observation: 0 nothing heard, 1 the tiger heard on the left, 2 on the right. Actions: 0 listen, 1 open the left door, 2 the
 * right one. Reward −1 for listening, 10 for the door without the tiger, −100 for the one with it; after a door the tiger is put behind
 * either with probability ½ and the task goes on. γ = 0.95 in the literature, where the best expected return is 19.37.
 */
export function tiger(options: TigerOptions = {}): PartiallyObservedEnv {
  const config = tigerConfig.parse(options);
  return partiallyObservedEnv(tigerPomdp(config), {
    id: "Tiger-v0",
    options: tigerConfig.changes(config),
    render: scene,
  });
}

/**
 * Its POMDP: state 3·(side of the tiger) + what was heard last. In the original what is heard after a door is opened is a fair coin,
 * which says nothing; here nothing is heard.
 */
export function tigerPomdp({ accuracy = 0.85, timeLimit = 100 }: TigerOptions = {}): Pomdp {
  if (!(accuracy >= 0 && accuracy <= 1)) throw new RangeError(`accuracy must be in [0, 1], got ${accuracy}`);
  const mdp = buildMdp(
    {
      numStates: 6,
      numActions: 3,
      initial: [0.5, 0, 0, 0.5, 0, 0],
      discount: DISCOUNT,
      horizon: timeLimit,
      capacity: 36,
    },
    (state, action, add) => {
      const side = state < 3 ? 0 : 1;
      if (action === LISTEN) {
        add(accuracy, 3 * side + 1 + side, LISTEN_REWARD, false);
        add(1 - accuracy, 3 * side + 2 - side, LISTEN_REWARD, false);
      } else {
        const reward = action - 1 === side ? TIGER_REWARD : PRIZE_REWARD;
        add(0.5, 0, reward, false);
        add(0.5, 3, reward, false);
      }
    },
  );
  return pomdpOf(mdp, 3, [0, 1, 2, 0, 1, 2]);
}

/** The two doors, the tiger's one with a T, an open one pale, and what was heard last. */
function scene(state: number, action: number | undefined): Scene {
  const side = state < 3 ? 0 : 1;
  const heard = state % 3;
  const door = (which: number): Shape[] => {
    const left = which === 0 ? 0.2 : 1.6;
    return [
      {
        kind: "polygon",
        points: [
          [left, 0],
          [left + 1, 0],
          [left + 1, 1.8],
          [left, 1.8],
        ],
        fill: action === which + 1 ? "faint" : "muted",
      },
      { kind: "circle", centre: [left + (which === 0 ? 0.86 : 0.14), 0.85], radius: 0.06, fill: "ink" },
      ...(which === side
        ? [{ kind: "text", at: [left + 0.5, 1.25], text: "T", size: 0.5, colour: "bad" } as const]
        : [{ kind: "circle", centre: [left + 0.5, 1.25], radius: 0.18, fill: "good" } as const]),
    ];
  };
  const text = ["", "heard left", "heard right"][heard];
  return {
    view: [0, -0.6, 2.8, 2],
    shapes: [
      ...door(0),
      ...door(1),
      ...(text === "" ? [] : [{ kind: "text", at: [1.4, -0.3], text, size: 0.26, colour: "ink" } as const]),
    ],
  };
}
