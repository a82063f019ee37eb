/** The whole library: numbers, environments, algorithms and the runner. Everything here runs in a browser as well. */

// Names that two packages share.
export type { Shape } from "@advantage/engine";
export * from "@advantage/engine";
export type { Shape as SceneShape, SpaceKind } from "@advantage/envs";
export * from "@advantage/envs";
export * from "@advantage/rl";
export { loadPolicy, type PolicySource } from "./policy.js";
