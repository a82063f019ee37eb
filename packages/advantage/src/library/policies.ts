/** How a trained state acts, and its file. */
export * from "@advantage/rl/policies";
