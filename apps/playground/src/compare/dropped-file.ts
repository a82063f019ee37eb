import { parseForeignJson, readSafetensors } from "@advantage/engine";
import {
  type Checkpoint,
  type MetricsEvent,
  metricsEventOf,
  readCheckpointFile,
  readCheckpointHeader,
  UserError,
  writeCheckpointFile,
} from "@advantage/rl";

/** What dropped files turned out to be. */
export type Dropped =
  | {
      readonly kind: "metrics";
      /** Name of the file, or of the folder that a run's own lay in. */
      readonly name: string;
      readonly events: readonly MetricsEvent[];
      /** What was run, if a `config.json` lay beside it. */
      readonly known?: RunRecord;
    }
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint; readonly bytes: Uint8Array };

/** What a run's `config.json` says of it. */
export interface RunRecord {
  readonly algorithm: string;
  readonly environment: string;
  readonly config: object;
}

/** A file's name and content. */
export interface NamedBytes {
  readonly name: string;
  /** The name of the folder that was dropped with it in; "" if it came alone. */
  readonly folder?: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads what was dropped on the page: `metrics.jsonl` files, a checkpoint file, or the files of a run's `checkpoint` folder.
 *
 * @throws UserError naming the file and what is wrong with it
 */
export function readDropped(files: readonly NamedBytes[]): Dropped[] {
  const pointer = files.find(({ name }) => name === "checkpoint.json");
  const numbers = files.find(({ name }) => /^tensors-.*\.safetensors$/.test(name));
  if (pointer && !numbers)
    throw new UserError(
      "checkpoint.json names a file of numbers beside it: drop both together (tensors-….safetensors)",
    );
  if (numbers && !pointer)
    throw new UserError(`${numbers.name} belongs to a checkpoint.json beside it: drop both together`);
  const blocks = files.filter(({ name }) => /^block-.*\.bin$/.test(name));
  if (blocks.length > 0 && !pointer)
    throw new UserError(
      `${blocks[0].name} belongs to a checkpoint.json beside it: drop all files of the folder together`,
    );
  const records = files.filter(({ name }) => name === "config.json");
  const metrics = files.filter(
    (file) => file !== pointer && file !== numbers && !blocks.includes(file) && !records.includes(file),
  );
  if (records.length > 0 && metrics.length === 0)
    throw new UserError("config.json says what was run: drop the metrics.jsonl beside it, too");
  const others = metrics.map((file) => {
    const record = records.find(({ folder }) => folder === file.folder);
    return readOne(file, record && recordOf(record));
  });
  return pointer && numbers ? [folderCheckpoint(pointer, numbers, blocks), ...others] : others;
}

function readOne({ name, folder, bytes }: NamedBytes, known: RunRecord | undefined): Dropped {
  if (name.endsWith(".safetensors")) {
    try {
      return { kind: "checkpoint", checkpoint: readCheckpointFile(bytes), bytes };
    } catch (error) {
      throw new UserError(`${name} cannot be used: ${(error as Error).message}`);
    }
  }
  return { kind: "metrics", name: folder || name, events: metricsOf(name, bytes), ...(known ? { known } : {}) };
}

/** `undefined` where it is no run's. */
function recordOf({ bytes }: NamedBytes): RunRecord | undefined {
  try {
    const { algorithm, environment, config } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof algorithm !== "string" || typeof environment !== "string" || typeof config !== "object")
      return undefined;
    return config === null ? undefined : { algorithm, environment, config };
  } catch {
    return undefined;
  }
}

function folderCheckpoint(pointer: NamedBytes, numbers: NamedBytes, blocks: readonly NamedBytes[]): Dropped {
  try {
    const {
      tensors: _file,
      blocks: named = {},
      ...rest
    } = parseForeignJson(new TextDecoder().decode(pointer.bytes)) as {
      tensors?: unknown;
      blocks?: Readonly<Record<string, { readonly file: string }>>;
    };
    const apart = Object.entries(named).map(([name, { file }]) => {
      const block = blocks.find((each) => each.name === file);
      if (!block) throw new Error(`${file}, which it names, is missing: drop all files of the folder together`);
      return [name, block.bytes] as const;
    });
    const { tensors } = readSafetensors(numbers.bytes);
    const checkpoint: Checkpoint = {
      header: readCheckpointHeader(rest),
      tensors: Object.fromEntries([
        ...Object.entries(tensors).map(([name, { data }]) => [name, data] as const),
        ...apart,
      ]),
    };
    return { kind: "checkpoint", checkpoint, bytes: writeCheckpointFile(checkpoint) };
  } catch (error) {
    throw new UserError(`${pointer.name} and ${numbers.name} cannot be used: ${(error as Error).message}`);
  }
}

function metricsOf(name: string, bytes: Uint8Array): MetricsEvent[] {
  const no = (why: string) => new UserError(`${name} is no metrics.jsonl of a run: ${why}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw no("it is not text");
  }
  const events: MetricsEvent[] = [];
  const lines = text.split("\n");
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    try {
      events.push(metricsEventOf(line));
    } catch (error) {
      // The last line of a run that is still being written may be half a line.
      if (i === lines.length - 1 && events.length > 0) return;
      throw no(`line ${i + 1} is no event: ${(error as Error).message}`);
    }
  });
  if (events.length === 0) throw no("it is empty");
  return events;
}
