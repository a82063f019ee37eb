import type { TensorData } from "@advantage/engine";
import {
  isExactly,
  isPlainObject,
  isReservedName,
  isTypedArray,
  type TypedArray,
  typedArrayNamed,
} from "@advantage/envs";
import { isBlock } from "./block.js";
import { CheckpointError } from "./errors.js";

/** A training state taken apart: JSON-able data, and the typed arrays by their path in it. */
export interface Captured {
  readonly json: unknown;
  readonly tensors: Readonly<Record<string, NumberArray>>;
}

/** The typed arrays that safetensors files hold. */
export type NumberArray = TensorData;

/** What knows how to save itself: random streams, parameters, vector environments, running moments. */
interface Snapshotting {
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

/** The typed arrays that a file holds as they are; of the others it holds the bytes. */
const STORED = [Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array] as const;

/**
 * Takes a state apart, bit for bit: plain objects, arrays, Maps, Sets, Dates, primitives (NaN, ±∞ and −0 too), typed arrays, and objects
 * with `snapshot()`. Everything is copied, save for blocks, which do not change: the state may go on.
 *
 * In the JSON, `{ $array: path, type }` stands for a typed array, `{ $snapshot }` for what an object's `snapshot()` gave, `{ $map }`,
 * `{ $set }` and `{ $date }` for these, and `{ $value: "NaN" }` for what JSON cannot say.
 *
 * @throws Error naming the path of what cannot be saved: functions, class instances without `snapshot`, cycles
 */
export function capture(state: unknown): Captured {
  const tensors: Record<string, NumberArray> = {};
  const ancestors = new Set<object>();

  /** @param plain  whether it has to be made anew from the file: nothing there could restore itself */
  function encode(value: unknown, path: string, plain: boolean): unknown {
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $value: Object.is(value, -0) ? "-0" : `${value}` };
    if (value === undefined) return { $value: "undefined" };
    if (typeof value === "bigint") return { $value: `${value}n` };
    if (typeof value !== "object") throw new Error(`${path} is a ${typeof value}, which a checkpoint cannot hold`);
    if (isTypedArray(value)) {
      let name = path; // names with dots may lead to the same path twice
      while (Object.hasOwn(tensors, name)) name += "'";
      tensors[name] = stored(value);
      return { $array: name, type: value.constructor.name };
    }
    if (ancestors.has(value)) throw new Error(`${path} contains itself, which a checkpoint cannot hold`);
    ancestors.add(value);
    const encoded = encodeObject(value, path, plain);
    ancestors.delete(value);
    return encoded;
  }

  function encodeObject(value: object, path: string, plain: boolean): unknown {
    if (!plain && isSnapshotting(value)) return { $snapshot: encode(value.snapshot(), path, true) };
    if (isExactly(value, Array)) return Array.from(value, (item, i) => encode(item, `${path}.${i}`, plain));
    if (isExactly(value, Map)) {
      const pairs = Array.from(value, ([key, item], i) => [
        encode(key, `${path}.${i}.key`, true),
        encode(item, `${path}.${i}.value`, true),
      ]);
      return { $map: pairs };
    }
    if (isExactly(value, Set)) return { $set: Array.from(value, (item, i) => encode(item, `${path}.${i}`, true)) };
    if (isExactly(value, Date)) return { $date: encode(value.getTime(), path, true) };
    if (!isPlainObject(value)) {
      throw new Error(
        `${path} is a ${value.constructor?.name}, which ${plain ? "is no plain data" : "has no snapshot() and restore()"}: a checkpoint cannot hold it`,
      );
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (isReservedName(key))
          throw new Error(`${path}.${key}: names in a state must not be '__proto__' nor start with '$'`);
        return [key, encode(item, `${path}.${key}`, plain)];
      }),
    );
  }

  return { json: encode(state, "state", false), tensors };
}

function stored(array: TypedArray): NumberArray {
  if (isBlock(array)) return array;
  if (isStored(array)) return array.slice();
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
}

function isStored(array: TypedArray): array is NumberArray {
  return STORED.some((type) => array instanceof type);
}

/**
 * Puts a captured state into a fresh one of the same shape, in place: typed arrays are overwritten, objects with `restore()`
 * restore themselves, plain data is replaced.
 *
 * @throws CheckpointError naming the first path that does not fit
 */
export function restore(state: unknown, captured: Captured): void {
  if (typeof state !== "object" || state === null) throw new Error("a training state must be an object");
  restoreInto(state, captured.json, "state", captured.tensors);
}

