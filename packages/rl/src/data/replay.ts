import type { Random } from "@advantage/engine";
import type { GatherOptions, TransitionSource, Transitions } from "../core/dataset.js";
import type { Episodes } from "./episodes.js";

/** What a replay keeps, and how much of it. */
export interface ReplayOptions {
  /** Transitions kept, the latest; rounded up to a multiple of `numEnvs`. */
  readonly capacity: number;
  /** Environments that are stepped together. Default: 1. */
  readonly numEnvs?: number;
  readonly observationSize: number;
  /** How observations are kept: as they are, or in one byte where they are whole numbers in [0, 255]. Default: "f32". */
  readonly observations?: "f32" | "u8";
  readonly actionSize: number;
  /** Real-valued actions, or choices. */
  readonly actions: "f32" | "i32";
}

/** One step of all N environments, in the arrays of a vector environment: before the step s and a, after it the rest. */
export interface ReplayStep {
  /** s [N × observationSize], raw: what normalises them may change between now and the day they are drawn. */
  readonly observation: ArrayLike<number>;
  /** a as the policy gave it, before limits [N × actionSize] */
  readonly action: ArrayLike<number>;
  /** r [N] */
  readonly reward: ArrayLike<number>;
  /** s′, the true successor [N × observationSize] */
  readonly nextObservation: ArrayLike<number>;
  /** 1 where the task ended [N] */
  readonly terminated: ArrayLike<number>;
  /** 1 where the episode was cut [N] */
  readonly truncated: ArrayLike<number>;
}

/**
 * The latest transitions of N environments, in columns that are allocated once. A successor is not kept twice: it is the next row of its
 * environment, except where an episode ended there, whose true last observation has a place of its own; and that of the newest step.
 *
 * Rows are numbered by age of their slot in the ring: row = slot × N + environment, and a new step overwrites the oldest slot.
 */
export class Replay implements TransitionSource {
  readonly numEnvs: number;
  readonly capacity: number;
  readonly #size: number;
  readonly #actionSize: number;
  readonly #observations: Float32Array | Uint8Array;
  readonly #actions: Float32Array | Int32Array;
  readonly #rewards: Float64Array;
  /** 0 goes on, 1 terminated, 2 truncated, 3 both [capacity] */
  readonly #ends: Uint8Array;
  /** For ended rows: which of the last observations is its successor, counted from the run's first, modulo 2³¹ [capacity] */
  readonly #lastNumbers: Int32Array;
  /** Last observations of episodes, oldest first, in a ring that grows to the next power of two; number i at i mod its length. */
  #lastObservations: Float32Array | Uint8Array;
  #firstLast = 0;
  #nextLast = 0;
  /** s′ of the newest step [N × size] */
  readonly #newest: Float32Array | Uint8Array;
  /** Steps (of all environments) added so far. */
  #added = 0;

  constructor(options: ReplayOptions) {
    const { numEnvs = 1, observationSize, actionSize, observations = "f32", actions } = options;
    const slots = Math.ceil(options.capacity / numEnvs);
    this.numEnvs = numEnvs;
    this.capacity = slots * numEnvs;
    this.#size = observationSize;
    this.#actionSize = actionSize;
    const column = observations === "u8" ? Uint8Array : Float32Array;
    this.#observations = new column(this.capacity * observationSize);
    this.#actions = new (actions === "i32" ? Int32Array : Float32Array)(this.capacity * actionSize);
    this.#rewards = new Float64Array(this.capacity);
    this.#ends = new Uint8Array(this.capacity);
    this.#lastNumbers = new Int32Array(this.capacity);
    this.#lastObservations = new column(Math.min(64, nextPowerOfTwo(this.capacity)) * observationSize);
    this.#newest = new column(numEnvs * observationSize);
  }

