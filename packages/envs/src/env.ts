import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "./finite-mdp/finite-mdp.js";
import type { Pomdp } from "./partially-observed/pomdp.js";
import type { Scene } from "./scene.js";
import type { Box } from "./spaces/box.js";
import type { Space } from "./spaces/space.js";

/** What one step of an environment returns. */
export interface Step<Observation> {
  /** The true successor state's observation, also when the episode ended with this step. */
  readonly observation: Observation;
  /** r_t, finite. */
  readonly reward: number;
  /** The task ended here (goal, failure): the value of what follows is 0. */
  readonly terminated: boolean;
  /** The episode was cut here (time limit): the value of what follows is still worth estimating. Both flags can be true. */
  readonly truncated: boolean;
}

/**
 * An environment with Gymnasium's semantics. One object is one running episode; it draws all its randomness from the
 * stream it was last reset with, so that the seed reproduces it bit for bit.
 *
 * A minimal one has `id`, the two spaces, `reset` and `step`. The rest is optional: without `snapshot` and `restore` a run cannot
 * be resumed exactly and planners cannot use the environment; without `render` there is nothing to watch.
 * `checkEnv` says what is wrong with one.
 */
export interface Env<Observation = unknown, Action = unknown> {
  /** Gymnasium's id where there is one: `CartPole-v1`. */
  readonly id: string;
  /** What `Observation` is an element of. */
  readonly observationSpace: Space;
  readonly actionSpace: Space<Action>;
  /**
   * The options that it was made with where they differ from the defaults, as JSON-able data: a run's record names them, so that it
   * is played on the same environment again.
   */
  readonly options?: EnvironmentOptions;
  /** Starts an episode and returns s₀'s observation. The environment keeps `rng` for the draws of its steps. */
  reset(rng: Random): Observation;
  /** Every observation is a new array or object: the caller may keep it. Box observations may be plain number arrays. */
  step(action: Action): Step<Observation>;
  /** The whole state as JSON-able data (typed arrays allowed), without the random stream, which belongs to the caller. */
  snapshot?(): unknown;
  /** Continues from a snapshot. `rng` is the stream for the draws to come. */
  restore?(snapshot: unknown, rng: Random): void;
  /** The current state as a small resolution-free picture. */
  render?(): Scene;
  /** An independent copy with the same settings, to be reset before use. */
  fresh?(): Env<Observation, Action>;
  /**
   * The finite MDP that the environment runs, if it is one. A Discrete observation o is state o, a MultiDiscrete one the state of that
   * number in row-major order; further states, if there are any, are told apart by something that is not observed.
   */
  mdp?(): FiniteMdp;
  /** The finite POMDP that the environment runs, if it is one and `mdp` would not do: its observations do not tell its states apart. */
  pomdp?(): Pomdp;
  /**
   * The actions that are allowed now, in games: at least one until the game is over, each an element of the action space. Taking another one is no
   * error but loses the game, so that learners that do not look here find it out.
   */
  legalActions?(): readonly Action[];
  /** Whose move it is in a game of two, 0 or 1. Rewards are player 0's; player 1 gets their negatives. Games against chance alone leave it out. */
  toMove?(): number;
  /**
   * r of a step under any goal: `computeReward(achieved_goal, desired_goal)` of its observation is its reward. The observation is `{ observation, achieved_goal, desired_goal }`, and this Gymnasium's
   * `compute_reward`.
   */
  computeReward?(achievedGoal: unknown, desiredGoal: unknown): number;
  /**
   * True if something learnt from earlier episodes outlives `reset` on purpose, as the running statistics of a normalisation do: the same
   * seed may then repeat an episode with other numbers. `checkEnv` skips that one check; everything else has to hold.
   */
  readonly outlivesReset?: boolean;
  /**
   * `numEnvs` independent copies stepped together, faster than one by one and with the same numbers bit for bit. `first` (default 0)
   * is the number of the first: where threads share N environments, each thread has a slice of them.
   */
  vector?(numEnvs: number, first?: number): VectorEnv;
}

/** Options of an environment by name: what its `config` describes. */
export type EnvironmentOptions = Readonly<Record<string, unknown>>;

/** An environment whose state can be saved and put back: what planners need. */
export type RestorableEnv<Observation = unknown, Action = unknown> = Env<Observation, Action> &
  Required<Pick<Env<Observation, Action>, "snapshot" | "restore">>;

/** An environment whose observations are arrays of reals. */
export type BoxEnv<Action = unknown> = Env<Float32Array, Action> & { readonly observationSpace: Box };

/** An environment whose actions are arrays of reals. */
export type BoxActionEnv<Observation = unknown> = Env<Observation, Float32Array> & { readonly actionSpace: Box };

/** Makes a fresh, independent environment. What `run`, the command and vectorisation take. */
export type MakeEnv<Observation = unknown, Action = unknown> = () => Env<Observation, Action>;

/**
 * Whole-number actions (Discrete, MultiDiscrete, MultiBinary) or real ones (Box), [numEnvs × action size]. Discrete actions are
 * counted from 0 here, whatever the space's `start`; the action size is 1 for Discrete, else the number of elements.
 */
export type ActionBatch = Int32Array | Float32Array;

/**
 * N environments stepped together, over arrays that are allocated once. Observations are flattened to f32 (one-hot for
 * discrete parts; `flatten.ts`). The one autoreset rule: when an episode ends, `nextObservation` holds its true last observation
 * and `observation` the first one of the next episode; otherwise the two are equal.
 */
export interface VectorEnv {
  readonly id: string;
  readonly numEnvs: number;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Length of one flattened observation. */
  readonly observationSize: number;
  /** What the next action is chosen from [numEnvs × observationSize]. */
  readonly observation: Float32Array;
  /** s_{t+1} of the last step, before any reset [numEnvs × observationSize]. */
  readonly nextObservation: Float32Array;
  /** r_t [numEnvs]. */
  readonly reward: Float64Array;
  /** 1 where the task ended [numEnvs]. */
  readonly terminated: Uint8Array;
  /** 1 where the episode was cut [numEnvs]. */
  readonly truncated: Uint8Array;
  /** Whether `snapshot` and `restore` work: false if the environments have none. */
  readonly restorable: boolean;
  /** Starts all episodes; the environment of number i draws from `rng.fork(String(i))`, over all its episodes. */
  reset(rng: Random): void;
  /** Steps all environments and fills the arrays. */
  step(actions: ActionBatch): void;
  /**
   * Everything needed to continue bit for bit, random streams included. An array in it holds N equal parts, one for each environment
   * in their order; what is no array is common to all. Throws if not `restorable`.
   */
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  /** The picture of environment i. */
  render?(index: number): Scene;
}
