import type { TensorData } from "@advantage/engine";
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

const ARRAY_TYPES = [Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array] as const;

/**
 * Takes a state apart, bit for bit: plain objects and arrays, primitives (NaN, ±∞ and −0 too), typed arrays, and objects with
 * `snapshot()`. Everything is copied: the state may go on.
 *
 * In the JSON, `{ $array: path, type }` stands for a typed array, `{ $snapshot }` for what an object's `snapshot()` gave, and
 * `{ $value: "NaN" }` for what JSON cannot say.
 *
 * @throws Error naming the path of what cannot be saved: functions, class instances without `snapshot`, cycles
 */
export function capture(state: unknown): Captured {
  const tensors: Record<string, NumberArray> = {};
  const ancestors = new Set<object>();

  function encode(value: unknown, path: string): unknown {
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $value: Object.is(value, -0) ? "-0" : `${value}` };
    if (value === undefined) return { $value: "undefined" };
    if (typeof value !== "object") throw new Error(`${path} is a ${typeof value}, which a checkpoint cannot hold`);
    if (isNumberArray(value)) {
      tensors[path] = value.slice();
      return { $array: path, type: value.constructor.name };
    }
    if (ancestors.has(value)) throw new Error(`${path} contains itself, which a checkpoint cannot hold`);
    ancestors.add(value);
    const encoded = encodeObject(value, path);
    ancestors.delete(value);
    return encoded;
  }

  function encodeObject(value: object, path: string): unknown {
    if (isSnapshotting(value)) return { $snapshot: encode(value.snapshot(), path) };
    if (Array.isArray(value)) return Array.from(value, (item, i) => encode(item, `${path}.${i}`));
    if (!isPlain(value)) {
      throw new Error(
        `${path} is a ${value.constructor?.name}, which has no snapshot() and restore(): a checkpoint cannot hold it`,
      );
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        if (key.startsWith("$")) throw new Error(`${path}.${key}: names in a state must not start with '$'`);
        return [key, encode(item, `${path}.${key}`)];
      }),
    );
  }

  return { json: encode(state, "state"), tensors };
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

  if (isNumberArray(live)) {
    const array = isReference(saved) ? plain() : undefined;
    if (!isNumberArray(array)) throw misfit(path, kindOf(saved), kindOf(live));
    if (array.constructor !== live.constructor)
      throw misfit(path, `a ${array.constructor.name}`, `a ${live.constructor.name}`);
    if (array.length !== live.length) throw misfitCount(path, array.length, live.length, "numbers");
    (live as Float64Array).set(array as Float64Array);
    return live;
  }
  if (isSnapshotting(live)) {
    if (!isRecord(saved) || !("$snapshot" in saved)) throw misfit(path, kindOf(saved), "an object's snapshot");
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
  if (!isRecord(saved) || isReference(saved)) throw misfit(path, kindOf(saved), "an object");
  const target = live as Record<string, unknown>;
  // Empty: a dictionary that training fills.
  if (Object.keys(target).length === 0) return Object.assign(target, plain());
  for (const key of Object.keys(target)) {
    if (!(key in saved)) throw new CheckpointError(`checkpoint does not fit: ${path}.${key} is missing in it`);
  }
  for (const key of Object.keys(saved)) {
    if (!(key in target))
      throw new CheckpointError(`checkpoint does not fit: ${path}.${key} is in it but not in this state`);
    target[key] = restoreInto(target[key], saved[key], `${path}.${key}`, tensors);
  }
  return live;
}

/** A primitive or an absent value gives way to what was saved, of the same kind or absent. */
function replace(live: unknown, saved: unknown, path: string, tensors: Captured["tensors"]): unknown {
  if (isRecord(saved) && "$snapshot" in saved) throw misfit(path, "an object's snapshot", kindOf(live));
  const value = decode(saved, path, tensors);
  const absent = live === null || live === undefined || value === null || value === undefined;
  if (!absent && typeof value !== typeof live) throw misfit(path, kindOf(saved), kindOf(live));
  return value;
}

/** Plain data from its JSON; typed arrays are copies. */
function decode(saved: unknown, path: string, tensors: Captured["tensors"]): unknown {
  if (Array.isArray(saved)) return saved.map((item, i) => decode(item, `${path}.${i}`, tensors));
  if (!isRecord(saved)) return saved;
  if ("$value" in saved) return saved.$value === "undefined" ? undefined : Number(saved.$value);
  if ("$array" in saved) {
    const array = Object.hasOwn(tensors, String(saved.$array)) ? tensors[String(saved.$array)] : undefined;
    if (!array) throw new CheckpointError(`checkpoint is damaged: the numbers of ${path} are missing`);
    if (array.constructor.name !== saved.type)
      throw new CheckpointError(
        `checkpoint is damaged: ${path} holds a ${array.constructor.name}, not a ${saved.type}`,
      );
    return array.slice();
  }
  if ("$snapshot" in saved) throw misfit(path, "an object's snapshot", "plain data");
  return Object.fromEntries(Object.entries(saved).map(([key, item]) => [key, decode(item, `${path}.${key}`, tensors)]));
}

function needsPlace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isNumberArray(value) || isSnapshotting(value)) return true;
  return Object.values(value).some(needsPlace);
}

function isNumberArray(value: unknown): value is NumberArray {
  return ARRAY_TYPES.some((type) => value instanceof type);
}

function isSnapshotting(value: object): value is Snapshotting {
  return (
    typeof (value as Partial<Snapshotting>).snapshot === "function" &&
    typeof (value as Partial<Snapshotting>).restore === "function"
  );
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether this JSON object stands for something else than a plain object. */
function isReference(saved: unknown): boolean {
  return isRecord(saved) && ("$array" in saved || "$snapshot" in saved || "$value" in saved);
}

function isSpecial(saved: unknown, value: string): boolean {
  return isRecord(saved) && saved.$value === value;
}

function kindOf(value: unknown): string {
  if (isRecord(value) && "$array" in value) return `a ${value.type}`;
  if (isRecord(value) && "$snapshot" in value) return "an object's snapshot";
  if (isRecord(value) && "$value" in value) return value.$value === "undefined" ? "nothing" : "a number";
  if (value === null || value === undefined) return "nothing";
  if (isNumberArray(value)) return `a ${value.constructor.name}`;
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function misfit(path: string, found: string, expected: string): CheckpointError {
  return new CheckpointError(`checkpoint does not fit: ${path} is ${found} in it, expected ${expected}`);
}

function misfitCount(path: string, found: number, expected: number, what: string): CheckpointError {
  return new CheckpointError(`checkpoint does not fit: ${path} has ${found} ${what}, expected ${expected}`);
}
