import type { Random } from "@advantage/engine";
import type { ActionBatch, Space } from "@advantage/envs";

/** What a model says of a batch of actions, allocated once by whoever asks. */
export interface Prediction {
  /** s′ [count × observationSize] */
  readonly nextObservation: Float32Array;
  /** r [count] */
  readonly reward: Float64Array;
  /** 1 where the task ends with it [count] */
  readonly terminated: Uint8Array;
}

/** What an action leads to: learnt, or written down. It knows nothing of episodes, and cuts none: `modelEnv` does. */
export interface Model {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /**
   * Predicts one step from each of `count` states.
   *
   * @param observations  s, flattened [count × observationSize]; left as they are
   * @param actions       a as `VectorEnv.step` takes them [count × actionSize]
   * @param random        what a model that is not certain draws from
   * @param prediction    written; none of its arrays is one of the arguments
   */
  predict(
    observations: Float32Array,
    actions: ActionBatch,
    count: number,
    random: Random,
    prediction: Prediction,
  ): void;
}
