import type { Random } from "@advantage/engine";
import type { Env, Step } from "../env.js";
import type { FiniteMdp } from "../finite-mdp/finite-mdp.js";
import { display } from "../flatten.js";
import type { Pomdp } from "../partially-observed/pomdp.js";
import type { Space } from "../spaces/space.js";

/** What a wrapper changes about an environment. */
export interface Changes<Observation, Action, ObservationSpace extends Space, ActionSpace extends Space<Action>> {
  readonly observationSpace: ObservationSpace;
  readonly actionSpace: ActionSpace;
  reset(rng: Random): Observation;
  step(action: Action): Step<Observation>;
  /** The wrapper's own state as an object of JSON-able data; leave both out if it has none. */
  save?(): object;
  /** Given an object; throws if it is none that `save` returned. */
  load?(saved: object): void;
  /** The finite MDP that the wrapped environment runs; leave it out where the wrapper changes observations or rewards. */
  readonly mdp?: (() => FiniteMdp) | undefined;
  /** The model of a wrapped environment that is partially observed. */
  readonly pomdp?: (() => Pomdp) | undefined;
  /** The reward of a step under any goal; leave it out where the wrapper changes observations or rewards. */
  readonly computeReward?: Env["computeReward"];
  /** Whether the wrapper's own state outlives `reset`, as running statistics do: `Env.outlivesReset`. */
  readonly outlivesReset?: boolean;
  /** This wrapper round another environment. */
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
 * its snapshots hold the wrapper's state too. A game stays one where its moves are not renamed. It has no `vector`: that would step the inner environment without the wrapper.
 */
export function wrapEnv<Observation, Action, ObservationSpace extends Space, ActionSpace extends Space<Action>>(
  env: Env,
  changes: Changes<Observation, Action, ObservationSpace, ActionSpace>,
): WrappedEnv<Observation, Action, ObservationSpace, ActionSpace> {
  const { snapshot, restore, render, fresh, legalActions, toMove } = env;
  const wrapped: WrappedEnv<Observation, Action, ObservationSpace, ActionSpace> = {
    id: env.id,
    observationSpace: changes.observationSpace,
    actionSpace: changes.actionSpace,
    reset: (rng) => changes.reset(rng),
    step: (action) => changes.step(action),
    ...(env.options !== undefined && { options: env.options }),
    ...((changes.outlivesReset || env.outlivesReset) && { outlivesReset: true }),
  };
  if (snapshot !== undefined && restore !== undefined) {
    wrapped.snapshot = (): WrappedSnapshot => ({ env: snapshot.call(env), wrapper: changes.save?.() ?? null });
    wrapped.restore = (saved, rng) => {
      const { env: inner, wrapper } = requireSnapshot(env.id, saved, changes.load !== undefined);
      restore.call(env, inner, rng);
      changes.load?.(wrapper as object);
    };
  }
  const { mdp, pomdp, computeReward } = changes;
  const sameActions = (changes.actionSpace as Space) === env.actionSpace;
  if (mdp !== undefined) wrapped.mdp = mdp;
  if (pomdp !== undefined) wrapped.pomdp = pomdp;
  if (computeReward !== undefined) wrapped.computeReward = computeReward;
  if (legalActions !== undefined && sameActions) wrapped.legalActions = () => legalActions.call(env) as Action[];
  if (toMove !== undefined && sameActions) wrapped.toMove = () => toMove.call(env);
  if (render !== undefined) wrapped.render = () => render.call(env);
  if (fresh !== undefined) wrapped.fresh = () => changes.again(fresh.call(env));
  return wrapped;
}

function requireSnapshot(id: string, saved: unknown, hasState: boolean): WrappedSnapshot {
  const both = saved as WrappedSnapshot | null | undefined;
  if (typeof both === "object" && both !== null && "env" in both) {
    if (!hasState || (typeof both.wrapper === "object" && both.wrapper !== null)) return both;
  }
  throw new TypeError(
    `${id}: restore takes what snapshot() of the wrapped environment returned, got ${display(saved)}`,
  );
}
