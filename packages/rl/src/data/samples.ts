import { indices, ops, type Random, type Tensor, tensor } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { explainedVarianceMetric } from "../maths/explained-variance.js";
import { generalisedAdvantage } from "../maths/gae.js";
import { discountWeights } from "../maths/returns.js";
import type { ActorCritic, ActorCriticParams } from "../networks/actor-critic.js";
import { type Sequences, singleSteps } from "../networks/cell.js";
import { type Distribution, distributionFrom, divergence, type KlDirection } from "../networks/distribution.js";
import { actionTensor, type Rollout, rowsTensor, successorValues } from "./rollout.js";
import { type Chunk, inChunks, type RolloutSequences, sequenceChunk, sequencesOf } from "./rollout-chunks.js";

/** B samples of a rollout; constants to a loss. */
export interface Samples {
  readonly observations: Tensor; // [B, observationSize]
  readonly actions: Tensor; // [B] or [B, actionSize]
  readonly oldLogProb: Tensor; // [B]
  readonly oldValue: Tensor; // [B]
  readonly advantage: Tensor; // [B]
  readonly target: Tensor; // [B]
  /** γᵗ; absent where steps are not weighed. */
  readonly weight?: Tensor; // [B]
  /** Parameters of π_old; empty unless asked for. */
  readonly oldPolicy: Readonly<Record<string, Tensor>>;
  /** What the rows of a minibatch are to recurrent cells; absent of networks without. */
  readonly sequences?: Sequences;
  /** The sequences that a whole rollout can be divided into; absent of networks without recurrent cells. */
  readonly recall?: RolloutSequences;
}

