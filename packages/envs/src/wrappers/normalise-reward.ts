import type { Env } from "../env.js";
import { RunningStatistics, type RunningStatisticsState } from "../running-statistics.js";
import { wrapEnv } from "./wrap-env.js";

/** How rewards are scaled by the running deviation of the discounted return. */
export interface NormaliseRewardOptions {
  /** γ of the running return. Default: 0.99. */
  readonly discount?: number;
  /** ε in the formula. Default: 1e-8. */
  readonly epsilon?: number;
  /** Results are clipped to ± this. Default: 10, as Stable-Baselines3's VecNormalize; Gymnasium does not clip (∞). */
  readonly clip?: number;
  /** Whether the statistics follow what is seen. Default: true. */
  readonly update?: boolean;
}

/**
 * Rewards divided by the spread of the discounted return: R ← γR + r, r / √(Var(R) + ε), the mean left alone. R starts from 0 in each
 * episode. Stable-Baselines3's VecNormalize. Gymnasium's NormalizeReward never starts from 0: where a task ends it takes R = r for that very step, and
 * the next episode goes on from that r; across truncations it keeps the whole of R.
 *
 * For looking and for environments of one's own. When training, leave normalisation to the algorithm's settings (`normaliseReward` of PPO and its kin),
 * which carry the statistics into the checkpoint and the policy: the statistics here stay in the environment, so that
 * evaluation, which makes environments of its own, starts with fresh ones.
 */
export function normaliseReward<Observation, Action>(
  env: Env<Observation, Action>,
  options: NormaliseRewardOptions = {},
): Env<Observation, Action> {
  const { discount = 0.99, epsilon = 1e-8, clip = 10, update = true } = options;
  if (!(discount >= 0 && discount <= 1)) throw new RangeError(`discount must be in [0, 1], got ${discount}`);
  if (!(epsilon > 0)) throw new RangeError(`epsilon must be > 0, got ${epsilon}`);
  if (!(clip > 0)) throw new RangeError(`clip must be > 0, got ${clip}`);
  const statistics = new RunningStatistics(1);
  let runningReturn = 0;

  return wrapEnv(env, {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset(rng) {
      runningReturn = 0;
      return env.reset(rng);
    },
    step(action: Action) {
      const step = env.step(action);
      runningReturn = runningReturn * discount + step.reward;
      if (update) statistics.update([runningReturn]);
      const scaled = step.reward / Math.sqrt(statistics.variance[0] + epsilon);
      return { ...step, reward: Math.min(Math.max(scaled, -clip), clip) };
    },
    save: () => ({ runningReturn, statistics: statistics.snapshot() }),
    load(saved) {
      const state = saved as { runningReturn: number; statistics: RunningStatisticsState };
      if (!Number.isFinite(state.runningReturn)) {
        throw new RangeError(
          `${env.id}: normaliseReward's runningReturn in a snapshot must be finite, got ${state.runningReturn}`,
        );
      }
      statistics.restore(state.statistics);
      runningReturn = state.runningReturn;
    },
    outlivesReset: update,
    again: (inner) => normaliseReward(inner as Env<Observation, Action>, options),
  });
}
