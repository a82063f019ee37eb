import { indices, ops, type Random, scope, type Tensor, tensor } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { explainedVariance } from "../maths/explained-variance.js";
import { generalisedAdvantage } from "../maths/gae.js";
import type { ActorCritic, ActorCriticParams } from "../policies/actor-critic.js";
import { type Distribution, distributionFrom } from "../policies/distribution.js";
import { actionTensor, type Rollout, successorValues } from "./rollout.js";

/** B samples of a rollout; constants to a loss. */
export interface Samples {
  readonly observations: Tensor; // [B, observationSize]
  readonly actions: Tensor; // [B] or [B, actionSize]
  readonly oldLogProb: Tensor; // [B]
  readonly oldValue: Tensor; // [B]
  readonly advantage: Tensor; // [B]
  readonly target: Tensor; // [B]
  /** Parameters of π_old; empty unless asked for. */
  readonly oldPolicy: Readonly<Record<string, Tensor>>;
}

/** A whole rollout as samples, and what it says about the networks that collected it. */
export interface RolloutSamples extends Samples {
  readonly metrics: Readonly<Record<string, number>>;
}

/** Rows evaluated at a time: enough for the matrix products, few enough that the activations of a large rollout stay small. */
const chunkRows = 4096;

/** Runs `body` over the rows of a rollout in chunks, the temporaries of each dropped with it. A row's numbers do not depend on its chunk. */
function inChunks(rows: number, body: (part: (whole: Tensor) => Tensor, start: number) => void): void {
  for (let start = 0; start < rows; start += chunkRows) {
    const end = Math.min(start + chunkRows, rows);
    scope(() => body((whole) => (rows <= chunkRows ? whole : ops.slice(whole, 0, start, end)), start));
  }
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
  { discount, gaeLambda }: { readonly discount: number; readonly gaeLambda: number },
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
  inChunks(rows, (part, start) => {
    const { pi, value } = networks.both(params, part(observations));
    values.set(value.data, start);
    logProbs.set(pi.logProb(part(actions)).data, start);
    stdSum += (meanStd(pi) ?? 0) * value.size;
    if (keepPolicy)
      for (const name in pi.parameters) keepRows(policy, name, pi.parameters[name], value.size, start, rows);
  });
  const { advantages, targets } = advantagesOf(networks, params, rollout, values, { discount, gaeLambda });
  return {
    observations,
    actions,
    oldLogProb: tensor(logProbs),
    oldValue: tensor(values),
    advantage: tensor(advantages),
    target: tensor(targets),
    oldPolicy: Object.fromEntries(
      Object.entries(policy).map(([name, { columns, numbers }]) => [name, tensor(numbers, [rows, columns])]),
    ),
    metrics: {
      ...explained(values, targets),
      ...(rollout.actionSpace.kind === "box" ? { std: stdSum / rows } : {}),
    },
  };
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
  start: number,
  rows: number,
): void {
  const columns = parameter.shape[parameter.shape.length - 1];
  policy[name] ??= { columns, numbers: new Float32Array(rows * columns) };
  policy[name].numbers.set(ops.broadcastTo(parameter, [count, columns]).data, start * columns);
}

/** 𝔼ₜ[KL(π_old(·|sₜ)‖π_θ(·|sₜ))] over samples whose old policy was kept. */
export function meanKl(networks: ActorCritic, params: ActorCriticParams, samples: Samples, actionSpace: Space): number {
  const rows = samples.observations.shape[0];
  let sum = 0;
  inChunks(rows, (part) => {
    const { pi } = networks.both(params, part(samples.observations));
    const old = Object.fromEntries(Object.entries(samples.oldPolicy).map(([name, values]) => [name, part(values)]));
    sum += ops.sum(distributionFrom(actionSpace, old).kl(pi)).item();
  });
  return sum / rows;
}

/**
 * Â and R̂ = Â + V of a rollout [T·N], by generalised advantage estimation; a cut episode bootstraps from its true successor.
 *
 * @param values V(sₜ) [T·N]
 */
export function advantagesOf(
  networks: ActorCritic,
  params: ActorCriticParams,
  rollout: Rollout,
  values: Float32Array,
  { discount, gaeLambda }: { readonly discount: number; readonly gaeLambda: number },
): { advantages: Float32Array; targets: Float32Array } {
  const size = rollout.observations.length / values.length;
  const valuesOf = (flat: Float32Array) => networks.value(params, tensor(flat, [flat.length / size, size])).values();
  const lastValues = valuesOf(rollout.lastObservations);
  const cutValues = rollout.cutRows.length > 0 ? valuesOf(Float32Array.from(rollout.cutObservations)) : [];
  const nextValues = successorValues(rollout, values, lastValues, cutValues);
  const advantages = new Float32Array(values.length);
  generalisedAdvantage({ ...rollout, values, nextValues, discount, gaeLambda, advantages });
  return { advantages, targets: advantages.map((advantage, i) => advantage + values[i]) };
}

/** What a rollout says about the networks that collected it: V [B], R̂ [B], π. */
export function rolloutMetrics(value: Tensor, targets: Float32Array, pi: Distribution): Record<string, number> {
  const std = meanStd(pi);
  return { ...explained(value.data, targets), ...(std === undefined ? {} : { std }) };
}

/** The share of the targets' variance that the values explain; absent where equal targets have none. */
function explained(values: Float32Array, targets: Float32Array): { explainedVariance?: number } {
  const share = explainedVariance(values, targets);
  return Number.isNaN(share) ? {} : { explainedVariance: share };
}

/** Mean σ of real-valued actions. */
function meanStd({ parameters: { logStd } }: Distribution): number | undefined {
  return logStd === undefined ? undefined : ops.mean(ops.exp(logStd)).item();
}

/** The samples at the given rows. */
export function take(samples: Samples, rows: Tensor): Samples {
  const at = (values: Tensor) => ops.gatherRows(values, rows);
  return {
    observations: at(samples.observations),
    actions: at(samples.actions),
    oldLogProb: at(samples.oldLogProb),
    oldValue: at(samples.oldValue),
    advantage: at(samples.advantage),
    target: at(samples.target),
    oldPolicy: Object.fromEntries(Object.entries(samples.oldPolicy).map(([name, values]) => [name, at(values)])),
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
