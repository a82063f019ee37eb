import type { Random } from "@advantage/engine";
import type { ActionBatch, Space } from "@advantage/envs";

/** A trained state of mind: what acting needs, and nothing of how it was trained. */
export interface Policy<Observation = unknown, Action = unknown> {
  readonly observationSpace: Space<Observation>;
  readonly actionSpace: Space<Action>;
  /**
   * The action for one observation, as the environment gives it. Deterministic (the mode) unless told otherwise;
   * sampling draws from `random`, or from the policy's own stream.
   */
  act(observation: Observation, options?: ActOptions): Action;
  /** Actions for `count` flattened observations [count × size], written to `actions` as `VectorEnv.step` takes them. */
  actBatch(observations: Float32Array, count: number, actions: ActionBatch, options?: ActOptions): void;
  /** The whole policy as one safetensors file, which `loadPolicy` reads. */
  save(): Uint8Array;
}

export interface ActOptions {
  /** Take the mode (default) or sample. */
  readonly deterministic?: boolean;
  /** The stream to sample from. */
  readonly random?: Random;
}
