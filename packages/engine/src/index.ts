export { grad, hessianVectorProduct, type Loss, type ValueAndGrad, valueAndGrad } from "./autodiff.js";
export { largest, smallest } from "./extremes.js";
export { parseForeignJson, printable, shown } from "./foreign-json.js";
export * as math from "./math.js";
export { useBackend } from "./memory.js";
export * as nn from "./nn/index.js";
export * as ops from "./ops/index.js";
export * as optim from "./optim/index.js";
export {
  leavesOf,
  mapTree,
  namedShapes,
  Params,
  polyakUpdate,
  type Shapes,
  TensorShape,
  type Tree,
  treeOf,
} from "./params.js";
export { Random, type RandomState } from "./random.js";
export * from "./safetensors.js";
export { sealProblem, writeSealed } from "./sealed-file.js";
export { constant } from "./tape.js";
export {
  full,
  hold,
  indices,
  liveTensors,
  type Nested,
  ones,
  type Shape,
  scope,
  Tensor,
  tensor,
  zeros,
} from "./tensor.js";
