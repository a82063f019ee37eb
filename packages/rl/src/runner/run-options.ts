import type { EnvironmentOptions } from "@advantage/envs";
import type { Figure } from "../core/figure.js";
import type { Policy } from "../core/policy.js";
import type { Pulse } from "../core/pulse.js";
import type { CheckpointStore } from "./checkpoint.js";
import type { Evaluation } from "./evaluate.js";
import type { BestPolicy, Look } from "./looks.js";
import type { MetricsEvent } from "./metric-names.js";
import type { PrepareOptions } from "./prepare.js";
import type { Sink } from "./sink.js";
import type { StopAt } from "./stop-at.js";
import type { Unit } from "./unit.js";

/** How a run is run; nothing here changes its numbers. */
export interface TrainOptions {
  readonly sinks?: readonly Sink[];
  /** Aborting it stops the run at the next progress, with a checkpoint. */
  readonly signal?: AbortSignal;
  /**
   * Is called after every step of the environments and every gradient step, in the midst of an iteration: what it throws as a `GivenUp` stops the run
   * there, with the checkpoint before.
   */
  readonly pulse?: Pulse;
  readonly store?: CheckpointStore;
  /**
   * Seconds between checkpoints, default 30. One is taken at the end and at a stop in any case, and before the first step unless
   * the buffers are huge.
   */
  readonly checkpointEverySeconds?: number;
  /** Episodes of each of the two final evaluations, default 100; 0 leaves them out. */
  readonly evaluationEpisodes?: number;
  /** Steps after which an episode of theirs is cut, default 10,000. */
  readonly evaluationMaxSteps?: number;
  /** A return below which an episode of theirs counts as a failure; the summary then says what share did. */
  readonly evaluationThreshold?: number;
  /**
   * Steps from one look at the policy to the next while it trains: 20 episodes by the mode and 20 by samples, on environments of their own. Absent: none.
   * The numbers of training are the same with and without.
   */
  readonly evaluationEvery?: number;
  /** The looks of before a resume. */
  readonly earlierLooks?: readonly Look[];
  /** When to end before the last step. What has ended so is finished, and may be given more. */
  readonly stopAt?: StopAt;
  /** Is called at every point of progress, and waited for. */
  readonly onProgress?: (progress: RunProgress) => void | Promise<void>;
  /** Where the run is kept; only for the summary. */
  readonly runDirectory?: string;
}

/** Where a run is: what a callback is given. */
export interface RunProgress {
  readonly step: number;
  /** Seconds of training. */
  readonly seconds: number;
  /** The line of metrics that is due here; absent between two lines. */
  readonly event?: MetricsEvent;
  /** The policy as it is now; it does not change with training. */
  policy(): Policy;
  /** Ends the run here, as if it had come to its end. */
  stop(): void;
}

/** How `run` prepares and trains: settings, preset, sinks, checkpoints, evaluation. */
export type RunOptions = PrepareOptions & TrainOptions;

/** The numbers of a run that people and machines ask for. */
export interface Summary {
  readonly algorithm: string;
  readonly environment: string;
  /** The options that it was made with where they differ from the defaults. */
  readonly environmentOptions?: EnvironmentOptions;
  readonly seed: number;
  /** In the algorithm's unit. */
  readonly steps: number;
  /** What `steps` counts, if it is not environment steps. */
  readonly unit?: Unit;
  /** Seconds of training, without start-up and evaluation. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  /** Acting by the mode. Absent if the run was stopped or `evaluationEpisodes` is 0. */
  readonly evaluation?: Evaluation;
  /** Acting by samples. */
  readonly stochasticEvaluation?: Evaluation;
  /** Why it ended before its last step, if `stopAt` or a callback ended it. */
  readonly stoppedBy?: string;
  /** The best of the looks at the policy while it trained, if there were any. */
  readonly best?: { readonly step: number; readonly mean: number };
  readonly runDirectory?: string;
}

/** What came of a run, of the environment's types of observations and actions. */
export interface RunResult<Observation = unknown, Action = unknown> {
  readonly policy: Policy<Observation, Action>;
  readonly summary: Summary;
  /**
   * The events of this run, from its start or from where it was resumed: all of them up to 20,000; of a longer run every second, every fourth, …,
   * and the last. A sink is given every one.
   */
  readonly history: readonly MetricsEvent[];
  /** The looks at the policy while it trained, those of before a resume included; empty without `evaluationEvery`. */
  readonly looks: readonly Look[];
  /** The best policy of this run's looks; absent without any, or if one of before a resume was better. */
  readonly best?: BestPolicy;
  /** What was learnt, as pictures. */
  readonly figures: readonly Figure[];
  /** Whether it was aborted before its end. A run that ends before its last step because it has converged was not. */
  readonly stopped: boolean;
  /** Whether it was given up inside an iteration: what it had come to there is not saved, and its policy is that of half an iteration. */
  readonly givenUp: boolean;
  /** Whether training came to its end but the signal cut the final evaluation short; then the summary has none. */
  readonly evaluationStopped: boolean;
}
