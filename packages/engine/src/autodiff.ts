import { kernels } from "./memory.js";
import { add, mul, stopGradient } from "./ops/elementwise.js";
import { sum } from "./ops/shape.js";
import { Params, type Tree } from "./params.js";
import { differentiate } from "./tape.js";
import { ones, scope, Tensor, zeros } from "./tensor.js";

/** What a loss gives: the scalar to be minimised, alone or with what else was seen on the way. */
export type Loss =
  | Tensor
  | {
      readonly loss: Tensor;
      /** Further scalars to report. */
      readonly metrics?: Readonly<Record<string, Tensor>>;
      /** Numbers of each sample: errors that become priorities, say. */
      readonly aux?: Readonly<Record<string, Tensor>>;
    };

/** A loss with its gradient: the value, what was logged beside it, and ∂loss/∂θ with the structure of the parameters. */
export interface ValueAndGrad<T extends Tree> {
  readonly value: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Copies of the loss's arrays, in row-major order. */
  readonly aux: Readonly<Record<string, Float32Array>>;
  /** ∂loss/∂params. One buffer per parameter set, overwritten by the next call. */
  readonly gradient: Params<T>;
}

function lossOf(result: Loss): Tensor {
  const loss = result instanceof Tensor ? result : result.loss;
  if (loss.size !== 1) throw new Error(`a loss must be a scalar, got shape [${loss.shape.join(", ")}]`);
  return loss;
}

/**
 * The loss and its gradient with respect to the parameters, by reverse-mode differentiation. All temporaries end with
 * the call.
 */
export function valueAndGrad<T extends Tree, Args extends readonly unknown[]>(
  loss: (params: T, ...args: Args) => Loss,
): (params: Params<T>, ...args: Args) => ValueAndGrad<T> {
  const buffers = new WeakMap<Params<T>, Params<T>>();
  return (params, ...args) => {
    let gradient = buffers.get(params);
    if (gradient === undefined) {
      gradient = Params.zerosLike(params);
      buffers.set(params, gradient);
    }
    const into = gradient;
    let value = Number.NaN;
    const metrics: Record<string, number> = {};
    const aux: Record<string, Float32Array> = {};
    scope(() =>
      differentiate(
        params.leaves,
        () => loss(params.tree, ...args),
        add,
        (result, gradients) => {
          const output = lossOf(result);
          value = output.item();
          if (!(result instanceof Tensor)) {
            for (const name in result.metrics) metrics[name] = result.metrics[name].item();
            for (const name in result.aux) aux[name] = result.aux[name].values();
          }
          writeGradients(into, gradients(output, ones(output.shape)));
        },
      ),
    );
    return { value, metrics, aux, gradient };
  };
}

function writeGradients(into: Params, gradients: readonly (Tensor | null)[]): void {
  for (let i = 0; i < gradients.length; i++) {
    const leaf = into.leaves[i];
    const gradient = gradients[i];
    if (gradient === null) kernels.fill(leaf.size, 0, leaf.pointer);
    else kernels.unary(0, leaf.size, gradient.pointer, leaf.pointer);
  }
}

/**
 * The gradient of a scalar function of tensors with respect to each of them. Composes: inside another recording the result is differentiable,
 * so `grad` of a function that uses `grad` gives second derivatives. An input is the tensor, not the argument: where `f` reaches
 * the same tensor by closure, that counts too.
 */
export function grad(f: (...inputs: Tensor[]) => Tensor): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) =>
    differentiate(
      inputs,
      () => f(...inputs),
      add,
      (output, gradients) => gradients(lossOf(output), ones(output.shape)).map((g, i) => g ?? zeros(inputs[i].shape)),
    );
}

/**
 * H·v, H the Hessian of the loss with respect to the parameters: the gradient of ⟨∇loss, v⟩ (Pearlmutter 1994).
 * `vector` has the parameters' structure; the product is written into a buffer that the next call overwrites.
 */
export function hessianVectorProduct<T extends Tree, Args extends readonly unknown[]>(
  loss: (params: T, ...args: Args) => Tensor,
): (params: Params<T>, vector: Params<T>, ...args: Args) => Params<T> {
  const buffers = new WeakMap<Params<T>, Params<T>>();
  return (params, vector, ...args) => {
    const product = buffers.get(params) ?? Params.zerosLike(params);
    buffers.set(params, product);
    scope(() =>
      differentiate(
        params.leaves,
        () => {
          const first = differentiate(
            params.leaves,
            () => lossOf(loss(params.tree, ...args)),
            add,
            (output, gradients) => gradients(output, ones(output.shape)),
          );
          return first
            .map((gradient, i) => (gradient === null ? zeros([]) : sum(mul(gradient, stopGradient(vector.leaves[i])))))
            .reduce((total, part) => add(total, part), zeros([]));
        },
        add,
        (directional, gradients) => writeGradients(product, gradients(directional, ones([]))),
      ),
    );
    return product;
  };
}
