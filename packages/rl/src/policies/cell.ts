import { nn, ops, type Random, type Tensor, tensor } from "@advantage/engine";

/** A recurrent cell whose state is one row of numbers: h of a GRU, h and c side by side of an LSTM. */
export interface Cell {
  /** Numbers that it gives for each step: h. */
  readonly size: number;
  /** Numbers that it remembers between steps; an episode begins with zeros. */
  readonly stateSize: number;
  init(random: Random): nn.RecurrentParams;
  /** The state [B × stateSize] after seeing x [B × in]. */
  step(params: nn.RecurrentParams, x: Tensor, state: Tensor): Tensor;
  /** h of a state [B × size]. */
  output(state: Tensor): Tensor;
}

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
  const { init, step } = nn.gru(inSize, size);
  return { size, stateSize: size, init, step, output: (hidden) => hidden };
}

function lstm(inSize: number, size: number): Cell {
  const { init, step } = nn.lstm(inSize, size);
  const hidden = (state: Tensor) => ops.slice(state, 1, 0, size);
  return {
    size,
    stateSize: 2 * size,
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
}

/**
 * h of every row [L·count × size]: the cell run along the sequences from their states, which are zeroed where an episode begins. Gradients
 * flow back to the beginning of each sequence or episode.
 *
 * @param x       what the cell reads [L·count × in]
 * @param states  the cell's own columns of `sequences.states` [count × stateSize]
 */
export function unroll(
  cell: Cell,
  params: nn.RecurrentParams,
  x: Tensor,
  { length, count, continues }: Sequences,
  states: Tensor,
): Tensor {
  const outputs: Tensor[] = [];
  let state = states;
  for (let l = 0; l < length; l++) {
    const row = l * count;
    if (l > 0) state = begun(state, continues, row, count);
    state = cell.step(params, ops.slice(x, 0, row, row + count), state);
    outputs.push(cell.output(state));
  }
  return outputs.length === 1 ? outputs[0] : ops.concat(outputs, 0);
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
