import { ConfigError, int } from "../../core/index.js";
import * as settings from "../../core/settings.js";

/** Settings of the algorithms that learn from batches of whole episodes. */
export const wholeEpisodeSettings = {
  numEnvs: {
    ...settings.numEnvs,
    help: "environments stepped together; with more than one, steps of those that wait for a batch's last episode are lost",
  },
  numEpisodes: int({ default: 10, min: 1, symbol: "m", help: "whole episodes in a batch" }),
};

/** @throws ConfigError if an environment would have no episode to run */
export function requireEpisodeForEach({
  numEnvs,
  numEpisodes,
}: {
  readonly numEnvs: number;
  readonly numEpisodes: number;
}): void {
  if (numEnvs <= numEpisodes) return;
  throw new ConfigError([
    `numEnvs must be at most numEpisodes = ${numEpisodes}, or some would never run an episode, got ${numEnvs}`,
  ]);
}

/**
 * @param made what is made of a batch's other episodes: `baseline average`
 * @throws ConfigError if there are none
 */
export function requireOtherEpisodes({ numEpisodes }: { readonly numEpisodes: number }, made: string): void {
  if (numEpisodes >= 2) return;
  throw new ConfigError([
    `numEpisodes must be at least 2 with ${made}, which is made of the other episodes, got ${numEpisodes}`,
  ]);
}
