export * from "./attention.js";
export * from "./initialisers.js";
export * from "./layers.js";
export * from "./linear.js";
export * from "./module.js";
export * from "./recurrent.js";
export * from "./sequential.js";
