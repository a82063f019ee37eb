import { math } from "@advantage/engine";
import { lastStepOf, type Schedule, scheduleAt } from "../core/schedule.js";

/** How far an estimate moves towards its n-th sample. */
export const stepSizeRules = ["constant", "harmonic", "polynomial"] as const;

/** Name of a rule by which step sizes fall. */
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

/** Rule of a table's step sizes, with its constants. */
export interface StepSizesOptions {
  readonly rule: StepSizeRule;
  /** α of constant step sizes. */
  readonly constant: Schedule;
  /** ω of polynomial ones. */
  readonly exponent: number;
  /** The length of the run that a schedule is over. */
  readonly totalSteps: number;
}

/** The step sizes of a table, by entry, for loops of millions of updates a second. */
export class StepSizes {
  readonly #rule: StepSizeRule;
  readonly #from: number;
  readonly #to: number;
  readonly #slope: number;
  /** The step at which the schedule has reached its end. */
  readonly #lastStep: number;
  readonly #exponent: number;
  #constant: number;

  /** @param counts how often each entry has been updated; counted on by `next` */
  constructor(
    { rule, constant, exponent, totalSteps }: StepSizesOptions,
    readonly counts: Int32Array,
  ) {
    this.#rule = rule;
    this.#from = scheduleAt(constant, 0);
    this.#to = scheduleAt(constant, 1);
    this.#lastStep = lastStepOf(constant, totalSteps);
    this.#slope = (this.#to - this.#from) / this.#lastStep;
    this.#exponent = exponent;
    this.#constant = this.#from;
  }

  /** Moves the schedule to a step of the run. */
  moveTo(step: number): void {
    this.#constant = step < this.#lastStep ? this.#from + this.#slope * step : this.#to;
  }

  /** Counts an update of the entry. */
  count(entry: number): void {
    this.counts[entry] += 1;
  }

  /** αₙ of an entry as it has been counted. */
  now(entry: number): number {
    return stepSize(this.#rule, this.counts[entry], this.#constant, this.#exponent);
  }

  /** Counts an update of the entry, and gives its αₙ. */
  next(entry: number): number {
    this.count(entry);
    return this.now(entry);
  }
}
