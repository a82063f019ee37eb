export * from "./bandits/index.js";
export * from "./foundations/index.js";
export * from "./policy-gradient/index.js";
export * from "./tabular/index.js";
