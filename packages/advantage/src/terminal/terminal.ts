import type { Pulse, WatchedPlace } from "@advantage/rl";

/** What asks a run to stop: Ctrl-C, a process manager, the end of the terminal. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Exit codes of a command that a signal has ended: 128 and the signal's number, as shells say it. */
export const exitCodes: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Where the command writes, and how it hears of Ctrl-C. */
export interface Terminal {
  /** What was asked for, on stdout. */
  out(text: string): void;
  /** Everything else, on stderr. */
  err(text: string): void;
  /** Whether a person watches stderr: progress bars and colours. */
  readonly isTTY: boolean;
  /** Whether a person watches stdout: colours. */
  readonly colours: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Whether a person watches stdout, so that it can be drawn over. */
  readonly animates: boolean;
  /** Calls back at every Ctrl-C (or termination, or end of the terminal) until the returned function is called. */
  onInterrupt(callback: (signal?: StopSignal) => void): () => void;
  /** Another thread that hears of Ctrl-C at once, answers it, and ends the process where this one does not come to its end. */
  readonly supervisor?: Supervisor;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** What the thread that answers Ctrl-C is told by the one that trains. */
export interface Supervisor {
  /** A checkpoint of this step has been saved. */
  saved(step: number): void;
  /** Where environments are stepped. */
  watch(place: WatchedPlace): void;
  /** A step of an environment that takes longer than so many seconds is to end the process. */
  limitSteps(seconds: number): void;
  /** Asked inside iterations: gives up one that has gone on for long after it was asked to stop. */
  readonly pulse: Pulse;
}

/** The reason with which a job's signal is aborted. */
export class Interruption extends Error {
  constructor(readonly signal: StopSignal) {
    super(`stopped by ${signal}`);
  }
}

/** The exit code of a command whose job was aborted: that of the signal that did it. */
export function interruptionCode(aborted: AbortSignal | undefined): number {
  const reason: unknown = aborted?.reason;
  return exitCodes[reason instanceof Interruption ? reason.signal : "SIGINT"];
}

/** Milliseconds after the answer to a Ctrl-C in which another one counts as the same: it was pressed before the answer could be seen. */
export const ANSWERED = 500;

/** Shows the cursor and wraps lines again, as a progress bar may not. */
export const RESTORE = "\x1b[?25h\x1b[?7h";

/** The process's own. */
export function processTerminal(): Terminal {
  let jobs = 0; // that listen to Ctrl-C
  const gone = { out: false, err: false };
  // `advantage list | head -1`: whoever read along has left. What trains goes on, for the sake of its run directory.
  const leave = (stream: "out" | "err") => (error: NodeJS.ErrnoException) => {
    // EIO: the terminal was closed.
    if (error.code !== "EPIPE" && error.code !== "EIO") {
      if (stream === "out") process.stderr.write(`the output cannot be written: ${error.message}\n`);
      process.exit(1);
    }
    gone[stream] = true;
    if (stream === "out" && jobs === 0) process.exit(process.exitCode ?? 0);
  };
  process.stdout.on("error", leave("out"));
  process.stderr.on("error", leave("err"));
  return {
    out: (text) => void (gone.out || process.stdout.write(text)),
    err: (text) => void (gone.err || process.stderr.write(text)),
    isTTY: process.stderr.isTTY === true,
    colours: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    get columns() {
      return process.stdout.columns ?? (Number(process.env.COLUMNS) || 80); // may change while one looks
    },
    get rows() {
      return process.stdout.rows ?? 30;
    },
    animates: process.stdout.isTTY === true,
    onInterrupt(callback) {
      jobs += 1;
      const signals = Object.keys(exitCodes) as StopSignal[];
      for (const signal of signals) process.on(signal, callback);
      return () => {
        jobs -= 1;
        for (const signal of signals) process.off(signal, callback);
      };
    },
    exit: (code) => process.exit(code),
  };
}

/**
 * Runs a job that the first Ctrl-C asks to stop; a second one, after that was answered, ends the process. A job may hold the event loop
 * for seconds: what was pressed meanwhile is delivered all at once, and asks once.
 */
export async function interruptible<T>(terminal: Terminal, job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let answered = Number.NaN;
  const stop = terminal.onInterrupt((by = "SIGINT") => {
    if (!controller.signal.aborted) {
      if (!terminal.supervisor) terminal.err("\nStopping. Press Ctrl-C again to quit at once.\n");
      answered = performance.now();
      controller.abort(new Interruption(by));
    } else if (performance.now() - answered >= ANSWERED) {
      if (terminal.isTTY) terminal.err(RESTORE);
      terminal.exit(exitCodes[by]);
    }
  });
  try {
    return await job(controller.signal);
  } finally {
    stop();
  }
}
