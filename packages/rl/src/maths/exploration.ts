import { math, type Random } from "@advantage/engine";
import { lastStepOf, type Schedule, scheduleAt } from "../core/schedule.js";

/*
 * Rules of behaviour over a table of action values Q [S × A]. A row is given by its first index, s·A, so that a hot loop makes no
 * views; equal values share what the best one would get, to the bit.
 */

const TWO_POW_32 = 4294967296;

/** max_a Q(s, a). */
export function rowMax(q: Float64Array, row: number, numActions: number): number {
  let best = q[row];
  for (let i = row + 1; i < row + numActions; i++) if (q[i] > best) best = q[i];
  return best;
}

/** The first action of those with the largest Q(s, a). */
export function rowArgmax(q: Float64Array, row: number, numActions: number): number {
  let best = row;
  for (let i = row + 1; i < row + numActions; i++) if (q[i] > q[best]) best = i;
  return best - row;
}

/**
 * An ε-greedy action: with probability ε uniform over all actions, otherwise uniform over the greedy ones.
 * (Breaking ties at random matters: with all values equal at first, taking the first of them would hardly explore.)
 *
 * One word of 32 random bits decides it all: below ε·2³² it says which of all actions, above it which of the greedy ones.
 * Probabilities are right to 2⁻³².
 */
export function epsilonGreedy(
  q: Float64Array,
  row: number,
  numActions: number,
  epsilon: number,
  random: Random,
): number {
  const word = random.uint32();
  const threshold = epsilon * TWO_POW_32;
  if (word < threshold) return Math.min(Math.floor((word / threshold) * numActions), numActions - 1);
  let best = row;
  let ties = 1;
  for (let i = row + 1; i < row + numActions; i++) {
    if (q[i] > q[best]) {
      best = i;
      ties = 1;
    } else if (q[i] === q[best]) ties += 1;
  }
  if (ties === 1) return best - row;
  let skip = Math.min(Math.floor(((word - threshold) / (TWO_POW_32 - threshold)) * ties), ties - 1);
  const value = q[best]; // `best` is the first of the ties
  while (skip > 0) {
    best += 1;
    if (q[best] === value) skip -= 1;
  }
  return best - row;
}

/** π(a|s) = ε/A + (1 − ε)/G for the G greedy actions, ε/A for the others; written to out[at …]. Notes: H, Definition 10. */
export function epsilonGreedyProbabilities(
  q: Float64Array,
  row: number,
  numActions: number,
  epsilon: number,
  out: Float64Array,
  at = 0,
): void {
  const best = rowMax(q, row, numActions);
  let ties = 0;
  for (let i = row; i < row + numActions; i++) if (q[i] === best) ties += 1;
  for (let a = 0; a < numActions; a++)
    out[at + a] = epsilon / numActions + (q[row + a] === best ? (1 - epsilon) / ties : 0);
}

/** Σ_a π(a|s) Q(s, a) of the ε-greedy policy: (1 − ε)·max + ε·mean. */
export function epsilonGreedyValue(q: Float64Array, row: number, numActions: number, epsilon: number): number {
  let sum = 0;
  for (let i = row; i < row + numActions; i++) sum += q[i];
  return (1 - epsilon) * rowMax(q, row, numActions) + (epsilon / numActions) * sum;
}

/**
 * Boltzmann (softmax) exploration: π(a|s) ∝ exp(Q(s, a)/τ), written to out[at …].
 *
 * @param temperature τ > 0: towards 0 greedy, towards ∞ uniform
 */
export function boltzmannProbabilities(
  q: Float64Array,
  row: number,
  numActions: number,
  temperature: number,
  out: Float64Array,
  at = 0,
): void {
  const best = rowMax(q, row, numActions);
  let sum = 0;
  for (let a = 0; a < numActions; a++) {
    out[at + a] = math.exp((q[row + a] - best) / temperature);
    sum += out[at + a];
  }
  for (let i = at; i < at + numActions; i++) out[i] /= sum;
}

/** An action drawn from a row of probabilities. */
export function sampleRow(random: Random, probabilities: Float64Array, row: number, numActions: number): number {
  let left = random.uniform();
  let last = 0; // rounding may leave a remainder: it falls to the last action that can happen
  for (let action = 0; action < numActions; action++) {
    const probability = probabilities[row + action];
    if (probability === 0) continue;
    left -= probability;
    if (left < 0) return action;
    last = action;
  }
  return last;
}

/** Rule of exploration over a table, and how its parameter moves over the run. */
export interface ExplorationOptions {
  readonly rule: "epsilon-greedy" | "boltzmann";
  /** ε, or τ > 0. */
  readonly parameter: Schedule;
  /** The length of the run that schedules are over. */
  readonly totalSteps: number;
  readonly numActions: number;
}

/** One of the rules above with its schedule, for loops that choose millions of actions a second. */
export class Exploration {
  /** ε or τ now. */
  parameter: number;
  readonly #greedy: boolean;
  readonly #from: number;
  readonly #to: number;
  readonly #slope: number;
  /** The step at which the schedule has reached its end. */
  readonly #lastStep: number;
  readonly #numActions: number;
  /** π(·|s), for Boltzmann exploration  [A] */
  readonly #probabilities: Float64Array;

  constructor({ rule, parameter, totalSteps, numActions }: ExplorationOptions) {
    this.#greedy = rule === "epsilon-greedy";
    this.#from = scheduleAt(parameter, 0);
    this.#to = scheduleAt(parameter, 1);
    this.#lastStep = lastStepOf(parameter, totalSteps);
    this.#slope = (this.#to - this.#from) / this.#lastStep;
    this.#numActions = numActions;
    this.#probabilities = new Float64Array(numActions);
    this.parameter = this.#from;
  }

  /** Moves the schedule to a step of the run. */
  moveTo(step: number): void {
    // The end is met exactly: rounding must not make ε negative.
    this.parameter = step < this.#lastStep ? this.#from + this.#slope * step : this.#to;
  }

  /** a ~ π(·|s), for the row of Q that starts at `row`. */
  choose(q: Float64Array, row: number, random: Random): number {
    if (this.#greedy) return epsilonGreedy(q, row, this.#numActions, this.parameter, random);
    boltzmannProbabilities(q, row, this.#numActions, this.parameter, this.#probabilities);
    return sampleRow(random, this.#probabilities, 0, this.#numActions);
  }

  /** Σ_a π(a|s) Q(s, a). */
  value(q: Float64Array, row: number): number {
    if (this.#greedy) return epsilonGreedyValue(q, row, this.#numActions, this.parameter);
    boltzmannProbabilities(q, row, this.#numActions, this.parameter, this.#probabilities);
    let sum = 0;
    for (let action = 0; action < this.#numActions; action++) sum += this.#probabilities[action] * q[row + action];
    return sum;
  }

  /** π(a|s) of the whole table  [S × A]. */
  probabilities(q: Float64Array): Float64Array {
    const out = new Float64Array(q.length);
    const write = this.#greedy ? epsilonGreedyProbabilities : boltzmannProbabilities;
    for (let row = 0; row < q.length; row += this.#numActions)
      write(q, row, this.#numActions, this.parameter, out, row);
    return out;
  }
}
