import type { Env } from "../env.js";
import type { Pomdp } from "../partially-observed/pomdp.js";
import { wrapEnv } from "./wrap-env.js";

/**
 * Cuts episodes after `maxSteps` steps from the reset: `truncated` becomes true, whether or not the task ended with that step.
 * A finite MDP stays what it is: a cut ends the episode, not the task. That of a partially observed one says where its episodes are cut.
 *
 * @param maxSteps an integer ≥ 1
 */
export function timeLimit<Observation, Action>(
  env: Env<Observation, Action>,
  maxSteps: number,
): Env<Observation, Action> {
  if (!Number.isSafeInteger(maxSteps) || maxSteps < 1) {
    throw new RangeError(`maxSteps must be an integer >= 1, got ${maxSteps}`);
  }
  let elapsed = 0;
  const pomdp = env.pomdp?.bind(env);
  return wrapEnv(env, {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset(rng) {
      elapsed = 0;
      return env.reset(rng);
    },
    step(action: Action) {
      const step = env.step(action);
      elapsed += 1;
      return { ...step, truncated: step.truncated || elapsed >= maxSteps };
    },
    save: () => ({ elapsed }),
    load: (saved) => {
      const steps = (saved as { elapsed?: unknown }).elapsed;
      if (!Number.isSafeInteger(steps) || (steps as number) < 0) {
        throw new RangeError(`${env.id}: timeLimit's elapsed in a snapshot must be an integer >= 0, got ${steps}`);
      }
      elapsed = steps as number;
    },
    mdp: env.mdp?.bind(env),
    computeReward: env.computeReward?.bind(env),
    pomdp: pomdp && (() => cutAfter(maxSteps, pomdp())),
    again: (inner) => timeLimit(inner as Env<Observation, Action>, maxSteps),
  });
}

/** A task whose episodes are cut after so many steps at the latest. */
function cutAfter(maxSteps: number, { mdp, ...observed }: Pomdp): Pomdp {
  return { ...observed, mdp: { ...mdp, horizon: Math.min(maxSteps, mdp.horizon ?? maxSteps) } };
}
