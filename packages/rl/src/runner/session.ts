import type { BaseConfig, Context, EpisodeEnd, Progress } from "../core/algorithm.js";
import { CheckpointError, RunError } from "../core/errors.js";
import type { Figure } from "../core/figure.js";
import type { Policy } from "../core/policy.js";
import { GivenUp, type Pulse, underPulse } from "../core/pulse.js";
import { type Captured, capture, restore } from "../core/snapshot.js";
import type { Need } from "../core/task.js";
import { CHECKPOINT_SCHEMA_VERSION, type Checkpoint } from "./checkpoint.js";
import { asRunError } from "./env-source.js";
import { EPISODE_WINDOW, type MetricsEvent } from "./metric-names.js";
import type { PreparedRun } from "./prepare.js";
import { startFrom } from "./start-from.js";

/** One progress of training. */
export interface Advance {
  /** Its line of metrics; absent between two lines. */
  readonly event?: MetricsEvent;
  /** The episodes that ended since the last progress. */
  readonly episodes: readonly EpisodeEnd[];
}

/**
 * Training under way, pulled one progress at a time. Pausing is not pulling; between two pulls everything may be looked at or saved,
 * and nothing of that changes the numbers.
 */
export interface TrainingSession {
  /** In the algorithm's unit. */
  readonly step: number;
  /** Seconds of training, the time before a resume included. */
  readonly seconds: number;
  /** Whether the algorithm has come to its end. */
  readonly finished: boolean;
  /**
   * Trains until the next progress; `undefined` at the end.
   *
   * @throws RunError if a metric or a return is not finite any more
   */
  next(): Promise<Advance | undefined>;
  /**
   * Everything that resuming needs.
   *
   * @throws RunError if the state holds NaN
   */
  checkpoint(): Checkpoint;
  policy(): Policy;
  figures(): readonly Figure[];
  /** V(s) of flattened observations; absent where the algorithm learns none, or does not show them. */
  stateValues(): ((observations: Float32Array, count: number) => Float32Array) | undefined;
  /** Stops the clock: what comes now is not training. */
  pause(): void;
  /** Lets it go on. */
  resume(): void;
  /** Ends it. */
  close(): Promise<void>;
}

/**
 * Starts or goes on with a prepared run; nothing is trained before the first `next()`.
 *
 * @param pulse is called inside iterations: what it throws ends `next()`, and the session can neither train nor be saved any more
 */
export function openSession<Config extends BaseConfig, State>(
  prepared: PreparedRun<Config, State>,
  pulse?: Pulse,
): TrainingSession {
  const { algorithm, context, resume, initFrom } = prepared;
  const { config, env, id } = context;
  const given = context as Context<Config, Need>; // what it needs is there: `prepareRun` has looked
  const state = algorithm.init(given);
  if (initFrom) startFrom(state, algorithm, config, initFrom);
  if (resume) {
    const counted = stepOf(state) !== undefined;
    restore(state, { json: resume.header.state, tensors: resume.tensors });
    if (counted) requireStep(stepOf(state), resume.header.step);
  }

  let step = resume?.header.step ?? 0;
  let events = resume?.header.events ?? 0;
  let savedStep = resume?.header.step;
  let finished = false;
  const episodes = episodeWindow(resume?.header.episodes);
  const earlierSeconds = resume?.header.seconds ?? 0;
  let start = performance.now();
  let pausedAt: number | undefined;
  const seconds = () => earlierSeconds + ((pausedAt ?? performance.now()) - start) / 1000;
  let last = { step, seconds: seconds() };
  const progress = algorithm.train(given, state);

  return {
    get step() {
      return step;
    },
    get seconds() {
      return seconds();
    },
    get finished() {
      return finished;
    },
    async next() {
      try {
        const next = await underPulse(pulse, () => progress.next());
        finished = next.done === true;
        if (next.done) return undefined;
        requireFinite(next.value, id, savedStep);
        step = next.value.step;
        const ended = next.value.episodes;
        episodes.add(ended);
        if (next.value.betweenLines) return { episodes: ended };
        const now = { step, seconds: seconds() };
        const event: MetricsEvent = {
          step,
          ...episodes.means(),
          ...next.value.metrics,
          seconds: round(now.seconds),
          stepsPerSecond: round((now.step - last.step) / Math.max(now.seconds - last.seconds, 1e-9)),
        };
        last = now;
        events += 1;
        return { event, episodes: ended };
      } catch (error) {
        // A state that has the right names and the wrong things under them shows so when it is first used.
        if (resume && events === resume.header.events && error instanceof TypeError)
          throw new CheckpointError(`training cannot go on from this checkpoint: ${error.message}`);
        throw error instanceof GivenUp ? error : asRunError(error, id);
      }
    },
    checkpoint() {
      const captured = capture(state);
      requireNumbers(captured, step, savedStep);
      savedStep = step;
      return {
        header: {
          schemaVersion: CHECKPOINT_SCHEMA_VERSION,
          algorithm: algorithm.id,
          environment: id,
          ...(env?.options === undefined ? {} : { environmentOptions: env.options }),
          config,
          step,
          events,
          seconds: seconds(),
          episodes: episodes.snapshot(),
          ...(algorithm.weights === undefined ? {} : { weights: algorithm.weights }),
          state: captured.json,
        },
        tensors: captured.tensors,
      };
    },
    policy: () => algorithm.policy(given, state),
    figures: () => algorithm.figures?.(given, state) ?? [],
    stateValues: () => algorithm.stateValues?.(given, state),
    pause() {
      pausedAt ??= performance.now();
    },
    resume() {
      if (pausedAt !== undefined) start += performance.now() - pausedAt;
      pausedAt = undefined;
    },
    async close() {
      await progress.return();
    },
  };
}

