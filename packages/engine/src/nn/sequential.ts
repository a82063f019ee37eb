import type { Tree } from "../params.js";
import type { Tensor } from "../tensor.js";
import type { Initialiser } from "./initialisers.js";
import { type ActivationName, type LinearParams, linear } from "./linear.js";
import type { Module } from "./module.js";

/** Modules one after the other; the parameters are a list, and a plain function may stand between. */
export function sequential(...parts: readonly (Module<Tree> | ((x: Tensor) => Tensor))[]): Module<readonly Tree[]> {
  const layers = parts.map(
    (part): Module<Tree> =>
      typeof part === "function" ? { shapes: () => [], init: () => [], apply: (_, x) => part(x) } : part,
  );
  return {
    shapes: () => layers.map((layer) => layer.shapes()),
    init: (random) => layers.map((layer, i) => layer.init(random.fork(String(i)))),
    apply: (params, x) => layers.reduce((value, layer, i) => layer.apply(params[i], value), x),
  };
}

/** Layers of a multilayer perceptron: widths, activation and first values. */
export interface MlpOptions {
  readonly hiddenSizes: readonly number[];
  /** After every hidden layer. */
  readonly activation: ActivationName;
  /** First values of the hidden weights. */
  readonly weight?: Initialiser;
  /** First values of the last layer's weight. */
  readonly outputWeight?: Initialiser;
  /** First value of all biases. */
  readonly bias?: number;
}

/** A multi-layer perceptron: hidden layers with an activation, and a linear one at the end. */
export function mlp(inSize: number, outSize: number, options: MlpOptions): Module<readonly LinearParams[]> {
  const { hiddenSizes, activation, weight, outputWeight = weight, bias } = options;
  const sizes = [inSize, ...hiddenSizes];
  const layers = hiddenSizes.map((size, i) => linear(sizes[i], size, { activation, weight, bias }));
  layers.push(linear(sizes[sizes.length - 1], outSize, { weight: outputWeight, bias }));
  return {
    shapes: () => layers.map((layer) => layer.shapes()),
    init: (random) => layers.map((layer, i) => layer.init(random.fork(String(i)))),
    apply(params, x) {
      let value = x;
      for (let i = 0; i < layers.length; i++) value = layers[i].apply(params[i], value);
      return value;
    },
  };
}
