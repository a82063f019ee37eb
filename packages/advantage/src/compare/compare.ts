import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  type ComparedVariant,
  type Comparison,
  compareVariants,
  comparisonReport,
  environmentText,
  settingText,
  UserError,
} from "@advantage/rl";
import { writeAtomically } from "../files/atomic-file.js";
import { lockRun } from "../files/lock.js";
import { makeFolder } from "../files/make-folder.js";
import { relativeModule } from "../run-directory/environment-record.js";
import { requireFolderOf } from "../run-directory/folder-kind.js";
import { chartLibrary } from "../run-directory/report.js";
import { forgetTraining, openRun, runFiles, toJson } from "../run-directory/run-directory.js";
import { version } from "../run-directory/version.js";
import { type ComparisonPlan, type Job, jobState, type PreparedComparison } from "./plan.js";
import { type ChildEnd, runChild } from "./run-child.js";

const COMPARISON_SCHEMA_VERSION = 1;

/** `comparison.json`: what was compared, and what came out. */
export interface ComparisonRecord {
  readonly schemaVersion: number;
  readonly advantage: string;
  /** As it was typed, without where to. */
  readonly command: string;
  readonly plan: ComparisonPlan;
  readonly environment: string;
  /** The user's own environment: its module, relative to the directory. */
  readonly environmentModule?: string;
  /** Whether every run has ended. */
  readonly complete: boolean;
  /** Absent before the first report. */
  readonly result?: Comparison;
}

export interface CompareOptions {
  /** Runs at a time. */
  readonly jobs: number;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly watcher?: CompareWatcher;
}

/** Is told how it goes. */
export interface CompareWatcher {
  started(job: Job): void;
  ended(job: Job, end: ChildEnd): void;
}

export interface Compared {
  readonly record: ComparisonRecord;
  readonly failures: readonly { readonly job: Job; readonly message: string }[];
  readonly stopped: boolean;
  readonly report: string;
}

/** Where things are in a comparison's directory, beside the runs. */
export function comparisonFiles(directory: string) {
  return { record: path.join(directory, "comparison.json"), report: path.join(directory, "report.html") };
}

/**
 * Runs what there is not yet of a comparison, each run in a child process, and writes `report.html` and `comparison.json`.
 *
 * Runs that have ended are kept, interrupted ones go on from their checkpoints. One that fails does not hold up the others.
 *
 * @throws UserError if the directory is in use, or cannot be written
 */
export async function compare(prepared: PreparedComparison, options: CompareOptions): Promise<Compared> {
  const { directory, plan, jobs, environmentModule } = prepared;
  makeFolder(directory);
  requireFolderOf("comparison", directory);
  const release = lockRun(directory);
  try {
    const { command, signal, watcher } = options;
    const files = comparisonFiles(directory);
    const about = {
      schemaVersion: COMPARISON_SCHEMA_VERSION,
      advantage: version,
      command,
      plan,
      environment: prepared.environment,
      ...(environmentModule === undefined ? {} : { environmentModule: relativeModule(directory, environmentModule) }),
    };
    writeAtomically(files.record, toJson({ ...about, complete: false } satisfies ComparisonRecord));
    const failures: { job: Job; message: string }[] = [];
    const waiting = jobs.filter(({ state }) => state !== "finished");
    const worker = async () => {
      for (let job = next(); job; job = next()) {
        watcher?.started(job);
        const end = await runJob(job, prepared, options);
        if (end.outcome === "failed") failures.push({ job, message: end.message });
        watcher?.ended(job, end);
      }
    };
    const next = () => (signal.aborted ? undefined : waiting.shift());
    await Promise.all(Array.from({ length: Math.min(options.jobs, waiting.length) }, worker));
    failures.sort((a, b) => jobs.indexOf(a.job) - jobs.indexOf(b.job));

    const variants = comparedVariants(prepared, failures);
    const result = compareVariants(variants, { threshold: prepared.threshold });
    const complete = result.variants.every(({ finished }) => finished.length === plan.seeds.length);
    const record: ComparisonRecord = { ...about, complete, result };
    writeAtomically(files.record, toJson(record));
    writeAtomically(files.report, reportOf(prepared, variants, result, options));
    return { record, failures, stopped: signal.aborted && !complete, report: files.report };
  } finally {
    release();
  }
}

