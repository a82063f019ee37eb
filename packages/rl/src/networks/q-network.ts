import { nn, ops, type Random, type Shapes, type Tensor } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { type Cell, type Sequences, sequenceOutputs } from "./cell.js";
import type { CriticParams } from "./critic.js";
import { type EncoderSpec, encoder, layerOptions, orthogonalFromZero } from "./encoder.js";

/** Q_φ(s, a): one output for each discrete action, or the action as a further input of one output. */
export interface QNetwork {
  /** Reads the observations in front of the hidden layers. */
  readonly cell?: Cell;
  shapes(): Shapes;
  /** Draws the layers from the forks `hidden` and `output` unless they are given streams of their own. */
  init(random: Random, hidden?: Random, output?: Random): CriticParams;
  /** What the hidden layers read of a batch of observations: themselves, or what the cell makes of them along the sequences. */
  read(params: CriticParams, observations: Tensor, sequences?: Sequences): Tensor;
  /** What Q says of a batch, given what its layers read. */
  at(params: CriticParams, read: Tensor): ActionValues;
}

/** Q(s, ·) of a batch of B states. */
export interface ActionValues {
  /** Q(s, a) [B] of one action each, as `actionTensor` packs them. */
  of(actions: Tensor): Tensor;
  /** Q(s, a) of every discrete action [B, A]. */
  readonly all?: Tensor;
  /** 𝔼_{a~π}[Q(s, a)] [B]: the sum over discrete actions, the mean over those that were drawn of real ones. */
  mean(choices: Choices): Float64Array;
}

/** What a policy would do in B states: the probabilities of its discrete actions [B × A], or several real-valued actions drawn for each [B, A]. */
export type Choices = { readonly probabilities: Float32Array } | { readonly drawn: readonly Tensor[] };

/**
 * The Q-network of an encoder.
 *
 * @throws TypeError unless actions are discrete or real vectors
 */
export function qNetwork(spec: EncoderSpec, actionSpace: Space, initialisation = orthogonalFromZero): QNetwork {
  if (actionSpace.kind !== "discrete" && actionSpace.kind !== "box")
    throw new TypeError(`Q(s, a) needs discrete or box actions, got ${actionSpace.kind} ones`);
  const discrete = actionSpace.kind === "discrete";
  const body = encoder(spec, initialisation, discrete ? 0 : actionSpace.size);
  const last = nn.linear(body.featureSize, discrete ? actionSpace.n : 1, layerOptions(initialisation.orthogonal, 1));
  const apply = (params: CriticParams, x: Tensor) => last.apply(params.output, body.features(params, x));
  return {
    cell: body.cell,
    shapes: () => ({ ...body.shapes(), output: last.shapes() }),
    init: (random, hidden, output = random.fork("output")) => ({
      ...body.init(random, hidden),
      output: last.init(output),
    }),
    read: (params, observations, sequences) =>
      sequenceOutputs(body.cell, params, observations, sequences, (states) => states),
    at: (params, read) =>
      discrete
        ? ofOutputs(apply(params, read))
        : ofInputs((actions) => ops.reshape(apply(params, ops.concat([read, actions], 1)), [read.shape[0]])),
  };
}

/** One output for each action: Q(s, ·) [B, A] at once. */
function ofOutputs(all: Tensor): ActionValues {
  const [rows, numActions] = all.shape;
  return {
    all,
    of: (actions) => ops.pick(all, actions),
    mean(choices) {
      if (!("probabilities" in choices)) throw new TypeError("discrete actions have probabilities");
      const values = all.data;
      const means = new Float64Array(rows);
      for (let i = 0; i < values.length; i++) means[Math.floor(i / numActions)] += choices.probabilities[i] * values[i];
      return means;
    },
  };
}

/** The action as an input: one pass for each that is asked for. */
function ofInputs(of: (actions: Tensor) => Tensor): ActionValues {
  return {
    of,
    mean(choices) {
      if (!("drawn" in choices)) throw new TypeError("real-valued actions are drawn");
      const { drawn } = choices;
      const means = new Float64Array(drawn[0].shape[0]);
      for (const actions of drawn) {
        const values = of(actions).data;
        for (let row = 0; row < means.length; row++) means[row] += values[row] / drawn.length;
      }
      return means;
    },
  };
}
