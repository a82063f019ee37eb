import { counted, duration, type MetricsEvent, perSecond, readable, type Sink, type Unit } from "@advantage/rl";
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
  let step = 0;
  let unit: Unit | undefined;
  return {
    start(run) {
      total = run.context.config.totalSteps;
      unit = run.algorithm.unit;
      bar.start(total, run.resume?.header.step ?? 0, { what: "starting" });
    },
    event(event) {
      step = event.step;
      bar.update(Math.min(step, total), { what: inWords(event, total, unit).join("  ·  ") });
    },
    end(outcome) {
      if (outcome === "finished" && step < total) {
        bar.setTotal(Math.max(step, 1)); // it needed no more
        bar.update(Math.max(step, 1), { what: `done after ${counted(step, unit)}` });
      }
      bar.stop();
    },
  };
}

function lineSink(terminal: Terminal): Sink {
  let total = 0;
  let unit: Unit | undefined;
  let last = performance.now();
  return {
    start(run) {
      total = run.context.config.totalSteps;
      unit = run.algorithm.unit;
    },
    event(event) {
      const now = performance.now();
      if (now - last < LINE_EVERY) return;
      last = now;
      terminal.err(
        `${unit ?? "step"} ${readable(event.step)} of ${readable(total)}, ${inWords(event, total, unit).join(", ")}\n`,
      );
    },
  };
}

function inWords(
  { episodeReturn, step, stepsPerSecond }: MetricsEvent,
  total: number,
  unit: Unit | undefined,
): string[] {
  const left = Math.max(0, total - step) / Math.max(stepsPerSecond, 1e-9);
  return [
    ...(episodeReturn === undefined ? [] : [`return ${readable(Number(episodeReturn.toPrecision(4)))}`]),
    perSecond(stepsPerSecond, unit),
    `${duration(left)} left`,
  ];
}
