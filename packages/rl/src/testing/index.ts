export * from "./conformance.js";
export * from "./probe-environments.js";
export * from "./probe-tasks.js";
