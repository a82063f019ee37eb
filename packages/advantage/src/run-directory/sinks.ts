import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { csvSink, jsonlSink, type Sink, tensorboardSink } from "@advantage/rl";
import { asUserError } from "./file-errors.js";
import { type LineFile, openLineFile } from "./line-file.js";

/** `metrics.jsonl`; on a resume it is cut back to the events that the checkpoint counts. */
export function jsonlFileSink(file: string): Sink {
  return lineFileSink(file, 0, jsonlSink);
}

/** `metrics.csv`, the same. */
export function csvFileSink(file: string): Sink {
  return lineFileSink(file, 1, csvSink);
}

function lineFileSink(file: string, headerLines: number, sinkOf: (write: (line: string) => void) => Sink): Sink {
  let lines: LineFile | undefined;
  const sink = sinkOf((line) => lines?.write(line));
  return {
    start(run, events) {
      lines = openLineFile(file, events === 0 ? 0 : events + headerLines);
      sink.start?.(run, events);
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
