import { math } from "@advantage/engine";

/** How far an estimate moves towards its n-th sample. */
export const stepSizeRules = ["constant", "harmonic", "polynomial"] as const;
export type StepSizeRule = (typeof stepSizeRules)[number];

/**
 * αₙ of a table's entry at its n-th update (n = 1, 2, …):
 *
 *     constant     α           follows a moving target, never settles
 *     harmonic     1/n         the plain average of its samples
 *     polynomial   1/n^ω       between the two
 *
 * With ω in (½, 1] the last two fulfil Robbins & Monro's conditions Σαₙ = ∞, Σαₙ² < ∞ (1951, "A stochastic approximation method"),
 * under which Q-learning converges (Watkins & Dayan 1992). Its error falls only as n^−(1−γ) with 1/n, so ω about 0.8 is far
 * faster (Even-Dar & Mansour 2003, "Learning rates for Q-learning", JMLR 5).
 *
 * @param n        how often the entry has been updated, this time included
 * @param constant α
 * @param exponent ω
 */
export function stepSize(rule: StepSizeRule, n: number, constant: number, exponent: number): number {
  if (rule === "constant") return constant;
  if (rule === "harmonic") return 1 / n;
  return math.pow(n, -exponent);
}
