import type { Random, Tensor } from "@advantage/engine";
import { ConfigError, int, optional } from "../../core/index.js";
import { minibatches } from "../../data/index.js";
import { isRecurrent, type NetworkConfig } from "./actor-critic-family.js";

/*
 * Rollouts that are cut into sequences of equal length for networks with a recurrent cell, so that minibatches can be made of whole ones.
 */

/** Setting L: how far back gradients flow through a recurrent cell. */
export const sequenceLength = optional(
  int({
    min: 1,
    symbol: "L",
    help: "steps that gradients flow back through a cell (memory gru, lstm); divides numSteps and minibatchSize; absent: the longest that does, which must be above 1",
  }),
);

interface SequenceConfig extends Pick<NetworkConfig, "memory"> {
  readonly sequenceLength?: number;
  readonly numSteps: number;
  readonly minibatchSize: number;
}

/** Steps that stay together in a minibatch: 1, or with recurrent cells the L of their sequences. */
export function stepsTogether({ memory, sequenceLength, numSteps, minibatchSize }: SequenceConfig): number {
  return isRecurrent({ memory }) ? (sequenceLength ?? greatestCommonDivisor(numSteps, minibatchSize)) : 1;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** @throws ConfigError where rollouts or minibatches are not made of whole sequences, or these of single steps that nobody asked for */
export function validateSequences(c: SequenceConfig): void {
  const together = stepsTogether(c);
  if (isRecurrent(c) && c.sequenceLength === undefined && together === 1) {
    throw new ConfigError([
      `minibatchSize must share a divisor with numSteps = ${c.numSteps} with memory ${c.memory}, or no gradient flows back through a step, got ${c.minibatchSize}; choose one that does, or set sequenceLength 1 if that is wanted`,
    ]);
  }
  for (const [name, steps] of Object.entries({ numSteps: c.numSteps, minibatchSize: c.minibatchSize })) {
    if (steps % together === 0) continue;
    throw new ConfigError([
      `sequenceLength must divide ${name} = ${steps}, got ${together}; a minibatch is made of whole sequences`,
    ]);
  }
}

/**
 * Draws the minibatches of K epochs over a rollout, each epoch in a new order: row numbers or, with recurrent cells, those of whole sequences.
 */
export function minibatchesOf(
  c: SequenceConfig & { readonly numEnvs: number },
  epochs: number,
  random: Random,
): () => Generator<Tensor> {
  const together = stepsTogether(c);
  const order = new Int32Array((c.numSteps * c.numEnvs) / together);
  return () => minibatches(order, { epochs, minibatchSize: c.minibatchSize / together }, random);
}
