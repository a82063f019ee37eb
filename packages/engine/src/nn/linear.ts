import { elu, gelu, silu, softplus } from "../ops/elementwise.js";
import { type FusedActivation, linear as linearOp } from "../ops/linear.js";
import { TensorShape } from "../params.js";
import { type Tensor, tensor } from "../tensor.js";
import { constantValues, type Initialiser, uniformFanIn } from "./initialisers.js";
import type { Module } from "./module.js";

/** Weight [in, out] and bias [out] of a linear layer. */
export type LinearParams = { readonly weight: Tensor; readonly bias: Tensor };

/** Names of the activations; those that the matrix product fuses come first. */
export const activations = ["none", "relu", "tanh", "sigmoid", "elu", "gelu", "silu", "softplus"] as const;

/** Name of an activation, `"none"` included. */
export type ActivationName = (typeof activations)[number];

const separate: Partial<Record<ActivationName, (x: Tensor) => Tensor>> = { elu, gelu, silu, softplus };

/** Activation and first values of a linear layer. */
export interface LinearOptions {
  readonly activation?: ActivationName;
  /** First values of the weight; by default PyTorch's. */
  readonly weight?: Initialiser;
  /** First value of the biases; by default PyTorch's U(−1/√in, 1/√in). */
  readonly bias?: number;
}

/** act(x·W + b): x […, inSize] → […, outSize], W [inSize, outSize]. */
export function linear(inSize: number, outSize: number, options: LinearOptions = {}): Module<LinearParams> {
  const { activation = "none", weight = uniformFanIn, bias } = options;
  if (!activations.includes(activation)) {
    throw new RangeError(`activation must be one of ${activations.join(", ")}, got ${JSON.stringify(activation)}`);
  }
  const after = separate[activation];
  const fused = after === undefined ? (activation as FusedActivation) : "none";
  return {
    shapes: () => ({ weight: new TensorShape([inSize, outSize]), bias: new TensorShape([outSize]) }),
    init(random) {
      const first = weight(random, [inSize, outSize]);
      if (bias !== undefined) return { weight: first, bias: constantValues([outSize], bias) };
      return { weight: first, bias: uniformBias(random, inSize, outSize) };
    },
    apply(params, x) {
      const y = linearOp(x, params.weight, params.bias, fused);
      return after === undefined ? y : after(y);
    },
  };
}

/** U(−1/√in, 1/√in) for `out` biases. */
export function uniformBias(random: Parameters<Initialiser>[0], fanIn: number, out: number): Tensor {
  const bound = 1 / Math.sqrt(fanIn);
  const values = new Float32Array(out);
  random.fillUniform(values, -bound, bound);
  return tensor(values, [out]);
}
