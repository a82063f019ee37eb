import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { csvSink, jsonlSink, type MetricsEvent, type Sink, tensorboardSink } from "@advantage/rl";
import { writeAtomically } from "../files/atomic-file.js";
import { asUserError } from "../files/file-errors.js";
import { type LineFile, openLineFile } from "../files/line-file.js";

/** `metrics.jsonl`; on a resume it is cut back to the events that the checkpoint counts. */
export function jsonlFileSink(file: string): Sink {
  let lines: LineFile | undefined;
  const sink = jsonlSink((line) => lines?.write(line));
  return {
    start(run, events) {
      lines = openLineFile(file, events);
      sink.start?.(run, events);
    },
    event: (event) => sink.event(event),
    flush: () => lines?.flush(),
    end: () => lines?.close(),
  };
}

/**
 * `metrics.csv`; on a resume it is written anew from the events so far, so that it may be asked for then.
 *
 * @param earlier the events that were logged before a resume
 */
export function csvFileSink(file: string, earlier: () => Iterable<MetricsEvent>): Sink {
  let lines: LineFile | undefined;
  const rows: string[] = [];
  const sink = csvSink((row) => (lines ? lines.write(row) : rows.push(row)));
  return {
    start(run, events) {
      let count = 0;
      function* soFar(): Generator<string, void> {
        sink.start?.(run, 0);
        for (const event of events === 0 ? [] : earlier()) {
          if (count === events) return;
          sink.event(event);
          count += 1;
          yield* rows.splice(0);
        }
        yield* rows.splice(0);
      }
      writeAtomically(file, soFar());
      lines = openLineFile(file, 1 + count);
    },
    event: (event) => sink.event(event),
    flush: () => lines?.flush(),
    end: () => lines?.close(),
  };
}

/** Event files for TensorBoard in a folder; every start and resume adds one. */
export function tensorboardFileSink(folder: string): Sink {
  let descriptor: number | undefined;
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw asUserError(error, `cannot write ${folder}`);
    }
  };
  const sink = tensorboardSink((bytes) => attempt(() => fs.writeFileSync(descriptor!, bytes)));
  return {
    start(run, events) {
      attempt(() => {
        fs.mkdirSync(folder, { recursive: true });
        const seconds = Math.floor(Date.now() / 1000);
        const number = String(fs.readdirSync(folder).length).padStart(3, "0"); // read in the order of their names
        const name = `events.out.tfevents.${seconds}.${number}.${os.hostname()}`;
        descriptor = fs.openSync(path.join(folder, name), "a");
      });
      sink.start?.(run, events);
    },
    event: (event) => sink.event(event),
    end: () => descriptor !== undefined && fs.closeSync(descriptor),
  };
}
