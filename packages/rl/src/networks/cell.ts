import { indices, nn, ops, type Random, type Shapes, type Tensor, tensor, zeros } from "@advantage/engine";

/** A recurrent cell whose state is one row of numbers: h of a GRU, h and c side by side of an LSTM. */
export interface Cell {
  /** Numbers that it gives for each step: h. */
  readonly size: number;
  /** Numbers that it remembers between steps; an episode begins with zeros. */
  readonly stateSize: number;
  shapes(): Shapes;
  init(random: Random): nn.RecurrentParams;
  /** The state [B × stateSize] after seeing x [B × in]. */
  step(params: nn.RecurrentParams, x: Tensor, state: Tensor): Tensor;
  /** h of a state [B × size]. */
  output(state: Tensor): Tensor;
}

/** Name of a recurrent cell. */
export type CellKind = "gru" | "lstm";

/** Gates of each kind: their weights lie side by side. */
export const gates = { gru: 3, lstm: 4 } as const satisfies Record<CellKind, number>;

/** Added to the first bias of the gate that keeps the state. */
const keepBias = 1;

/**
 * A cell that reads rows of `inSize` numbers. It starts from PyTorch's initial weights, whatever the layers around it start from, but with a
 * bias to keep its state: without it a cell halves it at each step at first, and ten steps later there is nothing left to learn from. Jozefowicz,
 * Zaremba & Sutskever 2015, "An empirical exploration of recurrent network architectures", section 2.2.
 */
export function recurrentCell(kind: CellKind, inSize: number, size: number): Cell {
  const cell = kind === "gru" ? gru(inSize, size) : lstm(inSize, size);
  return {
    ...cell,
    init(random) {
      const params = cell.init(random);
      const bias = params.inputBias.data;
      // The second gate of both: z of a GRU, f of an LSTM.
      for (let i = size; i < 2 * size; i++) bias[i] += keepBias;
      return params;
    },
  };
}

function gru(inSize: number, size: number): Cell {
  const { shapes, init, step } = nn.gru(inSize, size);
  return { size, stateSize: size, shapes, init, step, output: (hidden) => hidden };
}

function lstm(inSize: number, size: number): Cell {
  const { shapes, init, step } = nn.lstm(inSize, size);
  const hidden = (state: Tensor) => ops.slice(state, 1, 0, size);
  return {
    size,
    stateSize: 2 * size,
    shapes,
    init,
    step(params, x, state) {
      const next = step(params, x, { hidden: hidden(state), cell: ops.slice(state, 1, size, 2 * size) });
      return ops.concat([next.hidden, next.cell], 1);
    },
    output: hidden,
  };
}

/** Rows as sequences side by side: row l·count + i is step l of sequence i. */
export interface Sequences {
  /** Steps of each, L. */
  readonly length: number;
  readonly count: number;
  /** What was remembered before the first step of each [count × stateSize]; a constant. */
  readonly states: Tensor;
  /** 1 where a row goes on with the episode of the row before it in its sequence, 0 where it begins one [length·count]; first rows go on. */
  readonly continues: ArrayLike<number>;
  /** How sequences that are not equally long, and lie one behind the other, are run side by side. None of them begins an episode on its way. */
  readonly packed?: PackedSequences;
}

/** Sequences of different lengths, the longest first: those that have ended take no part in the steps that are left. */
export interface PackedSequences {
  /** Which row is read, step by step, by the sequences that are still running [rows]. */
  readonly order: Tensor;
  /** The inverse: where each row comes in that order [rows]. */
  readonly back: Tensor;
  /** Sequences running at each step [length]. */
  readonly running: Int32Array;
}

/**
 * Sequences of given rows, each from an empty state.
 *
 * @param starts     where each begins, and the end of the last [m + 1]; the first begins at row 0
 * @param stateSize  numbers remembered
 */
export function wholeSequencesOf(starts: ArrayLike<number>, stateSize: number): Sequences {
  const count = starts.length - 1;
  const lengthOf = (i: number) => starts[i + 1] - starts[i];
  const longestFirst = Array.from({ length: count }, (_, i) => i).sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const length = lengthOf(longestFirst[0]);
  const order = new Int32Array(starts[count]);
  const back = new Int32Array(order.length);
  const running = new Int32Array(length);
  let at = 0;
  for (let l = 0, left = count; l < length; l++) {
    while (lengthOf(longestFirst[left - 1]) <= l) left--;
    running[l] = left;
    for (let k = 0; k < left; k++, at++) {
      order[at] = starts[longestFirst[k]] + l;
      back[order[at]] = at;
    }
  }
  const packed = { order: indices(order), back: indices(back), running };
  return { length, count, states: zeros([count, stateSize]), continues: [], packed };
}

/** Single steps, each from a state of its own [count × stateSize]. */
export function singleSteps(states: ArrayLike<number>, stateSize: number): Sequences {
  const count = states.length / stateSize;
  return { length: 1, count, states: tensor(Float32Array.from(states), [count, stateSize]), continues: [] };
}

/**
 * h of every row [L·count × size]: the cell run along the sequences from their states, which are zeroed where an episode begins. Gradients
 * flow back to the beginning of each sequence or episode.
 *
 * @param x       what the cell reads [L·count × in]
 * @param states  the cell's own columns of `sequences.states` [count × stateSize]
 */
export function alongSequences(
  cell: Cell,
  params: nn.RecurrentParams,
  x: Tensor,
  { length, count, continues, packed }: Sequences,
  states: Tensor,
): Tensor {
  const read = packed === undefined ? x : ops.gatherRows(x, packed.order);
  const outputs: Tensor[] = [];
  let state = states;
  for (let l = 0, row = 0; l < length; l++) {
    const running = packed?.running[l] ?? count;
    if (running < state.shape[0]) state = ops.slice(state, 0, 0, running);
    if (l > 0 && packed === undefined) state = begun(state, continues, row, count);
    state = cell.step(params, ops.slice(read, 0, row, row + running), state);
    outputs.push(cell.output(state));
    row += running;
  }
  const all = outputs.length === 1 ? outputs[0] : ops.concat(outputs, 0);
  return packed === undefined ? all : ops.gatherRows(all, packed.back);
}

/** The states of the next step: zeros where it begins an episode. */
function begun(state: Tensor, continues: ArrayLike<number>, row: number, count: number): Tensor {
  const mask = new Float32Array(count);
  let all = true;
  for (let i = 0; i < count; i++) {
    mask[i] = continues[row + i];
    all &&= mask[i] === 1;
  }
  return all ? state : ops.mul(state, tensor(mask, [count, 1]));
}

/** What hidden layers read: the observations, or what the cell in front of them gives along the sequences. */
export function sequenceOutputs(
  cell: Cell | undefined,
  { memory }: { readonly memory?: nn.RecurrentParams },
  observations: Tensor,
  sequences: Sequences | undefined,
  own: (states: Tensor) => Tensor,
): Tensor {
  if (cell === undefined) return observations;
  if (sequences === undefined) throw new Error("networks with a recurrent cell need the sequences that their rows are");
  return alongSequences(cell, memory!, observations, sequences, own(sequences.states));
}
