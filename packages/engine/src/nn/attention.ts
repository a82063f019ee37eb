import { add, mul } from "../ops/elementwise.js";
import { linear, matmul } from "../ops/linear.js";
import { softmax } from "../ops/reduce.js";
import { reshape, slice, transpose } from "../ops/shape.js";
import { TensorShape } from "../params.js";
import { type Tensor, tensor } from "../tensor.js";
import { constantValues, glorotUniform, uniformFanIn } from "./initialisers.js";
import type { Module } from "./module.js";

/** Weights of multi-head self-attention: input projections of queries, keys and values, and the output's. */
export type AttentionParams = {
  /** Queries, keys and values side by side [features, 3·features]. */
  readonly inputWeight: Tensor;
  readonly inputBias: Tensor;
  readonly outputWeight: Tensor;
  readonly outputBias: Tensor;
};

/**
 * Causal multi-head self-attention: each position sees itself and those before it. x [batch, time, features] → the same shape.
 * Vaswani et al. 2017 (arXiv:1706.03762).
 */
export function causalSelfAttention(features: number, heads: number): Module<AttentionParams> {
  if (features % heads !== 0) throw new Error(`heads must divide the ${features} features, got ${heads}`);
  const headSize = features / heads;
  return {
    shapes: () => ({
      inputWeight: new TensorShape([features, 3 * features]),
      inputBias: new TensorShape([3 * features]),
      outputWeight: new TensorShape([features, features]),
      outputBias: new TensorShape([features]),
    }),
    init: (random) => ({
      inputWeight: glorotUniform(random.fork("input"), [features, 3 * features]),
      inputBias: constantValues([3 * features], 0),
      outputWeight: uniformFanIn(random.fork("output"), [features, features]),
      outputBias: constantValues([features], 0),
    }),
    apply(params, x) {
      const [batch, time] = x.shape;
      const projected = linear(x, params.inputWeight, params.inputBias);
      // [batch, time, features] → [batch·heads, time, headSize]
      const split = (part: number) => {
        const own = slice(projected, 2, part * features, (part + 1) * features);
        const byHead = transpose(reshape(own, [batch, time, heads, headSize]), [0, 2, 1, 3]);
        return reshape(byHead, [batch * heads, time, headSize]);
      };
      const [query, key, value] = [split(0), split(1), split(2)];
      const scores = mul(matmul(query, key, { b: true }), 1 / Math.sqrt(headSize));
      const attended = matmul(softmax(add(scores, causalMask(time))), value);
      const merged = transpose(reshape(attended, [batch, heads, time, headSize]), [0, 2, 1, 3]);
      return linear(reshape(merged, [batch, time, features]), params.outputWeight, params.outputBias);
    },
  };
}

/** 0 where a position may look, −∞ where it is in the future [time, time]. */
function causalMask(time: number): Tensor {
  const values = new Float32Array(time * time);
  for (let row = 0; row < time; row++) values.fill(Number.NEGATIVE_INFINITY, row * time + row + 1, (row + 1) * time);
  return tensor(values, [time, time]);
}
