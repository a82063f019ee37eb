/** What the algorithms of one family share around their loops. */
export * from "@advantage/rl/families";
