import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { parseForeignJson, readSafetensors, writeSafetensors } from "@advantage/engine";
import { type Checkpoint, CheckpointError, readCheckpointHeader } from "@advantage/rl";
import { isTemporary, writeAtomically } from "../files/atomic-file.js";
import { asUserError } from "../files/file-errors.js";
import { makeFolder } from "../files/make-folder.js";

const POINTER = "checkpoint.json";

/** What the pointer says of the file that holds the typed arrays. */
interface TensorsFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Saves a checkpoint in a folder: first the typed arrays under a new name, then `checkpoint.json`, which names them. A process
 * that is killed at any moment leaves the old checkpoint whole or the new one.
 *
 * @throws UserError if it cannot be written; the old checkpoint is untouched
 */
export function writeCheckpoint(folder: string, { header, tensors }: Checkpoint): void {
  makeFolder(folder);
  const bytes = writeSafetensors(
    Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data }])),
  );
  const sha256 = sha256Of(bytes);
  const plainName = `tensors-${header.step}.safetensors`;
  // A file of that name may belong to the checkpoint that is still the valid one.
  const taken = fs.existsSync(path.join(folder, plainName));
  const file = taken ? `tensors-${header.step}-${sha256.slice(0, 12)}.safetensors` : plainName;
  writeAtomically(path.join(folder, file), bytes);
  const pointer: TensorsFile = { file, bytes: bytes.length, sha256 };
  const content = { ...header, tensors: pointer };
  writeAtomically(
    path.join(folder, POINTER),
    JSON.stringify({ ...content, sha256: sha256Of(JSON.stringify(content)) }),
  );
  removeAllBut([file, POINTER], folder);
}

/** Whether a folder holds a checkpoint. */
export function hasCheckpointFile(folder: string): boolean {
  return fs.existsSync(path.join(folder, POINTER));
}

/**
 * The checkpoint in a folder; `undefined` if there is none.
 *
 * @throws CheckpointError if it is damaged or of another version
 */
export function readCheckpoint(folder: string): Checkpoint | undefined {
  const pointerPath = path.join(folder, POINTER);
  const text = readIfThere(pointerPath);
  if (text === undefined) return undefined;
  const json = parseRecord(text, pointerPath);
  const { sha256, ...content } = json;
  const { tensors: pointer, ...rest } = content as { tensors?: Partial<TensorsFile> | null };
  const header = readCheckpointHeader(rest);
  if (typeof pointer?.file !== "string" || path.basename(pointer.file) !== pointer.file) {
    throw new CheckpointError(`checkpoint is damaged: ${pointerPath} names no file of numbers`);
  }
  // The same text again: JSON keeps the order of names. Checkpoints of before there was a checksum have none.
  if (sha256 !== undefined && sha256Of(JSON.stringify(content)) !== sha256) {
    throw new CheckpointError(`checkpoint is damaged: the content of ${pointerPath} is not what was written`);
  }
  const tensorsPath = path.join(folder, pointer.file);
  const bytes = readIfThere(tensorsPath);
  if (bytes === undefined) throw new CheckpointError(`checkpoint is damaged: ${tensorsPath} is missing`);
  if (bytes.length !== pointer.bytes) {
    throw new CheckpointError(
      `checkpoint is damaged: ${tensorsPath} has ${bytes.length} bytes, expected ${pointer.bytes}`,
    );
  }
  if (sha256Of(bytes) !== pointer.sha256) {
    throw new CheckpointError(`checkpoint is damaged: the content of ${tensorsPath} is not what was written`);
  }
  const { tensors } = readSafetensors(bytes);
  return { header, tensors: Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data])) };
}

function parseRecord(text: Uint8Array, file: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = parseForeignJson(new TextDecoder().decode(text));
  } catch (error) {
    throw new CheckpointError(`checkpoint is damaged: ${file} is ${(error as Error).message}`);
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new CheckpointError(`checkpoint is damaged: ${file} holds no object`);
}

/** What earlier checkpoints and killed processes left. That it cannot be removed harms nothing. */
function removeAllBut(keep: readonly string[], folder: string): void {
  try {
    for (const name of fs.readdirSync(folder)) {
      const ours = /^tensors-.*\.safetensors$/.test(name) || isTemporary(name);
      if (ours && !keep.includes(name)) fs.rmSync(path.join(folder, name), { force: true });
    }
  } catch {}
}

function readIfThere(file: string): Uint8Array | undefined {
  try {
    return new Uint8Array(fs.readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw asUserError(error, `cannot read ${file}`);
  }
}

function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
