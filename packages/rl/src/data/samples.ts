import { indices, ops, type Random, type Tensor, tensor } from "@advantage/engine";
import { explainedVariance } from "../maths/explained-variance.js";
import { generalisedAdvantage } from "../maths/gae.js";
import type { ActorCritic, ActorCriticParams } from "../policies/actor-critic.js";
import type { Distribution } from "../policies/distribution.js";
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

/**
 * log π_old, V, Â and R̂ of a rollout, in one batch: everything that the epochs over it hold fixed.
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
  const { pi, value } = networks.both(params, observations);
  const { advantages, targets } = advantagesOf(networks, params, rollout, value.values(), { discount, gaeLambda });
  return {
    observations,
    actions,
    oldLogProb: pi.logProb(actions),
    oldValue: value,
    advantage: tensor(advantages),
    target: tensor(targets),
    oldPolicy: keepPolicy ? copiedParameters(pi.parameters, rows) : {},
    metrics: rolloutMetrics(value, targets, pi),
  };
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
  const explained = explainedVariance(value.data, targets);
  const { logStd } = pi.parameters;
  return {
    ...(Number.isNaN(explained) ? {} : { explainedVariance: explained }), // equal targets have no variance to explain
    ...(logStd === undefined ? {} : { std: ops.mean(ops.exp(logStd)).item() }),
  };
}

/** A deviation that is the same in all states is one row of the parameters themselves, about to change: it is copied out for each sample. */
function copiedParameters(parameters: Readonly<Record<string, Tensor>>, rows: number): Record<string, Tensor> {
  const copied: Record<string, Tensor> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    copied[name] =
      parameter.shape.length === 1 ? ops.add(ops.broadcastTo(parameter, [rows, parameter.size]), 0) : parameter;
  }
  return copied;
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
