import { hasLength } from "./element.js";
import type { SpaceOf } from "./space.js";

/** n switches, each 0 or 1. */
export interface MultiBinary extends SpaceOf<Uint8Array> {
  readonly kind: "multiBinary";
  readonly n: number;
}

/** @param n how many switches, an integer ≥ 1 */
export function multiBinary(n: number): MultiBinary {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new RangeError(`n of a multiBinary space must be an integer >= 1, got ${n}`);
  }
  return {
    kind: "multiBinary",
    n,
    sample: (rng) => new Uint8Array(n).map(() => rng.int(2)),
    contains(value) {
      if (!hasLength(value, n)) return false;
      for (let i = 0; i < n; i++) if (value[i] !== 0 && value[i] !== 1) return false;
      return true;
    },
    toJSON: () => ({ kind: "multiBinary", n }),
  };
}
