import { buildMdp, type FiniteMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";
import { rectangle } from "../finite-mdp/layout-scene.js";
import { sampleEnv, type TabularEnv } from "../finite-mdp/sample-env.js";
import type { Point, Scene, Shape } from "../scene.js";
import { type ConfigOf, type FieldsOf, flag, real, schema } from "../schema.js";

/*
 * Fetch a passenger at one of four stands and bring them to another. Dietterich 2000, "Hierarchical reinforcement learning with the MAXQ
 * value function decomposition", JAIR 13. Table, numbering of states and start distribution as in Gymnasium's Taxi-v3 and Taxi-v4, which
 * differ in the options alone.
 */

const SIDE = 5;
/** Row and column of the stands red, green, yellow, blue. */
const STANDS = [
  [0, 0],
  [0, 4],
  [4, 0],
  [4, 3],
] as const;
const STAND_NAMES = ["R", "G", "Y", "B"];
const STAND_COLOURS = ["#c9553f", "#2f8f5b", "#d3a52a", "#2f6db3"];
const IN_TAXI = 4;
/** Whether a wall stands to the right of a cell: "|" between two cells of a row. */
const MAP = ["R.|..G", "..|...", ".....", ".|..|..", "Y|..|B."] as const;
const WALL_RIGHT: readonly (readonly boolean[])[] = MAP.map((line) => {
  const walls: boolean[] = [];
  for (const character of line) {
    if (character === "|") walls[walls.length - 1] = true;
    else walls.push(false);
  }
  return walls;
});
const CELLS = MAP.map((line) => line.replaceAll("|", ""));

/** South, north, east, west. */
const MOVES = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
/** For each move the ones to its left and to its right. */
const LEFT_OF = [2, 3, 1, 0];
const RIGHT_OF = [3, 2, 0, 1];
const PICK_UP = 4;
const DROP_OFF = 5;

const NUM_STATES = SIDE * SIDE * 5 * 4;

/** The state's number, ((row · 5 + column) · 5 + passenger) · 4 + destination; passenger 4 is in the taxi. */
export function encodeTaxi(row: number, column: number, passenger: number, destination: number): number {
  return ((row * SIDE + column) * 5 + passenger) * 4 + destination;
}

/** The inverse of `encodeTaxi`. */
export function decodeTaxi(state: number): { row: number; column: number; passenger: number; destination: number } {
  const destination = state % 4;
  const passenger = Math.floor(state / 4) % 5;
  const column = Math.floor(state / 20) % SIDE;
  return { row: Math.floor(state / 100), column, passenger, destination };
}

/** Options of the taxi. */
export interface TaxiOptions {
  /** Whether a move may go to either side of its direction. Default: false. */
  readonly isRainy?: boolean;
  /** Probability of going where one wants to in the rain; the rest is halved between both sides. Default: 0.8. */
  readonly rainyProbability?: number;
  /** Whether a passenger may change their mind, once, when the taxi first moves with them. Default: false. */
  readonly ficklePassenger?: boolean;
  /** Probability that an episode's passenger is of that kind. Default: 0.3. */
  readonly fickleProbability?: number;
}

/** `Taxi-v3` has no options. */
export const taxiConfig = schema({}, "Taxi-v3");

/** Schema of the options of the taxi of version 4: types, ranges, defaults. */
export const taxiV4Config = schema(
  {
    isRainy: flag({ default: false, help: "whether a move may go to either side of its direction" }),
    rainyProbability: real({
      default: 0.8,
      min: 0,
      max: 1,
      help: "probability of going where one wants to in the rain; the rest is halved between both sides",
    }),
    ficklePassenger: flag({
      default: false,
      help: "whether a passenger may change their mind, once, when the taxi first moves with them",
    }),
    fickleProbability: real({
      default: 0.3,
      min: 0,
      max: 1,
      help: "probability that an episode's passenger is of that kind",
    }),
  } satisfies FieldsOf<TaxiOptions>,
  "Taxi-v4",
);

type TaxiConfig = ConfigOf<typeof taxiV4Config>;

/**
 * `Taxi-v3`. Observation: `encodeTaxi(row, column, passenger, destination)`. Actions: 0 south, 1 north, 2 east, 3 west, 4 pick up,
 * 5 drop off. Reward −1 a step, 20 for the delivery, which ends the episode, −10 for picking up or dropping off where that is not
 * possible; cut after 200 steps. `actionMask()` tells which actions change something.
 */
export function taxi(options: Readonly<Record<string, never>> = {}): TabularEnv {
  taxiConfig.parse(options);
  return taxiEnv("Taxi-v3", taxiV4Config.defaults);
}

/**
 * `Taxi-v4`: the same, with rain and fickle passengers if asked for. In the rain a move that a wall stops does not go astray either.
 * With fickle passengers the MDP has 1000 states, 500 + s for those of a passenger who will change their mind; that is not observed.
 */
export function taxiV4(options: TaxiOptions = {}): TabularEnv {
  return taxiEnv("Taxi-v4", taxiV4Config.parse(options));
}

function taxiEnv(id: string, config: TaxiConfig): TabularEnv {
  return sampleEnv(taxiMdp(config), {
    id,
    options: taxiV4Config.changes(config),
    timeLimit: 200,
    actionMask: (state) => actionMask(state % NUM_STATES),
    render: (state, action) => scene(state % NUM_STATES, action),
    ...(config.ficklePassenger && { observations: { count: NUM_STATES, of: (state) => state % NUM_STATES } }),
  });
}

function taxiMdp({ isRainy, rainyProbability, ficklePassenger, fickleProbability }: TaxiConfig): FiniteMdp {
  const numStates = ficklePassenger ? 2 * NUM_STATES : NUM_STATES;
  return buildMdp(
    {
      numStates,
      numActions: 6,
      capacity: numStates * 6 * (isRainy ? 3 : 1),
      initial: startDistribution(numStates, ficklePassenger ? fickleProbability : 0),
      layout: layout(numStates),
    },
    (state, action, add) => {
      const fickle = state >= NUM_STATES;
      const { row, column, passenger, destination } = decodeTaxi(state % NUM_STATES);
      /** A transition to a place with the passenger on board or not, who may now change their mind. */
      const move = (probability: number, [i, j]: readonly [number, number]) => {
        const moved = i !== row || j !== column;
        if (!fickle || !moved || passenger !== IN_TAXI) {
          add(probability, encodeTaxi(i, j, passenger, destination) + (fickle ? NUM_STATES : 0), -1, false);
          return;
        }
        for (let other = 0; other < 4; other++) {
          if (other !== destination) add(probability / 3, encodeTaxi(i, j, passenger, other), -1, false);
        }
      };
      if (action < PICK_UP) {
        const here = [row, column] as const;
        const ahead = neighbour(row, column, action);
        if (!isRainy) move(1, ahead);
        else {
          const free = ahead[0] !== row || ahead[1] !== column;
          const aside = (1 - rainyProbability) / 2;
          move(rainyProbability, ahead);
          move(aside, free ? neighbour(row, column, LEFT_OF[action]) : here);
          move(aside, free ? neighbour(row, column, RIGHT_OF[action]) : here);
        }
        return;
      }
      const stand = STANDS.findIndex(([i, j]) => i === row && j === column);
      const rest = fickle ? NUM_STATES : 0;
      if (action === PICK_UP) {
        if (passenger < IN_TAXI && stand === passenger) {
          add(1, encodeTaxi(row, column, IN_TAXI, destination) + rest, -1, false);
        } else add(1, state, -10, false);
      } else if (passenger === IN_TAXI && stand === destination) {
        add(1, encodeTaxi(row, column, destination, destination) + rest, 20, true);
      } else if (passenger === IN_TAXI && stand >= 0) {
        add(1, encodeTaxi(row, column, stand, destination) + rest, -1, false);
      } else add(1, state, -10, false);
    },
  );
}

/** Uniform over the 300 states with the passenger at a stand that is not the destination. */
function startDistribution(numStates: number, fickle: number): Float64Array {
  const initial = new Float64Array(numStates);
  for (let state = 0; state < NUM_STATES; state++) {
    const { passenger, destination } = decodeTaxi(state);
    if (passenger === IN_TAXI || passenger === destination) continue;
    if (fickle === 0) initial[state] = 1 / 300;
    else {
      initial[state] = (1 - fickle) / 300;
      initial[state + NUM_STATES] = fickle / 300;
    }
  }
  return initial;
}

/** Where a move leads; the same place if a wall or the edge is in the way. */
function neighbour(row: number, column: number, action: number): readonly [number, number] {
  const i = row + MOVES[action][0];
  const j = column + MOVES[action][1];
  const blocked = (action === 2 && WALL_RIGHT[row][column]) || (action === 3 && WALL_RIGHT[row][column - 1]);
  return i < 0 || i >= SIDE || j < 0 || j >= SIDE || blocked ? [row, column] : [i, j];
}

/** 1 for the actions that change the state: moves that nothing stops, and picking up and dropping off where that is possible. */
function actionMask(state: number): Uint8Array {
  const { row, column, passenger } = decodeTaxi(state);
  const mask = new Uint8Array(6);
  for (let action = 0; action < PICK_UP; action++) {
    const [i, j] = neighbour(row, column, action);
    mask[action] = i !== row || j !== column ? 1 : 0;
  }
  const stand = STANDS.findIndex(([i, j]) => i === row && j === column);
  mask[PICK_UP] = passenger < IN_TAXI && stand === passenger ? 1 : 0;
  mask[DROP_OFF] = passenger === IN_TAXI && stand >= 0 ? 1 : 0;
  return mask;
}

/** The 5 × 5 streets, a panel for each whereabouts of the passenger and each destination. */
function layout(numStates: number): MdpLayout {
  const states = Array.from({ length: numStates }, (_, state) => decodeTaxi(state % NUM_STATES));
  const where = [...STAND_NAMES.map((name) => `at ${name}`), "in the taxi"];
  const titles = where.flatMap((place) => STAND_NAMES.map((name) => `passenger ${place}, to ${name}`));
  const fickle = numStates > NUM_STATES ? titles.map((title) => `${title}, fickle`) : [];
  return {
    rows: SIDE,
    columns: SIDE,
    row: Int32Array.from(states, ({ row }) => row),
    column: Int32Array.from(states, ({ column }) => column),
    map: CELLS,
    moves: [...MOVES, null, null],
    panel: Int32Array.from(
      states,
      ({ passenger, destination }, state) => passenger * 4 + destination + (state < NUM_STATES ? 0 : titles.length),
    ),
    panels: [...titles, ...fickle],
  };
}

function scene(state: number, action: number | undefined): Scene {
  const { row, column, passenger, destination } = decodeTaxi(state);
  const shapes: Shape[] = [{ kind: "polygon", points: rectangle(0, 0, SIDE, SIDE), fill: "faint" }];
  const cell = (i: number, j: number): [number, number] => [j, SIDE - 1 - i]; // its lower left corner
  const line = (points: Point[], colour: string, width: number): Shape => ({ kind: "line", points, colour, width });
  STANDS.forEach(([i, j], stand) => {
    const [x, y] = cell(i, j);
    shapes.push({ kind: "polygon", points: rectangle(x, y, x + 1, y + 1), fill: STAND_COLOURS[stand] });
    if (stand === destination) {
      shapes.push(
        { kind: "polygon", points: rectangle(x + 0.06, y + 0.06, x + 0.94, y + 0.94), fill: "paper" },
        { kind: "polygon", points: rectangle(x + 0.14, y + 0.14, x + 0.86, y + 0.86), fill: STAND_COLOURS[stand] },
      );
    }
    shapes.push({ kind: "text", at: [x + 0.28, y + 0.72], text: STAND_NAMES[stand], size: 0.22, colour: "#ffffff" });
  });
  for (let at = 1; at < SIDE; at++) {
    shapes.push(
      line(
        [
          [at, 0],
          [at, SIDE],
        ],
        "paper",
        0.03,
      ),
      line(
        [
          [0, at],
          [SIDE, at],
        ],
        "paper",
        0.03,
      ),
    );
  }
  WALL_RIGHT.forEach((walls, i) => {
    walls.forEach((wall, j) => {
      const [x, y] = cell(i, j);
      if (wall) {
        shapes.push(
          line(
            [
              [x + 1, y],
              [x + 1, y + 1],
            ],
            "ink",
            0.09,
          ),
        );
      }
    });
  });
  if (passenger < IN_TAXI) {
    const [x, y] = cell(STANDS[passenger][0], STANDS[passenger][1]);
    for (const shape of person(x + 0.5, y + 0.5)) shapes.push(shape);
  }
  const [x, y] = cell(row, column);
  for (const shape of cab(x + 0.5, y + 0.5, action === undefined || action >= PICK_UP ? MOVES[2] : MOVES[action]))
    shapes.push(shape);
  if (passenger === IN_TAXI) for (const shape of person(x + 0.5, y + 0.5)) shapes.push(shape);
  return { view: [-0.12, -0.12, SIDE + 0.12, SIDE + 0.12], shapes };
}

function person(x: number, y: number): Shape[] {
  return [
    {
      kind: "polygon",
      points: [
        [x - 0.13, y - 0.2],
        [x + 0.13, y - 0.2],
        [x + 0.06, y + 0.04],
        [x - 0.06, y + 0.04],
      ],
      fill: "#ffffff",
    },
    { kind: "circle", centre: [x, y + 0.1], radius: 0.09, fill: "#ffffff" },
  ];
}

/** A cab seen from above, its windscreen towards where it goes. */
function cab(x: number, y: number, [down, right]: readonly [number, number]): Shape[] {
  const at = (along: number, aside: number): Point => [
    x + along * right + aside * down,
    y - along * down + aside * right,
  ];
  const box = (back: number, front: number, half: number): Point[] => [
    at(back, -half),
    at(front, -half),
    at(front, half),
    at(back, half),
  ];
  return [
    { kind: "polygon", points: box(-0.42, 0.42, 0.28), fill: "#26303b" },
    { kind: "polygon", points: box(-0.38, 0.38, 0.24), fill: "#f0b429" },
    { kind: "polygon", points: box(0.14, 0.24, 0.19), fill: "#26303b" },
    { kind: "polygon", points: box(-0.3, -0.24, 0.17), fill: "#26303b" },
  ];
}
