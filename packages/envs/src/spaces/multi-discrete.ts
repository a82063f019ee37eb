import { hasLength } from "./element.js";
import type { SpaceOf } from "./space.js";

/** Several choices at once: element i is one of 0 … nvec[i] − 1. */
export interface MultiDiscrete extends SpaceOf<Int32Array> {
  readonly kind: "multiDiscrete";
  readonly nvec: Int32Array;
}

/** @param nvec how many values each element can take, integers ≥ 1 */
export function multiDiscrete(nvec: ArrayLike<number>): MultiDiscrete {
  if (nvec.length === 0) throw new RangeError("nvec of a multiDiscrete space must have at least 1 element, got []");
  for (let i = 0; i < nvec.length; i++) {
    if (!Number.isInteger(nvec[i]) || nvec[i] < 1 || nvec[i] > 0x7fffffff) {
      throw new RangeError(`nvec of a multiDiscrete space must hold integers >= 1, got ${nvec[i]} at index ${i}`);
    }
  }
  const sizes = Int32Array.from(nvec);
  return {
    kind: "multiDiscrete",
    nvec: sizes,
    sample: (rng) => sizes.map((n) => rng.int(n)),
    contains(value) {
      if (!hasLength(value, sizes.length)) return false;
      for (let i = 0; i < sizes.length; i++) {
        if (!Number.isInteger(value[i]) || value[i] < 0 || value[i] >= sizes[i]) return false;
      }
      return true;
    },
    toJSON: () => ({ kind: "multiDiscrete", nvec: Array.from(sizes) }),
  };
}
