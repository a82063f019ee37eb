import {
  hold,
  leavesOf,
  nn,
  ops,
  Params,
  Random,
  scope,
  shown,
  type Tensor,
  type TensorData,
  tensor,
} from "@advantage/engine";
import {
  type ActionBatch,
  actionOf,
  actionSize,
  allocateActions,
  flatSize,
  flattenInto,
  type Space,
  spaceFromJson,
  toEnvironment,
} from "@advantage/envs";
import type { ActOptions, Explanation, Policy } from "../core/policy.js";
import { type FrozenNormaliser, standardise } from "../maths/normaliser.js";
import {
  type Actor,
  type ActorParams,
  type ActorSpec,
  actor,
  actWith,
  type StdSource,
  stdSources,
} from "../networks/actor-critic.js";
import { gates } from "../networks/cell.js";
import {
  addToHistory,
  copyHistories,
  EpisodeMemory,
  inputSizeOf,
  type MemorySpec,
  memorySizeOf,
  rememberAction,
} from "../networks/memory.js";
import { nameOf, type PolicyFile, writePolicyFile } from "./policy-file.js";

/** What an actor policy is made of. */
export interface ActorPolicyParts {
  /** Id of the algorithm that trained it. */
  readonly algorithm: string;
  /** Id of the environment it was trained on. */
  readonly environment: string;
  readonly observationSpace: Space;
  readonly spec: ActorSpec;
  readonly params: Params<ActorParams>;
  readonly normaliser: FrozenNormaliser | null;
}

