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

/** The process's own. */
export function processTerminal(): Terminal {
  // `advantage list | head -1`: whoever read along has left.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
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
      process.on("SIGINT", callback);
      process.on("SIGTERM", callback);
      return () => {
        process.off("SIGINT", callback);
        process.off("SIGTERM", callback);
      };
    },
    exit: (code) => process.exit(code),
  };
}

/** Runs a job that the first Ctrl-C asks to stop; the second one ends the process. */
export async function interruptible<T>(terminal: Terminal, job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = terminal.onInterrupt(() => {
    if (controller.signal.aborted) terminal.exit(130);
    terminal.err("\nStopping. Press Ctrl-C again to quit at once.\n");
    controller.abort();
  });
  try {
    return await job(controller.signal);
  } finally {
    stop();
  }
}
