/** Every algorithm as a value, by its name in camel case, and the list of them. */
export * from "@advantage/rl/algorithms";