/** A policy that is one actor network, with the observation statistics it was trained with. */
export function actorPolicy(parts: ActorPolicyParts): Policy {
  const { observationSpace, spec, normaliser } = parts;
  const { observationSize, actionSpace } = spec;
  const network = actor(spec);
  const own = Random.fromSeed(0).fork("policy");
  const single = new Float32Array(observationSize);
  const action = allocateActions(actionSpace, 1);
  const memorySize = memorySizeOf(spec, network);
  /** Numbers of an action in a history. */
  const seenActions = spec.memory?.kind === "history" ? (spec.memory.actionSize ?? 0) : 0;
  let ownMemory: EpisodeMemory | undefined;
  let input = hold([1, network.observationSize]);

  /** Puts observations into the network's input, or the histories that end with them. */
  function fill(observations: Float32Array, count: number, memory: EpisodeMemory | undefined): void {
    if (input.shape[0] !== count) input = hold([count, network.observationSize]);
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
    save: () => saveActorPolicy(parts),
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

const kind = "actor";

function saveActorPolicy({
  algorithm,
  environment,
  observationSpace,
  spec,
  params,
  normaliser,
}: ActorPolicyParts): Uint8Array {
  const tensors: Record<string, { shape: readonly number[]; data: TensorData }> = {};
  for (const { name, tensor } of leavesOf(params.tree))
    tensors[`actor.${name}`] = { shape: tensor.shape, data: tensor.values() };
  if (normaliser !== null) {
    const shape = [normaliser.mean.length];
    tensors["normaliser.mean"] = { shape, data: normaliser.mean };
    tensors["normaliser.variance"] = { shape, data: normaliser.variance };
  }
  const { actionSpace, ...structure } = spec;
  const description = {
    kind,
    algorithm,
    environment,
    observationSpace: observationSpace.toJSON(),
    actionSpace: actionSpace.toJSON(),
    ...structure,
    normaliserClip: normaliser?.clip ?? null,
  };
  return writePolicyFile(description, tensors);
}

/** Rebuilds an actor policy from its file. */
export function loadActorPolicy({ description, tensors }: PolicyFile): Policy {
  const observationSpace = spaceFromJson(description.observationSpace);
  const actionSpace = spaceFromJson(description.actionSpace);
  const observationSize = flatSize(observationSpace);
  const memory = memoryOf(description, actionSpace);
  const spec: ActorSpec = {
    observationSize,
    ...(memory === undefined ? {} : { memory }),
    actionSpace,
    hiddenSizes: hiddenSizesOf(description),
    activation: activationOf(description),
    ...stdOf(description),
    stateDependentExploration: description.stateDependentExploration === true,
  };
  const params = paramsOf(spec, tensors);
  return actorPolicy({
    algorithm: nameOf(description, "algorithm"),
    environment: nameOf(description, "environment"),
    observationSpace,
    spec,
    params,
    normaliser: normaliserOf({ description, tensors }, inputSizeOf(observationSize, memory)),
  });
}

/** Every tensor is checked before memory is taken for any: what the description asks for may be far larger than the file. */
function paramsOf(spec: ActorSpec, tensors: PolicyFile["tensors"]): Params<ActorParams> {
  const expected = actorShapes(spec);
  const values: Record<string, Float32Array> = {};
  for (const name in expected) {
    const [stored, shape] = [tensors[`actor.${name}`], expected[name].join(", ")];
    if (stored === undefined) throw new Error(`the parameters miss '${name}' [${shape}]`);
    if (stored.shape.join(", ") !== shape) {
      throw new Error(`parameter '${name}' has shape [${stored.shape.join(", ")}], expected [${shape}]`);
    }
    values[name] = Float32Array.from(stored.data);
    requireNumbers(`parameter '${name}'`, values[name]);
  }
  const stored = Object.keys(tensors).filter((name) => name.startsWith("actor."));
  const extra = stored.map((name) => name.slice("actor.".length)).find((name) => !Object.hasOwn(expected, name));
  if (extra !== undefined) throw new Error(`the parameters have no '${extra}'; is this another network?`);

  const read = (name: string) => tensor(values[name], expected[name]);
  const layer = (name: string) => ({ weight: read(`${name}.weight`), bias: read(`${name}.bias`) });
  const cell = () => ({
    memory: {
      inputWeight: read("memory.inputWeight"),
      hiddenWeight: read("memory.hiddenWeight"),
      inputBias: read("memory.inputBias"),
      hiddenBias: read("memory.hiddenBias"),
    },
  });
  return scope(() => {
    const layers = {
      ...(expected["memory.inputWeight"] === undefined ? {} : cell()),
      hidden: spec.hiddenSizes.map((_, i) => layer(`hidden.${i}`)),
      output: layer("output"),
    };
    return Params.pack<ActorParams>(expected.logStd !== undefined ? { ...layers, logStd: read("logStd") } : layers);
  });
}

/** The shapes of an actor's parameters by dotted name, in the order in which `actor(spec).init` has them. */
export function actorShapes(spec: ActorSpec): Record<string, readonly number[]> {
  const { observationSize, memory, hiddenSizes, actionSpace, std, stateDependentExploration } = spec;
  const shapes: Record<string, readonly number[]> = {};
  let features = inputSizeOf(observationSize, memory);
  if (memory !== undefined && memory.kind !== "history") {
    const width = gates[memory.kind] * memory.size;
    shapes["memory.inputWeight"] = [features, width];
    shapes["memory.hiddenWeight"] = [memory.size, width];
    shapes["memory.inputBias"] = [width];
    shapes["memory.hiddenBias"] = [width];
    features = memory.size;
  }
  const layer = (name: string, size: number) => {
    shapes[`${name}.weight`] = [features, size];
    shapes[`${name}.bias`] = [size];
  };
  for (const [i, size] of hiddenSizes.entries()) {
    layer(`hidden.${i}`, size);
    features = size;
  }
  const outputs = flatSize(actionSpace); // a logit for every one-hot element, or a mean for every real one
  if (actionSpace.kind === "box" && std === "state") {
    layer("output", 2 * outputs);
    return shapes;
  }
  layer("output", outputs);
  if (actionSpace.kind === "box") shapes.logStd = stateDependentExploration ? [features, outputs] : [outputs];
  return shapes;
}

function requireNumbers(name: string, values: ArrayLike<number>, least = Number.NEGATIVE_INFINITY): void {
  for (let i = 0; i < values.length; i++) {
    if (!(Number.isFinite(values[i]) && values[i] >= least)) {
      const rule = least === 0 ? "finite numbers of at least 0" : "finite numbers";
      throw new Error(`${name} must hold ${rule}, got ${values[i]} at element ${i}`);
    }
  }
}

function hiddenSizesOf({ hiddenSizes }: PolicyFile["description"]): readonly number[] {
  const valid =
    Array.isArray(hiddenSizes) &&
    hiddenSizes.length <= 100 &&
    hiddenSizes.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!valid) throw new Error(`hiddenSizes must be a list of whole numbers above 0, got ${shown(hiddenSizes)}`);
  return hiddenSizes;
}

/** `undefined` for policies that remember nothing, and so for all files from before there were others. */
function memoryOf({ memory }: PolicyFile["description"], actionSpace: Space): MemorySpec | undefined {
  if (memory === undefined) return undefined;
  const about = (memory ?? {}) as Partial<Record<"kind" | "length" | "size" | "actionSize", unknown>>;
  const { kind, length, size, actionSize } = about;
  const positive = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  if (kind === "history" && positive(length)) {
    if (actionSize === undefined) return { kind, length };
    if (actionSize === flatSize(actionSpace)) return { kind, length, actionSize };
    throw new Error(
      `the actions of a history must have the ${flatSize(actionSpace)} numbers of the action space, got ${shown(actionSize)}`,
    );
  }
  if ((kind === "gru" || kind === "lstm") && positive(size)) return { kind, size };
  throw new Error(
    `memory must be a history of a length or a gru or lstm of a size, whole numbers above 0, got ${shown(memory)}`,
  );
}

/** Nothing for a σ that is a parameter, and so for all files from before there were others. */
function stdOf({ std }: PolicyFile["description"]): { std?: StdSource } {
  if (std === undefined) return {};
  const known = stdSources.find((name) => name === std);
  if (known === undefined) throw new Error(`std must be one of ${stdSources.join(", ")}, got ${shown(std)}`);
  return { std: known };
}

function activationOf({ activation }: PolicyFile["description"]): nn.ActivationName {
  const known = nn.activations.find((name) => name === activation);
  if (known === undefined) {
    throw new Error(`activation must be one of ${nn.activations.join(", ")}, got ${shown(activation)}`);
  }
  return known;
}

function normaliserOf({ description, tensors }: PolicyFile, size: number): FrozenNormaliser | null {
  const { normaliserClip: clip } = description;
  if (clip === null) return null;
  if (typeof clip !== "number" || !(clip > 0)) {
    throw new Error(`normaliserClip must be a number above 0, or null, got ${shown(clip)}`);
  }
  const [mean, variance] = [tensors["normaliser.mean"], tensors["normaliser.variance"]];
  const fits = (stored: PolicyFile["tensors"][string] | undefined) => stored?.shape.join(", ") === String(size);
  if (!fits(mean) || !fits(variance)) {
    const [own, other] = [mean, variance].map((stored) =>
      stored === undefined ? "none" : `[${stored.shape.join(", ")}]`,
    );
    throw new Error(`the observation statistics must have shape [${size}], got ${own} and ${other}`);
  }
  requireNumbers("the observations' mean", mean.data);
  requireNumbers("the observations' variance", variance.data, 0);
  return { mean: Float64Array.from(mean.data), variance: Float64Array.from(variance.data), clip };
}
