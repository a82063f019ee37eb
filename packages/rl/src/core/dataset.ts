import type { Random } from "@advantage/engine";
import type { Space } from "@advantage/envs";

/** A batch of transitions over up to n steps, allocated once: what is drawn from a replay or a dataset. */
export interface Transitions {
  readonly size: number;
  /** s [B × observationSize] */
  readonly observations: Float32Array;
  /** a [B × actionSize] */
  readonly actions: Float32Array | Int32Array;
  /** Σᵢ γⁱ rᵢ over the k ≤ n steps until an end or the newest step [B] */
  readonly rewards: Float64Array;
  /** The observation k steps later [B × observationSize] */
  readonly nextObservations: Float32Array;
  /** 1 where the task ended with them: what follows is worth 0. A cut is no end. [B] */
  readonly terminated: Float32Array;
  /** γᵏ: weight of what follows [B] */
  readonly discounts: Float32Array;
}

/** How a batch is put together. */
export interface GatherOptions {
  /** n: steps of a return. Default: 1. */
  readonly steps?: number;
  /** γ. Default: 1. */
  readonly discount?: number;
}

/** What batches of transitions are drawn from: a replay, which grows, and a dataset, which does not. */
export interface TransitionSource {
  /** How many transitions there are. */
  readonly count: number;
  /** An empty batch for transitions from here. */
  allocate(size: number): Transitions;
  /**
   * Rows drawn evenly, with replacement.
   *
   * @param rows  written and returned
   * @throws RangeError if there is nothing to draw from
   */
  draw(random: Random, rows: Int32Array): Int32Array;
  /**
   * The transitions of some rows, each over up to n steps: fewer where the episode ends, or where there are no later steps.
   *
   * @param rows   [B]
   * @param batch  of size B, written and returned
   */
  gather(rows: Int32Array, batch: Transitions, options?: GatherOptions): Transitions;
}

/**
 * Transitions that someone collected before, in columns: B of them, episode after episode. A successor is not kept twice: it is the next row's
 * observation, or at the end of episode i row i of `lastObservations`. `gather` puts the two together.
 */
export interface Dataset extends TransitionSource {
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** First row of each of the m episodes, and B at the end [m + 1] */
  readonly starts: Int32Array;
  /** s, flattened [B × observationSize] */
  readonly observations: Float32Array | Uint8Array;
  /** a as `VectorEnv.step` takes it: discrete actions are counted from 0 [B × actionSize] */
  readonly actions: Float32Array | Int32Array;
  /** r [B] */
  readonly rewards: Float64Array;
  /** 1 where the task ended [B] */
  readonly terminated: Uint8Array;
  /** 1 where the episode was cut [B] */
  readonly truncated: Uint8Array;
  /** The true last observations [m × observationSize] */
  readonly lastObservations: Float32Array | Uint8Array;
}
