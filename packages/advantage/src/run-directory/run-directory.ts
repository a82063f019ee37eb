import fs from "node:fs";
import path from "node:path";
import { parseForeignJson, printable, shown } from "@advantage/engine";
import {
  type BaseConfig,
  type Checkpoint,
  EventHistory,
  type Figure,
  isAlgorithmId,
  isEnvironmentId,
  type Look,
  type MetricsEvent,
  metricsEventOf,
  type Origin,
  type Summary,
  UserError,
} from "@advantage/rl";
import { createAtomically, writeAtomically } from "../files/atomic-file.js";
import { asUserError } from "../files/file-errors.js";
import { linesOf } from "../files/lines-of.js";
import { lockRun } from "../files/lock.js";
import { makeFolder } from "../files/make-folder.js";
import { shellWord } from "../files/shell-word.js";
import { hasCheckpointFile, readCheckpoint } from "./checkpoint-files.js";
import type { EnvironmentRecord } from "./environment-record.js";
import { readLooks } from "./look-files.js";

/** The version of the run directory's layout. */
export const RUN_SCHEMA_VERSION = 1;

/** `config.json`: what was run, with what. */
export interface RunRecord extends EnvironmentRecord {
  readonly schemaVersion: number;
  readonly algorithm: string;
  /** The user's own algorithm: its module, relative to the real path of the directory. */
  readonly algorithmModule?: string;
  /** SHA-256 of the module and of the files that it imports by relative paths, as hexadecimal digits. */
  readonly algorithmHash?: string;
  readonly preset?: { readonly name: string; readonly source: string };
  readonly config: BaseConfig;
  /** What its parameters started from, if not from fresh ones; the command names the file. */
  readonly initFrom?: Origin;
  /** Steps from one look at the policy to the next while it trains, if there are any. */
  readonly evaluationEvery?: number;
  /** How many of the last checkpoints are kept by their step, if any are. */
  readonly keepCheckpoints?: number;
  /** The total steps that it was given before, first to last, if it was extended. */
  readonly extended?: readonly number[];
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
  /** The same, of a long run thinned as `RunResult.history` is: for charts. */
  thinnedMetrics(): MetricsEvent[];
  /** The same, one by one. */
  events(): Generator<MetricsEvent, void>;
  checkpoint(): Checkpoint | undefined;
  /** The bytes of the policy; `undefined` before the first checkpoint. */
  policy(): Uint8Array | undefined;
  /** The bytes of the best policy of the looks; `undefined` without any. */
  bestPolicy(): Uint8Array | undefined;
  /** The looks at the policy while it trained; a last line that was cut off is left out. */
  looks(): Look[];
  /** The bytes of the policies that it learns from, in their order. */
  teachers(): Uint8Array[];
  /** What was learnt, as pictures; none before the run has ended or was stopped. */
  figures(): Figure[];
  /** `undefined` until the run has ended. */
  summary(): Summary | undefined;
}

/** Paths of the files of a run directory. */
export type RunFiles = ReturnType<typeof runFiles>;

/** Where things are in a run directory. */
export function runFiles(directory: string) {
  return {
    config: path.join(directory, "config.json"),
    metrics: path.join(directory, "metrics.jsonl"),
    csv: path.join(directory, "metrics.csv"),
    episodes: path.join(directory, "episodes.csv"),
    tensorboard: path.join(directory, "tensorboard"),
    checkpoint: path.join(directory, "checkpoint"),
    keptCheckpoints: path.join(directory, "checkpoints"),
    policy: path.join(directory, "policy", "policy.safetensors"),
    evaluations: path.join(directory, "evaluations.jsonl"),
    bestPolicy: path.join(directory, "best-policy", "policy.safetensors"),
    report: path.join(directory, "report.html"),
    figures: path.join(directory, "figures.json"),
    summary: path.join(directory, "summary.json"),
    teachers: path.join(directory, "teachers"),
  };
}

/** `2026-11-21T09-30-00-ppo-CartPole-v1-s1`, in local time. */
export function runName(algorithm: string, environment: string, seed: number, time = new Date()): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  return `${local.replaceAll(":", "-")}-${algorithm}-${environment.replace(/[^A-Za-z0-9._-]+/g, "-")}-s${seed}`;
}

/**
 * Makes a directory for a run, locks it and writes the record. One whose run never trained is taken over.
 *
 * @param directory where; without it, `<runs>/<runName>`, numbered if there is one
 * @returns the run, and what releases its lock
 * @throws UserError if it already holds a run, or cannot be written
 */
