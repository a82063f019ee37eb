/** What the generated parts of the documentation are made from: the environments and the algorithms, flat. */
export * from "@advantage/envs";
export * from "@advantage/rl";
export * as core from "@advantage/rl/core";
