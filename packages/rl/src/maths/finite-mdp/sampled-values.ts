import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import { sampleRow } from "../exploration.js";

/*
 * Action values from samples of the model ("generative model", Kearns & Singh 1998): any pair (s, a) can be tried, as often as one likes.
 */

/** A transition of the row s·A + a, drawn with its probability: its number k. */
export function sampleTransition({ rowStart, probability }: FiniteMdp, row: number, random: Random): number {
  const last = rowStart[row + 1] - 1;
  let k = rowStart[row];
  let rest = k < last ? random.uniform() - probability[k] : -1;
  while (rest >= 0 && k < last) {
    k += 1;
    rest -= probability[k];
  }
  while (probability[k] === 0) k -= 1; // only if rounding has carried us to the end
  return k;
}

/**
 * The discounted return of one rollout: the pair's action first, then the policy's, until the task ends or `maxSteps` are done; the rest counts as 0. Notes: W ("Monte Carlo
 * estimator").
 *
 * @param row  s·A + a
 */
export function rolloutReturn(
  mdp: FiniteMdp,
  policy: Float64Array,
  row: number,
  { discount, maxSteps, random }: { readonly discount: number; readonly maxSteps: number; readonly random: Random },
): number {
  const { numActions, nextState, reward, terminated } = mdp;
  let sum = 0;
  let weight = 1;
  for (let step = 0; step < maxSteps; step++) {
    const k = sampleTransition(mdp, row, random);
    sum += weight * reward[k];
    if (terminated[k] === 1) break;
    weight *= discount;
    const start = nextState[k] * numActions;
    row = start + sampleRow(random, policy, start, numActions);
  }
  return sum;
}

/**
 * One TD(0) update of a pair from a sampled transition:  Q(s, a) ← Q(s, a) + α [r + γ Σ_b π(b|s′) Q(s′, b) − Q(s, a)]  (expected Sarsa; van Seijen et al. 2009).
 *
 * @param row s·A + a
 */
export function tdUpdate(
  mdp: FiniteMdp,
  policy: Float64Array,
  q: Float64Array,
  row: number,
  { discount, alpha, random }: { readonly discount: number; readonly alpha: number; readonly random: Random },
): void {
  const { numActions, nextState, reward, terminated } = mdp;
  const k = sampleTransition(mdp, row, random);
  let next = 0;
  if (terminated[k] === 0) {
    const start = nextState[k] * numActions;
    for (let i = start; i < start + numActions; i++) next += policy[i] * q[i];
  }
  q[row] += alpha * (reward[k] + discount * next - q[row]);
}
