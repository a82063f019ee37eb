import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { parseForeignJson, readSafetensors, writeSafetensors } from "@advantage/engine";
import { asBlock, type Checkpoint, CheckpointError, isBlock, readCheckpointHeader } from "@advantage/rl";
import { isTemporary, writeAtomically, writeInBackground } from "../files/atomic-file.js";
import { asUserError } from "../files/file-errors.js";
import { makeFolder } from "../files/make-folder.js";

const POINTER = "checkpoint.json";

/** Bytes of a page of a file; smaller blocks stand with the other numbers. */
const SMALLEST_FILE = 2 ** 12;

/** Blocks written at the same time: as many as the threads that write them have use for. */
const AT_ONCE = 4;

/** What the pointer says of a file that holds numbers. */
interface NumbersFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Blocks that this process has written or read, and where. */
const filesOfBlocks = new WeakMap<Uint8Array, { readonly folder: string; readonly file: NumbersFile }>();

/** Where the blocks of a checkpoint are, by their names in it. */
type BlockFiles = Readonly<Record<string, NumbersFile>>;

/**
 * Saves a checkpoint in a folder as `writeCheckpoint` does, while other work goes on, if it holds blocks: those that no file of the folder holds yet
 * are written first, each under a name made of its content.
 *
 * @throws UserError if it cannot be written; the old checkpoint is untouched
 */
export async function writeCheckpointInBackground(folder: string, checkpoint: Checkpoint): Promise<void> {
  const blocks = await writeBlocks(folder, checkpoint);
  if (Object.keys(blocks).length === 0) return writeCheckpoint(folder, checkpoint);
  const numbers = numbersOf(folder, checkpoint, blocks);
  await writeInBackground(path.join(folder, numbers.file), numbers.content);
  const pointer = pointerText(checkpoint, numbers, blocks);
  await writeInBackground(path.join(folder, POINTER), new TextEncoder().encode(pointer));
  removeAllBut([numbers.file, POINTER, ...Object.values(blocks).map(({ file }) => file)], folder);
}

async function writeBlocks(folder: string, { tensors }: Checkpoint): Promise<BlockFiles> {
  makeFolder(folder);
  const files: Record<string, NumbersFile> = {};
  const missing: (readonly [string, Uint8Array])[] = [];
  for (const [name, data] of Object.entries(tensors)) {
    if (!isBlock(data) || data.length < SMALLEST_FILE) continue;
    const known = filesOfBlocks.get(data);
    if (known?.folder === folder && fs.existsSync(path.join(folder, known.file.file))) files[name] = known.file;
    else missing.push([name, data]);
  }
  const written = new Map<string, Promise<void>>(); // two blocks may hold the same
  const write = async ([name, data]: readonly [string, Uint8Array]) => {
    const digest = await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
    const sha256 = Buffer.from(digest).toString("hex");
    const file = { file: `block-${sha256}.bin`, bytes: data.length, sha256 };
    const writing = written.get(sha256) ?? writeInBackground(path.join(folder, file.file), data);
    written.set(sha256, writing);
    await writing;
    filesOfBlocks.set(data, { folder, file });
    files[name] = file;
  };
  for (let i = 0; i < missing.length; i += AT_ONCE) {
    const ended = await Promise.allSettled(missing.slice(i, i + AT_ONCE).map(write)); // none goes on after another has failed
    for (const each of ended) if (each.status === "rejected") throw each.reason;
  }
  return files;
}

/**
 * Saves a checkpoint in a folder: first the typed arrays under a new name, then `checkpoint.json`, which names them. A process that is killed at any
 * moment leaves the old checkpoint whole or the new one.
 *
 * @throws UserError if it cannot be written; the old checkpoint is untouched
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint): void {
  makeFolder(folder);
  const numbers = numbersOf(folder, checkpoint, {});
  writeAtomically(path.join(folder, numbers.file), numbers.content);
  writeAtomically(path.join(folder, POINTER), pointerText(checkpoint, numbers, {}));
  removeAllBut([numbers.file, POINTER], folder);
}

/** The file of the typed arrays that are not in files of their own. */
function numbersOf(folder: string, { header, tensors }: Checkpoint, blocks: BlockFiles) {
  const rest = Object.entries(tensors).filter(([name]) => !Object.hasOwn(blocks, name));
  const content = writeSafetensors(
    Object.fromEntries(rest.map(([name, data]) => [name, { shape: [data.length], data }])),
  );
  const sha256 = sha256Of(content);
  const plainName = `tensors-${header.step}.safetensors`;
  // A file of that name may belong to the checkpoint that is still the valid one.
  const taken = fs.existsSync(path.join(folder, plainName));
  const file = taken ? `tensors-${header.step}-${sha256.slice(0, 12)}.safetensors` : plainName;
  return { file, bytes: content.length, sha256, content };
}

