import type { AnySpace, ElementOf, SpaceOf } from "./space.js";

/** Named parts, each from a space of its own. */
export interface Dict<T extends object = Record<string, unknown>> extends SpaceOf<T> {
  readonly kind: "dict";
  /** The names in alphabetical (code unit) order, which is the order of sampling and flattening. */
  readonly keys: readonly string[];
  readonly spaces: { readonly [K in keyof T]: AnySpace };
}

/** @param spaces at least one named space */
export function dict<S extends Record<string, AnySpace>>(spaces: S): Dict<{ [K in keyof S]: ElementOf<S[K]> }> {
  const keys = Object.keys(spaces).sort();
  if (keys.length === 0) throw new RangeError("a dict space must have at least 1 entry, got {}");
  const ordered = Object.fromEntries(keys.map((key) => [key, spaces[key]])) as S;
  return {
    kind: "dict",
    keys,
    spaces: ordered,
    sample: (rng) =>
      Object.fromEntries(keys.map((key) => [key, ordered[key].sample(rng)])) as { [K in keyof S]: ElementOf<S[K]> },
    contains(value) {
      if (typeof value !== "object" || value === null) return false;
      if (Object.keys(value).length !== keys.length) return false;
      return keys.every(
        (key) => Object.hasOwn(value, key) && ordered[key].contains((value as Record<string, unknown>)[key]),
      );
    },
    toJSON: () => ({ kind: "dict", spaces: Object.fromEntries(keys.map((key) => [key, ordered[key].toJSON()])) }),
  };
}
