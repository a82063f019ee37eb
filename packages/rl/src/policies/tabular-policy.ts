import { Random } from "@advantage/engine";
import {
  type ActionBatch,
  type Discrete,
  describeSpace,
  flatSize,
  type MultiDiscrete,
  type Space,
  spaceFromJson,
} from "@advantage/envs";
import type { ActOptions, Policy } from "../core/policy.js";
import { sampleRow } from "../maths/exploration.js";
import { nameOf, type PolicyFile, writePolicyFile } from "./policy-file.js";

/** Observations that can be counted: they are the states of a table. */
export type TableSpace = Discrete | MultiDiscrete;

/** What a tabular policy is made of. */
export interface TabularPolicyParts {
  /** Id of the algorithm that found it. */
  readonly algorithm: string;
  /** Id of the environment it is for. */
  readonly environment: string;
  /** Discrete or MultiDiscrete. */
  readonly observationSpace: Space;
  /** Discrete. */
  readonly actionSpace: Space;
  /** π(a|s) at [s·A + a], states as `stateIndex` counts them; each row sums to 1. Copied.  [S × A] */
  readonly probabilities: ArrayLike<number>;
}

/** A policy that is a table of probabilities. Deterministic: the most probable action, the first of equals. */
export function tabularPolicy(parts: TabularPolicyParts): Policy {
  const { algorithm, environment } = parts;
  const observationSpace = requireTableSpace("observations", parts.observationSpace);
  const actionSpace = requireDiscrete("actions", parts.actionSpace);
  const states = stateCount(observationSpace);
  const numActions = actionSpace.n;
  const probabilities = Float64Array.from(parts.probabilities);
  requireDistributions(probabilities, states, numActions);
  const modes = Int32Array.from({ length: states }, (_, state) => mode(probabilities, state, numActions));
  const own = Random.fromSeed(0).fork("policy");

  function choose(state: number, { deterministic = true, random = own }: ActOptions): number {
    return deterministic ? modes[state] : sampleRow(random, probabilities, state * numActions, numActions);
  }

  return {
    observationSpace,
    actionSpace,
    act: (observation, options = {}) => actionSpace.start + choose(stateIndex(observationSpace, observation), options),
    actBatch(observations: Float32Array, count: number, actions: ActionBatch, options: ActOptions = {}) {
      const size = flatSize(observationSpace);
      requireLength("observations", observations, count * size);
      requireLength("actions", actions, count);
      for (let i = 0; i < count; i++)
        actions[i] = choose(flatStateIndex(observationSpace, observations, i * size), options);
    },
    explain(observation) {
      const start = stateIndex(observationSpace, observation) * numActions;
      return { probabilities: probabilities.slice(start, start + numActions) };
    },
    save: () =>
      writePolicyFile(
        {
          kind: "table",
          algorithm,
          environment,
          observationSpace: observationSpace.toJSON(),
          actionSpace: actionSpace.toJSON(),
        },
        { probabilities: { shape: [states, numActions], data: probabilities } },
      ),
  };
}

/** Rebuilds a tabular policy from its file. */
export function loadTabularPolicy({ description, tensors }: PolicyFile): Policy {
  const table = tensors.probabilities;
  if (table === undefined) throw new Error("it lacks the table 'probabilities'");
  const observationSpace = requireTableSpace("observations", spaceFromJson(description.observationSpace));
  const actionSpace = requireDiscrete("actions", spaceFromJson(description.actionSpace));
  const shape = [stateCount(observationSpace), actionSpace.n].join(", ");
  if (table.shape.join(", ") !== shape) {
    throw new Error(`the table 'probabilities' has shape [${table.shape.join(", ")}], expected [${shape}]`);
  }
  return tabularPolicy({
    algorithm: nameOf(description, "algorithm"),
    environment: nameOf(description, "environment"),
    observationSpace: observationSpace as Space,
    actionSpace: actionSpace as Space,
    probabilities: table.data,
  });
}

/** S: how many elements the space has. */
export function stateCount(space: TableSpace): number {
  if (space.kind === "discrete") return space.n;
  return space.nvec.reduce((product, n) => product * n, 1);
}

/**
 * The place of an observation in a table, in [0, S): Discrete from its start, MultiDiscrete as a number with mixed radices, the
 * last element fastest (row-major, NumPy's `ravel_multi_index`).
 *
 * @throws RangeError if it is no element of the space
 */
export function stateIndex(space: TableSpace, observation: unknown): number {
  if (space.kind === "discrete") {
    const index = (observation as number) - space.start;
    if (!(index >= 0 && index < space.n && Number.isInteger(index))) throw notAnElement(space, observation);
    return index;
  }
  const choices = observation as ArrayLike<number>;
  const { nvec } = space;
  if (choices?.length !== nvec.length) throw notAnElement(space, observation);
  let index = 0;
  for (let i = 0; i < nvec.length; i++) {
    const choice = choices[i];
    if (!(choice >= 0 && choice < nvec[i] && Number.isInteger(choice))) throw notAnElement(space, observation);
    index = index * nvec[i] + choice;
  }
  return index;
}

/** Index of the state of a flattened observation, one-hots side by side from `at`. */
function flatStateIndex(space: TableSpace, flat: Float32Array, at: number): number {
  if (space.kind === "discrete") return oneHotIndex(flat, at, space.n);
  let index = 0;
  for (const n of space.nvec) {
    index = index * n + oneHotIndex(flat, at, n);
    at += n;
  }
  return index;
}

function oneHotIndex(flat: Float32Array, at: number, n: number): number {
  for (let i = 0; i < n; i++) if (flat[at + i] === 1) return i;
  throw new RangeError(`a flattened discrete observation must hold a 1 among its ${n} numbers, found none at ${at}`);
}

function mode(probabilities: Float64Array, state: number, numActions: number): number {
  let best = 0;
  for (let action = 1; action < numActions; action++)
    if (probabilities[state * numActions + action] > probabilities[state * numActions + best]) best = action;
  return best;
}

function requireDistributions(probabilities: Float64Array, states: number, numActions: number): void {
  requireLength(`probabilities of ${states} states × ${numActions} actions`, probabilities, states * numActions);
  for (let state = 0; state < states; state++) {
    let sum = 0;
    for (let action = 0; action < numActions; action++) {
      const probability = probabilities[state * numActions + action];
      if (!(probability >= 0))
        throw new RangeError(
          `probabilities must be at least 0, got ${probability} for action ${action} in state ${state}`,
        );
      sum += probability;
    }
    if (!(Math.abs(sum - 1) <= 1e-6))
      throw new RangeError(`the probabilities of state ${state} must sum to 1, got ${sum}`);
  }
}

function requireTableSpace(what: string, space: Space): TableSpace {
  if (space.kind === "discrete" || space.kind === "multiDiscrete") return space;
  throw new TypeError(`${what} of a table must be discrete or multiDiscrete, got ${describeSpace(space)}`);
}

function requireDiscrete(what: string, space: Space): Discrete {
  if (space.kind === "discrete") return space;
  throw new TypeError(`${what} of a table must be discrete, got ${describeSpace(space)}`);
}

function requireLength(name: string, array: ArrayLike<number>, length: number): void {
  if (array.length !== length) throw new RangeError(`${name} must hold ${length} numbers, got ${array.length}`);
}

function notAnElement(space: TableSpace, observation: unknown): RangeError {
  return new RangeError(`observation must be an element of ${describeSpace(space)}, got ${show(observation)}`);
}

function show(value: unknown): string {
  return ArrayBuffer.isView(value) ? `[${(value as Int32Array).join(", ")}]` : String(value);
}
