import type { Random } from "@advantage/engine";
import type { GatherOptions, TransitionSource, Transitions } from "../core/dataset.js";
import type { Episodes } from "./episodes.js";
import { type ColumnLayout, rowBytes, Segments, type SegmentsSnapshot } from "./segments.js";

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

/** Bytes of a segment, about: of those that fill, one is written anew with each checkpoint. */
const SEGMENT_BYTES = 2 ** 21;

/** Numbers of last observations are kept modulo 2³¹. */
const NUMBERS = 0x7fffffff;

/** Segments of a full replay, at least: up to one more than the capacity needs is kept. */
const SEGMENTS = 16;

/** Columns of transitions. */
type TransitionColumns = {
  /** r */
  readonly rewards: Float64Array;
  readonly actions: Float32Array | Int32Array;
  /** Of ended rows: which of the last observations is the successor, counted from the run's first, modulo 2³¹. */
  readonly lastNumbers: Int32Array;
  readonly observations: Float32Array | Uint8Array;
  /** 0 goes on, 1 terminated, 2 truncated, 3 both */
  readonly ends: Uint8Array;
};

/** The column of last observations. */
type LastColumns = Pick<TransitionColumns, "observations">;

/**
 * The latest transitions of N environments, in columns. A successor is not kept twice: it is the next row of its environment, except where an
 * episode ended there, whose true last observation has a place of its own; and that of the newest step.
 *
 * Rows are numbered as in a ring: row = (step mod slots) × N + environment, and a new step takes the numbers of the oldest. They lie in segments, in
 * the order in which they came, of which a checkpoint writes each once.
 */
export class Replay implements TransitionSource {
  readonly numEnvs: number;
  readonly capacity: number;
  readonly #size: number;
  readonly #actionSize: number;
  readonly #choices: boolean;
  /** Steps of all environments that are kept. */
  readonly #slots: number;
  /** A row is a step of all N environments. */
  readonly #steps: Segments<TransitionColumns>;
  /** True last observations of episodes. */
  readonly #lasts: Segments<LastColumns>;
  /** s′ of the newest step [N × size] */
  readonly #newest: Float32Array | Uint8Array;

  constructor(options: ReplayOptions) {
    const { numEnvs = 1, observationSize, actions } = options;
    this.numEnvs = numEnvs;
    this.#slots = Math.ceil(options.capacity / numEnvs);
    this.capacity = this.#slots * numEnvs;
    this.#size = observationSize;
    this.#actionSize = options.actionSize;
    this.#choices = actions === "i32";
    const steps = layoutOf(options);
    const lasts = { observations: { ...steps.observations, width: observationSize } };
    this.#steps = new Segments<TransitionColumns>(segmentSize(rowBytes(steps), this.#slots), steps);
    this.#lasts = new Segments<LastColumns>(segmentSize(rowBytes(lasts), this.capacity), lasts);
    this.#newest = new steps.observations.type(numEnvs * observationSize) as Float32Array | Uint8Array;
  }

