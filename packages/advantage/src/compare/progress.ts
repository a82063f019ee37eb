import { duration, type MetricsEvent, readable } from "@advantage/rl";
import cliProgress from "cli-progress";
import type { Terminal } from "../terminal/terminal.js";
import type { CompareWatcher } from "./compare.js";
import type { Job, PreparedComparison } from "./plan.js";
import { type ChildEnd, lastEvent } from "./run-child.js";

/** Milliseconds between two looks at the runs. */
const LOOK_EVERY = 250;

export interface CompareProgress extends CompareWatcher {
  close(): void;
}

/** Shows how a comparison goes: a bar a running run where a person watches, else a line a run that ends. */
export function compareProgress(terminal: Terminal, prepared: PreparedComparison): CompareProgress {
  return terminal.isTTY ? bars(prepared) : lines(terminal, prepared);
}

function lines(terminal: Terminal, { jobs }: PreparedComparison): CompareProgress {
  let done = jobs.filter(({ state }) => state === "finished").length;
  return {
    started() {},
    ended(job, end) {
      if (end.outcome === "finished") done += 1;
      terminal.err(`${endText(job, end)} (${done} of ${jobs.length} done)\n`);
    },
    close() {},
  };
}

function endText(job: Job, end: ChildEnd): string {
  if (end.outcome === "failed") return `${job.name}: failed`;
  const event = lastEvent(job.directory);
  const at = event
    ? ` ${end.outcome === "stopped" ? "at" : "after"} ${readable(event.step)} ${job.variant.algorithm.unit ?? "step"}s`
    : "";
  const score = event?.episodeReturn === undefined ? "" : `, return ${shortReturn(event)}`;
  return `${job.name}: ${end.outcome === "stopped" ? "stopped" : "done"}${at}${score}`;
}

function shortReturn({ episodeReturn = 0 }: MetricsEvent): string {
  return readable(Number(episodeReturn.toPrecision(4)));
}

function bars({ jobs }: PreparedComparison): CompareProgress {
  const width = jobs.reduce((most, { name }) => Math.max(most, name.length), 0);
  const all = new cliProgress.MultiBar({
    format: "  {bar} {percentage}%  {name}  {what}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 20,
    hideCursor: true,
    gracefulExit: false,
    autopadding: true,
    emptyOnZero: true,
    clearOnComplete: true,
    forceRedraw: true,
  });
  const finished = jobs.filter(({ state }) => state === "finished");
  const total = jobs.reduce((sum, { config }) => sum + config.totalSteps, 0);
  let done = finished.reduce((sum, { config }) => sum + config.totalSteps, 0);
  let ended = finished.length;
  const before =
    done +
    jobs.reduce((sum, job) => sum + (job.state === "interrupted" ? (lastEvent(job.directory)?.step ?? 0) : 0), 0);
  const start = performance.now();
  const running = new Map<Job, cliProgress.SingleBar>();
  const overall = all.create(total, done, { name: "all".padEnd(width), what: "" });

  const look = () => {
    let steps = done;
    for (const [job, bar] of running) {
      const event = lastEvent(job.directory);
      if (!event) continue;
      const at = Math.min(event.step, job.config.totalSteps);
      steps += at;
      const score = event.episodeReturn === undefined ? "" : `return ${shortReturn(event)}`;
      bar.update(at, { name: job.name.padEnd(width), what: at === job.config.totalSteps ? "evaluating" : score });
    }
    const rate = (steps - before) / (performance.now() - start);
    const left = rate > 0 && steps < total ? `, ${duration((total - steps) / rate / 1000)} left` : "";
    overall.update(steps, { name: "all".padEnd(width), what: `${ended} of ${jobs.length} runs${left}` });
  };
  const timer = setInterval(look, LOOK_EVERY);
  return {
    started(job) {
      running.set(job, all.create(job.config.totalSteps, 0, { name: job.name.padEnd(width), what: "starting" }));
    },
    ended(job, end) {
      all.remove(running.get(job)!);
      running.delete(job);
      done += end.outcome === "stopped" ? 0 : job.config.totalSteps;
      if (end.outcome !== "stopped") ended += 1;
      all.log(`  ${endText(job, end)}\n`);
      look();
    },
    close() {
      clearInterval(timer);
      all.update(); // what was logged last is not out yet
      all.stop();
    },
  };
}
