export * from "./conformance.js";
export * from "./probe-environments.js";
