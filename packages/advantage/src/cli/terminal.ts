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
  /** Calls back at every Ctrl-C (or termination) until the returned function is called. */
  onInterrupt(callback: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** Milliseconds after the answer to a Ctrl-C in which another one counts as the same: it was pressed before the answer could be seen. */
const ANSWERED = 500;

/** Shows the cursor and wraps lines again, as a progress bar may not. */
const RESTORE = "\x1b[?25h\x1b[?7h";

/** The process's own. */
export function processTerminal(): Terminal {
  let jobs = 0; // that listen to Ctrl-C
  const gone = { out: false, err: false };
  // `advantage list | head -1`: whoever read along has left. What trains goes on, for the sake of its run directory.
  const leave = (stream: "out" | "err") => (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
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
      process.on("SIGINT", callback);
      process.on("SIGTERM", callback);
      return () => {
        jobs -= 1;
        process.off("SIGINT", callback);
        process.off("SIGTERM", callback);
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
  const stop = terminal.onInterrupt(() => {
    if (!controller.signal.aborted) {
      terminal.err("\nStopping. Press Ctrl-C again to quit at once.\n");
      answered = performance.now();
      controller.abort();
    } else if (performance.now() - answered >= ANSWERED) {
      if (terminal.isTTY) terminal.err(RESTORE);
      terminal.exit(130);
    }
  });
  try {
    return await job(controller.signal);
  } finally {
    stop();
  }
}