async function runJob(
  job: Job,
  { plan, environment, environmentOptions }: PreparedComparison,
  { signal }: CompareOptions,
): Promise<ChildEnd> {
  try {
    await unlocked(job.directory, signal);
    if (signal.aborted) return { outcome: "stopped" };
    const now = jobState(job, { id: environment, options: environmentOptions }, plan); // it may have gone on meanwhile, without us
    if (now.state === undefined) return { outcome: "failed", message: now.problem };
    if (now.state === "finished") return { outcome: "finished" };
    if (now.state === "missing") forgetTraining(job.directory);
    return runChild({ ...job, state: now.state }, { plan, signal });
  } catch (error) {
    return { outcome: "failed", message: (error as Error).message };
  }
}

/** Milliseconds that the children of a comparison that was killed have to save what they have. */
const PATIENCE = 20_000;

/** Waits until no other process trains into a run's directory. */
async function unlocked(directory: string, signal: AbortSignal): Promise<void> {
  if (!fs.existsSync(directory)) return;
  for (const start = performance.now(); !signal.aborted; ) {
    try {
      lockRun(directory)();
      return;
    } catch (error) {
      if (!(error instanceof UserError) || performance.now() - start > PATIENCE) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** What the runs have logged and come to. */
function comparedVariants(
  { variants, jobs }: PreparedComparison,
  failures: readonly { job: Job; message: string }[],
): ComparedVariant[] {
  return variants.map((variant) => ({
    label: variant.label,
    unit: variant.algorithm.unit,
    logarithmic: Object.entries(variant.algorithm.metrics).flatMap(([name, metric]) =>
      metric.logarithmic ? [name] : [],
    ),
    runs: jobs
      .filter((job) => job.variant === variant)
      .map((job) => {
        const { seed, directory } = job;
        const failed = failures.find((failure) => failure.job === job)?.message;
        if (!fs.existsSync(runFiles(directory).config)) return { seed, events: [], failed };
        const run = openRun(directory);
        return { seed, events: run.thinnedMetrics(), summary: run.summary(), failed };
      }),
  }));
}

function reportOf(
  { plan, variants, jobs, environment, environmentOptions, directory }: PreparedComparison,
  compared: readonly ComparedVariant[],
  comparison: Comparison,
  options: CompareOptions,
): string {
  return comparisonReport(
    {
      environment: environmentText(environment, environmentOptions),
      comparison,
      variants: variants.map(({ algorithm, label }, i) => ({
        label,
        title: algorithm.title,
        unit: algorithm.unit,
        logarithmic: compared[i].logarithmic,
        preset: presetOf(jobs, variants[i]),
        settings: changedSettings(jobs, variants[i]),
        runs: jobs
          .filter((job) => job.variant.label === label)
          .map((job) => ({ seed: job.seed, report: relative(directory, runFiles(job.directory).report) })),
      })),
      seeds: plan.seeds,
      evaluationEpisodes: plan.evaluationEpisodes,
      facts: {
        processes: `${options.jobs} at a time on ${os.availableParallelism()} cores (${os.cpus()[0]?.model.trim() ?? "unknown"})`,
        advantage: version,
        node: process.versions.node,
        directory,
      },
      commands: { "Do it again": options.command },
    },
    chartLibrary(),
  );
}

function relative(from: string, to: string): string | undefined {
  return fs.existsSync(to) ? path.relative(from, to).split(path.sep).map(encodeURIComponent).join("/") : undefined;
}

function presetOf(jobs: readonly Job[], variant: PreparedComparison["variants"][number]): string | undefined {
  const job = jobs.find((each) => each.variant === variant && fs.existsSync(runFiles(each.directory).config));
  return job && openRun(job.directory).record.preset?.name;
}

/** The settings of a variant's runs that are not the algorithm's defaults. */
function changedSettings(
  jobs: readonly Job[],
  variant: PreparedComparison["variants"][number],
): Record<string, string> {
  const config = jobs.find((job) => job.variant === variant)!.config as unknown as Record<string, unknown>;
  const fields = Object.values(variant.algorithm.config.fields);
  const changed = fields.filter(
    ({ name, default: usual }) => name !== "seed" && settingText(config[name]) !== settingText(usual),
  );
  return Object.fromEntries(changed.map(({ name }) => [name, settingText(config[name])]));
}
