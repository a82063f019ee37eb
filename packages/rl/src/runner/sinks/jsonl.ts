import type { Sink } from "../sink.js";

/** One event a line, as JSON. */
export function jsonlSink(write: (line: string) => void): Sink {
  return { event: (event) => write(`${JSON.stringify(event)}\n`) };
}
