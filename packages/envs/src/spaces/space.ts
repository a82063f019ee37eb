import { printable, type Random, shown } from "@advantage/engine";
import { type Box, box, parseBound } from "./box.js";
import { type Dict, dict } from "./dict.js";
import { type Discrete, discrete } from "./discrete.js";
import { type MultiBinary, multiBinary } from "./multi-binary.js";
import { type MultiDiscrete, multiDiscrete } from "./multi-discrete.js";

/** What every space can do. `T` is the type of its elements. */
export interface SpaceOf<T> {
  readonly kind: SpaceKind;
  /** A random element; every draw comes from `rng`. */
  sample(rng: Random): T;
  /** Whether `value` is an element. Plain number arrays are taken as well as typed ones. */
  contains(value: unknown): boolean;
  /** A JSON form that `spaceFromJson` reads back. */
  toJSON(): SpaceJson;
}

/** Name of a kind of space. */
export type SpaceKind = "discrete" | "multiDiscrete" | "multiBinary" | "box" | "dict";

/** Any of the five spaces, told apart by `kind`. */
export type AnySpace = Discrete | MultiDiscrete | MultiBinary | Box | Dict;

/** Any space whose elements are `T`; without `T`, any space. A `switch` over `kind` tells which. */
export type Space<T = unknown> = AnySpace & SpaceOf<T>;

/** The type of a space's elements: `ElementOf<Box>` is `Float32Array`. */
export type ElementOf<S> = S extends SpaceOf<infer T> ? T : never;

/** A bound in JSON, which has no infinities. */
export type BoundJson = number | "Infinity" | "-Infinity";

/** A space as JSON: what a policy file keeps of it. */
export type SpaceJson =
  | { readonly kind: "discrete"; readonly n: number; readonly start?: number }
  | { readonly kind: "multiDiscrete"; readonly nvec: readonly number[] }
  | { readonly kind: "multiBinary"; readonly n: number }
  | {
      readonly kind: "box";
      readonly shape: readonly number[];
      /** One bound for all elements, or one each. */
      readonly low: BoundJson | readonly BoundJson[];
      readonly high: BoundJson | readonly BoundJson[];
    }
  | { readonly kind: "dict"; readonly spaces: Readonly<Record<string, SpaceJson>> };

/** Numbers that the boxes of a JSON form may have bounds for, all together: a file of a few bytes may ask for any number of them. */
const MOST_NUMBERS = 2 ** 24;

/** How deep dicts may be nested in a JSON form. */
const MOST_DICTS = 50;

/** The space that a JSON form describes. Throws if it describes none, or one whose elements have more than 2²⁴ numbers. */
export function spaceFromJson(json: unknown): AnySpace {
  return readSpace(json, { numbers: MOST_NUMBERS, dicts: MOST_DICTS });
}

/** @param left  what may still come, in all */
function readSpace(json: unknown, left: { numbers: number; dicts: number }): AnySpace {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError(`a space must be an object with a kind, got ${shown(json)}`);
  }
  const form = json as Record<string, unknown>;
  switch (form.kind) {
    case "discrete":
      requireKeys(form, ["n", "start"]);
      return discrete(form.n as number, (form.start ?? 0) as number);
    case "multiDiscrete":
      requireKeys(form, ["nvec"]);
      return multiDiscrete(requireArray(form.nvec, "nvec") as number[]);
    case "multiBinary":
      requireKeys(form, ["n"]);
      return multiBinary(form.n as number);
    case "box":
      requireKeys(form, ["shape", "low", "high"]);
      left.numbers -= requireArray(form.shape, "shape").reduce<number>(
        (product, length) => product * Number(length),
        1,
      );
      if (left.numbers < 0) {
        throw new RangeError(`the boxes of a space must hold at most 2^24 numbers, got the shape ${shown(form.shape)}`);
      }
      return box({
        shape: form.shape as number[],
        low: parseBound(form.low, "low"),
        high: parseBound(form.high, "high"),
      });
    case "dict": {
      requireKeys(form, ["spaces"]);
      const spaces = form.spaces;
      if (typeof spaces !== "object" || spaces === null || Array.isArray(spaces)) {
        throw new TypeError(`spaces of a dict must be an object of spaces, got ${shown(spaces)}`);
      }
      if (left.dicts === 0) throw new RangeError(`dicts must not be nested more than ${MOST_DICTS} deep`);
      left.dicts -= 1;
      const parts = Object.entries(spaces).map(([key, value]) => [key, readSpace(value, left)] as const);
      left.dicts += 1;
      return dict(Object.fromEntries(parts));
    }
    default:
      throw new TypeError(
        `a space's kind must be discrete, multiDiscrete, multiBinary, box or dict, got ${shown(form.kind)}`,
      );
  }
}

/** Whether two spaces have the same elements. */
export function sameSpace(a: Space, b: Space): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A space in a few words, for messages: `Box [3] in [-8, 8]`; bounds that are infinite or differ between elements are left out. */
export function describeSpace(space: Space): string {
  switch (space.kind) {
    case "discrete":
      return space.start === 0 ? `Discrete(${space.n})` : `Discrete(${space.n}, start ${space.start})`;
    case "multiDiscrete":
      return `MultiDiscrete([${space.nvec.join(", ")}])`;
    case "multiBinary":
      return `MultiBinary(${space.n})`;
    case "box": {
      const bounds = commonBounds(space);
      const shape = `Box [${space.shape.join(", ")}]`;
      return bounds === undefined ? shape : `${shape} in [${rounded(bounds[0])}, ${rounded(bounds[1])}]`;
    }
    case "dict":
      return `Dict { ${space.keys.map((key) => `${key}: ${describeSpace((space.spaces as Record<string, AnySpace>)[key])}`).join(", ")} }`;
  }
}

/** The bounds of a box if they are finite and the same for all elements. */
function commonBounds({ low, high }: Box): readonly [number, number] | undefined {
  const [first, last] = [low[0], high[0]];
  const same = low.every((bound) => bound === first) && high.every((bound) => bound === last);
  return same && Number.isFinite(first) && Number.isFinite(last) ? [first, last] : undefined;
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

function requireKeys(form: Record<string, unknown>, known: string[]): void {
  for (const key of Object.keys(form)) {
    if (key !== "kind" && !known.includes(key)) {
      throw new TypeError(
        `a ${form.kind} space has the fields ${known.join(", ")}, got ${printable(key.slice(0, 60))}`,
      );
    }
  }
}

function requireArray(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, got ${shown(value)}`);
  return value;
}
