/** Networks that describe themselves: encoders, actors, critics, Q-networks, cells, distributions. */
export * from "@advantage/rl/networks";
