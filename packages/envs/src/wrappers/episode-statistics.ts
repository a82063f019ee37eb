import type { Env, Step } from "../env.js";
import { wrapEnv } from "./wrap-env.js";

/** An episode that is over. */
export interface EpisodeStatistics {
  /** Sum of its rewards, undiscounted. */
  readonly return: number;
  /** How many steps it had. */
  readonly length: number;
}

/** A step that also says, if it was the last of its episode, how the episode went. */
export interface StepWithEpisode<Observation> extends Step<Observation> {
  readonly episode?: EpisodeStatistics;
}

/** An environment whose last step of an episode tells its return and length. */
export interface EpisodeEnv<Observation, Action> extends Env<Observation, Action> {
  step(action: Action): StepWithEpisode<Observation>;
}

/** Adds `episode` to the last step of each episode: its return and length. */
export function episodeStatistics<Observation, Action>(env: Env<Observation, Action>): EpisodeEnv<Observation, Action> {
  let sum = 0;
  let length = 0;
  return wrapEnv(env, {
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset(rng) {
      sum = 0;
      length = 0;
      return env.reset(rng);
    },
    step(action: Action): StepWithEpisode<Observation> {
      const step = env.step(action);
      sum += step.reward;
      length += 1;
      return step.terminated || step.truncated ? { ...step, episode: { return: sum, length } } : step;
    },
    save: () => ({ return: sum, length }),
    load(saved) {
      const state = saved as EpisodeStatistics;
      if (!Number.isFinite(state.return) || !Number.isSafeInteger(state.length) || state.length < 0) {
        throw new RangeError(
          `${env.id}: episodeStatistics needs a finite return and a length >= 0 in a snapshot, got ${state.return} and ${state.length}`,
        );
      }
      sum = state.return;
      length = state.length;
    },
    mdp: env.mdp?.bind(env),
    computeReward: env.computeReward?.bind(env),
    pomdp: env.pomdp?.bind(env),
    again: (inner) => episodeStatistics(inner as Env<Observation, Action>),
  });
}
