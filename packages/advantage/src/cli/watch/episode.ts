import type { Random } from "@advantage/engine";
import type { Env } from "@advantage/envs";

/** One moment of an episode. */
export interface Moment {
  /** Counted from 1. */
  readonly episode: number;
  /** Steps done; 0 before the first. */
  readonly step: number;
  /** The action that led here. */
  readonly action?: unknown;
  readonly reward: number;
  /** Undiscounted sum of rewards so far. */
  readonly return: number;
  readonly observation: unknown;
  /** How the episode ended here, if it did. */
  readonly end?: "terminated" | "truncated" | "cut";
}

export interface EpisodeOptions {
  /** The action after so many steps of an episode. */
  readonly choose: (observation: unknown, step: number) => unknown;
  readonly random: Random;
  readonly episodes: number;
  /** Episodes that do not end by themselves are cut here. */
  readonly maxSteps: number;
}

/** Plays whole episodes; the environment stands at each moment while it is looked at. */
export function* moments(env: Env, { choose, random, episodes, maxSteps }: EpisodeOptions): Generator<Moment> {
  for (let episode = 1; episode <= episodes; episode++) {
    let moment: Moment = { episode, step: 0, reward: 0, return: 0, observation: env.reset(random.fork(`${episode}`)) };
    yield moment;
    while (moment.end === undefined) {
      const action = choose(moment.observation, moment.step);
      const { observation, reward, terminated, truncated } = env.step(action);
      const step: number = moment.step + 1;
      const end = terminated ? "terminated" : truncated ? "truncated" : step >= maxSteps ? "cut" : undefined;
      moment = { episode, step, action, reward, return: moment.return + reward, observation, end };
      yield moment;
    }
  }
}