/** What was captured, as plain data: an object with `snapshot()` cannot be made from it. */
export function release({ json, tensors }: Captured): unknown {
  return decode(json, "state", tensors);
}

/** Fills `live` from `saved`; what cannot be filled in place (primitives, absent values) is returned to be put in its place. */
function restoreInto(live: unknown, saved: unknown, path: string, tensors: Captured["tensors"]): unknown {
  if (live === null || live === undefined || typeof live !== "object") return replace(live, saved, path, tensors);
  const plain = () => decode(saved, path, tensors);

  if (isTypedArray(live)) {
    const array = isReference(saved) ? plain() : undefined;
    if (typeof array !== "object" || array === null || !isTypedArray(array))
      throw misfit(path, kindOf(saved), kindOf(live));
    if (array.constructor !== live.constructor)
      throw misfit(path, `a ${array.constructor.name}`, `a ${live.constructor.name}`);
    if (array.length !== live.length) throw misfitCount(path, array.length, live.length, "numbers");
    (live as Float64Array).set(array as Float64Array);
    return live;
  }
  if (isSnapshotting(live)) {
    if (!isRecord(saved) || !Object.hasOwn(saved, "$snapshot"))
      throw misfit(path, kindOf(saved), "an object's snapshot");
    const snapshot = decode(saved.$snapshot, path, tensors);
    try {
      live.restore(snapshot);
    } catch (error) {
      throw new CheckpointError(`checkpoint does not fit: ${path}: ${error instanceof Error ? error.message : error}`);
    }
    return live;
  }
  if (Array.isArray(live)) {
    if (isSpecial(saved, "undefined") || saved === null) return plain();
    if (!Array.isArray(saved)) throw misfit(path, kindOf(saved), "a list");
    if (!live.some(needsPlace)) {
      live.length = 0;
      for (const item of plain() as unknown[]) live.push(item);
      return live;
    }
    if (saved.length !== live.length) throw misfitCount(path, saved.length, live.length, "items");
    for (let i = 0; i < live.length; i++) live[i] = restoreInto(live[i], saved[i], `${path}.${i}`, tensors);
    return live;
  }
  if (isSpecial(saved, "undefined") || saved === null) return plain();
  if (live instanceof Map || live instanceof Set || live instanceof Date) {
    const value = isReference(saved) ? plain() : undefined;
    if (typeof value !== "object" || value === null || !isExactly(value, live.constructor as DateConstructor))
      throw misfit(path, kindOf(saved), kindOf(live));
    return value;
  }
  if (!isRecord(saved) || isReference(saved)) throw misfit(path, kindOf(saved), "an object");
  const target = live as Record<string, unknown>;
  // Empty: a dictionary that training fills.
  if (Object.keys(target).length === 0) return Object.assign(target, plain());
  for (const key of Object.keys(target)) {
    if (!Object.hasOwn(saved, key))
      throw new CheckpointError(`checkpoint does not fit: ${path}.${key} is missing in it`);
  }
  for (const key of Object.keys(saved)) {
    if (!Object.hasOwn(target, key))
      throw new CheckpointError(`checkpoint does not fit: ${path}.${key} is in it but not in this state`);
    target[key] = restoreInto(target[key], saved[key], `${path}.${key}`, tensors);
  }
  return live;
}

/** A primitive or an absent value gives way to what was saved, of the same kind or absent. */
function replace(live: unknown, saved: unknown, path: string, tensors: Captured["tensors"]): unknown {
  if (isRecord(saved) && Object.hasOwn(saved, "$snapshot")) throw misfit(path, "an object's snapshot", kindOf(live));
  const value = decode(saved, path, tensors);
  const absent = live === null || live === undefined || value === null || value === undefined;
  if (!absent && typeof value !== typeof live) throw misfit(path, kindOf(saved), kindOf(live));
  return value;
}

