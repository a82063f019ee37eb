import type { Algorithm, BaseConfig, Context, Progress } from "../core/algorithm.js";
import type { Policy } from "../core/policy.js";
import type { EnvironmentNeed, Need } from "../core/task.js";
import type { EnvLike } from "../runner/env-source.js";
import { evaluate } from "../runner/evaluate.js";
import { prepareRun } from "../runner/prepare.js";
import type { TaskLike } from "../runner/task-of.js";

/** A run from its start to its end. */
export interface Trial<Config, State, N extends Need = EnvironmentNeed> {
  readonly context: Context<Config, N>;
  readonly state: State;
  /** Everything that it yielded. */
  readonly events: readonly Progress[];
  /** The metrics of every event, empty where it had none. */
  readonly lines: readonly Readonly<Record<string, number>>[];
  readonly policy: Policy;
}

/** Runs of an algorithm with the settings of a test instead of presets. */
export interface Trials<Config, State, N extends Need = EnvironmentNeed> {
  contextOf(task: TaskLike, settings?: Partial<Config>): Context<Config, N>;
  /** Before the first step. */
  started(task: TaskLike, settings?: Partial<Config>): Pick<Trial<Config, State, N>, "context" | "state">;
  /** The next events of training, at most so many; of an algorithm whose `train` waits for nothing. */
  pull(context: Context<Config, N>, state: State, count?: number): Progress[];
  /** The next events of any algorithm. */
  pullAsync(context: Context<Config, N>, state: State, count?: number): Promise<Progress[]>;
  /** A whole run of an algorithm whose `train` waits for nothing. */
  trained(task: TaskLike, settings?: Partial<Config>): Trial<Config, State, N>;
  /** A whole run of any algorithm. */
  trainedAsync(task: TaskLike, settings?: Partial<Config>): Promise<Trial<Config, State, N>>;
  /** Mean return of the trained policy over 50 episodes of the environment that it was trained in. */
  score(env: EnvLike, settings?: Partial<Config>): Promise<number>;
}

/** @param usual  settings of every run, under those of each */
export function trials<Config extends BaseConfig, State, N extends Need = EnvironmentNeed>(
  algorithm: Algorithm<Config, State, N>,
  usual: Partial<Config> = {},
): Trials<Config, State, N> {
  const contextOf = (task: TaskLike, settings: Partial<Config> = {}) =>
    prepareRun(algorithm, task, { ...usual, ...settings }, { preset: "none" }).context;
  const started = (task: TaskLike, settings?: Partial<Config>) => {
    const context = contextOf(task, settings);
    return { context, state: algorithm.init(context) };
  };
  const pull = (context: Context<Config, N>, state: State, count = Number.POSITIVE_INFINITY) => {
    const events: Progress[] = [];
    const training = algorithm.train(context, state) as Generator<Progress, void, void>;
    while (events.length < count) {
      const { done, value } = training.next();
      if (done) break;
      events.push(value);
    }
    return events;
  };
  const pullAsync = async (context: Context<Config, N>, state: State, count = Number.POSITIVE_INFINITY) => {
    const events: Progress[] = [];
    const training = algorithm.train(context, state);
    while (events.length < count) {
      const { done, value } = await training.next();
      if (done) break;
      events.push(value);
    }
    return events;
  };
  const ended = (context: Context<Config, N>, state: State, events: readonly Progress[]): Trial<Config, State, N> => {
    const policy = algorithm.policy(context, state);
    return { context, state, events, lines: events.map(({ metrics = {} }) => metrics), policy };
  };
  const trainedAsync = async (task: TaskLike, settings?: Partial<Config>) => {
    const { context, state } = started(task, settings);
    return ended(context, state, await pullAsync(context, state));
  };
  return {
    contextOf,
    started,
    pull,
    pullAsync,
    trained(task, settings) {
      const { context, state } = started(task, settings);
      return ended(context, state, pull(context, state));
    },
    trainedAsync,
    async score(env, settings) {
      const { policy } = await trainedAsync(env, settings);
      return (await evaluate(policy, env, { episodes: 50 })).mean;
    },
  };
}
