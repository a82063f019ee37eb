/** The conformance suite for algorithms of one's own, and probe environments. */
export * from "@advantage/rl/testing";
