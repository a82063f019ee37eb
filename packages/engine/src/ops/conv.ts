import { kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import { allocate, pointerOf, type Tensor } from "../tensor.js";
import { type FusedActivation, linear } from "./linear.js";
import { reshape, sameShape } from "./shape.js";

/** Stride (default 1), zero padding on each side (default 0) and activation of a convolution. */
export interface ConvOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly activation?: FusedActivation;
}

/** The geometry of a convolution over NHWC images, in the order that the kernels take it. */
type Geometry = readonly [
  batch: number,
  height: number,
  width: number,
  channels: number,
  kernelH: number,
  kernelW: number,
  strideH: number,
  strideW: number,
  padH: number,
  padW: number,
  outH: number,
  outW: number,
];

/**
 * 2-d convolution (cross-correlation, as everywhere in the field) of NHWC images, as one product of patches and weights.
 *
 * @param x       [batch, height, width, channels]
 * @param weight  [kernelH, kernelW, channels, filters]
 * @param bias    [filters], or null
 * @returns       [batch, outH, outW, filters], out = ⌊(in + 2·padding − kernel)/stride⌋ + 1
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null, options: ConvOptions = {}): Tensor {
  const { stride = 1, padding = 0, activation = "none" } = options;
  const [batch, height, width, channels] = x.shape;
  const [kernelH, kernelW, weightChannels, filters] = weight.shape;
  const outH = Math.floor((height + 2 * padding - kernelH) / stride) + 1;
  const outW = Math.floor((width + 2 * padding - kernelW) / stride) + 1;
  if (!(Number.isInteger(stride) && stride >= 1) || !(Number.isInteger(padding) && padding >= 0)) {
    throw new RangeError(`conv2d() needs an integer stride ≥ 1 and padding ≥ 0, got ${stride} and ${padding}`);
  }
  if (bias !== null && !sameShape(bias.shape, [filters])) {
    throw new Error(`conv2d() needs a bias [${filters}], got [${bias.shape.join(", ")}]`);
  }
  if (x.shape.length !== 4 || weight.shape.length !== 4 || weightChannels !== channels || outH < 1 || outW < 1) {
    throw new Error(
      `conv2d() needs x [batch, height, width, channels] at least as large as weight [kernelH, kernelW, channels, filters], got [${x.shape.join(", ")}] and [${weight.shape.join(", ")}]`,
    );
  }
  const geometry: Geometry = [
    batch,
    height,
    width,
    channels,
    kernelH,
    kernelW,
    stride,
    stride,
    padding,
    padding,
    outH,
    outW,
  ];
  const patches = imageToPatches(x, geometry);
  const kernel = reshape(weight, [kernelH * kernelW * channels, filters]);
  return reshape(linear(patches, kernel, bias, activation), [batch, outH, outW, filters]);
}

/** [batch, height, width, channels] → [batch·outH·outW, kernelH·kernelW·channels]. */
function imageToPatches(x: Tensor, geometry: Geometry): Tensor {
  const [batch, , , channels, kernelH, kernelW, , , , , outH, outW] = geometry;
  const [rows, cols] = [batch * outH * outW, kernelH * kernelW * channels];
  const y = allocate([rows, cols], rows * cols);
  kernels.im2col(...geometry, pointerOf(x), y.pointer);
  return tracked(x) ? record(y, [x], (dy) => [patchesToImage(dy, geometry)]) : y;
}

/** The adjoint: overlapping patches are summed. */
function patchesToImage(y: Tensor, geometry: Geometry): Tensor {
  const [batch, height, width, channels] = geometry;
  const x = allocate([batch, height, width, channels], batch * height * width * channels);
  kernels.col2im(...geometry, x.pointer, pointerOf(y));
  return tracked(y) ? record(x, [y], (dx) => [imageToPatches(dx, geometry)]) : x;
}
