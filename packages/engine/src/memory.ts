import type { Kernels } from "./kernels/kernels.js";
import { referenceKernels } from "./kernels/reference.js";
import { minimumPages, wasmKernels } from "./kernels/wasm.js";

/**
 * The one linear memory that all tensors live in, its allocator, and the kernels that compute over it.
 *
 * Two kinds of memory: *blocks*, first-fit from a free list (parameters, optimiser state, what users hold), and the *arena*,
 * a bump allocator made of large blocks, for the temporaries of a scope. Offsets are bytes, multiples of 16.
 */
const pageBytes = 65536;
const alignment = 16;
const maximumPages = 65536;
const memory = new WebAssembly.Memory({ initial: minimumPages + 16, maximum: maximumPages });
const wasm = wasmKernels(memory);

/** Live views of the memory; replaced when it grows, so never kept across an allocation. */
export let f32 = new Float32Array(memory.buffer);
export let i32 = new Int32Array(memory.buffer);

/** The kernels that run now. */
export let kernels: Kernels = wasm.kernels;

/** Which implementation of the kernels computes: `wasm` (the default), or `reference`, the slow oracle for tests. */
export function useBackend(name: "wasm" | "reference"): void {
  if (name !== "wasm" && name !== "reference") {
    throw new RangeError(`backend must be 'wasm' or 'reference', got ${JSON.stringify(name)}`);
  }
  kernels = name === "wasm" ? wasm.kernels : referenceKernels(memory);
}

interface FreeBlock {
  start: number;
  end: number;
}

const free: FreeBlock[] = [{ start: align(wasm.heapBase), end: memory.buffer.byteLength }];
let liveBlockBytes = 0;

/** Rounds a byte count up to the alignment of tensors. */
export function align(bytes: number): number {
  // Not by masking: bit operations are of 32 bits with a sign, the memory has up to 4 GiB.
  return Math.ceil(bytes / alignment) * alignment;
}

/** A block of at least `bytes` bytes, not cleared. */
export function allocateBlock(bytes: number): number {
  requireBytes(bytes);
  const size = Math.max(align(bytes), alignment);
  let index = free.findIndex((block) => block.end - block.start >= size);
  if (index < 0) {
    grow(size);
    index = free.length - 1;
  }
  const block = free[index];
  const start = block.start;
  block.start += size;
  if (block.start === block.end) free.splice(index, 1);
  liveBlockBytes += size;
  return start;
}

/** NaN or a negative count would corrupt the free list or move the arena's top backwards. */
function requireBytes(bytes: number): void {
  if (!(bytes >= 0)) throw new RangeError(`a tensor must have 0 bytes or more, got ${bytes}; check its shape`);
}

/** Gives a block back; `bytes` as it was asked for. */
export function freeBlock(start: number, bytes: number): void {
  const size = Math.max(align(bytes), alignment);
  liveBlockBytes -= size;
  insertFree(start, start + size);
}

function insertFree(start: number, end: number): void {
  let index = free.findIndex((block) => block.start > start);
  if (index < 0) index = free.length;
  const before = free[index - 1];
  const after = free[index];
  const joinsBefore = before !== undefined && before.end === start;
  const joinsAfter = after !== undefined && after.start === end;
  if (joinsBefore && joinsAfter) {
    before.end = after.end;
    free.splice(index, 1);
  } else if (joinsBefore) before.end = end;
  else if (joinsAfter) after.start = start;
  else free.splice(index, 0, { start, end });
}

function grow(bytes: number): void {
  const before = memory.buffer.byteLength;
  const wanted = Math.ceil(bytes / pageBytes);
  const left = maximumPages - before / pageBytes;
  // By half again: it keeps the number of growths, each of which replaces the views, logarithmic. Where the machine refuses that, by 16 MiB.
  const steps = [Math.ceil(before / pageBytes / 2), 256, 0];
  if (!steps.some((pages) => grows(Math.max(wanted, Math.min(pages, left))))) {
    throw new RangeError(
      `the engine's memory is limited to 4 GiB: ${Math.round(before / 2 ** 20)} MiB are in use and ${Math.ceil(bytes / 2 ** 20)} MiB more were asked for; use smaller batches or networks, and run the body of a loop in scope(): outside of it every tensor is kept until the next task`,
    );
  }
  f32 = new Float32Array(memory.buffer);
  i32 = new Int32Array(memory.buffer);
  insertFree(before, memory.buffer.byteLength);
}

function grows(pages: number): boolean {
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

/** Where a scope's temporaries begin, to come back to at its end. */
export interface ArenaMark {
  readonly chunk: number;
  readonly top: number;
}

const minimumChunkBytes = 1 << 20;
const chunks: { start: number; end: number }[] = [];
let chunkIndex = -1;
let arenaTop = 0;
let arenaEnd = 0;

/** The next `bytes` bytes of the arena. */
export function allocateArena(bytes: number): number {
  const start = arenaTop;
  const end = start + align(bytes);
  // Negated, so that NaN does not pass.
  if (!(bytes >= 0 && end <= arenaEnd)) return nextChunk(bytes);
  arenaTop = end;
  return start;
}

function nextChunk(bytes: number): number {
  requireBytes(bytes);
  const size = align(bytes);
  // A later chunk may be left from earlier, larger scopes; one that is too small is passed over until the scope ends.
  do {
    if (chunkIndex + 1 === chunks.length) {
      const length = Math.max(size, minimumChunkBytes, 2 * (arenaEnd - (chunks[chunkIndex]?.start ?? arenaEnd)));
      const start = allocateBlock(length);
      chunks.push({ start, end: start + length });
    }
    chunkIndex++; // Only now: the arena stays whole where there is no memory for a chunk.
    arenaTop = chunks[chunkIndex].start;
    arenaEnd = chunks[chunkIndex].end;
  } while (arenaTop + size > arenaEnd);
  arenaTop += size;
  return arenaTop - size;
}

export function markArena(): ArenaMark {
  return { chunk: chunkIndex, top: arenaTop };
}

export function resetArena(mark: ArenaMark): void {
  chunkIndex = mark.chunk;
  arenaTop = mark.top;
  arenaEnd = mark.chunk < 0 ? 0 : chunks[mark.chunk].end;
}

/** Bytes: the whole memory, and what blocks (parameters, held tensors and the arena's chunks) take of it. */
export function memoryBytes(): { total: number; blocks: number } {
  return { total: memory.buffer.byteLength, blocks: liveBlockBytes };
}
