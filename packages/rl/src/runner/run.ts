import type { Algorithm, BaseConfig, Settings } from "../core/algorithm.js";
import { isBlock } from "../core/block.js";
import { ConfigError, RunError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import { GivenUp, type Pulse } from "../core/pulse.js";
import type { EnvironmentNeed, Need } from "../core/task.js";
import { breather, nextTask } from "./breathe.js";
import type { Checkpoint, CheckpointStore } from "./checkpoint.js";
import { asRunError } from "./env-source.js";
import { type EvaluateOptions, evaluate, requireMaxSteps, requireThreshold } from "./evaluate.js";
import { EventHistory } from "./event-history.js";
import { bestOf, type Looker, looker } from "./looks.js";
import type { MetricsEvent } from "./metric-names.js";
import { type PreparedRun, prepareRun } from "./prepare.js";
import type { RunOptions, RunResult, Summary, TrainOptions } from "./run-options.js";
import { openSession, type TrainingSession } from "./session.js";
import type { Outcome, Sink } from "./sink.js";
import { requireStopAt, stopReason } from "./stop-at.js";
import type { TaskLike } from "./task-of.js";

/** Bytes of buffers up to which a checkpoint is taken before the first step: it lets every run be resumed. */
const CHEAP_CHECKPOINT = 256 * 2 ** 20;

/** Episodes of each of the two evaluations of a look. */
const LOOK_EPISODES = 20;

/**
 * Trains an algorithm on an environment, or on another task, and evaluates what was learnt where there is an environment.
 *
 *     const result = await run(ppo, "CartPole-v1", { totalSteps: 100_000, seed: 1 });
 *     result.policy.act(observation);
 *
 * @param task an environment, a function that makes one, or an id; or the parts of a task, `{ env, dataset, teachers, model }`
 * @param options the algorithm's settings, and how to run
 * @throws UserError before training if something does not fit, and at once if a metric or a return is not finite any more
 */
export async function run<
  Config extends BaseConfig,
  State,
  Observation = unknown,
  Action = unknown,
  N extends Need = EnvironmentNeed,
>(
  algorithm: Algorithm<Config, State, N>,
  task: TaskLike<Observation, Action>,
  options: RunOptions & Settings<Config> = {} as RunOptions & Settings<Config>,
): Promise<RunResult<Observation, Action>> {
  const {
    preset,
    resume,
    initFrom,
    threads,
    environmentOptions,
    sinks,
    signal,
    pulse,
    store,
    checkpointEverySeconds,
    evaluationEpisodes,
    evaluationMaxSteps,
    evaluationThreshold,
    evaluationEvery,
    earlierLooks,
    stopAt,
    onProgress,
    runDirectory,
    ...settings
  } = options;
  const prepared = prepareRun(algorithm, task, settings, { preset, resume, initFrom, threads, environmentOptions });
  const result = await train(prepared as unknown as PreparedRun<Config, State>, {
    sinks,
    signal,
    pulse,
    store,
    checkpointEverySeconds,
    evaluationEpisodes,
    evaluationMaxSteps,
    evaluationThreshold,
    evaluationEvery,
    earlierLooks,
    stopAt,
    onProgress,
    runDirectory,
  });
  return result as RunResult<Observation, Action>; // its policy has the environment's spaces
}

/** Trains a prepared run; see `run`. */
export async function train<Config extends BaseConfig, State>(
  prepared: PreparedRun<Config, State>,
  options: TrainOptions = {},
): Promise<RunResult> {
  const { algorithm, context, resume } = prepared;
  const { config, env } = context;
  const { sinks = [], signal, checkpointEverySeconds = 30, evaluationEpisodes = 100, runDirectory } = options;
  const maxSteps = requireMaxSteps(options.evaluationMaxSteps, "evaluationMaxSteps");
  const threshold = requireThreshold(options.evaluationThreshold, "evaluationThreshold");
  const store = prepared.resumable ? options.store : undefined;
  if (store && prepared.snapshotProblem !== undefined) throw new RunError(`${context.id}: ${prepared.snapshotProblem}`);
  if (!Number.isSafeInteger(evaluationEpisodes) || evaluationEpisodes < 0)
    throw new ConfigError([`evaluationEpisodes must be a whole number of at least 0, got ${evaluationEpisodes}`]);
  if (!(checkpointEverySeconds >= 0))
    throw new ConfigError([`checkpointEverySeconds must be a number of at least 0, got ${checkpointEverySeconds}`]);

  const { evaluationEvery, stopAt = {}, onProgress } = options;
  if (evaluationEvery !== undefined && !(Number.isSafeInteger(evaluationEvery) && evaluationEvery >= 1))
    throw new ConfigError([`evaluationEvery must be a whole number of at least 1, got ${evaluationEvery}`]);
  requireStopAt(stopAt, evaluationEvery !== undefined && env !== undefined);

  const session = await opened(prepared, options.pulse);
  const looking =
    evaluationEvery === undefined || env === undefined
      ? undefined
      : looker(
          env,
          config,
          { every: evaluationEvery, episodes: LOOK_EPISODES, maxSteps, threshold, signal },
          options.earlierLooks,
        );
  const history = new EventHistory();
  const saves = savesTo(store);
  const save = async () => {
    const checkpoint = session.checkpoint();
    for (const sink of sinks) sink.flush?.();
    await saves.begin(checkpoint, session.policy);
  };

  // A resumed run that was killed while it was evaluated has only that left to do.
  const trainedAlready = resume !== undefined && session.step >= config.totalSteps;
  const bytes = Object.values(prepared.buffers).reduce((sum, size) => sum + size, 0);
  const breathe = breather();
  let lastSave = performance.now();
  let trained = session.seconds;
  let outcome: Outcome = "failed";
  let stoppedBy: string | undefined;
  let givenUp = false;
  let line: MetricsEvent | undefined;
  try {
    for (const sink of sinks) sink.start?.(prepared as unknown as PreparedRun, resume?.header.events ?? 0);
    if (store && !resume && bytes <= CHEAP_CHECKPOINT) {
      session.pause();
      await save();
      await saves.end();
      session.resume();
    }
    while (!trainedAlready && !signal?.aborted) {
      if (looking?.isDue(session.step) && !(await lookAt(session, looking, sinks, signal))) break;
      stoppedBy ??= stopReason(stopAt, {
        looks: looking?.looks ?? [],
        looking: looking !== undefined,
        event: line,
        seconds: session.seconds,
      });
      if (stoppedBy !== undefined) break;
      const advance = await session.next();
      if (advance === undefined) break;
      const { event, episodes } = advance;
      if (episodes.length > 0) for (const sink of sinks) sink.episodes?.(episodes);
      if (event !== undefined) {
        line = event;
        history.add(event);
        for (const sink of sinks) sink.event(event);
      } else {
        for (const sink of sinks) sink.advance?.(session.step);
      }
      if (onProgress !== undefined) {
        const stop = () => {
          stoppedBy = "a callback stopped it";
        };
        await onProgress({ step: session.step, seconds: session.seconds, event, policy: session.policy, stop });
      }
      if (saves.failed) await saves.end();
      if (store && !saves.running && performance.now() - lastSave >= checkpointEverySeconds * 1000) {
        session.pause();
        await save();
        lastSave = performance.now();
        session.resume();
      }
      await breathe();
    }
    trained = session.seconds;
    await saves.end();
    if (store && !trainedAlready) await save();
    await saves.end();
    const ended = session.finished || session.step >= config.totalSteps || stoppedBy !== undefined;
    outcome = ended ? "finished" : "stopped";
  } catch (error) {
    if (!(error instanceof GivenUp)) throw asRunError(error, context.id);
    outcome = "stopped";
    givenUp = true;
    trained = session.seconds;
    await nextTask(); // the signal itself waits behind the iteration
  } finally {
    await saves.end().catch(() => {}); // what went wrong first is told
    await session.close();
    await context.threads?.close();
    for (const sink of sinks) sink.end?.(outcome);
  }

  const { step } = session;
  const policy = session.policy();
  const figures = session.figures();
  const stopped = outcome === "stopped";
  const best = bestOf(looking?.looks ?? []);
  const summary = {
    algorithm: algorithm.id,
    environment: context.id,
    ...(env?.options === undefined ? {} : { environmentOptions: env.options }),
    seed: config.seed,
    steps: step,
    ...(algorithm.unit === undefined || algorithm.unit === "step" ? {} : { unit: algorithm.unit }),
    seconds: round(trained),
    stepsPerSecond: trained > 0 ? round(step / trained) : 0,
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
    ...(best === undefined ? {} : { best: { step: best.step, mean: best.evaluation.mean } }),
  };
  const evaluations =
    stopped || evaluationEpisodes === 0
      ? {}
      : await evaluateBoth(prepared, policy, { episodes: evaluationEpisodes, maxSteps, threshold, signal });
  return {
    policy,
    summary: { ...summary, ...(evaluations ?? {}), ...(runDirectory === undefined ? {} : { runDirectory }) },
    history: history.events(),
    looks: looking?.looks ?? [],
    ...(looking?.best === undefined ? {} : { best: looking.best }),
    figures,
    stopped,
    givenUp,
    evaluationStopped: evaluations === undefined,
  };
}

/** Saves into a store, one at a time. What holds blocks is written while training goes on. */
function savesTo(store: CheckpointStore | undefined) {
  let running: Promise<void> | undefined;
  let failed = false;
  return {
    /** Whether one is being written. */
    get running() {
      return running !== undefined;
    },
    /** Whether it could not be. */
    get failed() {
      return failed;
    },
    /** Begins one, and waits for its end where it holds no blocks. */
    async begin(checkpoint: Checkpoint, policy: () => Policy): Promise<void> {
      const saved = Promise.resolve(store?.save(checkpoint, policy));
      if (!Object.values(checkpoint.tensors).some(isBlock)) return await saved;
      running = saved.then(() => {
        running = undefined;
      });
      running.catch(() => {
        failed = true;
      });
    },
    /**
     * The end of the one that is being written.
     *
     * @throws what it failed with
     */
    end: async (): Promise<void> => running,
  };
}

/** Looks at the policy and tells the sinks; whether it came to its end before it was aborted. */
async function lookAt(
  session: TrainingSession,
  looking: Looker,
  sinks: readonly Sink[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  session.pause();
  const policy = session.policy();
  try {
    const look = await looking.look(session.step, policy);
    for (const sink of sinks) sink.look?.(look, looking.best?.policy === policy ? policy : undefined);
    return true;
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  } finally {
    session.resume();
  }
}

/** A run's session; its threads, which it has started, end with it if it cannot be opened. */
async function opened<Config extends BaseConfig, State>(
  prepared: PreparedRun<Config, State>,
  pulse: Pulse | undefined,
): Promise<TrainingSession> {
  try {
    return openSession(prepared, pulse);
  } catch (error) {
    await prepared.context.threads?.close();
    throw asRunError(error, prepared.context.id);
  }
}

/** Acting by the mode and by samples, on the same episodes; `undefined` if aborted meanwhile. */
async function evaluateBoth<Config extends BaseConfig, State>(
  { context: { config, env } }: PreparedRun<Config, State>,
  policy: Policy,
  how: Pick<EvaluateOptions, "episodes" | "maxSteps" | "threshold" | "signal">,
): Promise<Pick<Summary, "evaluation" | "stochasticEvaluation"> | undefined> {
  if (env === undefined) return {};
  const options = { ...how, seed: config.seed };
  try {
    return {
      evaluation: await evaluate(policy, env.make, { ...options, deterministic: true }),
      stochasticEvaluation: await evaluate(policy, env.make, { ...options, deterministic: false }),
    };
  } catch (error) {
    if (how.signal?.aborted) return undefined;
    throw error;
  }
}

/** Wall-clock figures to four digits after the point. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
