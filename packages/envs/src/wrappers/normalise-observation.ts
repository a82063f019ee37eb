import type { BoxEnv, Env } from "../env.js";
import { RunningStatistics, type RunningStatisticsState } from "../running-statistics.js";
import { box } from "../spaces/box.js";
import { requireBoxObservations } from "./require-box.js";
import { wrapEnv } from "./wrap-env.js";

/** How observations are standardised by running statistics. */
export interface NormaliseObservationOptions {
  /** ε in the formula. Default: 1e-8. */
  readonly epsilon?: number;
  /** Results are clipped to ± this. Default: ∞, as Gymnasium; Stable-Baselines3's VecNormalize has 10. */
  readonly clip?: number;
  /** Whether the statistics follow what is seen; false applies them as they were restored. Default: true. */
  readonly update?: boolean;
}

/**
 * Observations to mean 0 and variance 1: (o − mean) / √(Var + ε), with the statistics of all observations so far, this one included.
 * Gymnasium's NormalizeObservation. Each wrapped environment has statistics of its own; they are in its snapshots.
 *
 * For looking and for environments of one's own. When training, leave normalisation to the algorithm's settings (`normaliseObservation` of PPO and its kin),
 * which carry the statistics into the checkpoint and the policy: the statistics here stay in the environment, so that
 * evaluation, which makes environments of its own, starts with fresh ones.
 */
export function normaliseObservation<Action>(
  env: Env<ArrayLike<number>, Action>,
  options: NormaliseObservationOptions = {},
): BoxEnv<Action> {
  const { epsilon = 1e-8, clip = Infinity, update = true } = options;
  if (!(epsilon > 0)) throw new RangeError(`epsilon must be > 0, got ${epsilon}`);
  if (!(clip > 0)) throw new RangeError(`clip must be > 0, got ${clip}`);
  const space = requireBoxObservations("normaliseObservation", env);
  const statistics = new RunningStatistics(space.size);

  function normalise(observation: ArrayLike<number>): Float32Array {
    if (update) statistics.update(observation);
    const { mean, variance } = statistics;
    return Float32Array.from(observation, (value, i) => {
      const normalised = (value - mean[i]) / Math.sqrt(variance[i] + epsilon);
      return Math.min(Math.max(normalised, -clip), clip);
    });
  }

  return wrapEnv(env, {
    observationSpace: box({ low: -clip, high: clip, shape: space.shape }),
    actionSpace: env.actionSpace,
    reset: (rng) => normalise(env.reset(rng)),
    step(action: Action) {
      const step = env.step(action);
      return { ...step, observation: normalise(step.observation) };
    },
    save: () => statistics.snapshot(),
    load: (saved) => statistics.restore(saved as RunningStatisticsState),
    outlivesReset: update,
    again: (inner) => normaliseObservation(inner as Env<ArrayLike<number>, Action>, options),
  });
}
