import {
  counted,
  duration,
  type Evaluation,
  type MetricsEvent,
  perSecond,
  readable,
  type Sink,
  type Unit,
} from "@advantage/rl";
import { SingleBar } from "cli-progress";
import type { Terminal } from "../terminal/terminal.js";

/** Between two plain lines, in milliseconds. */
const LINE_EVERY = 5000;

/** Between two pictures of the bar, in milliseconds. */
const DRAW_EVERY = 100;

/** Shows how training goes: a bar where a person watches, else a line every few seconds. */
export function progressSink(terminal: Terminal): Sink {
  return terminal.isTTY ? barSink(terminal) : lineSink(terminal);
}

function barSink(terminal: Terminal): Sink {
  const stream = { isTTY: true, columns: terminal.columns, write: terminal.err };
  const bar = new SingleBar({
    stream: stream as unknown as NodeJS.WritableStream, // all that the bar asks of one
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
  let words = wording();
  let drawn = 0;
  return {
    start(run) {
      total = run.plannedSteps;
      unit = run.algorithm.unit;
      step = run.resume?.header.step ?? 0;
      words = wording(step);
      bar.start(total, step, { what: "starting" });
    },
    event(event) {
      words.hear(event);
      this.advance?.(event.step);
    },
    look: ({ evaluation }) => words.look(evaluation),
    advance(now) {
      step = now;
      if (performance.now() - drawn < DRAW_EVERY && step < total) return;
      drawn = performance.now();
      bar.update(Math.min(step, total), { what: words.of(step, total, unit).join("  ·  ") });
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
  let words = wording();
  return {
    start(run) {
      total = run.plannedSteps;
      unit = run.algorithm.unit;
      words = wording(run.resume?.header.step);
    },
    event(event) {
      words.hear(event);
      this.advance?.(event.step);
    },
    look({ step, evaluation }) {
      words.look(evaluation);
      terminal.err(
        `${unit ?? "step"} ${readable(step)}, evaluated ${readable(evaluation.mean)} ± ${readable(evaluation.std)}\n`,
      );
    },
    advance(step) {
      const now = performance.now();
      if (now - last < LINE_EVERY) return;
      last = now;
      const what = words.of(step, total, unit).join(", ");
      terminal.err(`${unit ?? "step"} ${readable(step)} of ${readable(Math.max(step, total))}, ${what}\n`);
    },
  };
}

/** What is said of a run under way: the latest return, and how long it will take at the pace of the last quarter of a minute or so. */
function wording(start = 0) {
  let episodeReturn: number | undefined;
  let evaluated: number | undefined;
  const pace = paceFrom(start, performance.now());
  return {
    hear(event: MetricsEvent) {
      episodeReturn = event.episodeReturn;
    },
    look({ mean }: Evaluation) {
      evaluated = mean;
    },
    of(step: number, total: number, unit: Unit | undefined): string[] {
      const stepsPerSecond = pace(step, performance.now());
      return [
        ...(episodeReturn === undefined ? [] : [`return ${readable(Number(episodeReturn.toPrecision(4)))}`]),
        ...(evaluated === undefined ? [] : [`evaluated ${readable(Number(evaluated.toPrecision(4)))}`]),
        ...(stepsPerSecond === undefined
          ? []
          : [perSecond(stepsPerSecond, unit), `${duration(Math.max(0, total - step) / stepsPerSecond)} left`]),
      ];
    },
  };
}

/** Milliseconds after which an earlier pace counts for a third. */
const MEMORY = 15_000;

/** Milliseconds over which a pace is measured at least. */
const MEASURED = 200;

/** Steps a second, smoothed: single iterations are longer or shorter than others, and a checkpoint or an evaluation takes its time, too. */
export function paceFrom(step: number, time: number): (step: number, time: number) => number | undefined {
  let last = { step, time };
  let pace: number | undefined;
  return (step, time) => {
    const passed = time - last.time;
    if (passed < MEASURED || step === last.step) return pace;
    const now = (1000 * (step - last.step)) / passed;
    pace = pace === undefined ? now : now + (pace - now) * Math.exp(-passed / MEMORY);
    last = { step, time };
    return pace;
  };
}
