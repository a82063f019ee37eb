import { generalisedAdvantage } from "./gae.js";

type Floats = Float32Array | Float64Array;

/** T steps of N environments of a continuing task, flat [T × N], step t of environment n at t·N + n. */
export interface DifferentialSteps {
  /** rₜ */
  readonly rewards: Floats;
  /** r̄, the estimate of the average reward */
  readonly averageReward: number;
  /** V(sₜ), differential values */
  readonly values: Floats;
  /** V of the state that step t led to: the true one where an episode was cut, the start state that follows where it ended */
  readonly nextValues: Floats;
}

/**
 * Mean differential TD error,  𝔼ₜ[δₜ],  δₜ = rₜ − r̄ + V(sₜ₊₁) − V(sₜ).  Sutton & Barto 2018, eq. 10.10.
 *
 * With the policy's differential values it is r(π) − r̄ on average, in whatever states the steps were taken: its estimate of the average
 * reward does not depend on where cut episodes start again, as the mean of the rewards does.
 */
export function meanDifferentialError({ rewards, averageReward, values, nextValues }: DifferentialSteps): number {
  let sum = 0;
  for (let i = 0; i < rewards.length; i++) sum += rewards[i] - averageReward + nextValues[i] - values[i];
  return sum / rewards.length;
}

/**
 * Advantages of a continuing task:  Âₜ = Σ_k λᵏ δₜ₊ₖ,  δₜ = rₜ − r̄ + V(sₜ₊₁) − V(sₜ),  over the steps that are left of the T.
 *
 * λ = 0 is the differential TD error (Sutton & Barto 2018, section 13.6), λ = 1 the n-step differential return less V(sₜ) (there eq. 10.14). It is
 * generalised advantage estimation of the rewards rₜ − r̄ with γ = 1 and no terminations. The sum stops where an episode was cut, since the
 * next step does not start where this one led to; it goes on where an episode ended, since its restart is a transition like any other.
 *
 * @param cut         1 where an episode was cut without having ended
 * @param numSteps    T
 * @param numEnvs     N
 * @param lambda      λ in [0, 1]
 * @param advantages  Âₜ, written and returned
 */
export function differentialAdvantage<Out extends Floats>({
  rewards,
  averageReward,
  values,
  nextValues,
  cut,
  numSteps,
  numEnvs,
  lambda,
  advantages,
}: DifferentialSteps & {
  readonly cut: Uint8Array;
  readonly numSteps: number;
  readonly numEnvs: number;
  readonly lambda: number;
  readonly advantages: Out;
}): Out {
  generalisedAdvantage({
    rewards: Float64Array.from(rewards, (reward) => reward - averageReward),
    values,
    nextValues,
    terminated: new Uint8Array(rewards.length),
    truncated: cut,
    numSteps,
    numEnvs,
    discount: 1,
    gaeLambda: lambda,
    advantages,
  });
  return advantages;
}
