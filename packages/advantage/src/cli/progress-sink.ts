import { duration, type MetricsEvent, readable, type Sink } from "@advantage/rl";
import { SingleBar } from "cli-progress";
import type { Terminal } from "./terminal.js";

/** Between two plain lines, in milliseconds. */
const LINE_EVERY = 5000;

/** Shows how training goes: a bar where a person watches, else a line every few seconds. */
export function progressSink(terminal: Terminal): Sink {
  return terminal.isTTY ? barSink() : lineSink(terminal);
}

function barSink(): Sink {
  const bar = new SingleBar({
    format: "  {bar} {percentage}%  {what}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 28,
    hideCursor: true,
    synchronousUpdate: true, // training holds the event loop: a timer would draw late
    fps: 10,
    gracefulExit: false,
    autopadding: true,
    emptyOnZero: true,
  });
  let total = 0;
  return {
    start(run) {
      total = run.context.config.totalSteps;
      bar.start(total, run.resume?.header.step ?? 0, { what: "starting" });
    },
    event: (event) => bar.update(Math.min(event.step, total), { what: inWords(event, total).join("  ·  ") }),
    end: () => bar.stop(),
  };
}

function lineSink(terminal: Terminal): Sink {
  let total = 0;
  let last = performance.now();
  return {
    start(run) {
      total = run.context.config.totalSteps;
    },
    event(event) {
      const now = performance.now();
      if (now - last < LINE_EVERY) return;
      last = now;
      terminal.err(`step ${readable(event.step)} of ${readable(total)}, ${inWords(event, total).join(", ")}\n`);
    },
  };
}

function inWords({ episodeReturn, step, stepsPerSecond }: MetricsEvent, total: number): string[] {
  const left = Math.max(0, total - step) / Math.max(stepsPerSecond, 1e-9);
  return [
    ...(episodeReturn === undefined ? [] : [`return ${readable(Number(episodeReturn.toPrecision(4)))}`]),
    `${readable(Math.round(stepsPerSecond))} steps/s`,
    `${duration(left)} left`,
  ];
}
