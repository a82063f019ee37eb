import { readSafetensors } from "@advantage/engine";
import {
  type Checkpoint,
  type MetricsEvent,
  readCheckpointFile,
  readCheckpointHeader,
  UserError,
  writeCheckpointFile,
} from "@advantage/rl";

/** What dropped files turned out to be. */
export type Dropped =
  | { readonly kind: "metrics"; readonly name: string; readonly events: readonly MetricsEvent[] }
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint; readonly bytes: Uint8Array };

/** A file's name and content. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads what was dropped on the page: `metrics.jsonl` files, a checkpoint file, or the two files of a run's `checkpoint` folder.
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
  const others = files.filter((file) => file !== pointer && file !== numbers).map(readOne);
  return pointer && numbers ? [folderCheckpoint(pointer, numbers), ...others] : others;
}

function readOne({ name, bytes }: NamedBytes): Dropped {
  if (name.endsWith(".safetensors")) {
    try {
      return { kind: "checkpoint", checkpoint: readCheckpointFile(bytes), bytes };
    } catch (error) {
      throw new UserError(`${name} cannot be used: ${(error as Error).message}`);
    }
  }
  return { kind: "metrics", name, events: metricsOf(name, bytes) };
}

function folderCheckpoint(pointer: NamedBytes, numbers: NamedBytes): Dropped {
  try {
    const { tensors: _file, ...rest } = JSON.parse(new TextDecoder().decode(pointer.bytes));
    const { tensors } = readSafetensors(numbers.bytes);
    const checkpoint: Checkpoint = {
      header: readCheckpointHeader(rest),
      tensors: Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data])),
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
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      // The last line of a run that is still being written may be half a line.
      if (i === lines.length - 1 && events.length > 0) return;
      throw no(`line ${i + 1} is not JSON`);
    }
    const { step } = (event ?? {}) as { step?: unknown };
    if (typeof step !== "number" || !Object.values(event as object).every((value) => typeof value === "number"))
      throw no(`line ${i + 1} is not an object of numbers with a 'step'`);
    events.push(event as MetricsEvent);
  });
  if (events.length === 0) throw no("it is empty");
  return events;
}
