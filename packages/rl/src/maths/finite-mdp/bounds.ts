import type { FiniteMdp } from "@advantage/envs";

/**
 * ‖V − V*‖∞ ≤ ‖BV − V‖∞/(1 − γ), and the same for B^π and V^π.  Notes H 3.4, Prop. 24. With the change of a backup that has been made, V′ = BV: the
 * residual of V′ is at most γ times it.
 *
 * @param residual  ‖BV − V‖∞, or a bound of it
 * @param discount  γ in [0, 1); nothing is known at 1
 */
export function errorBound(residual: number, discount: number): number | undefined {
  return discount < 1 ? residual / (1 - discount) : undefined;
}

/**
 * What a policy greedy for V loses at most:  ‖V* − V^π‖∞ ≤ 2γ‖BV − V‖∞/(1 − γ).  Notes H 3.4, Prop. 27 (the factor γ sharpens Prop. 25); Puterman 1994,
 * theorem 6.3.1.
 */
export function greedyLossBound(residual: number, discount: number): number | undefined {
  return discount < 1 ? (2 * discount * residual) / (1 - discount) : undefined;
}

/** What a policy greedy for V loses at most, without the sharpening of `greedyLossBound`:  ‖V* − V^π‖∞ ≤ 2‖BV − V‖∞/(1 − γ).  Notes H 3.4, Prop. 25. */
export function plainLossBound(residual: number, discount: number): number | undefined {
  return discount < 1 ? (2 * residual) / (1 - discount) : undefined;
}

/** What a policy greedy for V loses at most, for a V that is nowhere below V*:  ‖V* − V^π‖∞ ≤ ‖BV − V‖∞/(1 − γ).  Notes H 3.4, Prop. 26. */
export function upperLossBound(residual: number, discount: number): number | undefined {
  return discount < 1 ? residual / (1 - discount) : undefined;
}

/** The residual at which `errorBound` is the tolerance; with γ = 1, where there is no such bound, the tolerance itself. */
export function residualFor(tolerance: number, discount: number): number {
  return discount < 1 ? tolerance * (1 - discount) : tolerance;
}

/**
 * A V₀ ≥ V*, the same for all states, with V₀ ≥ BV₀, so that backups only lower it: the best reward for ever, or 0 where rewards are negative.
 *
 * @param discount γ in [0, 1)
 */
export function upperBound({ expectedReward }: FiniteMdp, discount: number): number {
  return expectedReward.reduce((best, r) => Math.max(best, r), 0) / (1 - discount);
}

/**
 * A V₀ ≤ V*, the same for all states, with V₀ ≤ BV₀, so that backups only raise it: the worst reward for ever, if rewards can be negative. Starting from 0 they would have to
 * sink there by one step's reward at a time.
 */
export function lowerBound({ expectedReward, numActions }: FiniteMdp, discount: number): number {
  let worst = 0;
  for (let start = 0; start < expectedReward.length; start += numActions) {
    let best = -Infinity;
    for (let row = start; row < start + numActions; row++) best = Math.max(best, expectedReward[row]);
    worst = Math.min(worst, best);
  }
  return discount < 1 ? worst / (1 - discount) : 0;
}
