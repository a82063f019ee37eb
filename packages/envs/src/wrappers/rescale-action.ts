import type { BoxActionEnv, Env } from "../env.js";
import { box } from "../spaces/box.js";
import { requireBoxActions } from "./require-box.js";
import { wrapEnv } from "./wrap-env.js";

/**
 * Takes actions in [low, high] and maps them linearly onto the environment's bounds, which must be finite. Actions beyond are clipped.
 *
 * @param low   default −1
 * @param high  default 1
 */
export function rescaleAction<Observation>(
  env: Env<Observation, Float32Array>,
  low = -1,
  high = 1,
): BoxActionEnv<Observation> {
  if (!(low < high && high - low < Infinity)) {
    throw new RangeError(`rescaleAction needs finite low < high, got [${low}, ${high}]`);
  }
  const inside = requireBoxActions("rescaleAction", env);
  for (let i = 0; i < inside.size; i++) {
    if (!(inside.high[i] - inside.low[i] < Infinity)) {
      throw new RangeError(
        `rescaleAction needs finite action bounds, ${env.id} has [${inside.low[i]}, ${inside.high[i]}] at index ${i}`,
      );
    }
  }
  return wrapEnv(env, {
    observationSpace: env.observationSpace,
    actionSpace: box({ low, high, shape: inside.shape }),
    reset: (rng) => env.reset(rng),
    step: (action: Float32Array) =>
      env.step(
        Float32Array.from(action, (value, i) => {
          const fraction = (Math.min(Math.max(value, low), high) - low) / (high - low);
          return inside.low[i] + (inside.high[i] - inside.low[i]) * fraction;
        }),
      ),
    again: (inner) => rescaleAction(inner as Env<Observation, Float32Array>, low, high),
  });
}