/** The steps that a state counts; `undefined` if it counts none under that name. */
function stepOf(state: unknown): unknown {
  return (state as { readonly step?: unknown }).step;
}

/** Absent values are put back as they are found; without its count of steps a state would train for ever. */
function requireStep(step: unknown, saved: number): void {
  if (!Number.isSafeInteger(step) || (step as number) < 0)
    throw new CheckpointError(`checkpoint does not fit: state.step is ${step} in it, expected a whole number`);
  if (step !== saved)
    throw new CheckpointError(`checkpoint is damaged: it is of step ${saved}, its state of step ${step}`);
}

/** The latest training episodes. */
function episodeWindow(saved: { count: number; returns: readonly number[]; lengths: readonly number[] } | undefined) {
  let count = saved?.count ?? 0;
  const returns = [...(saved?.returns ?? [])];
  const lengths = [...(saved?.lengths ?? [])];
  return {
    add(ended: Progress["episodes"]) {
      count += ended.length;
      for (const episode of ended.slice(-EPISODE_WINDOW)) {
        returns.push(episode.return);
        lengths.push(episode.length);
      }
      returns.splice(0, returns.length - EPISODE_WINDOW);
      lengths.splice(0, lengths.length - EPISODE_WINDOW);
    },
    means: () =>
      count === 0 ? { episodes: 0 } : { episodes: count, episodeReturn: mean(returns), episodeLength: mean(lengths) },
    snapshot: () => ({ count, returns: [...returns], lengths: [...lengths] }),
  };
}

function requireFinite({ step, metrics = {}, episodes }: Progress, envId: string, savedStep: number | undefined): void {
  for (const [name, value] of Object.entries(metrics))
    if (!Number.isFinite(value)) throw new RunError(`${name} is ${value} at step ${step}: ${stoppedAfter(savedStep)}`);
  for (const episode of episodes)
    if (!Number.isFinite(episode.return))
      throw new RunError(
        `an episode of ${envId} that ended at step ${episode.step} returned ${episode.return}: rewards must be finite; ${stoppedAfter(savedStep)}`,
      );
}

/** A state with NaN in it is not worth keeping in place of the one before. */
function requireNumbers({ tensors }: Captured, step: number, savedStep: number | undefined): void {
  for (const [path, array] of Object.entries(tensors)) {
    if (!(array instanceof Float32Array || array instanceof Float64Array)) continue;
    for (
      let i = 0;
      i < array.length;
      i++ // a replay buffer holds millions: no callback
    )
      if (Number.isNaN(array[i])) throw new RunError(`${path} holds NaN at step ${step}: ${stoppedAfter(savedStep)}`);
  }
}

function stoppedAfter(savedStep: number | undefined): string {
  return `training stopped; ${savedStep === undefined ? "there is no earlier checkpoint" : `the last good checkpoint is of step ${savedStep}`}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Wall-clock figures to four digits after the point. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
