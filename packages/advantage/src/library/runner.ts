/** Runs in the hand: preparing one, its session, checkpoints, evaluation, sinks. */
export * from "@advantage/rl/runner";
