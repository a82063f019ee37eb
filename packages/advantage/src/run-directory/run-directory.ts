import fs from "node:fs";
import path from "node:path";
import {
  type BaseConfig,
  type Checkpoint,
  type Figure,
  type MetricsEvent,
  type Summary,
  UserError,
} from "@advantage/rl";
import { createAtomically } from "./atomic-file.js";
import { readCheckpoint } from "./checkpoint-files.js";
import { asUserError } from "./file-errors.js";

/** The version of the run directory's layout. */
export const RUN_SCHEMA_VERSION = 1;

/** `config.json`: what was run, with what. */
export interface RunRecord {
  readonly schemaVersion: number;
  readonly algorithm: string;
  readonly environment: string;
  /** The user's own environment: its module, relative to the run directory. */
  readonly environmentModule?: string;
  readonly preset?: { readonly name: string; readonly source: string };
  readonly config: BaseConfig;
  /** The numbers of versions that wrote it. */
  readonly versions: { readonly advantage: string; readonly node: string };
  /** The command that does it again. */
  readonly command: string;
  /** ISO 8601. */
  readonly started: string;
}

/** A run on disk. */
export interface RunDirectory {
  readonly path: string;
  readonly record: RunRecord;
  readonly files: RunFiles;
  /** The events logged so far; a last line that was cut off is left out. */
  metrics(): MetricsEvent[];
  checkpoint(): Checkpoint | undefined;
  /** The bytes of the policy; `undefined` before the first checkpoint. */
  policy(): Uint8Array | undefined;
  /** What was learnt, as pictures; none before the run has ended or was stopped. */
  figures(): Figure[];
  /** `undefined` until the run has ended. */
  summary(): Summary | undefined;
}

export type RunFiles = ReturnType<typeof runFiles>;

/** Where things are in a run directory. */
export function runFiles(directory: string) {
  return {
    config: path.join(directory, "config.json"),
    metrics: path.join(directory, "metrics.jsonl"),
    csv: path.join(directory, "metrics.csv"),
    tensorboard: path.join(directory, "tensorboard"),
    checkpoint: path.join(directory, "checkpoint"),
    policy: path.join(directory, "policy", "policy.safetensors"),
    report: path.join(directory, "report.html"),
    figures: path.join(directory, "figures.json"),
    summary: path.join(directory, "summary.json"),
  };
}

/** `2026-11-21T09-30-00-ppo-CartPole-v1-s1`, in local time. */
export function runName(algorithm: string, environment: string, seed: number, time = new Date()): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return `${local.replaceAll(":", "-")}-${algorithm}-${environment.replace(/[^A-Za-z0-9._-]+/g, "-")}-s${seed}`;
}

/**
 * Makes a directory for a run and writes its record.
 *
 * @param directory where; without it, `<runs>/<runName>`, numbered if there is one
 * @throws UserError if it already holds a run, or cannot be written
 */
export function createRunDirectory(
  record: (directory: string) => RunRecord,
  where: { readonly directory?: string; readonly runs: string; readonly name: string },
): RunDirectory {
  for (let attempt = 1; ; attempt++) {
    const directory = where.directory ?? path.join(where.runs, attempt === 1 ? where.name : `${where.name}-${attempt}`);
    try {
      fs.mkdirSync(directory, { recursive: true });
    } catch (error) {
      const isFile = (error as NodeJS.ErrnoException).code === "EEXIST";
      throw isFile
        ? new UserError(`cannot write ${directory}: it is a file`)
        : asUserError(error, `cannot write ${directory}`);
    }
    const taken = Object.values(runFiles(directory)).some((file) => fs.existsSync(file));
    if (!taken && createAtomically(runFiles(directory).config, toJson(record(directory)))) return openRun(directory);
    if (where.directory) {
      throw new UserError(
        `${directory} already holds a run; use --run-dir with a new name or \`advantage resume ${directory}\``,
      );
    }
  }
}

/** @throws UserError if there is no run, or its record is damaged or of another version */
export function openRun(directory: string): RunDirectory {
  const files = runFiles(directory);
  const text = readText(files.config);
  if (text === undefined) throw new UserError(`${directory} holds no run: ${files.config} is missing`);
  const record = parseWhole<RunRecord>(text, files.config);
  if (record?.schemaVersion !== RUN_SCHEMA_VERSION) {
    throw new UserError(
      `${files.config} has schema version ${record?.schemaVersion}, this version of advantage reads ${RUN_SCHEMA_VERSION}`,
    );
  }
  if (
    typeof record.algorithm !== "string" ||
    typeof record.environment !== "string" ||
    typeof record.config !== "object"
  ) {
    throw new UserError(`${files.config} is damaged: parts of it are missing`);
  }
  return {
    path: directory,
    record,
    files,
    metrics: () => readMetrics(files.metrics),
    checkpoint: () => readCheckpoint(files.checkpoint),
    policy: () => read(files.policy),
    figures() {
      const figures = readText(files.figures);
      return figures === undefined ? [] : parseWhole<Figure[]>(figures, files.figures);
    },
    summary() {
      const summary = readText(files.summary);
      return summary === undefined ? undefined : parseWhole<Summary>(summary, files.summary);
    },
  };
}

/** For files that people open. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function readMetrics(file: string): MetricsEvent[] {
  const text = readText(file) ?? "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => parseWhole<MetricsEvent>(line, file));
}

function parseWhole<T>(text: string, file: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new UserError(`${file} is damaged: it is not whole JSON`);
  }
}

function readText(file: string): string | undefined {
  const bytes = read(file);
  return bytes && new TextDecoder().decode(bytes);
}

function read(file: string): Uint8Array | undefined {
  try {
    return new Uint8Array(fs.readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw asUserError(error, `cannot read ${file}`);
  }
}
