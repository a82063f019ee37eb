import { add, mul, sigmoid, sub, tanh } from "../ops/elementwise.js";
import { linear } from "../ops/linear.js";
import { reshape, slice, stack } from "../ops/shape.js";
import { type Shapes, TensorShape } from "../params.js";
import type { Random } from "../random.js";
import { type Tensor, zeros } from "../tensor.js";
import { type Initialiser, uniformFanIn } from "./initialisers.js";
import { uniformBias } from "./linear.js";

/** Parameters of a recurrent cell with G gates: input weight [in, G·hidden], hidden weight [hidden, G·hidden], two biases. */
export type RecurrentParams = {
  readonly inputWeight: Tensor;
  readonly hiddenWeight: Tensor;
  readonly inputBias: Tensor;
  readonly hiddenBias: Tensor;
};

/** A recurrent network: one step, and a whole sequence x [T, batch, in] → outputs [T, batch, hidden]. */
export interface Recurrent<State> {
  shapes(): Shapes;
  init(random: Random): RecurrentParams;
  /** Zeros [batch, hidden]. */
  start(batch: number): State;
  step(params: RecurrentParams, x: Tensor, state: State): State;
  output(state: State): Tensor;
}

/** Runs the cell over a sequence x [T, batch, in] from `start`; gives the outputs [T, batch, hidden] and the last state. */
export function unroll<State>(
  cell: Recurrent<State>,
  params: RecurrentParams,
  x: Tensor,
  start: State = cell.start(x.shape[1]),
): { outputs: Tensor; state: State } {
  const outputs: Tensor[] = [];
  let state = start;
  for (let t = 0; t < x.shape[0]; t++) {
    state = cell.step(params, reshape(slice(x, 0, t, t + 1), x.shape.slice(1)), state);
    outputs.push(cell.output(state));
  }
  return { outputs: stack(outputs), state };
}

function recurrentShapes(inSize: number, hiddenSize: number, gates: number): Shapes {
  return {
    inputWeight: new TensorShape([inSize, gates * hiddenSize]),
    hiddenWeight: new TensorShape([hiddenSize, gates * hiddenSize]),
    inputBias: new TensorShape([gates * hiddenSize]),
    hiddenBias: new TensorShape([gates * hiddenSize]),
  };
}

function initRecurrent(random: Random, inSize: number, hiddenSize: number, gates: number): RecurrentParams {
  // PyTorch draws all of a cell's parameters from U(−1/√hidden, 1/√hidden).
  const bounded: Initialiser = (stream, shape) => {
    const scaled = uniformFanIn(stream, shape);
    return mul(scaled, Math.sqrt(shape[0] / hiddenSize));
  };
  return {
    inputWeight: bounded(random, [inSize, gates * hiddenSize]),
    hiddenWeight: bounded(random, [hiddenSize, gates * hiddenSize]),
    inputBias: uniformBias(random, hiddenSize, gates * hiddenSize),
    hiddenBias: uniformBias(random, hiddenSize, gates * hiddenSize),
  };
}

/**
 * Gated recurrent unit, gates in PyTorch's order r, z, n: n = tanh(Wx + b + r·(Uh + c)), h′ = (1 − z)·n + z·h.
 * Cho et al. 2014 (arXiv:1406.1078).
 */
export function gru(inSize: number, hiddenSize: number): Recurrent<Tensor> {
  return {
    shapes: () => recurrentShapes(inSize, hiddenSize, 3),
    init: (random) => initRecurrent(random, inSize, hiddenSize, 3),
    start: (batch) => zeros([batch, hiddenSize]),
    step(params, x, hidden) {
      const fromInput = linear(x, params.inputWeight, params.inputBias);
      const fromHidden = linear(hidden, params.hiddenWeight, params.hiddenBias);
      const gate = (y: Tensor, index: number) => slice(y, 1, index * hiddenSize, (index + 1) * hiddenSize);
      const reset = sigmoid(add(gate(fromInput, 0), gate(fromHidden, 0)));
      const update = sigmoid(add(gate(fromInput, 1), gate(fromHidden, 1)));
      const candidate = tanh(add(gate(fromInput, 2), mul(reset, gate(fromHidden, 2))));
      return add(candidate, mul(update, sub(hidden, candidate)));
    },
    output: (hidden) => hidden,
  };
}

/** State of an LSTM: what it shows and what it keeps  [batch, hidden] each */
export type LstmState = { readonly hidden: Tensor; readonly cell: Tensor };

/** Long short-term memory, gates in PyTorch's order i, f, g, o. Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000. */
export function lstm(inSize: number, hiddenSize: number): Recurrent<LstmState> {
  return {
    shapes: () => recurrentShapes(inSize, hiddenSize, 4),
    init: (random) => initRecurrent(random, inSize, hiddenSize, 4),
    start: (batch) => ({ hidden: zeros([batch, hiddenSize]), cell: zeros([batch, hiddenSize]) }),
    step(params, x, state) {
      const gates = add(
        linear(x, params.inputWeight, params.inputBias),
        linear(state.hidden, params.hiddenWeight, params.hiddenBias),
      );
      const gate = (index: number) => slice(gates, 1, index * hiddenSize, (index + 1) * hiddenSize);
      const cell = add(mul(sigmoid(gate(1)), state.cell), mul(sigmoid(gate(0)), tanh(gate(2))));
      return { hidden: mul(sigmoid(gate(3)), tanh(cell)), cell };
    },
    output: (state) => state.hidden,
  };
}