/** `checkpoint.json` */
function pointerText({ header }: Checkpoint, { file, bytes, sha256 }: NumbersFile, blocks: BlockFiles): string {
  const tensors: NumbersFile = { file, bytes, sha256 };
  const content = { ...header, tensors, ...(Object.keys(blocks).length === 0 ? {} : { blocks }) };
  return JSON.stringify({ ...content, sha256: sha256Of(JSON.stringify(content)) });
}

/**
 * Makes the checkpoint of one folder that of another one as well. What both hold is stored once where the file system has links: the files of a
 * checkpoint are never written into, only replaced.
 *
 * @throws UserError if it cannot be written
 */
export function copyCheckpoint(from: string, to: string): void {
  makeFolder(to);
  const text = new Uint8Array(fs.readFileSync(path.join(from, POINTER)));
  const { tensors, blocks } = pointerOf(text, path.join(from, POINTER));
  for (const { file, sha256 } of [tensors, ...Object.values(blocks)]) {
    const there = readIfThere(path.join(to, file));
    if (there !== undefined && sha256Of(there) === sha256) continue;
    if (there !== undefined || !linked(path.join(from, file), path.join(to, file)))
      writeAtomically(path.join(to, file), new Uint8Array(fs.readFileSync(path.join(from, file))));
  }
  writeAtomically(path.join(to, POINTER), text);
  removeLeftovers(to);
}

/** Whether a file could be given a second name: not every file system can. */
function linked(file: string, name: string): boolean {
  try {
    fs.linkSync(file, name);
    return true;
  } catch {
    return false;
  }
}

/** Removes what a process that was killed has left in a folder beside the checkpoint. */
export function removeLeftovers(folder: string): void {
  const text = readIfThere(path.join(folder, POINTER));
  if (text === undefined) return;
  const { tensors, blocks } = pointerOf(text, path.join(folder, POINTER));
  removeAllBut([POINTER, tensors.file, ...Object.values(blocks).map(({ file }) => file)], folder);
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
  const { header, tensors: pointer, blocks } = pointerOf(text, pointerPath);
  const { tensors: stored } = readSafetensors(readNumbers(folder, pointer));
  const tensors = Object.entries(stored).map(([name, { data }]) => [name, data] as const);
  const apart = Object.entries(blocks).map(([name, block]) => {
    const bytes = asBlock(readNumbers(folder, block));
    filesOfBlocks.set(bytes, { folder, file: block });
    return [name, bytes] as const;
  });
  return { header, tensors: Object.fromEntries([...tensors, ...apart]) };
}

/** What `checkpoint.json` holds. */
function pointerOf(text: Uint8Array, pointerPath: string) {
  const { sha256, ...content } = parseRecord(text, pointerPath);
  const { tensors, blocks = {}, ...rest } = content as { tensors?: unknown; blocks?: unknown };
  const header = readCheckpointHeader(rest);
  if (!isNumbersFile(tensors))
    throw new CheckpointError(`checkpoint is damaged: ${pointerPath} names no file of numbers`);
  if (!isRecord(blocks) || !Object.values(blocks).every(isNumbersFile))
    throw new CheckpointError(`checkpoint is damaged: ${pointerPath} names no files of blocks`);
  // The same text again: JSON keeps the order of names. Checkpoints of before there was a checksum have none.
  if (sha256 !== undefined && sha256Of(JSON.stringify(content)) !== sha256) {
    throw new CheckpointError(`checkpoint is damaged: the content of ${pointerPath} is not what was written`);
  }
  return { header, tensors, blocks: blocks as BlockFiles };
}

/** Whether it names a file in the checkpoint's own folder. */
function isNumbersFile(value: unknown): value is NumbersFile {
  return isRecord(value) && typeof value.file === "string" && path.basename(value.file) === value.file;
}

/** @throws CheckpointError unless the file is what was written */
function readNumbers(folder: string, { file, bytes: length, sha256 }: NumbersFile): Uint8Array {
  const at = path.join(folder, file);
  const bytes = readIfThere(at);
  if (bytes === undefined) throw new CheckpointError(`checkpoint is damaged: ${at} is missing`);
  if (bytes.length !== length) {
    throw new CheckpointError(`checkpoint is damaged: ${at} has ${bytes.length} bytes, expected ${length}`);
  }
  if (sha256Of(bytes) !== sha256) {
    throw new CheckpointError(`checkpoint is damaged: the content of ${at} is not what was written`);
  }
  return bytes;
}

function parseRecord(text: Uint8Array, file: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = parseForeignJson(new TextDecoder().decode(text));
  } catch (error) {
    throw new CheckpointError(`checkpoint is damaged: ${file} is ${(error as Error).message}`);
  }
  if (isRecord(json)) return json;
  throw new CheckpointError(`checkpoint is damaged: ${file} holds no object`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What earlier checkpoints and killed processes left. That it cannot be removed harms nothing. */
function removeAllBut(keep: readonly string[], folder: string): void {
  try {
    for (const name of fs.readdirSync(folder)) {
      const ours = /^tensors-.*\.safetensors$|^block-.*\.bin$/.test(name) || isTemporary(name);
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
