export * from "./clip-action.js";
export * from "./episode-statistics.js";
export * from "./flatten-observation.js";
export * from "./frame-stack.js";
export * from "./normalise-observation.js";
export * from "./normalise-reward.js";
export * from "./rescale-action.js";
export * from "./time-limit.js";
export { type Changes, type WrappedEnv, wrapEnv } from "./wrap-env.js";
