import { math, type Random, shown } from "@advantage/engine";
import { hasLength, isNumberArray } from "./element.js";
import type { BoundJson, SpaceOf } from "./space.js";

const { log } = math;

/** Arrays of reals, each between its own two bounds (both included), which may be infinite. Elements are f32, flat, row-major. */
export interface Box extends SpaceOf<Float32Array> {
  readonly kind: "box";
  readonly shape: readonly number[];
  /** How many numbers one element holds: the product of `shape`. */
  readonly size: number;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/**
 * @param low    lower bound, one for all elements or one each; −∞ allowed
 * @param high   upper bound, likewise; ∞ allowed
 * @param shape  by default the length of the longer bound, [1] if both are numbers
 */
export function box(bounds: {
  low: number | ArrayLike<number>;
  high: number | ArrayLike<number>;
  shape?: readonly number[];
}): Box {
  const shape = [...(bounds.shape ?? [boundLength(bounds.low) ?? boundLength(bounds.high) ?? 1])];
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new RangeError(`shape of a box must hold integers >= 1, got ${shown(shape)}`);
    }
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > 2 ** 32) throw new RangeError(`a box must hold at most 2^32 numbers, got the shape ${shown(shape)}`);
  const low = spread(bounds.low, "low", size, shape);
  const high = spread(bounds.high, "high", size, shape);
  for (let i = 0; i < size; i++) {
    if (!(low[i] <= high[i]) || low[i] === Infinity || high[i] === -Infinity) {
      throw new RangeError(`a box needs low <= high, low < ∞ and high > -∞, got [${low[i]}, ${high[i]}] at index ${i}`);
    }
  }
  return {
    kind: "box",
    shape,
    size,
    low,
    high,
    sample: (rng) => low.map((lower, i) => sampleBetween(lower, high[i], rng)),
    contains(value) {
      if (!hasLength(value, size)) return false;
      for (let i = 0; i < size; i++) {
        const real = value[i];
        if (typeof real !== "number") return false;
        const rounded = Math.fround(real); // 0.7 lies in [0, 0.7] although f32(0.7) < 0.7
        if (!(rounded >= low[i] && rounded <= high[i])) return false;
      }
      return true;
    },
    toJSON: () => ({ kind: "box", shape: [...shape], low: boundToJson(low), high: boundToJson(high) }),
  };
}

/** Gymnasium's rule: uniform between two bounds, exponential from one, normal with none. */
function sampleBetween(low: number, high: number, rng: Random): number {
  if (low === -Infinity && high === Infinity) return rng.normal();
  if (high === Infinity) return low - log(1 - rng.uniform());
  if (low === -Infinity) return high + log(1 - rng.uniform());
  return rng.uniform(low, high);
}

function boundLength(bound: number | ArrayLike<number>): number | undefined {
  return typeof bound === "number" ? undefined : bound.length;
}

function spread(bound: number | ArrayLike<number>, name: string, size: number, shape: number[]): Float32Array {
  if (typeof bound === "number") {
    if (Number.isNaN(bound)) throw new RangeError(`${name} of a box must be a number, got NaN`);
    return new Float32Array(size).fill(bound);
  }
  if (!isNumberArray(bound)) throw new TypeError(`${name} of a box must be a number or an array, got ${shown(bound)}`);
  if (bound.length !== size) {
    throw new RangeError(`${name} of a box of shape ${shown(shape)} must have ${size} elements, got ${bound.length}`);
  }
  return Float32Array.from(bound);
}

function boundToJson(bound: Float32Array): BoundJson | BoundJson[] {
  const first = bound[0];
  return bound.every((value) => value === first) ? numberToJson(first) : Array.from(bound, numberToJson);
}

function numberToJson(value: number): BoundJson {
  return value === Infinity ? "Infinity" : value === -Infinity ? "-Infinity" : value;
}

/** Reads a bound back from its JSON form. */
export function parseBound(json: unknown, name: string): number | number[] {
  if (Array.isArray(json)) return json.map((value) => parseNumber(value, name));
  return parseNumber(json, name);
}

function parseNumber(json: unknown, name: string): number {
  if (json === "Infinity") return Infinity;
  if (json === "-Infinity") return -Infinity;
  if (typeof json === "number") return json;
  throw new TypeError(`${name} of a box must hold numbers, "Infinity" or "-Infinity", got ${shown(json)}`);
}
