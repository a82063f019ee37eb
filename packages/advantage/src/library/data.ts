/** Collecting and keeping: environments under training, rollouts, episodes, replay, datasets. */
export * from "@advantage/rl/data";
