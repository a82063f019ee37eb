/** The kernels: `Kernels` in ../src/kernels/kernels.ts says what each one does. */
export { activationGrad } from "./activation-grad";
export { binary, binaryColumn, binaryRow, binaryScalar, select } from "./binary";
export { col2im, im2col } from "./conv";
export { copyStrided, fill, gatherRows, pick, pickGrad, scatterAddRows } from "./copy";
export { gemm } from "./gemm";
export { heapBase } from "./memory";
export { layerNorm, layerNormGrad } from "./norm";
export { adagrad, adam, rmsprop, sgd } from "./optimizers";
export { allFinite, argmaxRows, dot, reduceColumns, reduceRows, sumSquares } from "./reduce";
export { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from "./softmax";
export { unary } from "./unary";
