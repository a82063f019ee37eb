import type { Random } from "@advantage/engine";
import { type ActionBatch, actionSize, allocateActions, type Space, toEnvironment } from "@advantage/envs";
import type { EpisodeEnd } from "../core/algorithm.js";
import { RunError } from "../core/errors.js";
import type { EpisodeMemory } from "../networks/memory.js";
import type { Act } from "./explorer.js";
import type { TrainingEnv } from "./training-env.js";

/** m whole episodes, one behind the other: B steps in all, those of episode i in rows starts[i] … starts[i + 1] − 1. */
export interface Episodes {
  /** [m + 1] */
  readonly starts: Int32Array;
  /** sₜ [B × observationSize] */
  readonly observations: Float32Array;
  /** aₜ as the policy gave them, before limits [B × actionSize] */
  readonly actions: ActionBatch;
  /** rₜ [B] */
  readonly rewards: Float64Array;
  /** 1 where an episode was cut without having ended [m] */
  readonly cut: Uint8Array;
  /** The true last observations [m × observationSize] */
  readonly lastObservations: Float32Array;
  /** Environment steps that were made for them, those of environments with no episode left to run included. */
  readonly steps: number;
  /** The episodes in raw rewards, in the order they ended. */
  readonly finished: readonly EpisodeEnd[];
}

/** What `collectEpisodes` collects: m whole episodes, and what is kept of them. */
export interface CollectOptions {
  readonly actionSpace: Space;
  /** m */
  readonly numEpisodes: number;
  /** Environment steps done before, for the record of finished episodes. */
  readonly step: number;
  /** What the episodes start from; another one for each batch. */
  readonly random: Random;
  /** What a recurrent cell remembers, which `act` moves on; it is emptied here where an episode begins. */
  readonly memory?: EpisodeMemory;
}

/** An episode of more steps than this is taken for one that never ends. */
const endlessSteps = 100_000;

/** One episode while it runs. */
class Recording {
  readonly observations: number[] = [];
  readonly actions: number[] = [];
  readonly rewards: number[] = [];
  cut = false;
  lastObservation: Float32Array = new Float32Array(0);
}

/**
 * Runs m new episodes to their ends. Which episodes count is settled when they start, not when they end: the first m to start,
 * however long they take. (The first m to *end* would be too short on average: a long episode has less chance to be among them.) An
 * environment with none left to run is stepped on unheeded until the last has ended.
 *
 * @throws RunError if an episode does not end
 */
export function collectEpisodes(
  env: TrainingEnv,
  act: Act,
  { actionSpace, numEpisodes, step, random, memory }: CollectOptions,
): Episodes {
  const { numEnvs, observationSize: size } = env;
  const chosen = allocateActions(actionSpace, numEnvs);
  const limited = allocateActions(actionSpace, numEnvs);
  const perAction = actionSize(actionSpace);
  const recordings: Recording[] = [];
  const ends = new Set<number>();
  const start = () => {
    if (recordings.length === numEpisodes) return null;
    recordings.push(new Recording());
    return recordings[recordings.length - 1];
  };

  env.restart(random);
  memory?.reset();
  const running = Array.from({ length: numEnvs }, start);
  let steps = 0;
  for (let t = 0; running.some((episode) => episode !== null); t++) {
    act(env.observation, chosen, t);
    for (const [i, episode] of running.entries()) {
      if (episode === null) continue;
      for (let k = i * size; k < (i + 1) * size; k++) episode.observations.push(env.observation[k]);
      for (let k = i * perAction; k < (i + 1) * perAction; k++) episode.actions.push(chosen[k]);
    }
    toEnvironment(actionSpace, chosen, limited);
    env.step(limited, step + steps);
    for (const [i, episode] of running.entries()) {
      const over = env.terminated[i] === 1 || env.truncated[i] === 1;
      if (over) memory?.reset(i);
      if (episode === null) continue;
      episode.rewards.push(env.reward[i]);
      if (over) {
        episode.cut = env.terminated[i] === 0;
        episode.lastObservation = env.nextObservation.slice(i * size, (i + 1) * size);
        ends.add(step + steps + i + 1);
        running[i] = start();
      } else requireEnd(episode.rewards.length);
    }
    steps += numEnvs;
  }
  const finished = env.takeFinished().filter((episode) => ends.has(episode.step));
  return { ...joined(recordings, actionSpace, size), steps, finished };
}

/** @throws RunError if an episode has become so long that it will not end */
export function requireEnd(length: number): void {
  if (length < endlessSteps) return;
  throw new RunError(
    `an episode must end within ${endlessSteps} steps where whole episodes are learnt from; limit it: timeLimit(env, 500)`,
  );
}

function joined(recordings: readonly Recording[], actionSpace: Space, size: number) {
  const starts = new Int32Array(recordings.length + 1);
  for (const [i, { rewards }] of recordings.entries()) starts[i + 1] = starts[i] + rewards.length;
  const rows = starts[recordings.length];
  const perAction = actionSize(actionSpace);
  const all = {
    starts,
    observations: new Float32Array(rows * size),
    actions: allocateActions(actionSpace, rows),
    rewards: new Float64Array(rows),
    cut: Uint8Array.from(recordings, ({ cut }) => (cut ? 1 : 0)),
    lastObservations: new Float32Array(recordings.length * size),
  };
  for (const [i, { observations, actions, rewards, lastObservation }] of recordings.entries()) {
    all.observations.set(observations, starts[i] * size);
    all.actions.set(actions, starts[i] * perAction);
    all.rewards.set(rewards, starts[i]);
    all.lastObservations.set(lastObservation, i * size);
  }
  return all;
}
