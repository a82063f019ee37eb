import type { Random } from "@advantage/engine";
import type { SpaceKind } from "@advantage/envs";
import type { Figure } from "./figure.js";
import type { Policy } from "./policy.js";
import type { Schema } from "./schema.js";
import type { EnvironmentNeed, Need, NeededParts, Task } from "./task.js";
import type { Threads } from "./threads.js";

/** The families of the catalogue, in the order of the syllabus. */
export type Family =
  | "foundations"
  | "tabular"
  | "bandits"
  | "policy-gradient"
  | "value"
  | "continuous"
  | "offline"
  | "imitation"
  | "preference"
  | "planning";

/** A publication: shown by `show`, in the docs and in the report. */
export interface Paper {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  readonly url: string;
}

/** Where a metric shows a healthy run, and from where on a sick one; between the two it says nothing. */
export interface MetricRange {
  /** Healthy from here to `to`. */
  readonly from?: number;
  readonly to?: number;
  /** Sick below this. */
  readonly below?: number;
  /** Sick above this. */
  readonly above?: number;
}

/** A named series of numbers that training logs. */
export interface Metric {
  readonly meaning: string;
  /** What a healthy run shows, in words: "0.01–0.2; above 0.5 the steps are too large". */
  readonly healthy: string;
  /** What of `healthy` are numbers, so that a run can be judged by them. */
  readonly range?: MetricRange;
  /** The metric that a theorem sets as its bound: drawn with it. */
  readonly bound?: string;
  /** Drawn on a logarithmic axis: residuals. */
  readonly logarithmic?: boolean;
}

/** Settings known to work on one environment, with where they come from. */
export interface Preset {
  readonly source: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What every algorithm's config has. */
export interface BaseConfig {
  /** Length of the run in the algorithm's `unit`. */
  readonly totalSteps: number;
  readonly seed: number;
}

/** Settings as one gives them, of an algorithm's config: what is missing gets its default, `null` clears an optional one. */
export type Settings<Config> = {
  readonly [Name in keyof Config]?: Config[Name] | (undefined extends Config[Name] ? null : never);
};

/** A task, and how to work on it. */
export interface RunContext<Config> extends Task {
  readonly config: Config;
  /** The run's root stream: fork it by name (`env`, `init`, `policy`, …), never draw from it. */
  readonly random: Random;
  /** Threads to share the work among; absent: there is one. Algorithms that step `env.vector(N)` need not look at them. */
  readonly threads?: Threads;
}

/**
 * What `init`, `train` and `policy` are given: what the algorithm needs is there. `Context<Config>` has an environment, `Context<Config, "dataset">`
 * a dataset and maybe an environment to evaluate in.
 */
export type Context<Config, N extends Need = EnvironmentNeed> = RunContext<Config> &
  Required<Pick<Task, NeededParts[N]>>;

/** One point where the caller has control: a checkpoint can be taken, and training can stop or pause. */
export interface Progress {
  /** Environment steps (or sweeps, rounds: the algorithm's `unit`) done so far. */
  readonly step: number;
  /** Episodes that ended since the last progress, in the order they ended. */
  readonly episodes: readonly EpisodeEnd[];
  /** The algorithm's documented metrics, by name. Absent where nothing was learnt since the last one. */
  readonly metrics?: Readonly<Record<string, number>>;
  /**
   * No line of metrics is due here: only a point to stop, pause and save at. Lines are far apart where a run is long; what holds the caller
   * up between two points is a matter of a second.
   */
  readonly betweenLines?: true;
}

/** A finished training episode, in raw rewards. */
export interface EpisodeEnd {
  /** The environment step at which it ended. */
  readonly step: number;
  /** Undiscounted sum of rewards. */
  readonly return: number;
  readonly length: number;
}

/**
 * An algorithm is a plain value. `state` holds everything that resuming needs: plain data, typed arrays and objects with
 * `snapshot()`/`restore()`; nothing that matters lives in the generator's locals, so that `train` may be started again from the
 * state at any yield and goes on as if nothing had happened.
 */
export interface Algorithm<Config extends BaseConfig = BaseConfig, State = unknown, N extends Need = EnvironmentNeed> {
  readonly id: string;
  readonly title: string;
  /** One sentence. */
  readonly summary: string;
  readonly family: Family;
  readonly papers: readonly Paper[];
  /** Where the course notes treat it: "H 2.10", "W", …; empty where none does. */
  readonly notes: readonly string[];
  /**
   * Where the code does something else than its papers and the notes, one sentence or two each: numbered on its page and by `show`. Names of settings
   * and functions stand in backquotes, formulas in Unicode. Absent: nobody has compared; empty: nowhere.
   */
  readonly deviations?: readonly string[];
  readonly config: Schema<Config>;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** The metric that shows best what is learnt, drawn first where it is logged; absent: the training return, or what has a bound. */
  readonly mainMetric?: string;
  /** By environment id. */
  readonly presets: Readonly<Record<string, Preset>>;
  readonly observationKinds: readonly SpaceKind[];
  readonly actionKinds: readonly SpaceKind[];
  /** What it cannot do without, beside the spaces: checked before anything is allocated. */
  readonly needs: readonly N[];
  /** What `totalSteps` and `step` count; environment steps unless said otherwise. */
  readonly unit?: "step" | "sweep" | "round" | "iteration";
  /**
   * Where in the state the parameters lie that another run may start from, by their role: paths such as `params.actor`. Algorithms with the same
   * networks name the same roles.
   */
  readonly weights?: Readonly<Record<string, string>>;
  /** Rules between fields and spaces that the schema cannot say; throws a clear error before anything is allocated. */
  validate?(context: Context<Config, N>): void;
  /** Bytes of the big buffers that `init` is going to allocate, by name; printed up front. */
  buffers?(context: Context<Config, N>): Readonly<Record<string, number>>;
  /**
   * Steps of one iteration, where that is known before training: a run is rounded up to whole ones. Left out where episodes decide, or where
   * it can stop after any step.
   */
  stepsAtOnce?(context: Context<Config, N>): number;
  init(context: Context<Config, N>): State;
  train(
    context: Context<Config, N>,
    state: State,
  ): Generator<Progress, void, void> | AsyncGenerator<Progress, void, void>;
  /**
   * Asynchronous algorithms: what each of several threads does, given its part of `ActorTask.shared`. Returns a function that works until the
   * step that all count together reaches a line, and reports on it.
   */
  actor?(context: Context<Config, N>, shared: unknown): (line: number) => unknown;
  /**
   * How the state acts now. The policy is kept while training goes on: it has copies of the parameters (`Params.copyOf`). Called at every checkpoint: it draws
   * nothing from the state's streams.
   */
  policy(context: Context<Config, N>, state: State): Policy;
  /**
   * V(s) of flattened observations [count × size] → [count], as it is now: drawn over the plane where a state has two dimensions.
   * Nothing where the settings have no values learnt.
   */
  stateValues?(
    context: Context<Config, N>,
    state: State,
  ): ((observations: Float32Array, count: number) => Float32Array) | undefined;
  /** What was learnt, as pictures for the report and the playground. */
  figures?(context: Context<Config, N>, state: State): readonly Figure[];
}

/** An algorithm of any settings, state and needs. */
// biome-ignore lint/suspicious/noExplicitAny: a list of algorithms of different configs and states
export type AnyAlgorithm = Algorithm<any, any, Need>;
