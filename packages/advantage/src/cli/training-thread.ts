import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { WatchedPlace } from "@advantage/rl";
import { ANSWERED, exitCodes, processTerminal, RESTORE, type StopSignal, type Terminal } from "../terminal/terminal.js";

/** What the thread that trains is given. */
export interface TrainingThreadData {
  readonly argv: readonly string[];
  readonly terminal: Pick<Terminal, "isTTY" | "colours" | "columns" | "rows" | "animates">;
  /** 1 once it was asked to stop: a thread in the midst of an iteration hears no message [1]. */
  readonly asked: Int32Array;
}

/** What it says. */
export type TrainingThreadMessage =
  | { readonly kind: "out" | "err"; readonly text: string }
  /** Whether it has something to stop: a run. */
  | { readonly kind: "listening"; readonly listening: boolean }
  | { readonly kind: "saved"; readonly step: number }
  | { readonly kind: "watch"; readonly place: WatchedPlace }
  /** How long a step of an environment may take, in seconds. */
  | { readonly kind: "limit"; readonly seconds: number }
  | { readonly kind: "done"; readonly code: number };

/** Milliseconds that an iteration may go on for, so that there is a checkpoint of its end, before it is given up. */
export const PATIENCE = 2000;

/** Milliseconds between two looks at a run that was asked to stop. */
const LOOK_EVERY = 1000;

/** Milliseconds that a step may take after a process manager has asked to stop; most of them kill after ten seconds. */
const GRACE = 5000;

/**
 * Runs a command that trains in a thread of its own, while this one does nothing but listen: signals are answered at once whatever the
 * training is doing, a step that never returns included, and an error that nothing catches, or a call of `process.exit`, in an environment
 * ends that thread and not what can tell of it.
 *
 * @param terminal  where to write, and whose signals ask to stop
 * @returns the exit code
 */
export function runInThread(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const { isTTY, colours, columns, rows, animates } = terminal;
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TrainingThreadData = {
    argv,
    terminal: { isTTY, colours, columns, rows, animates },
    asked: stopFlag,
  };
  const thread = new Worker(entry(), { workerData, env: SHARE_ENV, execArgv: [] });
  const places: WatchedPlace[] = [];
  let listening = false;
  let saved: number | undefined;
  let asked: { readonly signal: StopSignal; readonly at: number } | undefined;
  let watching: NodeJS.Timeout | undefined;
  let endLimit = () => {};

  const checkpoint = () =>
    saved === undefined
      ? "There is no checkpoint yet."
      : `The checkpoint of step ${saved.toLocaleString("en-US")} holds.`;

  const stopListening = terminal.onInterrupt((signal = "SIGINT") => {
    if (asked === undefined && listening) {
      asked = { signal, at: performance.now() };
      terminal.err(
        `\nStopping after this iteration, with a checkpoint, or in it after ${PATIENCE / 1000} seconds. Press Ctrl-C again to stop at once. ${checkpoint()}\n`,
      );
      Atomics.store(stopFlag, 0, 1);
      thread.postMessage(signal);
      watching = watchSteps();
    } else if (asked === undefined || performance.now() - asked.at >= ANSWERED) quit(exitCodes[signal]);
  });

  function quit(code: number): void {
    stopListening(); // one more signal ends the process even if it cannot be left
    if (isTTY) terminal.err(RESTORE);
    terminal.exit(code);
  }

  /** Says which step it is that keeps the run from stopping; where no person can answer that, the process is ended. */
  function watchSteps(): NodeJS.Timeout {
    let before = new Map<WatchedPlace, number | undefined>();
    let told = false;
    return setInterval(async () => {
      const { placeText, stepUnderWay } = await import("@advantage/rl");
      const now = new Map(places.map((place) => [place, stepUnderWay(place)]));
      const stuck = places.find((place) => now.get(place) !== undefined && now.get(place) === before.get(place));
      before = now;
      if (stuck === undefined || asked === undefined) return;
      const waited = performance.now() - asked.at;
      const person = asked.signal === "SIGINT";
      if (!told && person) {
        terminal.err(
          `${placeText(stuck)} has not returned: the run cannot stop before. ${checkpoint()} Press Ctrl-C again to stop with it.\n`,
        );
        told = true;
      } else if (!person && waited >= GRACE) {
        terminal.err(
          `${placeText(stuck)} has not returned for ${Math.floor(waited / 1000)} seconds. ${checkpoint()}\n`,
        );
        quit(exitCodes[asked.signal]);
      }
    }, LOOK_EVERY);
  }

  /** Ends the process where a step takes longer: nothing else ends a thread in the midst of it. */
  async function limit(seconds: number): Promise<void> {
    const { limitSteps } = await import("./step-limit.js");
    endLimit = limitSteps(places, seconds, (sentence) => {
      terminal.err(`${sentence} (--step-timeout). The run was ended. ${checkpoint()}\n`);
      quit(1);
    });
  }

  /** The step at which something ended the thread, if one was under way or done. */
  async function where(): Promise<string> {
    if (places.length === 0) return "";
    const { placeText, stepUnderWay } = await import("@advantage/rl");
    return `${placeText(places.find((place) => stepUnderWay(place) !== undefined) ?? places[0])}: `;
  }

  return new Promise((resolve) => {
    let code: number | undefined;
    let failure: Promise<void> | undefined;
    thread.on("message", (message: TrainingThreadMessage) => {
      switch (message.kind) {
        case "out":
        case "err":
          terminal[message.kind](message.text);
          break;
        case "listening":
          listening = message.listening;
          break;
        case "saved":
          saved = message.step;
          break;
        case "watch":
          places.push(message.place);
          break;
        case "limit":
          limit(message.seconds);
          break;
        case "done":
          code = message.code;
      }
    });
    const fail = async (what: string) => {
      const at = await where();
      terminal.err(`${isTTY ? RESTORE : ""}${at}${what}. The run was ended. ${checkpoint()}\n`);
    };
    thread.on("error", (error) => {
      if (argv.includes("--debug")) terminal.err(`${(error as Error)?.stack ?? error}\n`);
      failure = fail(
        `an error that nothing caught, thrown in a promise or a timer at this step or before: ${(error as Error)?.message ?? error}`,
      );
    });
    thread.on("exit", async (exitCode) => {
      if (code === undefined) {
        failure ??= fail(`process.exit(${exitCode}) was called`);
        await failure;
      }
      clearInterval(watching);
      endLimit();
      stopListening();
      resolve(code ?? (exitCode || 1));
    });
  });
}

/** The built file: Node runs no TypeScript. */
function entry(): URL {
  const beside = new URL("./training-thread-entry.js", import.meta.url);
  return existsSync(fileURLToPath(beside))
    ? beside
    : new URL("../../dist/cli/training-thread-entry.js", import.meta.url);
}
