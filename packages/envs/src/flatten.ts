import { type Box, box } from "./spaces/box.js";
import { isNumberArray } from "./spaces/element.js";
import { type AnySpace, describeSpace, type Space } from "./spaces/space.js";

/** How many f32 one flattened element takes. */
export function flatSize(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return space.n;
    case "multiDiscrete":
      return space.nvec.reduce((sum, n) => sum + n, 0);
    case "multiBinary":
      return space.n;
    case "box":
      return space.size;
    case "dict":
      return parts(space).reduce((sum, [, part]) => sum + flatSize(part), 0);
  }
}

/**
 * Writes an element as f32 numbers to out[at …]: Discrete as one-hot, MultiDiscrete as its one-hots side by side, MultiBinary as
 * 0 and 1, Box as it is, Dict as its parts side by side in key order. Box values are not checked against their bounds.
 *
 * @returns the index after the last number written
 */
export function flattenInto(space: Space, value: unknown, out: Float32Array, at: number): number {
  switch (space.kind) {
    case "discrete": {
      if (!space.contains(value)) throw new RangeError(`not an element of ${describeSpace(space)}: ${display(value)}`);
      out.fill(0, at, at + space.n);
      out[at + (value as number) - space.start] = 1;
      return at + space.n;
    }
    case "multiDiscrete": {
      if (!space.contains(value)) throw new RangeError(`not an element of ${describeSpace(space)}: ${display(value)}`);
      const choices = value as ArrayLike<number>;
      for (let i = 0; i < choices.length; i++) {
        out.fill(0, at, at + space.nvec[i]);
        out[at + choices[i]] = 1;
        at += space.nvec[i];
      }
      return at;
    }
    case "multiBinary":
      if (!space.contains(value)) throw new RangeError(`not an element of ${describeSpace(space)}: ${display(value)}`);
      out.set(value as ArrayLike<number>, at);
      return at + space.n;
    case "box":
      if (!isNumberArray(value) || value.length !== space.size) {
        throw new RangeError(
          `an element of ${describeSpace(space)} must hold ${space.size} numbers, got ${display(value)}`,
        );
      }
      // A text would be read as the number that it spells.
      if (Array.isArray(value) && !value.every((each) => typeof each === "number")) {
        throw new RangeError(`an element of ${describeSpace(space)} must hold numbers, got ${display(value)}`);
      }
      out.set(value, at);
      return at + space.size;
    case "dict":
      if (typeof value !== "object" || value === null) {
        throw new TypeError(`an element of ${describeSpace(space)} must be an object, got ${display(value)}`);
      }
      for (const [key, part] of parts(space)) {
        if (!(key in value)) throw new TypeError(`an element of ${describeSpace(space)} must have '${key}'`);
        at = flattenInto(part, (value as Record<string, unknown>)[key], out, at);
      }
      return at;
  }
}

/** The box that the flattened elements lie in. */
export function flatSpace(space: Space): Box {
  const size = flatSize(space);
  const low = new Float32Array(size);
  const high = new Float32Array(size).fill(1);
  writeBounds(space, low, high, 0);
  return box({ low, high, shape: [size] });
}

function writeBounds(space: Space, low: Float32Array, high: Float32Array, at: number): void {
  if (space.kind === "box") {
    low.set(space.low, at);
    high.set(space.high, at);
  } else if (space.kind === "dict") {
    for (const [, part] of parts(space)) {
      writeBounds(part, low, high, at);
      at += flatSize(part);
    }
  }
}

function parts(space: Space & { kind: "dict" }): [string, AnySpace][] {
  return space.keys.map((key) => [key, (space.spaces as Record<string, AnySpace>)[key]]);
}

/** A value as it may be shown in a message: short, arrays by their first elements. */
export function display(value: unknown): string {
  if (isNumberArray(value)) {
    const first = Array.from({ length: Math.min(8, value.length) }, (_, i) =>
      typeof value[i] === "string" ? `'${value[i]}'` : String(value[i]),
    );
    return `[${first.join(", ")}${value.length > 8 ? `, … ${value.length} in all` : ""}]`;
  }
  if (typeof value === "object" && value !== null) return `{ ${Object.keys(value).slice(0, 8).join(", ")} }`;
  return typeof value === "string" ? `'${value.slice(0, 60)}'` : String(value);
}
