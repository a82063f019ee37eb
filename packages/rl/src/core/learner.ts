import type { Random } from "@advantage/engine";

/** Rates of an update as their schedules have them now, by the names of the settings: `{ learningRate, clip }`. */
export type Rates = Readonly<Record<string, number>>;

/**
 * How an algorithm learns from a batch, as a value: it knows no loop, no environment and no settings that move. The algorithm's own `train` collects
 * batches and calls `update`; so may an algorithm of a later family, with batches from elsewhere: a dataset, a learned model, a preference.
 *
 * Exported by the algorithm's own file as `…Learner`, a function of spaces and settings that makes one. That name, and nothing else of the file, may be
 * imported by algorithms of the families that come later in the syllabus.
 */
export interface Learner<State, Batch> {
  /** Fresh parameters and optimisers: plain data, typed arrays and what has `snapshot()` and `restore()`, as a part of the algorithm's state. */
  init(random: Random): State;
  /**
   * One update, in place.
   *
   * @returns what is worth logging, by the names of the algorithm's metrics
   * @throws RunError if a loss or a gradient is not finite
   */
  update(state: State, batch: Batch, now: Rates): Readonly<Record<string, number>>;
}
