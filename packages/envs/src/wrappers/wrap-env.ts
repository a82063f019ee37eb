import type { Random } from "@advantage/engine";
import type { Env, Step } from "../env.js";
import type { Space } from "../spaces/space.js";

/** What a wrapper changes about an environment. */
export interface Changes<Observation, Action, ObservationSpace extends Space, ActionSpace extends Space<Action>> {
  readonly observationSpace: ObservationSpace;
  readonly actionSpace: ActionSpace;
  reset(rng: Random): Observation;
  step(action: Action): Step<Observation>;
  /** The wrapper's own state as JSON-able data; leave both out if it has none. */
  save?(): unknown;
  load?(saved: unknown): void;
  /** The same wrapper round another environment. */
  again(env: Env): Env<Observation, Action>;
}

/** An environment whose kinds of spaces are known. */
export type WrappedEnv<Observation, Action, ObservationSpace extends Space, ActionSpace extends Space<Action>> = Env<
  Observation,
  Action
> & { readonly observationSpace: ObservationSpace; readonly actionSpace: ActionSpace };

interface WrappedSnapshot {
  readonly env: unknown;
  readonly wrapper: unknown;
}

/**
 * An environment with some of its behaviour changed. It has `snapshot`, `restore`, `render` and `fresh` where the inner one has, and
 * its snapshots hold the wrapper's state too. It has no `vector`: that would step the inner environment without the wrapper.
 */
export function wrapEnv<Observation, Action, ObservationSpace extends Space, ActionSpace extends Space<Action>>(
  env: Env,
  changes: Changes<Observation, Action, ObservationSpace, ActionSpace>,
): WrappedEnv<Observation, Action, ObservationSpace, ActionSpace> {
  const { snapshot, restore, render, fresh } = env;
  const wrapped: WrappedEnv<Observation, Action, ObservationSpace, ActionSpace> = {
    id: env.id,
    observationSpace: changes.observationSpace,
    actionSpace: changes.actionSpace,
    reset: (rng) => changes.reset(rng),
    step: (action) => changes.step(action),
  };
  if (snapshot !== undefined && restore !== undefined) {
    wrapped.snapshot = (): WrappedSnapshot => ({ env: snapshot.call(env), wrapper: changes.save?.() ?? null });
    wrapped.restore = (saved, rng) => {
      const both = saved as WrappedSnapshot;
      restore.call(env, both.env, rng);
      changes.load?.(both.wrapper);
    };
  }
  if (render !== undefined) wrapped.render = () => render.call(env);
  if (fresh !== undefined) wrapped.fresh = () => changes.again(fresh.call(env));
  return wrapped;
}
