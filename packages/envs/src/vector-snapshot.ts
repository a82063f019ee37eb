/**
 * The snapshots of slices of N environments as the one snapshot of all N, and back: an array in a `VectorEnv`'s snapshot holds equal parts for
 * its environments, in their order; what is no array is common to all.
 */

type AnyArray = readonly unknown[] | TypedArray;
type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** One snapshot of all environments, from those of their slices in order. */
export function joinVectorSnapshots(parts: readonly unknown[]): unknown {
  const [first] = parts;
  if (Array.isArray(first)) return parts.flat();
  if (isTypedArray(first)) return joinTyped(parts as readonly TypedArray[]);
  if (typeof first !== "object" || first === null) return first;
  return Object.fromEntries(
    Object.keys(first).map((key) => [key, joinVectorSnapshots(parts.map((part) => (part as Snapshot)[key]))]),
  );
}

type Snapshot = Readonly<Record<string, unknown>>;

/**
 * The snapshot of environments `from` … `to` − 1 of `count`.
 *
 * @throws RangeError if an array cannot be divided among them
 */
export function sliceVectorSnapshot(snapshot: unknown, from: number, to: number, count: number): unknown {
  if (Array.isArray(snapshot) || isTypedArray(snapshot)) {
    const array = snapshot as AnyArray;
    const size = array.length / count;
    if (!Number.isInteger(size))
      throw new RangeError(
        `the snapshot's arrays must have parts for ${count} environments, got ${array.length} elements`,
      );
    return array.slice(from * size, to * size);
  }
  if (typeof snapshot !== "object" || snapshot === null) return snapshot;
  return Object.fromEntries(
    Object.entries(snapshot).map(([key, value]) => [key, sliceVectorSnapshot(value, from, to, count)]),
  );
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function joinTyped(parts: readonly TypedArray[]): TypedArray {
  const Kind = parts[0].constructor as new (length: number) => TypedArray;
  const joined = new Kind(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
