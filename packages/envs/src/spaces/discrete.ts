import type { SpaceOf } from "./space.js";

/** The integers start … start + n − 1. */
export interface Discrete extends SpaceOf<number> {
  readonly kind: "discrete";
  readonly n: number;
  readonly start: number;
}

/**
 * @param n      how many elements, an integer in [1, 2³²]: what one draw can tell apart
 * @param start  the smallest one
 */
export function discrete(n: number, start = 0): Discrete {
  if (!Number.isSafeInteger(n) || n < 1)
    throw new RangeError(`n of a discrete space must be an integer >= 1, got ${n}`);
  if (n > 2 ** 32) {
    throw new RangeError(`n of a discrete space must be at most 2^32, got ${n}: split it into a multiDiscrete space`);
  }
  if (!Number.isSafeInteger(start)) throw new RangeError(`start of a discrete space must be an integer, got ${start}`);
  return {
    kind: "discrete",
    n,
    start,
    sample: (rng) => start + rng.int(n),
    contains: (value) => Number.isInteger(value) && (value as number) >= start && (value as number) < start + n,
    toJSON: () => (start === 0 ? { kind: "discrete", n } : { kind: "discrete", n, start }),
  };
}
