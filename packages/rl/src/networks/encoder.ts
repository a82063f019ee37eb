import { nn, type Random, type Shapes, type Tensor, type Tree } from "@advantage/engine";
import { type Cell, recurrentCell } from "./cell.js";
import { inputSizeOf, type MemorySpec } from "./memory.js";

/** A multi-layer perceptron on flattened observations; with a memory, on the last few of them or on what a recurrent cell makes of them. */
export interface EncoderSpec {
  /** Numbers of one observation. */
  readonly observationSize: number;
  /** None if left out. */
  readonly memory?: MemorySpec;
  readonly hiddenSizes: readonly number[];
  readonly activation: nn.ActivationName;
}

/** First values of a network's parameters. */
export interface Initialisation {
  /** Orthogonal weights with zero biases (gain √2 hidden, 0.01 for the policy's output, 1 for the value's), or PyTorch's defaults. */
  readonly orthogonal: boolean;
  /** First ln σ of Box actions. */
  readonly logStd: number;
}

/** Orthogonal first weights, and ln σ = 0. */
export const orthogonalFromZero: Initialisation = { orthogonal: true, logStd: 0 };

/** Parameters of an encoder: its hidden layers, and the cell's where it has one. */
export type EncoderParams = {
  /** The recurrent cell's, in front of the hidden layers. */
  readonly memory?: nn.RecurrentParams;
  readonly hidden: readonly Tree[];
};

/** A network's part in front of its last layer: from observations to features. */
export interface Encoder {
  /** Numbers that it is given of each step: an observation, or a history of them. */
  readonly inputSize: number;
  /** Width of the last hidden layer, or of the input where there is none. */
  readonly featureSize: number;
  /** Reads the observations in front of the hidden layers, which then see its outputs in their place. */
  readonly cell?: Cell;
  shapes(): { readonly [name: string]: Shapes };
  /** The cell's parameters are drawn from the fork `memory`, those of the hidden layers from `hidden`. */
  init(random: Random, hidden?: Random): EncoderParams;
  /** The last hidden layer's values [B, features]; of observations or, with a cell, of its outputs. */
  features(params: EncoderParams, read: Tensor): Tensor;
}

/**
 * The encoder of a spec.
 *
 * @param besides  numbers that the hidden layers read beside the observation, such as an action's
 */
export function encoder(spec: EncoderSpec, { orthogonal }: Initialisation = orthogonalFromZero, besides = 0): Encoder {
  const { memory, hiddenSizes, activation } = spec;
  const inputSize = inputSizeOf(spec.observationSize, memory);
  const cell =
    memory === undefined || memory.kind === "history"
      ? undefined
      : recurrentCell(memory.kind, spec.observationSize, memory.size);
  const sizes = [(cell?.size ?? inputSize) + besides, ...hiddenSizes];
  const options = { activation, ...layerOptions(orthogonal, Math.SQRT2) };
  const hidden = nn.sequential(...hiddenSizes.map((size, i) => nn.linear(sizes[i], size, options)));
  return {
    inputSize,
    featureSize: sizes[sizes.length - 1],
    cell,
    shapes: () => ({ ...(cell === undefined ? {} : { memory: cell.shapes() }), hidden: hidden.shapes() }),
    init: (random, own = random.fork("hidden")) => ({
      ...(cell === undefined ? {} : { memory: cell.init(random.fork("memory")) }),
      hidden: hidden.init(own),
    }),
    features: (params, read) => hidden.apply(params.hidden, read),
  };
}

/** How a layer is initialised: orthogonal of a gain without a bias, or as PyTorch does. */
export function layerOptions(orthogonal: boolean, gain: number): nn.LinearOptions {
  return orthogonal ? { weight: nn.orthogonal(gain), bias: 0 } : {};
}
