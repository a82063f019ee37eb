import { leavesOf, nn, Params, scope, shown, type TensorData } from "@advantage/engine";
import { flatSize, type Space, spaceFromJson } from "@advantage/envs";
import type { FrozenNormaliser } from "../maths/normaliser.js";
import { type ActorParams, type ActorSpec, actor, type StdSource, stdSources } from "../networks/actor.js";
import { inputSizeOf, type MemorySpec } from "../networks/memory.js";
import { nameOf, type PolicyFile, requireNumbers, storedTree, writePolicyFile } from "./policy-file.js";

/** What an actor policy is made of. */
export interface ActorPolicyParts {
  /** Id of the algorithm that trained it. */
  readonly algorithm: string;
  /** Id of the environment it was trained on. */
  readonly environment: string;
  readonly observationSpace: Space;
  readonly spec: ActorSpec;
  /** Used as they are, not copied: a policy of a run that goes on is given a copy. */
  readonly params: Params<ActorParams>;
  readonly normaliser: FrozenNormaliser | null;
}

const kind = "actor";

/** The bytes of an actor policy's file. */
export function writeActorFile({
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

/**
 * What an actor policy is made of, from its file.
 *
 * @throws Error with what is wrong, if the file is of no actor
 */
export function readActorFile({ description, tensors }: PolicyFile): ActorPolicyParts {
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
  const params = scope(() => Params.pack(storedTree(actor(spec).shapes(), tensors, "actor") as ActorParams));
  return {
    algorithm: nameOf(description, "algorithm"),
    environment: nameOf(description, "environment"),
    observationSpace,
    spec,
    params,
    normaliser: normaliserOf({ description, tensors }, inputSizeOf(observationSize, memory)),
  };
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
