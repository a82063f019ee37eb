import type { BaseConfig } from "../core/algorithm.js";
import type { Policy } from "../core/policy.js";
import type { EnvSource } from "../core/task.js";
import { type Evaluation, evaluate } from "./evaluate.js";

/** A look at the policy while it trains: what it would return now. */
export interface Look {
  readonly step: number;
  /** Acting by the mode. */
  readonly evaluation: Evaluation;
  /** Acting by samples. */
  readonly stochasticEvaluation: Evaluation;
}

/** The policy at the look at which its mode returned most. */
export interface BestPolicy {
  readonly step: number;
  readonly mean: number;
  readonly policy: Policy;
}

export interface LookOptions {
  /** Steps from one look to the next. */
  readonly every: number;
  /** Episodes of each of its two evaluations. */
  readonly episodes: number;
  readonly maxSteps: number;
  readonly threshold?: number;
  readonly signal?: AbortSignal;
}

/** Looks at a policy now and then, and keeps the best. */
export interface Looker {
  /** The looks so far, those of before a resume included. */
  readonly looks: readonly Look[];
  /** Absent before the first look since the run was started or resumed that is better than all before it. */
  readonly best: BestPolicy | undefined;
  /** Whether a look is due at this step: at the first point of progress at or after each multiple of `every`. */
  isDue(step: number): boolean;
  /** Rejects if it is aborted: then there was no look. */
  look(step: number, policy: Policy): Promise<Look>;
}

/**
 * Looks at the policy every so many steps, on environments of their own and from the same starts every time. Training is not touched: neither its
 * environments nor its random streams take part.
 *
 * @param earlier the looks of before a resume: what was due since is made up for at once
 */
export function looker(
  env: EnvSource,
  { seed }: BaseConfig,
  { every, ...how }: LookOptions,
  earlier: readonly Look[] = [],
): Looker {
  const looks = [...earlier];
  let highest = bestOf(earlier)?.evaluation.mean ?? Number.NEGATIVE_INFINITY;
  let best: BestPolicy | undefined;
  const after = (step: number) => (Math.floor(step / every) + 1) * every;
  let next = after(earlier.at(-1)?.step ?? 0);
  return {
    looks,
    get best() {
      return best;
    },
    isDue: (step) => step >= next,
    async look(step, policy) {
      const evaluation = await evaluate(policy, env.make, { ...how, seed, deterministic: true });
      const stochasticEvaluation = await evaluate(policy, env.make, { ...how, seed, deterministic: false });
      const look = { step, evaluation, stochasticEvaluation };
      looks.push(look);
      next = after(step);
      if (evaluation.mean > highest) {
        highest = evaluation.mean;
        best = { step, mean: highest, policy };
      }
      return look;
    },
  };
}

/** The look at which the mode returned most, the first of equals; `undefined` of none. */
export function bestOf(looks: readonly Look[]): Look | undefined {
  return looks.reduce<Look | undefined>(
    (best, look) => (best === undefined || look.evaluation.mean > best.evaluation.mean ? look : best),
    undefined,
  );
}
