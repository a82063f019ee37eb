import type { BoxEnv, Env } from "../env.js";
import { flatSize, flatSpace, flattenInto } from "../flatten.js";
import { wrapEnv } from "./wrap-env.js";

/** Observations of any space as one flat Float32Array: one-hot for discrete parts, dict parts side by side in key order. */
export function flattenObservation<Action>(env: Env<unknown, Action>): BoxEnv<Action> {
  const space = env.observationSpace;
  const flatten = (observation: unknown) => {
    const flat = new Float32Array(flatSize(space));
    flattenInto(space, observation, flat, 0);
    return flat;
  };
  return wrapEnv(env, {
    observationSpace: flatSpace(space),
    actionSpace: env.actionSpace,
    reset: (rng) => flatten(env.reset(rng)),
    step(action: Action) {
      const step = env.step(action);
      return { ...step, observation: flatten(step.observation) };
    },
    again: (inner) => flattenObservation(inner as Env<unknown, Action>),
  });
}