  /** How many transitions there are. */
  get count(): number {
    return Math.min(this.#added * this.numEnvs, this.capacity);
  }

  /** Puts a step of all environments in, over the oldest. */
  add(step: ReplayStep): void {
    const { numEnvs } = this;
    const first = (this.#added % (this.capacity / numEnvs)) * numEnvs;
    if (this.#added * numEnvs >= this.capacity) {
      for (let row = first; row < first + numEnvs; row++) if (this.#ends[row] !== 0) this.#firstLast += 1;
    }
    put(step.observation, 0, this.#observations, first * this.#size, numEnvs * this.#size);
    put(step.action, 0, this.#actions, first * this.#actionSize, numEnvs * this.#actionSize);
    put(step.nextObservation, 0, this.#newest, 0, numEnvs * this.#size);
    for (let i = 0; i < numEnvs; i++) {
      const row = first + i;
      this.#rewards[row] = step.reward[i];
      this.#ends[row] = (step.terminated[i] !== 0 ? 1 : 0) | (step.truncated[i] !== 0 ? 2 : 0);
      if (this.#ends[row] !== 0) this.#keepLast(row, step.nextObservation, i);
    }
    this.#added += 1;
  }

  /** An empty batch for this replay. */
  allocate(size: number): Transitions {
    const actions = size * this.#actionSize;
    return {
      size,
      observations: new Float32Array(size * this.#size),
      actions: this.#actions instanceof Int32Array ? new Int32Array(actions) : new Float32Array(actions),
      rewards: new Float64Array(size),
      nextObservations: new Float32Array(size * this.#size),
      terminated: new Float32Array(size),
      discounts: new Float32Array(size),
    };
  }

  /**
   * Rows drawn evenly, with replacement.
   *
   * @param rows  written and returned
   * @throws RangeError if there is nothing to draw from
   */
  draw(random: Random, rows: Int32Array): Int32Array {
    const { count } = this;
    if (count === 0) throw new RangeError("a replay must hold a transition before one is drawn, got none");
    for (let i = 0; i < rows.length; i++) rows[i] = random.int(count);
    return rows;
  }

  /**
   * The transitions of some rows, each over up to n steps: fewer where the episode ends, or where there are no later steps yet.
   *
   * @param rows   [B]
   * @param batch  of size B, written and returned
   */
  gather(rows: Int32Array, batch: Transitions, { steps = 1, discount = 1 }: GatherOptions = {}): Transitions {
    const { capacity, numEnvs } = this;
    const size = this.#size;
    const actionSize = this.#actionSize;
    const newestSlot = ((this.#added - 1) % (capacity / numEnvs)) * numEnvs;
    for (let b = 0; b < rows.length; b++) {
      let row = rows[b];
      put(this.#observations, row * size, batch.observations, b * size, size);
      put(this.#actions, row * actionSize, batch.actions, b * actionSize, actionSize);
      const env = row % numEnvs;
      let reward = 0;
      let weight = 1;
      for (let k = 1; ; k++) {
        reward += weight * this.#rewards[row];
        weight *= discount;
        const newest = row - env === newestSlot;
        if (k === steps || newest || this.#ends[row] !== 0) {
          this.#putSuccessor(row, newest, batch.nextObservations, b * size);
          break;
        }
        row = row + numEnvs === capacity + env ? env : row + numEnvs;
      }
      batch.rewards[b] = reward;
      batch.discounts[b] = weight;
      batch.terminated[b] = this.#ends[row] & 1;
    }
    return batch;
  }

  snapshot(): ReplaySnapshot {
    const { count } = this;
    const lasts = this.#nextLast - this.#firstLast;
    const lastObservations = this.#lastObservations.slice(0, lasts * this.#size);
    for (let i = 0; i < lasts; i++) {
      put(this.#lastObservations, this.#placeOf(this.#firstLast + i), lastObservations, i * this.#size, this.#size);
    }
    return {
      added: this.#added,
      firstLast: this.#firstLast,
      observations: this.#observations.slice(0, count * this.#size),
      actions: this.#actions.slice(0, count * this.#actionSize),
      rewards: this.#rewards.slice(0, count),
      ends: this.#ends.slice(0, count),
      lastNumbers: this.#lastNumbers.slice(0, count),
      lastObservations,
      newest: this.#newest.slice(),
    };
  }

  /** @throws RangeError if the snapshot is of a replay of another size */
  restore(snapshot: unknown): void {
    const saved = snapshot as ReplaySnapshot;
    const count = Math.min(saved.added * this.numEnvs, this.capacity);
    const lasts = saved.lastObservations.length / this.#size;
    requireLength("observations", saved.observations, count * this.#size);
    requireLength("actions", saved.actions, count * this.#actionSize);
    for (const name of ["rewards", "ends", "lastNumbers"] as const) requireLength(name, saved[name], count);
    requireLength("newest", saved.newest, this.#newest.length);
    this.#added = saved.added;
    this.#observations.set(saved.observations);
    this.#actions.set(saved.actions);
    this.#rewards.set(saved.rewards);
    this.#ends.set(saved.ends);
    this.#lastNumbers.set(saved.lastNumbers);
    this.#newest.set(saved.newest);
    this.#firstLast = saved.firstLast;
    this.#nextLast = saved.firstLast;
    for (let i = 0; i < lasts; i++) {
      this.#makeRoom();
      put(saved.lastObservations, i * this.#size, this.#lastObservations, this.#placeOf(this.#nextLast), this.#size);
      this.#nextLast += 1;
    }
  }

  /** The true last observation of an episode gets a place of its own. */
  #keepLast(row: number, nextObservation: ArrayLike<number>, env: number): void {
    this.#makeRoom();
    put(nextObservation, env * this.#size, this.#lastObservations, this.#placeOf(this.#nextLast), this.#size);
    this.#lastNumbers[row] = this.#nextLast & 0x7fffffff;
    this.#nextLast += 1;
  }

  #makeRoom(): void {
    const room = this.#lastObservations.length / this.#size;
    if (this.#nextLast - this.#firstLast < room) return;
    const before = this.#lastObservations;
    const after = new (before.constructor as Float32ArrayConstructor)(2 * before.length) as typeof before;
    for (let i = this.#firstLast; i < this.#nextLast; i++) {
      put(before, (i % room) * this.#size, after, (i % (2 * room)) * this.#size, this.#size);
    }
    this.#lastObservations = after;
  }

  /** Where the last observation of that number begins. */
  #placeOf(number: number): number {
    return (number % (this.#lastObservations.length / this.#size)) * this.#size;
  }

  #putSuccessor(row: number, newest: boolean, to: Float32Array, at: number): void {
    const size = this.#size;
    if (this.#ends[row] !== 0) put(this.#lastObservations, this.#placeOf(this.#lastNumbers[row]), to, at, size);
    else if (newest) put(this.#newest, (row % this.numEnvs) * size, to, at, size);
    else put(this.#observations, ((row + this.numEnvs) % this.capacity) * size, to, at, size);
  }
}

/** A replay as it is kept in a checkpoint: the rows that are filled. */
export interface ReplaySnapshot {
  readonly added: number;
  readonly firstLast: number;
  readonly observations: Float32Array | Uint8Array;
  readonly actions: Float32Array | Int32Array;
  readonly rewards: Float64Array;
  readonly ends: Uint8Array;
  readonly lastNumbers: Int32Array;
  /** Oldest first. */
  readonly lastObservations: Float32Array | Uint8Array;
  readonly newest: Float32Array | Uint8Array;
}

/** Bytes of a replay, printed before they are allocated; last observations, of which there is one an episode, come on top. */
export function replayBytes({ capacity, observationSize, observations = "f32", actionSize }: ReplayOptions): number {
  return capacity * (observationSize * (observations === "u8" ? 1 : 4) + 4 * actionSize + 8 + 1 + 4);
}

/** Puts all steps of whole episodes into the replay of a single environment. */
export function addEpisodes(replay: Replay, episodes: Episodes): void {
  const { starts, observations, actions, rewards, cut, lastObservations } = episodes;
  const size = observations.length / rewards.length;
  const actionSize = actions.length / rewards.length;
  const terminated = new Uint8Array(1);
  const truncated = new Uint8Array(1);
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let row = starts[i]; row < starts[i + 1]; row++) {
      const last = row + 1 === starts[i + 1];
      terminated[0] = last && cut[i] === 0 ? 1 : 0;
      truncated[0] = last && cut[i] !== 0 ? 1 : 0;
      replay.add({
        observation: observations.subarray(row * size, (row + 1) * size),
        action: actions.subarray(row * actionSize, (row + 1) * actionSize),
        reward: rewards.subarray(row, row + 1),
        nextObservation: last
          ? lastObservations.subarray(i * size, (i + 1) * size)
          : observations.subarray((row + 1) * size, (row + 2) * size),
        terminated,
        truncated,
      });
    }
  }
}

function put(
  from: ArrayLike<number>,
  start: number,
  to: Float32Array | Int32Array | Uint8Array,
  at: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i];
}

function nextPowerOfTwo(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

function requireLength(name: string, values: ArrayLike<number>, expected: number): void {
  if (values.length === expected) return;
  throw new RangeError(`${name} of the saved replay must be ${expected} numbers, got ${values.length}`);
}
