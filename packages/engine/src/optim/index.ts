export * from "./adagrad.js";
export * from "./adam.js";
export * from "./optimiser.js";
export * from "./rmsprop.js";
export * from "./schedules.js";
export * from "./sgd.js";
