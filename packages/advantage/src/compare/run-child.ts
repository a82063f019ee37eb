import { type ChildProcess, fork } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { type MetricsEvent, metricsEventOf, settingText } from "@advantage/rl";
import { optionValue } from "../environments/env-options.js";
import { runFiles } from "../run-directory/run-directory.js";
import type { ComparisonPlan, Job } from "./plan.js";

export interface ChildOptions {
  readonly plan: ComparisonPlan;
  /** Aborting it stops the run with a checkpoint. */
  readonly signal: AbortSignal;
}

/** How a child process ended. */
export type ChildEnd =
  | { readonly outcome: "finished" | "stopped" }
  | { readonly outcome: "failed"; readonly message: string };

const SCRIPT = fileURLToPath(new URL("../cli/compare-child.js", import.meta.url));

const INTERRUPTED = [129, 130, 143];

/** Characters kept of the end of what a child writes to stderr. */
const KEPT = 4000;

/** Runs a job in a child process, which is a `train` or a `resume` like any other. */
export function runChild(job: Job, { plan, signal }: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve) => {
    const child = fork(SCRIPT, argumentsOf(job, plan), {
      env: process.env,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-KEPT);
    });
    const stop = () => letGo(child);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    // A second Ctrl-C ends this process at once. A child deep in an iteration would not hear of it; what it has saved is whole at any moment.
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    const end = (result: ChildEnd) => {
      signal.removeEventListener("abort", stop);
      process.off("exit", kill);
      resolve(result);
    };
    const silent = new Promise((closed) => child.stderr!.on("close", closed));
    child.on("error", (error) => end({ outcome: "failed", message: error.message }));
    // Not "close": where this side has closed the channel, Node never says that.
    child.on("exit", async (code, killedBy) => {
      await silent;
      if (code === 0) end({ outcome: "finished" });
      else if (signal.aborted && (INTERRUPTED.includes(code ?? 0) || killedBy !== null)) end({ outcome: "stopped" });
      else end({ outcome: "failed", message: messageOf(said, code, killedBy) });
    });
  });
}

function letGo(child: ChildProcess): void {
  if (child.connected) child.disconnect();
}

function messageOf(said: string, code: number | null, killedBy: NodeJS.Signals | null): string {
  if (INTERRUPTED.includes(code ?? 0)) return "was stopped";
  return said.trim() || (killedBy ? `was ended by ${killedBy}` : `ended with exit code ${code}`);
}

/** What follows `advantage` on the command line. */
export function argumentsOf(job: Job, plan: ComparisonPlan): string[] {
  const { directory, state, variant, seed } = job;
  // One thread each: the runs are side by side already, and asynchronous algorithms are reproducible in one alone.
  const how = ["--eval-episodes", String(plan.evaluationEpisodes), "--workers", "1", "--json", "--quiet"];
  if (state === "interrupted") return ["resume", directory, ...how];
  const { algorithm, settings } = variant;
  const given = { totalSteps: plan.totalSteps, ...settings, seed };
  const flags = Object.entries(given).flatMap(([name, value]) => {
    const { flag, kind } = algorithm.config.fields[name];
    if (value === undefined) return [];
    if (kind === "flag") return [value ? flag : flag.replace(/^--/, "--no-")];
    return [`${flag}=${settingText(value)}`]; // a value may begin with a minus
  });
  const options = Object.entries(plan.environmentOptions ?? {}).map(
    ([name, value]) => `--env-option=${name}=${optionValue(value)}`,
  );
  const train = ["train", algorithm.id, plan.environment, ...options, ...flags, `--preset=${plan.preset}`];
  return [...train, `--run-dir=${directory}`, ...how];
}

/** Bytes at the end of `metrics.jsonl` that hold its last line. */
const TAIL = 8192;

/** The last event that a run has logged; nothing while it has logged none. */
export function lastEvent(directory: string): MetricsEvent | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(runFiles(directory).metrics, "r");
    const { size } = fs.fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(TAIL, size));
    fs.readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    const text = bytes.toString("utf8");
    const end = text.lastIndexOf("\n");
    const line = text.slice(text.lastIndexOf("\n", end - 1) + 1, end);
    return line === "" ? undefined : metricsEventOf(line);
  } catch {
    return undefined; // not there yet, or cut back by a resume at this moment
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}
