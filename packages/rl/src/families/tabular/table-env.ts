import type { Random, RandomState } from "@advantage/engine";
import type { Env } from "@advantage/envs";
import { type EnvSource, type EpisodeEnd, pulse, RunError } from "../../core/index.js";
import { stateCount, stateIndex, type TableSpace } from "../../policies/index.js";

interface TableEnvSnapshot {
  readonly env: unknown;
  readonly random: RandomState;
  readonly state: number;
  readonly start: number;
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly steps: number;
}

/**
 * One environment as a tabular learner sees it: states and actions are indices, a new episode starts by itself, and finished
 * episodes are counted. A step allocates nothing beside what the environment returns, so that millions a second are possible.
 *
 * After a step `nextState` is the true successor, also where the episode ended; `state` is where the next action is taken.
 */
export class TableEnv {
  readonly numStates: number;
  readonly numActions: number;
  /** s_t: where the next action is taken. */
  state: number;
  /** s₀ of the episode that runs. */
  start: number;
  /** s_{t+1} of the last step, before any reset. */
  nextState = 0;
  /** r_t of the last step. */
  reward = 0;
  /** The task ended with the last step: what follows is worth 0. */
  terminated = false;
  /** The episode ended with the last step, be it terminated or truncated. */
  ended = false;
  readonly #env: Env;
  readonly #space: TableSpace;
  readonly #firstAction: number;
  readonly #random: Random;
  #episodeReturn = 0;
  #episodeLength = 0;
  #steps = 0;
  #finished: EpisodeEnd[] = [];

  /** @param random the environment's draws, over all its episodes */
  constructor(source: EnvSource, random: Random) {
    const { observationSpace, actionSpace } = source;
    if (observationSpace.kind !== "discrete" && observationSpace.kind !== "multiDiscrete")
      throw new TypeError(`${source.id}: the states of a table must be discrete or multiDiscrete`);
    if (actionSpace.kind !== "discrete") throw new TypeError(`${source.id}: the actions of a table must be discrete`);
    this.#env = source.make();
    this.#space = observationSpace;
    this.#firstAction = actionSpace.start;
    this.#random = random;
    this.numStates = stateCount(observationSpace);
    this.numActions = actionSpace.n;
    this.state = stateIndex(observationSpace, this.#env.reset(random));
    this.start = this.state;
  }

  /** @param action in [0, A) */
  step(action: number): void {
    const { observation, reward, terminated, truncated } = this.#env.step(this.#firstAction + action);
    pulse();
    this.#steps += 1;
    if (!(Math.abs(reward) < Infinity)) throw this.#wrong("reward must be a finite number", reward);
    if (typeof terminated !== "boolean") throw this.#wrong("terminated must be true or false", terminated);
    if (typeof truncated !== "boolean") throw this.#wrong("truncated must be true or false", truncated);
    this.reward = reward;
    this.terminated = terminated;
    this.nextState = this.#index(observation);
    this.#episodeReturn += reward;
    this.#episodeLength += 1;
    this.ended = terminated || truncated;
    if (this.ended) this.#endEpisode();
    else this.state = this.nextState;
  }

  /** The episodes that have ended since the last call. */
  takeFinished(): readonly EpisodeEnd[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  snapshot(): TableEnvSnapshot {
    const env = this.#env;
    if (env.snapshot === undefined || env.restore === undefined)
      throw new RunError(`${env.id}: cannot be saved: the environment has no snapshot() and restore()`);
    return {
      env: env.snapshot(),
      random: this.#random.snapshot(),
      state: this.state,
      start: this.start,
      episodeReturn: this.#episodeReturn,
      episodeLength: this.#episodeLength,
      steps: this.#steps,
    };
  }

  restore(snapshot: TableEnvSnapshot): void {
    this.#random.restore(snapshot.random);
    this.#env.restore?.(snapshot.env, this.#random);
    this.state = snapshot.state;
    this.start = snapshot.start;
    this.#episodeReturn = snapshot.episodeReturn;
    this.#episodeLength = snapshot.episodeLength;
    this.#steps = snapshot.steps;
    this.#finished = [];
  }

  #endEpisode(): void {
    this.#finished.push({ step: this.#steps, return: this.#episodeReturn, length: this.#episodeLength });
    this.#episodeReturn = 0;
    this.#episodeLength = 0;
    this.state = this.#index(this.#env.reset(this.#random));
    this.start = this.state;
  }

  #index(observation: unknown): number {
    try {
      return stateIndex(this.#space, observation);
    } catch (error) {
      throw new RunError(`${this.#env.id}: step ${this.#steps}: ${(error as Error).message}`);
    }
  }

  #wrong(rule: string, value: unknown): RunError {
    return new RunError(`${this.#env.id}: step ${this.#steps}: ${rule}, got ${value}`);
  }
}
