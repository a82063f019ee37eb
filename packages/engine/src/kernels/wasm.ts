import { kernelsWasmBase64 } from "../generated/kernels-wasm.js";
import type { Kernels } from "./kernels.js";

/** What the compiled module exports beside the kernels themselves. */
interface Exports extends Kernels {
  /** Prepares the scratch memory and returns the first byte behind it. */
  heapBase(): number;
}

/** Pages (64 KiB) that a memory needs at least, for static data and scratch; the arena comes on top. */
export const minimumPages = 16;

let compiled: WebAssembly.Module | undefined;

/**
 * The SIMD kernels over `memory`, and the first byte that is free for the caller: everything below belongs to the kernels.
 * The memory may grow afterwards. The functions are the module's exports themselves, so that a call costs nothing more.
 */
export function wasmKernels(memory: WebAssembly.Memory): { kernels: Kernels; heapBase: number } {
  if (memory.buffer.byteLength < minimumPages * 65536) {
    throw new RangeError(
      `memory must have at least ${minimumPages} pages, got ${memory.buffer.byteLength / 65536}: raise "initial"`,
    );
  }
  compiled ??= new WebAssembly.Module(decodeBase64(kernelsWasmBase64));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  const kernels = exports as unknown as Exports;
  return { kernels, heapBase: kernels.heapBase() };
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
