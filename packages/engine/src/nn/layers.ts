import { type ConvOptions, conv2d as conv2dOp } from "../ops/conv.js";
import { gatherRows } from "../ops/gather.js";
import { layerNorm as layerNormOp } from "../ops/norm.js";
import { reshape } from "../ops/shape.js";
import { TensorShape } from "../params.js";
import type { Random } from "../random.js";
import { sizeOf, type Tensor } from "../tensor.js";
import { constantValues, type Initialiser, normalValues, uniformFanIn } from "./initialisers.js";
import { type LinearParams, uniformBias } from "./linear.js";
import type { Module } from "./module.js";

/** Convolution of NHWC images with square kernels: [batch, h, w, channels] → [batch, h′, w′, filters]. */
export function conv2d(
  channels: number,
  filters: number,
  kernelSize: number,
  options: ConvOptions & { readonly weight?: Initialiser; readonly bias?: number } = {},
): Module<LinearParams> {
  const { weight = uniformFanIn, bias, ...geometry } = options;
  const fanIn = kernelSize * kernelSize * channels;
  return {
    shapes: () => ({
      weight: new TensorShape([kernelSize, kernelSize, channels, filters]),
      bias: new TensorShape([filters]),
    }),
    init: (random) => ({
      weight: reshape(weight(random, [fanIn, filters]), [kernelSize, kernelSize, channels, filters]),
      bias: bias === undefined ? uniformBias(random, fanIn, filters) : constantValues([filters], bias),
    }),
    apply: (params, x) => conv2dOp(x, params.weight, params.bias, geometry),
  };
}

/** Scale γ and shift β of a layer normalisation  [features] */
export type LayerNormParams = { readonly gamma: Tensor; readonly beta: Tensor };

/** Normalisation over the last axis, of `features` elements. */
export function layerNorm(features: number, epsilon = 1e-5): Module<LayerNormParams> {
  return {
    shapes: () => ({ gamma: new TensorShape([features]), beta: new TensorShape([features]) }),
    init: () => ({ gamma: constantValues([features], 1), beta: constantValues([features], 0) }),
    apply: (params, x) => layerNormOp(x, params.gamma, params.beta, epsilon),
  };
}

/** A table of vectors by index: index tensor […] → […, features]. First values N(0, 1). */
export function embedding(count: number, features: number): Module<{ readonly table: Tensor }> {
  return {
    shapes: () => ({ table: new TensorShape([count, features]) }),
    init: (random: Random) => ({ table: normalValues(1)(random, [count, features]) }),
    apply: (params, index) => gatherRows(params.table, index),
  };
}

/** [batch, …] → [batch, product of the rest]. */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]);
}
