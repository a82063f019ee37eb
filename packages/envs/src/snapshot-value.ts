/**
 * Snapshot values: what a checkpoint keeps of an environment and gives back to the bit. These are plain objects, arrays, Maps, Sets and
 * Dates, typed arrays of every kind, texts, numbers (NaN, ±∞ and −0 too), bigints, booleans, null and undefined.
 */

const TYPED_ARRAYS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array", // where there is one
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];

/** How deep a snapshot may be nested: what takes it apart and writes it as JSON calls itself. */
const MAX_DEPTH = 100;

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

export type TypedArrayConstructor = { readonly BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer): TypedArray };

/** The typed array of a name, such as "Int8Array"; undefined if there is none here. */
export function typedArrayNamed(name: string): TypedArrayConstructor | undefined {
  if (!TYPED_ARRAYS.includes(name)) return undefined;
  return (globalThis as unknown as Record<string, TypedArrayConstructor | undefined>)[name];
}

/** Whether a value is a typed array, and not of a class derived from one, such as Node's Buffer. */
export function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value) && isExactly(value, typedArrayNamed(value.constructor?.name));
}

/** Whether an object was made by `{}`, or has no prototype. */
export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Whether an object is of this class itself, not of one derived from it. */
export function isExactly<T>(
  value: object,
  type: (abstract new (...args: never) => T) | undefined,
): value is T & object {
  return type !== undefined && Object.getPrototypeOf(value) === type.prototype;
}

/**
 * Why a checkpoint cannot keep a snapshot, as a sentence; undefined if it can.
 *
 *     snapshot.piece is a Piece: a checkpoint keeps plain objects, arrays, …; keep its fields in a plain object instead
 *
 * @param path  what to call the value
 */
export function snapshotProblem(value: unknown, path = "snapshot"): string | undefined {
  return problemIn(value, path, new Set());
}

const KEPT =
  "a checkpoint keeps plain objects, arrays, Maps, Sets, Dates, typed arrays, texts, numbers, bigints, booleans, null and undefined";

function problemIn(value: unknown, path: string, around: Set<object>): string | undefined {
  if (typeof value === "function" || typeof value === "symbol") return `${path} is a ${typeof value}: ${KEPT}`;
  if (typeof value !== "object" || value === null || isTypedArray(value)) return undefined;
  if (around.has(value))
    return `${path} contains itself, which a checkpoint cannot keep: refer to it by a name or a number`;
  if (around.size === MAX_DEPTH) return `${path} is nested more than ${MAX_DEPTH} deep: keep it as a flat list`;
  const parts = partsOf(value, path);
  if (typeof parts === "string") return parts;
  around.add(value);
  for (const [name, part] of parts) {
    const problem = problemIn(part, name, around);
    if (problem !== undefined) return problem;
  }
  around.delete(value);
  return undefined;
}

/** What an object consists of, by path; or what is wrong with it. */
function partsOf(value: object, path: string): Iterable<readonly [string, unknown]> | string {
  const own = Object.keys(value).length;
  if (Array.isArray(value)) {
    if (!isExactly(value, Array)) return ofClass(value, path);
    if (own !== value.length) return `${path} is an array with holes or with names of its own: ${KEPT}`;
    return value.map((item, i) => [`${path}.${i}`, item] as const);
  }
  if (Object.getOwnPropertySymbols(value).length > 0)
    return `${path} has a symbol for a name, which a checkpoint cannot keep: use a text`;
  if (isPlainObject(value)) {
    const reserved = Object.keys(value).find(isReservedName);
    if (reserved !== undefined)
      return `${path} has the name '${reserved}', which a checkpoint cannot keep: choose another one`;
    return Object.entries(value).map(([key, item]) => [`${path}.${key}`, item] as const);
  }
  const kept = isExactly(value, Map) || isExactly(value, Set) || isExactly(value, Date);
  if (!kept) return ofClass(value, path);
  if (own > 0) return `${path} is a ${value.constructor.name} with names of its own: ${KEPT}`;
  if (isExactly(value, Map)) {
    return [...value].flatMap(([key, item], i) => [
      [`${path}.${i}.key`, key] as const,
      [`${path}.${i}.value`, item] as const,
    ]);
  }
  return isExactly(value, Set) ? [...value].map((item, i) => [`${path}.${i}`, item] as const) : [];
}

function ofClass(value: object, path: string): string {
  const name = value.constructor?.name || "object of a class without a name";
  return `${path} is ${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}: ${KEPT}; keep its fields in one of these instead`;
}

/** Names that a checkpoint has a use of its own for, or that JavaScript has. */
export function isReservedName(name: string): boolean {
  return name.startsWith("$") || name === "__proto__";
}

/**
 * A copy of a snapshot as a checkpoint gives it back: what stood in two places of it is two objects.
 *
 * @throws TypeError with `snapshotProblem`'s sentence
 */
export function copySnapshot(value: unknown): unknown {
  const problem = snapshotProblem(value);
  if (problem !== undefined) throw new TypeError(problem);
  return copied(value);
}

function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isTypedArray(value)) return value.slice();
  if (Array.isArray(value)) return value.map(copied);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [copied(key), copied(item)] as const));
  if (value instanceof Set) return new Set([...value].map(copied));
  if (value instanceof Date) return new Date(value.getTime());
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}
