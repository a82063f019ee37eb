import { kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import { allocate, pointerOf, type Tensor } from "../tensor.js";
import { add, div, mul, sqrt, sub } from "./elementwise.js";
import { mean, variance } from "./reduce.js";
import { reshape, sameShape, sum } from "./shape.js";

/**
 * (x − mean)/√(var + ε)·gamma + beta over the last axis. Ba et al. 2016 (arXiv:1607.06450).
 *
 * @param x      […, features]
 * @param gamma  [features]
 * @param beta   [features]
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, epsilon = 1e-5): Tensor {
  const cols = x.shape[x.shape.length - 1];
  if (cols === undefined || !sameShape(gamma.shape, [cols]) || !sameShape(beta.shape, [cols])) {
    throw new Error(
      `layerNorm() needs x […, features], gamma and beta [features], got [${x.shape.join(", ")}], [${gamma.shape.join(", ")}] and [${beta.shape.join(", ")}]`,
    );
  }
  const rows = cols === 0 ? 0 : x.size / cols;
  const y = allocate(x.shape, x.size);
  const means = allocate([rows], rows);
  const scales = allocate([rows], rows);
  const at = [pointerOf(x), pointerOf(gamma), pointerOf(beta)];
  kernels.layerNorm(rows, cols, at[0], at[1], at[2], epsilon, y.pointer, means.pointer, scales.pointer);
  if (!tracked(x, gamma) && !tracked(beta)) return y;
  return record(y, [x, gamma, beta], (dy) => {
    if (tracked(x, gamma) || tracked(dy)) return recordedGradients(x, gamma, epsilon, dy);
    const dx = allocate(x.shape, x.size);
    const dGamma = allocate(gamma.shape, cols);
    const dBeta = allocate(beta.shape, cols);
    kernels.layerNormGrad(
      rows,
      cols,
      x.pointer,
      gamma.pointer,
      means.pointer,
      scales.pointer,
      pointerOf(dy),
      dx.pointer,
      dGamma.pointer,
      dBeta.pointer,
    );
    return [dx, dGamma, dBeta];
  });
}

/** Gradients of the normalisation composed of differentiable ops, where a second derivative is wanted. */
function recordedGradients(x: Tensor, gamma: Tensor, epsilon: number, dy: Tensor): Tensor[] {
  const scale = div(1, sqrt(add(variance(x, -1, true), epsilon)));
  const normal = mul(sub(x, mean(x, -1, true)), scale);
  const through = mul(dy, gamma);
  const dx = mul(sub(sub(through, mean(through, -1, true)), mul(normal, mean(mul(through, normal), -1, true))), scale);
  return [dx, sumRows(mul(dy, normal)), sumRows(dy)];
}

function sumRows(x: Tensor): Tensor {
  const cols = x.shape[x.shape.length - 1];
  return sum(reshape(x, [cols === 0 ? 0 : x.size / cols, cols]), 0);
}
