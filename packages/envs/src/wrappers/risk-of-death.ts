import type { Random } from "@advantage/engine";
import type { Env } from "../env.js";
import { requireSurvival, withDeath } from "../finite-mdp/with-death.js";
import { wrapEnv } from "./wrap-env.js";

/**
 * Ends the task after each step with probability 1 − γ: what is earned without a discount is then in expectation what was earned with it. Death terminates
 * the episode, it does not cut it: nothing is worth anything behind it. Notes: C 4.1.3.
 *
 * @param discount γ in [0, 1): the probability to survive a step
 */
export function riskOfDeath<Observation, Action>(
  env: Env<Observation, Action>,
  discount: number,
): Env<Observation, Action> {
  requireSurvival(discount);
  let random: Random | undefined;
  const mdp = env.mdp?.bind(env);
  const wrapped = wrapEnv(env, {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset(rng) {
      random = rng;
      return env.reset(rng);
    },
    step(action: Action) {
      const step = env.step(action);
      if (step.terminated || random === undefined || random.uniform() < discount) return step;
      return { ...step, terminated: true };
    },
    mdp: mdp && (() => withDeath(mdp(), discount)),
    again: (inner) => riskOfDeath(inner as Env<Observation, Action>, discount),
  });
  const { restore } = wrapped;
  if (restore !== undefined)
    wrapped.restore = (saved, rng) => {
      restore(saved, rng);
      random = rng; // the draws to come
    };
  return wrapped;
}
