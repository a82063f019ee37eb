import { metricNames } from "../metric-names.js";
import type { Sink } from "../sink.js";

/** One event a row under a header of all documented names; a metric that an event lacks is an empty cell. */
export function csvSink(write: (row: string) => void): Sink {
  let names: string[] = [];
  return {
    start({ algorithm }, events) {
      names = Object.keys(metricNames(algorithm));
      if (events === 0) write(`${names.join(",")}\n`);
    },
    event: (event) => write(`${names.map((name) => event[name] ?? "").join(",")}\n`),
  };
}
