/** Settings of algorithms are described as the options of environments are. */
export * from "@advantage/envs/schema";
