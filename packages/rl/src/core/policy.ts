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
  /** What it makes of one observation, to be drawn. */
  explain?(observation: Observation): Explanation;
}

/** Why a policy acts as it does in one state; each policy says what it knows. */
export interface Explanation {
  /** π(a|s) of every discrete action. */
  readonly probabilities?: ArrayLike<number>;
  /** Mean and standard deviation of real-valued actions, before they are limited to their box. */
  readonly gaussian?: { readonly mean: ArrayLike<number>; readonly std: ArrayLike<number> };
  /** Q(s, a) of every discrete action. */
  readonly actionValues?: ArrayLike<number>;
  /**
   * The return's distribution under every discrete action: where mass lies, and how much of it. Categorical ones (C51) share their places and
   * differ in mass, quantiles (QR-DQN) the other way round.
   */
  readonly returns?: readonly { readonly at: ArrayLike<number>; readonly mass: ArrayLike<number> }[];
}

export interface ActOptions {
  /** Take the mode (default) or sample. */
  readonly deterministic?: boolean;
  /** The stream to sample from. */
  readonly random?: Random;
}