/** A whole rollout as samples, and what it says about the networks that collected it. */
export interface RolloutSamples extends Samples {
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * log π_old, V, Â and R̂ of a rollout: everything that the epochs over it hold fixed.
 *
 * @param keepPolicy whether the parameters of π_old are wanted, for a KL divergence
 */
export function evaluateRollout(
  networks: ActorCritic,
  params: ActorCriticParams,
  rollout: Rollout,
  c: { readonly discount: number; readonly gaeLambda: number; readonly discountGradient?: boolean },
  keepPolicy: boolean,
): RolloutSamples {
  const rows = rollout.rewards.length;
  const size = rollout.observations.length / rows;
  const observations = tensor(rollout.observations, [rows, size]);
  const actions = actionTensor(rollout.actionSpace, rollout.actions, rows);
  const logProbs = new Float32Array(rows);
  const values = new Float32Array(rows);
  const policy: Record<string, { columns: number; numbers: Float32Array }> = {};
  let stdSum = 0;
  const recall = sequencesOf(rollout);
  inChunks(rows, recall, (chunk) => {
    const { pi, value } = networks.both(params, chunk.part(observations), chunk.sequences);
    chunk.put(values, value.data);
    chunk.put(logProbs, pi.logProb(chunk.part(actions)).data);
    stdSum += (meanStd(pi) ?? 0) * value.size;
    if (keepPolicy)
      for (const name in pi.parameters) keepRows(policy, name, pi.parameters[name], value.size, chunk, rows);
  });
  const { advantages, targets } = rolloutAdvantages(networks, params, rollout, values, c);
  return {
    observations,
    actions,
    oldLogProb: tensor(logProbs),
    oldValue: tensor(values),
    advantage: tensor(advantages),
    target: tensor(targets),
    ...stepWeight(rollout, c),
    oldPolicy: Object.fromEntries(
      Object.entries(policy).map(([name, { columns, numbers }]) => [name, tensor(numbers, [rows, columns])]),
    ),
    ...(recall === undefined ? {} : { recall }),
    metrics: {
      ...explainedVarianceMetric(values, targets),
      ...(rollout.actionSpace.kind === "box" ? { std: stdSum / rows } : {}),
    },
  };
}

/** γᵗ of a rollout's rows, where steps are weighed. */
export function stepWeight(
  { times }: Rollout,
  { discount, discountGradient = false }: { readonly discount: number; readonly discountGradient?: boolean },
): { weight?: Tensor } {
  return discountGradient ? { weight: tensor(discountWeights({ times, discount })) } : {};
}

/**
 * Copies a parameter of π for the rows of a chunk. A deviation that is the same in all states is one row of the parameters
 * themselves, about to change: it is written out for each sample.
 */
function keepRows(
  policy: Record<string, { columns: number; numbers: Float32Array }>,
  name: string,
  parameter: Tensor,
  count: number,
  chunk: Chunk,
  rows: number,
): void {
  const columns = parameter.shape[parameter.shape.length - 1];
  policy[name] ??= { columns, numbers: new Float32Array(rows * columns) };
  chunk.put(policy[name].numbers, ops.broadcastTo(parameter, [count, columns]).data, columns);
}

/** 𝔼ₜ[KL(π_old(·|sₜ)‖π_θ(·|sₜ))] over samples whose old policy was kept, or of KL(π_θ‖π_old). */
export function meanKl(
  networks: ActorCritic,
  params: ActorCriticParams,
  samples: Samples,
  actionSpace: Space,
  direction: KlDirection = "old-new",
): number {
  const rows = samples.observations.shape[0];
  let sum = 0;
  inChunks(rows, samples.recall, ({ part, sequences }) => {
    const { pi } = networks.both(params, part(samples.observations), sequences);
    const old = Object.fromEntries(Object.entries(samples.oldPolicy).map(([name, values]) => [name, part(values)]));
    sum += ops.sum(divergence(direction, distributionFrom(actionSpace, old), pi)).item();
  });
  return sum / rows;
}

/**
 * Â and R̂ = Â + V of a rollout [T·N], by generalised advantage estimation; a cut episode bootstraps from its true successor.
 *
 * @param values V(sₜ) [T·N]
 */
export function rolloutAdvantages(
  networks: ActorCritic,
  params: ActorCriticParams,
  rollout: Rollout,
  values: Float32Array,
  { discount, gaeLambda }: { readonly discount: number; readonly gaeLambda: number },
): { advantages: Float32Array; targets: Float32Array } {
  const size = rollout.observations.length / values.length;
  const { recall } = rollout;
  const valuesOf = (flat: Float32Array, states: ArrayLike<number> | undefined) =>
    networks.value(params, rowsTensor(flat, size), states && singleSteps(states, networks.stateSize)).values();
  const lastValues = valuesOf(rollout.lastObservations, recall?.lastStates);
  const cutValues =
    rollout.cutRows.length > 0 ? valuesOf(Float32Array.from(rollout.cutObservations), recall?.cutStates) : [];
  const nextValues = successorValues(rollout, values, lastValues, cutValues);
  const advantages = new Float32Array(values.length);
  generalisedAdvantage({ ...rollout, values, nextValues, discount, gaeLambda, advantages });
  return { advantages, targets: advantages.map((advantage, i) => advantage + values[i]) };
}

/** What a rollout says about the networks that collected it: V [B], R̂ [B], π. */
export function rolloutMetrics(value: Tensor, targets: Float32Array, pi: Distribution): Record<string, number> {
  const std = meanStd(pi);
  return { ...explainedVarianceMetric(value.data, targets), ...(std === undefined ? {} : { std }) };
}

/** Mean σ of real-valued actions. */
function meanStd({ parameters: { logStd } }: Distribution): number | undefined {
  return logStd === undefined ? undefined : ops.mean(ops.exp(logStd)).item();
}

/** The samples at the given rows or, of networks with recurrent cells, those of the given sequences. */
export function take(samples: Samples, rows: Tensor): Samples {
  const chunk = samples.recall && sequenceChunk(samples.recall, rows.indexData.slice());
  const at = chunk?.part ?? ((values: Tensor) => ops.gatherRows(values, rows));
  return {
    observations: at(samples.observations),
    actions: at(samples.actions),
    oldLogProb: at(samples.oldLogProb),
    oldValue: at(samples.oldValue),
    advantage: at(samples.advantage),
    target: at(samples.target),
    ...(samples.weight === undefined ? {} : { weight: at(samples.weight) }),
    oldPolicy: Object.fromEntries(Object.entries(samples.oldPolicy).map(([name, values]) => [name, at(values)])),
    ...(chunk === undefined ? {} : { sequences: chunk.sequences }),
  };
}

/** All samples as networks take them at once: of networks with recurrent cells, the rollout's sequences side by side. */
export function sideBySide<S extends Samples>(samples: S): Samples {
  if (samples.recall === undefined) return samples;
  return take(samples, indices(Array.from({ length: samples.recall.states.shape[0] }, (_, i) => i)));
}

/** Every k-th sample, or of networks with recurrent cells every k-th sequence. */
export function everyKth(samples: Samples, k: number): Samples {
  if (k === 1) return samples;
  const { sequences } = samples;
  const count = sequences?.count ?? samples.target.size;
  const chosen = Array.from({ length: Math.ceil(count / k) }, (_, i) => i * k);
  if (sequences === undefined) return take(samples, indices(chosen));
  const rows = Array.from({ length: sequences.length }, (_, l) => chosen.map((i) => l * count + i)).flat();
  return {
    ...take(samples, indices(rows)),
    sequences: {
      length: sequences.length,
      count: chosen.length,
      states: ops.gatherRows(sequences.states, indices(chosen)),
      continues: rows.map((row) => sequences.continues[row]),
    },
  };
}

/** Row numbers of the minibatches of K epochs, each epoch in a new order; `order` is the array of all rows to work in. */
export function* minibatches(
  order: Int32Array,
  { epochs, minibatchSize }: { readonly epochs: number; readonly minibatchSize: number },
  random: Random,
): Generator<Tensor> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    random.permutation(order.length, order);
    for (let start = 0; start < order.length; start += minibatchSize) {
      yield indices(order.subarray(start, start + minibatchSize));
    }
  }
}
