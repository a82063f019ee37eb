import { hold, ops, Random, scope, type Tensor, tensor } from "@advantage/engine";
import {
  type ActionBatch,
  actionOf,
  actionSize,
  allocateActions,
  flattenInto,
  type Space,
  toEnvironment,
} from "@advantage/envs";
import type { ActOptions, Explanation, Policy } from "../core/policy.js";
import { standardise } from "../maths/normaliser.js";
import { type Actor, type ActorParams, actor, actWith } from "../networks/actor.js";
import { addToHistory, copyHistories, EpisodeMemory, memorySizeOf, rememberAction } from "../networks/memory.js";
import { type ActorPolicyParts, writeActorFile } from "./actor-file.js";

/** A policy that is one actor network, with the observation statistics it was trained with. */
export function actorPolicy(parts: ActorPolicyParts): Policy {
  const { observationSpace, spec, normaliser } = parts;
  const { observationSize, actionSpace } = spec;
  const network = actor(spec);
  const own = Random.fromSeed(0).fork("policy");
  const single = new Float32Array(observationSize);
  const action = allocateActions(actionSpace, 1);
  const memorySize = memorySizeOf(spec.observationSize, spec.memory, network);
  /** Numbers of an action in a history. */
  const seenActions = spec.memory?.kind === "history" ? (spec.memory.actionSize ?? 0) : 0;
  let ownMemory: EpisodeMemory | undefined;
  let input = hold([1, network.inputSize]);

  /** Puts observations into the network's input, or the histories that end with them. */
  function fill(observations: Float32Array, count: number, memory: EpisodeMemory | undefined): void {
    if (input.shape[0] !== count) input = hold([count, network.inputSize]);
    const values = input.data;
    if (memory !== undefined && network.cell === undefined) {
      requireFinite(observations, observationSize);
      for (let row = 0; row < count; row++) addToHistory(memory, row, observations, seenActions);
      copyHistories(memory, seenActions, values);
    } else values.set(observations);
    if (!ops.allFinite(input)) throw notFinite(observations, observationSize);
    if (normaliser !== null) standardise(values, values, count, normaliser);
  }

  /** What the hidden layers read: the input, or what the cell makes of it and of the memory, which moves on. */
  function read(memory: EpisodeMemory | undefined): Tensor {
    const { cell } = network;
    if (memory === undefined || cell === undefined) return input;
    const state = cell.step(parts.params.tree.memory!, input, tensor(memory.state, [memory.count, cell.stateSize]));
    memory.state.set(state.data);
    memory.fresh.fill(0);
    return cell.output(state);
  }

  /** The memory to act with; undefined if this policy has none. */
  function memoryFor({ memory }: Pick<ActOptions, "memory">, count: number): EpisodeMemory | undefined {
    if (memorySize === 0) return undefined;
    if (memory === undefined && count === 1) {
      ownMemory ??= new EpisodeMemory(1, memorySize);
      return ownMemory;
    }
    if (memory instanceof EpisodeMemory && memory.count === count && memory.size === memorySize) return memory;
    throw new TypeError(
      `memory must be what memory(${count}) of this policy gives, got ${memory === undefined ? "none" : memory instanceof EpisodeMemory ? `that of ${memory.count} episodes with ${memory.size} numbers each instead of ${memorySize}` : "something else"}`,
    );
  }

  function actBatch(observations: Float32Array, count: number, actions: ActionBatch, options: ActOptions = {}): void {
    requireLength("observations", observations, count * observationSize);
    requireLength("actions", actions, count * actionSize(actionSpace));
    const memory = memoryFor(options, count);
    fill(observations, count, memory);
    const { deterministic = true, random = own } = options;
    const stream = deterministic ? null : random;
    if (memory === undefined) actWith(network, parts.params.tree, input, actions, stream);
    else scope(() => actWith(network, parts.params.tree, read(memory), actions, stream));
    toEnvironment(actionSpace, actions, actions);
    if (memory === undefined || seenActions === 0) return;
    for (let row = 0; row < count; row++) rememberAction(memory, row, actionSpace, actions);
  }

  return {
    observationSpace,
    actionSpace,
    actBatch,
    act(observation, options) {
      flattenInto(observationSpace, observation, single, 0);
      actBatch(single, 1, action, options);
      return actionOf(actionSpace, action, 0);
    },
    explain(observation, options = {}) {
      flattenInto(observationSpace, observation, single, 0);
      const memory = memoryFor(options, 1)?.copy();
      fill(single, 1, memory);
      return explained(network, actionSpace.kind, parts.params.tree, () => read(memory));
    },
    save: () => writeActorFile(parts),
    ...(memorySize === 0
      ? {}
      : { memory: (count: number) => new EpisodeMemory(count, memorySize), reset: () => ownMemory?.reset() }),
  };
}

/** Probabilities of one discrete choice, or the normal distribution of real-valued actions; nothing for several choices at once. */
function explained(network: Actor, kind: Space["kind"], params: ActorParams, read: () => Tensor): Explanation {
  return scope(() => {
    const { logits, mean, logStd } = network.distribution(params, network.features(params, read())).parameters;
    // As plain numbers: what a scope made does not outlive it.
    if (mean !== undefined) return { gaussian: { mean: mean.values(), std: ops.exp(logStd).values() } };
    if (kind === "discrete") return { probabilities: ops.softmax(logits).values() };
    return {};
  }) as Explanation;
}

function requireFinite(observations: Float32Array, size: number): void {
  if (!observations.every(Number.isFinite)) throw notFinite(observations, size);
}

function notFinite(observations: Float32Array, size: number): RangeError {
  const at = observations.findIndex((value) => !Number.isFinite(value));
  const which = observations.length > size ? ` of observation ${Math.floor(at / size)}` : "";
  return new RangeError(
    `observations must hold finite numbers, got ${observations[at]} at element ${at % size}${which}`,
  );
}

function requireLength(name: string, array: ArrayLike<number>, length: number): void {
  if (array.length !== length) throw new RangeError(`${name} must hold ${length} numbers, got ${array.length}`);
}
