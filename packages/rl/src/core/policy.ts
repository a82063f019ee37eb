import type { Random } from "@advantage/engine";
import type { ActionBatch, RestorableEnv, Space } from "@advantage/envs";

/** A trained state of mind: what acting needs, and nothing of how it was trained. */
export interface Policy<Observation = unknown, Action = unknown> {
  readonly observationSpace: Space<Observation>;
  readonly actionSpace: Space<Action>;
  /** Only planners have it: they look ahead from the environment's state, and `act` takes it as `env`. They act one by one, not in batches. */
  readonly needs?: "snapshot";
  /**
   * The action for one observation, as the environment gives it. Deterministic (the mode) unless told otherwise;
   * sampling draws from `random`, or from the policy's own stream. A policy that remembers uses `memory`, or one of its own.
   */
  act(observation: Observation, options?: ActOptions): Action;
  /**
   * Actions for `count` flattened observations [count × size], written to `actions` as `VectorEnv.step` takes them. A policy that
   * remembers needs `memory(count)` for it.
   */
  actBatch(observations: Float32Array, count: number, actions: ActionBatch, options?: ActOptions): void;
  /** The whole policy as one safetensors file, which `loadPolicy` reads. */
  save(): Uint8Array;
  /** What it makes of one observation, to be drawn. A memory is looked at, and stays as it is. */
  explain?(observation: Observation, options?: Pick<ActOptions, "memory" | "env">): Explanation;
  /** Only policies that remember have it: an empty memory for `count` episodes played side by side. */
  memory?(count: number): Memory;
  /** Only policies that remember have it: empties the memory that `act` uses where it is given none. To be called before each new episode. */
  reset?(): void;
}

/** What a policy remembers of `count` episodes under way: acting with it uses it, and adds what was seen. */
export interface Memory {
  readonly count: number;
  /** Forgets the episode of that number, or all: what is seen next begins a new one. */
  reset(episode?: number): void;
  /** As it is now: acting with the copy leaves this one alone. */
  copy(): Memory;
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

/** How a policy acts: by its mode or by a sample. */
export interface ActOptions {
  /** Take the mode (default) or sample. */
  readonly deterministic?: boolean;
  /** The stream to sample from. */
  readonly random?: Random;
  /** What was seen of the episodes before, made by the policy's `memory`; policies that remember nothing ignore it. */
  readonly memory?: Memory;
  /**
   * A copy of the environment in its present state, for policies that need one: they step it as they like, and leave it in the state in which they
   * found it.
   */
  readonly env?: RestorableEnv;
}
