import { nn, ops, type Random, type Tensor } from "@advantage/engine";
import type { BaseConfig, Context } from "../../core/algorithm.js";
import type { CriticParams } from "../../networks/actor-critic.js";
import { type Cell, type Sequences, unroll } from "../../networks/cell.js";
import { cellOf } from "../../networks/memory.js";
import { actorSpec, inputSize, type NetworkConfig } from "./actor-critic-family.js";

/** Q_φ(s, a): one output for each discrete action, or the action as a further input of one output. */
export interface ActionCritic {
  /** Reads the observations in front of the hidden layers. */
  readonly cell?: Cell;
  init(random: Random): CriticParams;
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

/** As wide and deep as the actor, with parameters of its own. */
export function actionCriticOf(context: Context<BaseConfig & NetworkConfig>): ActionCritic {
  const { config: c, env } = context;
  const { actionSpace } = env;
  if (actionSpace.kind !== "discrete" && actionSpace.kind !== "box") {
    throw new TypeError(`Q(s, a) needs discrete or box actions, ${env.id} has ${actionSpace.kind} ones`);
  }
  const { observationSize, memory } = actorSpec(context);
  const cell = cellOf(observationSize, memory);
  const [inputs, outputs] = actionSpace.kind === "discrete" ? [0, actionSpace.n] : [actionSpace.size, 1];
  const options = (gain: number) => (c.orthogonalInit ? { weight: nn.orthogonal(gain), bias: 0 } : {});
  const sizes = [(cell?.size ?? inputSize(context)) + inputs, ...c.hiddenSizes];
  const hidden = nn.sequential(
    ...c.hiddenSizes.map((size, i) => nn.linear(sizes[i], size, { activation: c.activation, ...options(Math.SQRT2) })),
  );
  const output = nn.linear(sizes[sizes.length - 1], outputs, options(1));
  const apply = (params: CriticParams, x: Tensor) => output.apply(params.output, hidden.apply(params.hidden, x));
  return {
    cell,
    init: (random) => ({
      ...(cell === undefined ? {} : { memory: cell.init(random.fork("memory")) }),
      hidden: hidden.init(random.fork("hidden")),
      output: output.init(random.fork("output")),
    }),
    read(params, observations, sequences) {
      if (cell === undefined) return observations;
      if (sequences === undefined) throw new Error("a critic with a recurrent cell needs the sequences of its rows");
      return unroll(cell, params.memory!, observations, sequences, sequences.states);
    },
    at: (params, read) =>
      actionSpace.kind === "discrete"
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
