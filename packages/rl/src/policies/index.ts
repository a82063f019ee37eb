export * from "./actor-file.js";
export * from "./actor-policy.js";
export * from "./load-policy.js";
export * from "./policy-file.js";
export * from "./policy-table.js";
export * from "./tabular-policy.js";
