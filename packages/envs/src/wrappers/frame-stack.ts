import type { BoxEnv, Env } from "../env.js";
import { box } from "../spaces/box.js";
import { requireLength } from "../vector-arrays.js";
import { requireBoxObservations } from "./require-box.js";
import { wrapEnv } from "./wrap-env.js";

/**
 * The last `size` observations as one, oldest first, shape [size, …]. After a reset they are all the first observation.
 *
 * @param size an integer ≥ 1
 */
export function frameStack<Action>(env: Env<ArrayLike<number>, Action>, size: number): BoxEnv<Action> {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`size must be an integer >= 1, got ${size}`);
  const space = requireBoxObservations("frameStack", env);
  const frames = new Float32Array(size * space.size);
  const repeat = (bound: Float32Array) => Float32Array.from(frames, (_, i) => bound[i % space.size]);

  return wrapEnv(env, {
    observationSpace: box({ low: repeat(space.low), high: repeat(space.high), shape: [size, ...space.shape] }),
    actionSpace: env.actionSpace,
    reset(rng) {
      const first = env.reset(rng);
      for (let k = 0; k < size; k++) frames.set(first, k * space.size);
      return frames.slice();
    },
    step(action: Action) {
      const step = env.step(action);
      frames.copyWithin(0, space.size);
      frames.set(step.observation, (size - 1) * space.size);
      return { ...step, observation: frames.slice() };
    },
    save: () => ({ frames: Array.from(frames) }),
    load(saved) {
      const { frames: kept } = saved as { frames: number[] };
      requireLength(`${env.id}, frameStack`, "frames", kept, frames.length);
      frames.set(kept);
    },
    again: (inner) => frameStack(inner as Env<ArrayLike<number>, Action>, size),
  });
}