  /** How many transitions there are. */
  get count(): number {
    return Math.min(this.#steps.next, this.#slots) * this.numEnvs;
  }

  /**
   * Puts a step of all environments in, in place of the oldest.
   *
   * @throws RunError if it holds NaN; it may be found a while later
   */
  add(step: ReplayStep): void {
    const { numEnvs } = this;
    if (this.#steps.next >= this.#slots) this.#dropOldest();
    const { observations, actions, rewards, ends, lastNumbers } = this.#steps.filling();
    const first = (this.#steps.next % this.#steps.size) * numEnvs;
    put(step.observation, 0, observations, first * this.#size, numEnvs * this.#size);
    put(step.action, 0, actions, first * this.#actionSize, numEnvs * this.#actionSize);
    put(step.nextObservation, 0, this.#newest, 0, numEnvs * this.#size);
    for (let i = 0; i < numEnvs; i++) {
      const row = first + i;
      rewards[row] = step.reward[i];
      ends[row] = (step.terminated[i] !== 0 ? 1 : 0) | (step.truncated[i] !== 0 ? 2 : 0);
      if (ends[row] === 0) continue;
      lastNumbers[row] = this.#lasts.next & NUMBERS;
      const last = (this.#lasts.next % this.#lasts.size) * this.#size;
      put(step.nextObservation, i * this.#size, this.#lasts.filling().observations, last, this.#size);
      this.#lasts.advance();
    }
    this.#steps.advance();
  }

  /** An empty batch for this replay. */
  allocate(size: number): Transitions {
    const actions = size * this.#actionSize;
    return {
      size,
      observations: new Float32Array(size * this.#size),
      actions: this.#choices ? new Int32Array(actions) : new Float32Array(actions),
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
    const { numEnvs } = this;
    const size = this.#size;
    const actionSize = this.#actionSize;
    const newest = this.#steps.next - 1;
    for (let b = 0; b < rows.length; b++) {
      const env = rows[b] % numEnvs;
      const slot = (rows[b] - env) / numEnvs;
      let step = newest - ((newest - slot) % this.#slots);
      let columns = this.#steps.of(step);
      let row = (step % this.#steps.size) * numEnvs + env;
      put(columns.observations, row * size, batch.observations, b * size, size);
      put(columns.actions, row * actionSize, batch.actions, b * actionSize, actionSize);
      let reward = 0;
      let weight = 1;
      for (let k = 1; ; k++) {
        reward += weight * columns.rewards[row];
        weight *= discount;
        if (k === steps || step === newest || columns.ends[row] !== 0) break;
        step += 1;
        columns = this.#steps.of(step);
        row = (step % this.#steps.size) * numEnvs + env;
      }
      batch.rewards[b] = reward;
      batch.discounts[b] = weight;
      batch.terminated[b] = columns.ends[row] & 1;
      if (columns.ends[row] !== 0) this.#putLast(columns.lastNumbers[row], batch.nextObservations, b * size);
      else if (step === newest) put(this.#newest, env * size, batch.nextObservations, b * size, size);
      else {
        const next = ((step + 1) % this.#steps.size) * numEnvs + env;
        put(this.#steps.of(step + 1).observations, next * size, batch.nextObservations, b * size, size);
      }
    }
    return batch;
  }

  /** @throws RunError if it holds NaN */
  snapshot(): ReplaySnapshot {
    return { steps: this.#steps.snapshot(), lasts: this.#lasts.snapshot(), newest: this.#newest.slice() };
  }

  /** @throws RangeError if the snapshot is of a replay of another size */
  restore(snapshot: unknown): void {
    const { steps, lasts, newest } = snapshot as Partial<ReplaySnapshot>;
    if (!steps || !lasts || !newest)
      throw new RangeError("it is a replay of schema version 1: resume it with the version that wrote it");
    if (newest.length !== this.#newest.length) {
      const expected = this.#newest.length;
      throw new RangeError(`newest of the saved replay must be ${expected} numbers, got ${newest.length}`);
    }
    this.#steps.restore(steps);
    this.#lasts.restore(lasts);
    this.#newest.set(newest);
    this.#requireLasts();
  }

  #dropOldest(): void {
    const { first, size } = this.#steps;
    const { ends } = this.#steps.of(first);
    const row = (first % size) * this.numEnvs;
    let lasts = 0;
    for (let i = 0; i < this.numEnvs; i++) if (ends[row + i] !== 0) lasts += 1;
    this.#steps.drop(first + 1);
    if (lasts > 0) this.#lasts.drop(this.#lasts.first + lasts);
  }

  #putLast(number: number, to: Float32Array, at: number): void {
    const { first, size } = this.#lasts;
    const last = first + ((number - first) & NUMBERS);
    put(this.#lasts.of(last).observations, (last % size) * this.#size, to, at, this.#size);
  }

  /** @throws RangeError unless there are as many steps as there should be, and each ended row names the next of the last observations */
  #requireLasts(): void {
    const { first, next, size } = this.#steps;
    if (first !== Math.max(0, next - this.#slots))
      throw new RangeError(`steps of the saved replay must be the latest ${this.#slots}, got ${first} to ${next}`);
    let last = this.#lasts.first;
    for (let step = first; step < next; step++) {
      const { ends, lastNumbers } = this.#steps.of(step);
      for (let row = (step % size) * this.numEnvs, i = 0; i < this.numEnvs; i++, row++) {
        if (ends[row] === 0) continue;
        if (lastNumbers[row] !== (last & NUMBERS))
          throw new RangeError("last observations of the saved replay are mixed up");
        last += 1;
      }
    }
    if (last !== this.#lasts.next) {
      throw new RangeError(`last observations of the saved replay must be ${this.#lasts.next}, got ${last}`);
    }
  }
}

/** A replay as it is kept in a checkpoint. */
export interface ReplaySnapshot {
  readonly steps: SegmentsSnapshot;
  readonly lasts: SegmentsSnapshot;
  /** s′ of the newest step */
  readonly newest: Float32Array | Uint8Array;
}

/** Bytes of a full replay; last observations, of which there is one an episode, come on top. */
export function replayBytes(options: ReplayOptions): number {
  return options.capacity * rowBytes(layoutOf({ ...options, numEnvs: 1 }));
}

/** Layout of a step of all environments, larger elements first. */
function layoutOf({ numEnvs = 1, observationSize, observations = "f32", actionSize, actions }: ReplayOptions) {
  return {
    rewards: { type: Float64Array, width: numEnvs },
    actions: { type: actions === "i32" ? Int32Array : Float32Array, width: numEnvs * actionSize },
    lastNumbers: { type: Int32Array, width: numEnvs },
    observations: { type: observations === "u8" ? Uint8Array : Float32Array, width: numEnvs * observationSize },
    ends: { type: Uint8Array, width: numEnvs },
  } satisfies Record<string, ColumnLayout>;
}

/** Rows of a segment, of rows of so many bytes, of which so many are kept. */
function segmentSize(bytes: number, rows: number): number {
  return Math.max(1, Math.min(Math.floor(SEGMENT_BYTES / bytes), Math.ceil(rows / SEGMENTS)));
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
