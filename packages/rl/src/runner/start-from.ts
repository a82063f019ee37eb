import { printable, type TensorData } from "@advantage/engine";
import type { AnyAlgorithm, BaseConfig } from "../core/algorithm.js";
import { CheckpointError, ConfigError, RunError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import { capture, release, restore } from "../core/snapshot.js";
import type { RunningMomentsState } from "../data/running-moments.js";
import { TrainingEnv } from "../data/training-env.js";
import { nameOf, readPolicyFile } from "../policies/policy-file.js";
import type { Checkpoint } from "./checkpoint.js";

/** Trained parameters to start from: all of a checkpoint, or the actor of a policy, which holds no others. */
export type InitFrom = Checkpoint | Policy;

/** What parameters came from. */
export interface Origin {
  readonly algorithm: string;
  readonly environment: string;
  /** Absent for a policy, which does not say. */
  readonly step?: number;
}

/** Numbers by the dotted names of their tensors. */
type Named = Readonly<Record<string, TensorData>>;

interface Weights {
  readonly origin: Origin;
  /** By role. */
  readonly parts: Readonly<Record<string, Named>>;
  readonly activation?: unknown;
  /** Statistics of the observations it was trained on; null where it was given them as they are, absent where that is no question. */
  readonly moments?: RunningMomentsState | null;
}

/** What parameters to start from come from, for the record. */
export function originOf(from: InitFrom): Origin {
  return weightsOf(from).origin;
}

/**
 * Puts trained parameters in the place of a fresh state's. Each role that both have (actor, critic) is taken whole, with the statistics that observations
 * are normalised by; the others stay as they are, and optimisers begin anew.
 *
 * @throws UserError if there is nothing to take, or a role has other tensors there
 */
export function startFrom(
  state: unknown,
  { id, weights: places = {} }: Pick<AnyAlgorithm, "id" | "weights">,
  config: BaseConfig,
  from: InitFrom,
): void {
  const weights = weightsOf(from);
  const { algorithm, environment } = weights.origin;
  const source = `${printable(algorithm)} on ${printable(environment)}`;
  const both = Object.keys(places).filter((role) => Object.hasOwn(weights.parts, role));
  if (both.length === 0)
    throw new RunError(
      `${id} cannot start from what ${source} has learnt, ${listed(weights.parts)}: it learns ${listed(places)}`,
    );
  const { activation } = config as { readonly activation?: unknown };
  if (weights.activation !== undefined && activation !== undefined && weights.activation !== activation)
    throw new ConfigError([`activation must be ${weights.activation} to start from ${source}, got ${activation}`]);
  for (const role of both)
    put(state as Record<string, unknown>, places[role], weights.parts[role], `${role} of ${source}`);
  takeMoments((state as { readonly env?: unknown }).env, weights.moments, source);
}

function listed(roles: Readonly<Record<string, unknown>>): string {
  return Object.keys(roles).join(" and ") || "nothing of that kind";
}

/** Overwrites the numbers under a path of the state. */
function put(state: Record<string, unknown>, place: string, numbers: Named, what: string): void {
  const [root] = place.split(".");
  const part = { [root]: state[root] };
  const { json, tensors } = capture(part);
  const own = under(place, tensors);
  const differ = "; start with the networks that it was trained with";
  for (const [name, { length }] of Object.entries(own)) {
    const there = numbers[name]?.length;
    if (there === undefined) throw new RunError(`the ${what} has no '${name}'${differ}`);
    if (there !== length)
      throw new RunError(`the ${what} has ${there} numbers${name && ` in '${name}'`}, ${length} are needed${differ}`);
  }
  const extra = Object.keys(numbers).find((name) => !Object.hasOwn(own, name));
  if (extra !== undefined) throw new RunError(`the ${what} has '${extra}', which this run has not${differ}`);
  const taken = Object.entries(numbers).map(([name, data]) => [pathOf(place, name), data]);
  restore(part, { json, tensors: { ...tensors, ...Object.fromEntries(taken) } });
}

/** The tensors of a captured state under a path, by the rest of their names. */
function under(place: string, tensors: Named): Named {
  const names = Object.keys(tensors).filter((name) => `${name}.`.startsWith(`${pathOf(place, "")}.`));
  return Object.fromEntries(names.map((name) => [name.slice(pathOf(place, "").length + 1), tensors[name]]));
}

function pathOf(place: string, name: string): string {
  return name === "" ? `state.${place}` : `state.${place}.${name}`;
}

function takeMoments(env: unknown, moments: Weights["moments"], source: string): void {
  if (!(env instanceof TrainingEnv) || moments === undefined) return;
  const { normalisesObservations: here } = env;
  if (here !== (moments !== null))
    throw new ConfigError([
      `normaliseObservation must be ${!here} to start from ${source}, which was trained that way, got ${here}`,
    ]);
  if (moments !== null) env.takeObservationMoments(moments);
}

function weightsOf(from: InitFrom): Weights {
  return "header" in from ? weightsOfCheckpoint(from) : weightsOfPolicy(from);
}

function weightsOfCheckpoint({ header, tensors }: Checkpoint): Weights {
  const { algorithm, environment, step, weights: places = {}, config, state } = header;
  const parts = Object.entries(places).map(([role, place]) => [role, under(place, tensors)] as const);
  const { activation } = config as { readonly activation?: unknown };
  const { env } = state as { readonly env?: { readonly $snapshot?: { readonly moments?: unknown } } };
  const moments = env?.$snapshot?.moments;
  return {
    origin: { algorithm, environment, step },
    parts: Object.fromEntries(parts.filter(([, numbers]) => Object.keys(numbers).length > 0)),
    activation,
    moments: moments === undefined ? undefined : momentsOf(release({ json: moments, tensors })),
  };
}

/** @throws CheckpointError unless it is null or statistics */
function momentsOf(value: unknown): RunningMomentsState | null {
  const moments = value as Partial<RunningMomentsState> | null;
  const numbers = (list: unknown) => Array.isArray(list) && list.every(Number.isFinite);
  if (moments === null || (numbers(moments.mean) && numbers(moments.variance))) return moments as RunningMomentsState;
  throw new CheckpointError("checkpoint is damaged: its statistics of observations cannot be read");
}

function weightsOfPolicy(policy: Policy): Weights {
  const { description, tensors } = readPolicyFile(policy.save());
  const origin = { algorithm: nameOf(description, "algorithm"), environment: nameOf(description, "environment") };
  if (tensors["normaliser.mean"] !== undefined)
    throw new RunError(
      `the policy of ${printable(origin.algorithm)} on ${printable(origin.environment)} normalises its observations, and does not say by how many: start from its run, whose checkpoint does`,
    );
  const actor = Object.entries(tensors).flatMap(([name, { data }]) =>
    name.startsWith("actor.") ? [[name.slice("actor.".length), data] as const] : [],
  );
  return {
    origin,
    parts: actor.length > 0 ? { actor: Object.fromEntries(actor) } : {},
    activation: description.activation,
    moments: null,
  };
}