/** Plain data from its JSON; typed arrays are copies, except for blocks. */
function decode(saved: unknown, path: string, tensors: Captured["tensors"]): unknown {
  if (Array.isArray(saved)) return saved.map((item, i) => decode(item, `${path}.${i}`, tensors));
  if (!isRecord(saved)) return saved;
  switch (referenceOf(saved)) {
    case "$value":
      return decodeValue(saved.$value, path);
    case "$array":
      return decodeArray(saved, path, tensors);
    case "$map":
      return new Map(decodeList(saved.$map, path, tensors).map((pair) => requirePair(pair, path)));
    case "$set":
      return new Set(decodeList(saved.$set, path, tensors));
    case "$date":
      return new Date(decode(saved.$date, path, tensors) as number);
    case "$snapshot":
      throw misfit(path, "an object's snapshot", "plain data");
  }
  return Object.fromEntries(
    Object.entries(saved).map(([key, item]) => {
      // What takes the object up may assign it name by name.
      if (isReservedName(key))
        throw new CheckpointError(`checkpoint is damaged: ${path} holds the name '${key.slice(0, 40)}'`);
      return [key, decode(item, `${path}.${key}`, tensors)];
    }),
  );
}

function decodeValue(value: unknown, path: string): unknown {
  if (value === "undefined") return undefined;
  if (value === "NaN" || value === "-0" || value === "Infinity" || value === "-Infinity") return Number(value);
  if (typeof value === "string" && /^-?\d+n$/.test(value)) return BigInt(value.slice(0, -1));
  throw new CheckpointError(`checkpoint is damaged: ${path} is no value that can be read`);
}

function decodeArray(saved: Record<string, unknown>, path: string, tensors: Captured["tensors"]): TypedArray {
  const name = String(saved.$array);
  const array = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (!array) throw new CheckpointError(`checkpoint is damaged: the numbers of ${path} are missing`);
  if (array.constructor.name === saved.type) return isBlock(array) ? array : array.slice();
  const type = STORED.some(({ name: known }) => known === saved.type) ? undefined : typedArrayNamed(String(saved.type));
  if (type === undefined || !(array instanceof Uint8Array) || array.length % type.BYTES_PER_ELEMENT !== 0) {
    throw new CheckpointError(
      `checkpoint is damaged: ${path} holds a ${array.constructor.name}, not a ${String(saved.type).slice(0, 40)}`,
    );
  }
  return new type(array.slice().buffer);
}

function decodeList(items: unknown, path: string, tensors: Captured["tensors"]): unknown[] {
  if (!Array.isArray(items)) throw new CheckpointError(`checkpoint is damaged: ${path} is no list of items`);
  return decode(items, path, tensors) as unknown[];
}

function requirePair(pair: unknown, path: string): [unknown, unknown] {
  if (Array.isArray(pair) && pair.length === 2) return pair as [unknown, unknown];
  throw new CheckpointError(`checkpoint is damaged: ${path} is no list of pairs`);
}

function needsPlace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isTypedArray(value) || isSnapshotting(value)) return true;
  return Object.values(value).some(needsPlace);
}

function isSnapshotting(value: object): value is Snapshotting {
  return (
    typeof (value as Partial<Snapshotting>).snapshot === "function" &&
    typeof (value as Partial<Snapshotting>).restore === "function"
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const REFERENCES = ["$array", "$snapshot", "$value", "$map", "$set", "$date"] as const;

/** What else than a plain object this JSON object stands for. */
function referenceOf(saved: Record<string, unknown>): (typeof REFERENCES)[number] | undefined {
  return REFERENCES.find((name) => Object.hasOwn(saved, name));
}

function isReference(saved: unknown): boolean {
  return isRecord(saved) && referenceOf(saved) !== undefined;
}

function isSpecial(saved: unknown, value: string): boolean {
  return isRecord(saved) && Object.hasOwn(saved, "$value") && saved.$value === value;
}

/** The kind of a live value, or of one in JSON, in words. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined || isSpecial(value, "undefined")) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (isTypedArray(value) || value instanceof Map || value instanceof Set || value instanceof Date) {
    return `a ${value.constructor.name}`;
  }
  const record = value as Record<string, unknown>;
  switch (referenceOf(record)) {
    case "$array":
      return `a ${String(record.type).slice(0, 40)}`;
    case "$snapshot":
      return "an object's snapshot";
    case "$value":
      return String(record.$value).endsWith("n") ? "a bigint" : "a number";
    case "$map":
      return "a Map";
    case "$set":
      return "a Set";
    case "$date":
      return "a Date";
    default:
      return "an object";
  }
}

function misfit(path: string, found: string, expected: string): CheckpointError {
  return new CheckpointError(`checkpoint does not fit: ${path} is ${found} in it, expected ${expected}`);
}

function misfitCount(path: string, found: number, expected: number, what: string): CheckpointError {
  return new CheckpointError(`checkpoint does not fit: ${path} has ${found} ${what}, expected ${expected}`);
}
