/**
 * The safetensors file format: named tensors and a map of strings, read without executing anything.
 * https://github.com/huggingface/safetensors#format
 *
 *     8 bytes   N, little-endian unsigned 64-bit
 *     N bytes   JSON, UTF-8, from '{', padded with spaces: { "<name>": { dtype, shape, data_offsets: [begin, end] }, "__metadata__": { … } }
 *     the rest  the tensors' values, little-endian, row-major; offsets count from here and leave no gap
 */

import { shown } from "./foreign-json.js";

export type TensorData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** A tensor in a safetensors file: shape and elements, in row-major order. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Content of a safetensors file: tensors by name, and texts by name. */
export interface Safetensors {
  readonly tensors: Record<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

type DType = "F64" | "F32" | "I32" | "U32" | "U8";

/** In the order in which the reference implementation lays tensors out, larger elements first. */
const DTYPES: Record<DType, { bytes: number; create(buffer: ArrayBuffer): TensorData }> = {
  F64: { bytes: 8, create: (buffer) => new Float64Array(buffer) },
  F32: { bytes: 4, create: (buffer) => new Float32Array(buffer) },
  U32: { bytes: 4, create: (buffer) => new Uint32Array(buffer) },
  I32: { bytes: 4, create: (buffer) => new Int32Array(buffer) },
  U8: { bytes: 1, create: (buffer) => new Uint8Array(buffer) },
};

const METADATA = "__metadata__";
const MAX_HEADER_BYTES = 100_000_000; // the limit of the reference implementation

/**
 * The bytes of a file. The same tensors and metadata give the same bytes, whatever the order of their keys: the tensors stand by
 * falling element size, then by name, as the reference implementation has them, which keeps each aligned to its element size.
 */
export function writeSafetensors(
  tensors: Record<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.keys(tensors).map((name) => {
    if (name === METADATA)
      throw new Error(`tensor name must not be "${METADATA}", which the format reserves; rename it`);
    const { shape, data } = tensors[name];
    const dtype = dtypeOf(name, data);
    const count = elementCount(name, shape);
    if (count !== data.length) {
      throw new RangeError(`tensor "${name}": shape [${shape.join(", ")}] needs ${count} values, got ${data.length}`);
    }
    return { name, shape, data, dtype };
  });
  const rank = Object.keys(DTYPES);
  entries.sort((a, b) => rank.indexOf(a.dtype) - rank.indexOf(b.dtype) || compare(a.name, b.name));

  const fields: string[] = [];
  const metadataKeys = Object.keys(metadata).sort(compare);
  if (metadataKeys.length > 0) {
    for (const key of metadataKeys) {
      if (typeof metadata[key] !== "string") {
        throw new TypeError(`metadata "${key}" must be a string, got ${typeof metadata[key]}`);
      }
    }
    const pairs = metadataKeys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
    fields.push(`"${METADATA}":{${pairs.join(",")}}`);
  }
  let offset = 0;
  for (const { name, shape, data, dtype } of entries) {
    const end = offset + data.byteLength;
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [offset, end] })}`);
    offset = end;
  }

  const header = new TextEncoder().encode(`{${fields.join(",")}}`);
  const headerBytes = Math.ceil(header.length / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new RangeError(`safetensors header must be at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`);
  }
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setUint32(0, headerBytes, true);
  file.fill(0x20, 8, 8 + headerBytes); // spaces
  file.set(header, 8);
  let position = 8 + headerBytes;
  for (const { data } of entries) {
    file.set(
      littleEndian(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), data.BYTES_PER_ELEMENT),
      position,
    );
    position += data.byteLength;
  }
  return file;
}

/**
 * The tensors of a file, copied out of it. Anything that is not exactly a well-formed file is refused with an error that says what
 * is wrong and in which tensor.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  if (bytes.length < 8) throw new Error(`safetensors file must hold at least 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 4294967296;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new Error(
      `safetensors header must be at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}: not a safetensors file?`,
    );
  }
  if (headerBytes > bytes.length - 8) {
    throw new Error(
      `safetensors header must be ${headerBytes} bytes long, got ${bytes.length - 8}: the file is cut short`,
    );
  }
  // As a plain Uint8Array: `slice` of Node's Buffer, which is one too, would not copy.
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + 8 + headerBytes, bytes.length - 8 - headerBytes);
  const header = parseHeader(bytes.subarray(8, 8 + headerBytes));

  const metadata: Record<string, string> = emptyRecord();
  const entries: { name: string; dtype: DType; shape: number[]; begin: number; end: number }[] = [];
  for (const name of Object.keys(header)) {
    const field = header[name];
    if (name === METADATA) {
      if (!isRecord(field))
        throw new Error(`safetensors ${METADATA} must be an object of strings, got ${kindOf(field)}`);
      for (const key of Object.keys(field)) {
        const value = field[key];
        if (typeof value !== "string") throw new Error(`metadata "${key}" must be a string, got ${kindOf(value)}`);
        metadata[key] = value;
      }
    } else {
      entries.push({ name, ...parseEntry(name, field) });
    }
  }

  // Laid end to end, the tensors must cover the values exactly: no gap, no overlap, nothing left over.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      throw new Error(
        `tensor "${name}": data must begin at byte ${position}, where the tensor before it ends, got ${begin}`,
      );
    }
    if (end > values.length) {
      throw new Error(`tensor "${name}": data must end within the file's ${values.length} bytes of values, got ${end}`);
    }
    position = end;
  }
  if (position !== values.length) {
    throw new Error(
      `safetensors file must end with its last tensor at byte ${position} of the values, got ${values.length} bytes`,
    );
  }

  const tensors: Record<string, StoredTensor> = emptyRecord();
  for (const { name, dtype, shape, begin, end } of entries) {
    const { bytes: size, create } = DTYPES[dtype];
    const own = littleEndian(values.slice(begin, end), size);
    tensors[name] = { shape, data: create(own.buffer) };
  }
  return { tensors, metadata };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("safetensors header must be UTF-8 text, got other bytes: not a safetensors file?");
  }
  if (!text.startsWith("{")) {
    throw new Error(`safetensors header must begin with "{", got ${shown(text.slice(0, 1))}: not a safetensors file?`);
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw new Error(`safetensors header must be JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isRecord(header)) throw new Error(`safetensors header must be a JSON object, got ${kindOf(header)}`);
  refuseDuplicateKeys(text);
  return header;
}

/** JSON.parse keeps the last of two equal keys in silence; here the text, known to be valid JSON, is scanned for them. */
function refuseDuplicateKeys(text: string): void {
  const open: (Set<string> | null)[] = []; // the keys seen in each open object; null for an array
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const first = match[0][0];
    if (first === "{") open.push(new Set());
    else if (first === "[") open.push(null);
    else if (first === "}" || first === "]") open.pop();
    else if (match[1] !== undefined) {
      const key: string = JSON.parse(match[0].slice(0, -match[1].length));
      const keys = open[open.length - 1];
      if (keys?.has(key)) throw new Error(`safetensors header must name each key once, got ${shown(key)} twice`);
      keys?.add(key);
    }
  }
}

function parseEntry(name: string, field: unknown): { dtype: DType; shape: number[]; begin: number; end: number } {
  if (!isRecord(field)) throw new Error(`tensor "${name}": entry must be an object, got ${kindOf(field)}`);
  const unknownKey = Object.keys(field).find((key) => key !== "dtype" && key !== "shape" && key !== "data_offsets");
  if (unknownKey !== undefined) {
    throw new Error(`tensor "${name}": entry must hold dtype, shape and data_offsets alone, got ${shown(unknownKey)}`);
  }
  const { dtype, shape, data_offsets: offsets } = field;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPES, dtype)) {
    throw new Error(`tensor "${name}": dtype must be one of ${Object.keys(DTYPES).join(", ")}, got ${shown(dtype)}`);
  }
  if (!isIntegers(shape)) {
    throw new Error(`tensor "${name}": shape must be a list of integers >= 0, got ${shown(shape)}`);
  }
  if (!isIntegers(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new Error(`tensor "${name}": data_offsets must be [begin, end] with begin <= end, got ${shown(offsets)}`);
  }
  const expected = elementCount(name, shape) * DTYPES[dtype as DType].bytes;
  const actual = offsets[1] - offsets[0];
  if (expected !== actual) {
    throw new Error(`tensor "${name}": ${dtype} of shape [${shape.join(", ")}] takes ${expected} bytes, got ${actual}`);
  }
  return { dtype: dtype as DType, shape, begin: offsets[0], end: offsets[1] };
}

function dtypeOf(name: string, data: TensorData): DType {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Uint8Array) return "U8";
  throw new TypeError(
    `tensor "${name}": data must be a Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array`,
  );
}

/** The product of the dimensions; 1 for a scalar, []. */
function elementCount(name: string, shape: readonly number[]): number {
  if (!isIntegers(shape)) {
    throw new RangeError(`tensor "${name}": shape must be a list of integers >= 0, got ${shown(shape)}`);
  }
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  if (!Number.isSafeInteger(count)) throw new RangeError(`tensor "${name}": shape ${shown(shape)} is too large`);
  return count;
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Bytes in the order of a file: within each element reversed on a big-endian machine. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer>;
function littleEndian(bytes: Uint8Array, size: number): Uint8Array;
function littleEndian(bytes: Uint8Array, size: number): Uint8Array {
  if (LITTLE_ENDIAN || size === 1) return bytes;
  const swapped = bytes.slice();
  for (let i = 0; i < swapped.length; i += size) swapped.subarray(i, i + size).reverse();
  return swapped;
}

/** By UTF-16 code units: the order does not depend on the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A record without a prototype, so that a tensor named "__proto__" or "constructor" is a key like any other. */
function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
