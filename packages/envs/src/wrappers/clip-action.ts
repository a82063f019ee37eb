import type { BoxActionEnv, Env } from "../env.js";
import { box } from "../spaces/box.js";
import { requireBoxActions } from "./require-box.js";
import { wrapEnv } from "./wrap-env.js";

/** Takes any real action and clips it, element by element, to the environment's bounds. Its own action space is unbounded. */
export function clipAction<Observation>(env: Env<Observation, Float32Array>): BoxActionEnv<Observation> {
  const { low, high, shape } = requireBoxActions("clipAction", env);
  return wrapEnv(env, {
    observationSpace: env.observationSpace,
    actionSpace: box({ low: -Infinity, high: Infinity, shape }),
    reset: (rng) => env.reset(rng),
    step: (action: Float32Array) =>
      env.step(Float32Array.from(action, (value, i) => Math.min(Math.max(value, low[i]), high[i]))),
    again: (inner) => clipAction(inner as Env<Observation, Float32Array>),
  });
}
