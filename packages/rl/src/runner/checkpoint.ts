import { printable, shown } from "@advantage/engine";
import type { EnvironmentOptions } from "@advantage/envs";
import type { BaseConfig } from "../core/algorithm.js";
import { CheckpointError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import type { NumberArray } from "../core/snapshot.js";
import type { Task } from "../core/task.js";
import { optionsText, sameOptions } from "./setting-text.js";

/** The version of the checkpoint's layout. A change that old readers misunderstand raises it. */
export const CHECKPOINT_SCHEMA_VERSION = 2;

/** Those that are read: version 1 kept no blocks apart, and a replay as whole columns. */
const READ_VERSIONS: readonly number[] = [1, CHECKPOINT_SCHEMA_VERSION];

/** Everything that resuming needs. */
export interface Checkpoint {
  readonly header: CheckpointHeader;
  /** The typed arrays of the training state, by their path in it. Blocks among them (see `isBlock`) are shared with it. */
  readonly tensors: Readonly<Record<string, NumberArray>>;
}

/** The part of a checkpoint that is JSON. */
export interface CheckpointHeader {
  readonly schemaVersion: number;
  readonly algorithm: string;
  readonly environment: string;
  /** The options that it was made with where they differ from the defaults. */
  readonly environmentOptions?: EnvironmentOptions;
  readonly config: BaseConfig;
  /** Environment steps done. */
  readonly step: number;
  /** Metrics events emitted. */
  readonly events: number;
  /** Seconds of training. */
  readonly seconds: number;
  readonly episodes: EpisodeCount;
  /** Where in the state the parameters lie that another run may start from; see `Algorithm.weights`. */
  readonly weights?: Readonly<Record<string, string>>;
  /** The training state without its typed arrays; see `capture`. */
  readonly state: unknown;
}

/** The training episodes so far: how many ended, and the latest ones. */
export interface EpisodeCount {
  readonly count: number;
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
}

/** Where checkpoints go. The last one saved replaces those before. */
export interface CheckpointStore {
  /**
   * Saves a checkpoint. Where it holds blocks, training goes on until the promise is kept: `policy` is to be called before the first wait.
   *
   * @param policy how the state acts, to be kept beside it
   */
  save(checkpoint: Checkpoint, policy: () => Policy): void | Promise<void>;
}

/**
 * The header of a checkpoint, from its JSON.
 *
 * @throws CheckpointError if it is of another version or not a checkpoint
 */
export function readCheckpointHeader(json: unknown): CheckpointHeader {
  const header = json as Partial<CheckpointHeader> | null;
  const version = header?.schemaVersion;
  if (typeof version !== "number") throw new CheckpointError("checkpoint is damaged: it names no schemaVersion");
  if (!READ_VERSIONS.includes(version)) {
    throw new CheckpointError(
      `checkpoint has schema version ${shown(version)}, this version of advantage reads ${READ_VERSIONS.join(" and ")}: resume it with the version that wrote it`,
    );
  }
  const { episodes } = header as Partial<CheckpointHeader>;
  const wrong = Object.entries({
    algorithm: isAlgorithmId(header?.algorithm),
    environment: isEnvironmentId(header?.environment),
    environmentOptions: header?.environmentOptions === undefined || isRecord(header.environmentOptions),
    config: isRecord(header?.config),
    step: isCount(header?.step),
    events: isCount(header?.events),
    seconds: Number.isFinite(header?.seconds) && Number(header?.seconds) >= 0,
    episodes: isCount(episodes?.count) && areNumbers(episodes?.returns) && areNumbers(episodes?.lengths),
    weights: header?.weights === undefined || areTexts(header.weights),
    state: isRecord(header?.state),
  }).flatMap(([name, right]) => (right ? [] : [name]));
  if (wrong.length > 0) {
    throw new CheckpointError(`checkpoint is damaged: its ${wrong.join(", ")} cannot be read`);
  }
  return header as CheckpointHeader;
}

/** Whether a text can be the id of an algorithm: it becomes part of a folder's name. */
export function isAlgorithmId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value);
}

/** Whether a text can be the id of an environment: people give it, so that only what no terminal should see is ruled out. */
export function isEnvironmentId(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value !== "" &&
    value.length <= 200 &&
    printable(value) === value &&
    !value.includes("\n")
  );
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value as object).every((each) => typeof each === "string");
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every(Number.isFinite);
}

/** @throws CheckpointError unless the checkpoint is one of this algorithm on this environment, made with the same options */
export function requireCheckpointOf(
  header: CheckpointHeader,
  algorithm: string,
  { id: environment, env }: Pick<Task, "id" | "env">,
): void {
  if (header.algorithm !== algorithm)
    throw new CheckpointError(`checkpoint is of algorithm '${header.algorithm}', not of '${algorithm}'`);
  if (header.environment !== environment)
    throw new CheckpointError(`checkpoint is of environment '${header.environment}', not of '${environment}'`);
  if (!sameOptions(header.environmentOptions, env?.options)) {
    const [saved, given] = [header.environmentOptions, env?.options].map(
      (each) => optionsText(each) || "its default options",
    );
    throw new CheckpointError(
      `checkpoint is of ${environment} with ${saved}, not with ${given}: make the environment as it was made then`,
    );
  }
}
