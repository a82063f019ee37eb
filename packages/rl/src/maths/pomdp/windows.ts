import type { Pomdp } from "@advantage/envs";
import { continuationOf } from "../finite-mdp/continuation.js";

/** How much of the history a policy sees. */
export interface WindowShape {
  /** k: how many observations, an integer ≥ 1 */
  readonly length: number;
  /** Whether it also sees the k − 1 actions between them. */
  readonly withActions: boolean;
}

/**
 * Windows of the last k observations (and the actions between them) of one POMDP, numbered as they are met. At the start of an episode the
 * window is full of the first observation, as `frameStack` makes it; the actions before it are "none".
 */
export class Windows {
  readonly #shape: WindowShape;
  readonly #numActions: number;
  readonly #numObservations: number;
  readonly #symbols: number[][] = [];
  readonly #indexOf = new Map<string, number>();
  readonly #next = new Map<number, number>();

  constructor({ mdp, numObservations }: Pomdp, shape: WindowShape) {
    if (!Number.isSafeInteger(shape.length) || shape.length < 1) {
      throw new RangeError(`length must be an integer >= 1, got ${shape.length}`);
    }
    this.#shape = shape;
    this.#numActions = mdp.numActions;
    this.#numObservations = numObservations;
  }

  /** How many have been met. */
  get size(): number {
    return this.#symbols.length;
  }

  /** The window after the first observation. */
  first(observation: number): number {
    const none = this.#numActions;
    return this.#number(
      Array.from({ length: this.#length }, (_, i) => (this.#shape.withActions && i % 2 === 1 ? none : observation)),
    );
  }

  /** The window after that action and observation. */
  next(window: number, action: number, observation: number): number {
    const key = (window * this.#numActions + action) * this.#numObservations + observation;
    let next = this.#next.get(key);
    if (next === undefined) {
      const symbols = this.#symbols[window];
      const seen = this.#shape.withActions ? [...symbols, action, observation] : [...symbols, observation];
      next = this.#number(seen.slice(seen.length - this.#length));
      this.#next.set(key, next);
    }
    return next;
  }

  /** Observations, oldest first, with the actions between them if they are seen, as text: the same for equal windows of all POMDPs. */
  key(window: number): string {
    return this.#symbols[window].join(",");
  }

  /** The keys of what windows of 1, 2, … k observations would hold, the longest first. */
  suffixes(window: number): string[] {
    const symbols = this.#symbols[window];
    const step = this.#shape.withActions ? 2 : 1;
    return Array.from({ length: this.#shape.length }, (_, i) => symbols.slice(i * step).join(","));
  }

  get #length(): number {
    return this.#shape.withActions ? 2 * this.#shape.length - 1 : this.#shape.length;
  }

  #number(symbols: number[]): number {
    const key = symbols.join(",");
    let index = this.#indexOf.get(key);
    if (index === undefined) {
      index = this.#symbols.push(symbols) - 1;
      this.#indexOf.set(key, index);
    }
    return index;
  }
}

/** Mass on pairs of a window and a state, at window · S + state. */
export type PairMass = Map<number, number>;

/** Where an episode starts: ρ₀ on the first windows. */
export function startPairs({ mdp, observations }: Pomdp, windows: Windows): PairMass {
  const mass: PairMass = new Map();
  for (let state = 0; state < mdp.numStates; state++) {
    if (mdp.initial[state] === 0 || mdp.terminal[state] === 1) continue;
    mass.set(windows.first(observations[state]) * mdp.numStates + state, mdp.initial[state]);
  }
  return mass;
}

/** Mass that is left out: what it could still earn is below the rounding of the sums. */
const NEGLIGIBLE = 1e-13;

/**
 * Follows a policy of the window from some discounted mass on until it meets windows without an action.
 *
 * @param actionOf  the action of a window, −1 if it has none yet
 * @returns         the discounted reward on the way, and the discounted mass that has arrived at windows without an action
 */
export function follow(
  { mdp, observations }: Pomdp,
  windows: Windows,
  from: PairMass,
  actionOf: (window: number) => number,
  discount: number,
): { readonly reward: number; readonly stopped: PairMass } {
  const { numStates, numActions, expectedReward } = mdp;
  const { rowStart, nextState, weight } = continuationOf(mdp);
  const stopped: PairMass = new Map();
  let reward = 0;
  for (let mass = from, total = 1; mass.size > 0 && total > NEGLIGIBLE; ) {
    const later: PairMass = new Map();
    total = 0;
    for (const [pair, m] of mass) {
      const state = pair % numStates;
      const window = (pair - state) / numStates;
      const action = actionOf(window);
      if (action < 0) {
        stopped.set(pair, (stopped.get(pair) ?? 0) + m);
        continue;
      }
      const row = state * numActions + action;
      reward += m * expectedReward[row];
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        const next = nextState[k];
        const to = windows.next(window, action, observations[next]) * numStates + next;
        const moved = discount * m * weight[k];
        later.set(to, (later.get(to) ?? 0) + moved);
        total += moved;
      }
    }
    mass = later;
  }
  return { reward, stopped };
}