export function createRunDirectory(
  record: (directory: string) => RunRecord,
  where: { readonly directory?: string; readonly runs: string; readonly name: string },
): { directory: RunDirectory; release: () => void } {
  if (where.directory !== undefined) return lockedRun(where.directory, record);
  for (let attempt = 1; ; attempt++) {
    const directory = path.join(where.runs, attempt === 1 ? where.name : `${where.name}-${attempt}`);
    makeFolder(directory);
    if (holdsRunFiles(directory) || !createAtomically(runFiles(directory).config, toJson(record(directory)))) continue;
    return { directory: openRun(directory), release: lockRun(directory) };
  }
}

function lockedRun(directory: string, record: (directory: string) => RunRecord) {
  makeFolder(directory);
  const release = lockRun(directory);
  try {
    if (holdsRunFiles(directory) && !neverTrained(directory)) {
      const stuck = fs.existsSync(runFiles(directory).config) && !hasCheckpoint(directory);
      throw new UserError(
        stuck
          ? `${directory} already holds a run, which has no checkpoint to resume from; use --run-dir with a new name or remove it`
          : `${directory} already holds a run; use --run-dir with a new name or \`advantage resume ${shellWord(directory)}\``,
      );
    }
    const { config, metrics, csv, episodes, evaluations } = runFiles(directory);
    for (const file of [metrics, csv, episodes, evaluations]) fs.rmSync(file, { force: true });
    writeAtomically(config, toJson(record(directory)));
    return { directory: openRun(directory), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Whether a run has a checkpoint to go on from: the folder alone is what a kill leaves that came before the first one was whole. */
export function hasCheckpoint(directory: string): boolean {
  return hasCheckpointFile(runFiles(directory).checkpoint);
}

function holdsRunFiles(directory: string): boolean {
  return Object.values(runFiles(directory)).some((file) => fs.existsSync(file));
}

/**
 * Makes a run that can only be started again, since it has no checkpoint, one that never trained. What it has logged comes again: the
 * same settings give the same numbers.
 */
export function forgetTraining(directory: string): void {
  const { metrics, csv, episodes, tensorboard, checkpoint, keptCheckpoints, policy, report, figures } =
    runFiles(directory);
  for (const file of [metrics, csv, episodes, tensorboard, checkpoint, keptCheckpoints, policy, report, figures])
    fs.rmSync(file, { force: true, recursive: true });
}

/** Whether a directory holds the record of a run and nothing that came of it: what failed or was killed before it trained leaves that. */
export function neverTrained(directory: string): boolean {
  const { policy, summary, report, metrics } = runFiles(directory);
  if (hasCheckpoint(directory)) return false;
  if ([policy, summary, report].some((file) => fs.existsSync(file))) return false;
  if (fs.existsSync(metrics) && fs.statSync(metrics).size > 0) return false;
  try {
    openRun(directory);
    return true;
  } catch {
    return false; // someone else's config.json
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
      `${files.config} has schema version ${shown(record?.schemaVersion)}, this version of advantage reads ${RUN_SCHEMA_VERSION}`,
    );
  }
  const wrong = wrongParts(record);
  if (wrong.length > 0) {
    throw new UserError(`${files.config} is damaged: its ${wrong.join(", ")} cannot be read`);
  }
  return {
    path: directory,
    record,
    files,
    metrics: () => [...eventsOf(files.metrics)],
    thinnedMetrics: () => thinned(eventsOf(files.metrics)),
    events: () => eventsOf(files.metrics),
    checkpoint: () => readCheckpoint(files.checkpoint),
    policy: () => read(files.policy),
    bestPolicy: () => read(files.bestPolicy),
    looks: () => readLooks(files.evaluations),
    teachers: () => teacherFiles(files.teachers).flatMap((file) => read(file) ?? []),
    figures() {
      const figures = readText(files.figures);
      return figures === undefined ? [] : figuresOf(parseWhole<unknown>(figures, files.figures), files.figures);
    },
    summary() {
      const summary = readText(files.summary);
      return summary === undefined
        ? undefined
        : summaryOf(parseWhole<Partial<Summary> | null>(summary, files.summary), files.summary);
    },
  };
}

/** Keeps the policies that a run learns from with it: resuming needs them as they are now. */
export function writeTeachers({ teachers: folder }: RunFiles, teachers: readonly Uint8Array[]): void {
  fs.rmSync(folder, { force: true, recursive: true });
  if (teachers.length === 0) return;
  makeFolder(folder);
  teachers.forEach((bytes, i) => {
    writeAtomically(path.join(folder, `${i + 1}.safetensors`), bytes);
  });
}

/** Their files, which are numbered from 1. */
function teacherFiles(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const count = fs.readdirSync(folder).filter((name) => /^[1-9]\d*\.safetensors$/.test(name)).length;
  return Array.from({ length: count }, (_, i) => path.join(folder, `${i + 1}.safetensors`));
}

/** The parts of a record that are missing, or not what they have to be. */
function wrongParts(record: Partial<RunRecord>): string[] {
  const isText = (value: unknown) => typeof value === "string" && printable(value) === value;
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isOrigin = (value: Partial<Origin> | null) =>
    isAlgorithmId(value?.algorithm) &&
    isEnvironmentId(value?.environment) &&
    (value?.step === undefined || Number.isSafeInteger(value.step));
  const { environmentModule, preset, config, extended, versions } = record;
  return Object.entries({
    algorithm: isAlgorithmId(record.algorithm),
    algorithmModule: record.algorithmModule === undefined || isText(record.algorithmModule),
    algorithmHash: record.algorithmHash === undefined || isText(record.algorithmHash),
    environment: isEnvironmentId(record.environment),
    environmentModule: environmentModule === undefined || isText(environmentModule),
    environmentOptions: record.environmentOptions === undefined || isObject(record.environmentOptions),
    environmentHash: record.environmentHash === undefined || isText(record.environmentHash),
    preset: preset === undefined || (isText(preset?.name) && isText(preset?.source)),
    initFrom: record.initFrom === undefined || isOrigin(record.initFrom),
    keepCheckpoints: record.keepCheckpoints === undefined || Number.isSafeInteger(record.keepCheckpoints),
    evaluationEvery: record.evaluationEvery === undefined || Number.isSafeInteger(record.evaluationEvery),
    config: Number.isSafeInteger(config?.totalSteps) && Number.isSafeInteger(config?.seed),
    extended: extended === undefined || (Array.isArray(extended) && extended.every(Number.isSafeInteger)),
    versions: isText(versions?.advantage) && isText(versions?.node),
    command: isText(record.command),
    started: isText(record.started),
  }).flatMap(([name, right]) => (right ? [] : [name]));
}

/** @throws UserError if what a file holds is no list of figures */
function figuresOf(figures: unknown, file: string): Figure[] {
  const isFigure = (each: Partial<Figure> | null) =>
    [each?.kind, each?.title, each?.caption].every((text) => typeof text === "string");
  if (Array.isArray(figures) && figures.every(isFigure)) return figures;
  throw new UserError(`${file} is damaged: it holds no list of figures`);
}

/** @throws UserError if what a file holds is no summary */
function summaryOf(summary: Partial<Summary> | null, file: string): Summary {
  const isPlayed = (each: Summary["evaluation"] | null) =>
    each === undefined || (Number.isSafeInteger(each?.episodes) && Number.isFinite(each?.mean));
  const wrong = Object.entries({
    algorithm: isAlgorithmId(summary?.algorithm),
    environment: isEnvironmentId(summary?.environment),
    seed: Number.isSafeInteger(summary?.seed),
    steps: Number.isSafeInteger(summary?.steps),
    seconds: Number.isFinite(summary?.seconds),
    evaluation: isPlayed(summary?.evaluation),
    stochasticEvaluation: isPlayed(summary?.stochasticEvaluation),
  }).flatMap(([name, right]) => (right ? [] : [name]));
  if (wrong.length > 0) throw new UserError(`${file} is damaged: its ${wrong.join(", ")} cannot be read`);
  return summary as Summary;
}

/** For files that people open. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function* eventsOf(file: string): Generator<MetricsEvent, void> {
  let number = 0;
  for (const line of linesOf(file)) {
    number += 1;
    if (line === "") continue;
    try {
      yield metricsEventOf(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new UserError(`${file} is damaged: line ${number} is no event: ${error.message}`);
    }
  }
}

function thinned(events: Iterable<MetricsEvent>): MetricsEvent[] {
  const history = new EventHistory();
  for (const event of events) history.add(event);
  return history.events();
}

function parseWhole<T>(text: string, file: string): T {
  try {
    return parseForeignJson(text) as T;
  } catch (error) {
    throw new UserError(`${file} is damaged: it is ${(error as Error).message}`);
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
