export * from "./conv.js";
export * from "./elementwise.js";
export * from "./gather.js";
export * from "./linear.js";
export * from "./norm.js";
export * from "./reduce.js";
export { broadcastTo, concat, reshape, sameShape, slice, stack, sum, sumTo, transpose } from "./shape.js";
