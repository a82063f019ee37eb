export * from "./foundation.js";
