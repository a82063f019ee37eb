import type { Env } from "../env.js";
import { type MultiDiscrete, multiDiscrete } from "../spaces/multi-discrete.js";
import type { Space } from "../spaces/space.js";
import { describeSpace } from "../spaces/space.js";
import { requireLength } from "../vector-arrays.js";
import { type WrappedEnv, wrapEnv } from "../wrappers/wrap-env.js";

/** Whether a history shows the actions between its observations. */
export interface ObservationHistoryOptions {
  /** Whether the actions between the observations are shown too. Default: false. */
  readonly withActions?: boolean;
}

/**
 * The last k observations of an environment with discrete ones, oldest first: what `frameStack` is for arrays of reals. With the actions between
 * them it is o_{t−k+1}, a_{t−k+1}, …, a_{t−1}, o_t. Observations and actions count from 0. After a reset all observations are the first one, and the
 * actions a number of their own, the number of actions: there was none.
 *
 * @param length k, an integer ≥ 1
 */
export function observationHistory(
  env: Env<number, number>,
  length: number,
  { withActions = false }: ObservationHistoryOptions = {},
): WrappedEnv<Int32Array, number, MultiDiscrete, Space<number>> {
  if (!Number.isSafeInteger(length) || length < 1)
    throw new RangeError(`length must be an integer >= 1, got ${length}`);
  const { observationSpace, actionSpace } = env as { observationSpace: Space; actionSpace: Space };
  for (const [name, space] of Object.entries({ observations: observationSpace, actions: actionSpace })) {
    if (space.kind !== "discrete" && (name === "observations" || withActions)) {
      throw new TypeError(
        `observationHistory needs discrete ${name}, ${env.id} has ${describeSpace(space)}: frameStack is for boxes`,
      );
    }
  }
  const [seen, done] = [observationSpace, actionSpace].map((space) =>
    space.kind === "discrete" ? space : { n: 0, start: 0 },
  );
  const stride = withActions ? 2 : 1;
  const size = stride * (length - 1) + 1;
  const history = new Int32Array(size);

  return wrapEnv(env, {
    observationSpace: multiDiscrete(history.map((_, i) => (i % stride === 0 ? seen.n : done.n + 1))),
    actionSpace: env.actionSpace,
    reset(rng) {
      const first = env.reset(rng) - seen.start;
      for (let i = 0; i < size; i++) history[i] = i % stride === 0 ? first : done.n;
      return history.slice();
    },
    step(action: number) {
      const step = env.step(action);
      history.copyWithin(0, stride);
      if (withActions && length > 1) history[size - 2] = action - done.start;
      history[size - 1] = step.observation - seen.start;
      return { ...step, observation: history.slice() };
    },
    save: () => ({ history: Array.from(history) }),
    load(saved) {
      const { history: kept } = saved as { history: number[] };
      requireLength(`${env.id}, observationHistory`, "history", kept, size);
      history.set(kept);
    },
    again: (inner) => observationHistory(inner as Env<number, number>, length, { withActions }),
  });
}
