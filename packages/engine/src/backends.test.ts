import { afterAll, describe, expect, it } from "vitest";
import { valueAndGrad } from "./autodiff.js";
import { kernels, useBackend } from "./memory.js";
import { conv2d, gru, layerNorm, linear, mlp, sequential, unroll } from "./nn/index.js";
import { flatten } from "./nn/layers.js";
import { add, clip, exp, minimum, mul, neg, square, sub } from "./ops/elementwise.js";
import { pick } from "./ops/gather.js";
import { logSoftmax, mean, softmax } from "./ops/reduce.js";
import { sum } from "./ops/shape.js";
import { adam } from "./optim/adam.js";
import { clipScale, globalNorm } from "./optim/optimiser.js";
import { Params, type Tree } from "./params.js";
import { Random } from "./random.js";
import { indices, scope, type Tensor, tensor } from "./tensor.js";

afterAll(() => useBackend("wasm"));

function noise(seed: number, shape: readonly number[]): Tensor {
  const values = new Float32Array(shape.reduce((total, length) => total * length, 1));
  Random.fromSeed(seed).fillNormal(values);
  return tensor(values, shape);
}

interface Training {
  readonly params: Params;
  readonly loss: () => Tensor;
}

/** Learning problems as algorithms have them: a clipped policy gradient with entropy, images, and a recurrent network. */
const problems: Readonly<Record<string, () => Training>> = {
  "a clipped policy gradient": () => {
    const policy = mlp(4, 3, { hiddenSizes: [16, 16], activation: "tanh" });
    const params = Params.pack(policy.init(Random.fromSeed(1)));
    const [x, advantage] = [noise(2, [32, 4]), noise(3, [32])];
    const actions = indices(Array.from({ length: 32 }, (_, i) => i % 3));
    const old = noise(4, [32]).values();
    const loss = () => {
      const logits = policy.apply(params.tree, x);
      const logProbs = logSoftmax(logits);
      const ratio = exp(sub(pick(logProbs, actions), tensor(old.map((v) => -1.1 + 0.1 * v))));
      const objective = minimum(mul(ratio, advantage), mul(clip(ratio, 0.8, 1.2), advantage));
      const entropy = neg(sum(mul(softmax(logits), logProbs), 1));
      return neg(add(mean(objective), mul(mean(entropy), 0.01)));
    };
    return { params, loss };
  },
  images: () => {
    const network = sequential(
      conv2d(3, 6, 3, { stride: 2, activation: "relu" }),
      conv2d(6, 8, 2, { padding: 1, activation: "relu" }),
      flatten,
      layerNorm(5 * 5 * 8),
      linear(5 * 5 * 8, 4),
    );
    const params = Params.pack(network.init(Random.fromSeed(1)) as Tree);
    const x = noise(2, [5, 9, 9, 3]);
    return { params, loss: () => mean(square(sub(network.apply(params.tree as never, x), 1))) };
  },
  "a recurrent network": () => {
    const cell = gru(3, 7);
    const params = Params.pack(cell.init(Random.fromSeed(1)));
    const x = noise(2, [6, 5, 3]);
    return { params, loss: () => mean(square(sub(unroll(cell, params.tree, x).outputs, 0.5))) };
  },
};

function train(
  make: () => Training,
  updates: number,
): { losses: number[]; gradient: Float32Array; values: Float32Array } {
  const { params, loss } = make();
  const optimiser = adam();
  const state = optimiser.init(params);
  const step = valueAndGrad(loss);
  const losses: number[] = [];
  let first: Float32Array | undefined;
  for (let i = 0; i < updates; i++) {
    const { value, gradient } = step(params);
    first ??= gradient.flat.values();
    losses.push(value);
    const gradientScale = clipScale(globalNorm(gradient), 0.5);
    optimiser.update(params, gradient, state, { learningRate: 1e-2, gradientScale });
  }
  return { losses, gradient: first!, values: params.flat.values() };
}

describe.each(Object.entries(problems))("%s", (_, make) => {
  it("learns the same with the fast kernels and with the reference", () => {
    useBackend("wasm");
    const fast = train(make, 10);
    const fastKernels = kernels;
    useBackend("reference");
    expect(kernels).not.toBe(fastKernels);
    const slow = train(make, 10);
    fast.gradient.forEach((v, i) => {
      expect(Math.abs(v - slow.gradient[i])).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(v)));
    });
    fast.losses.forEach((v, i) => {
      expect(Math.abs(v - slow.losses[i]), `loss ${i}`).toBeLessThanOrEqual(1e-3 * (1 + Math.abs(v)));
    });
    expect(fast.losses[9]).toBeLessThan(fast.losses[0]);
  });

  it("gives the same bits twice", () => {
    useBackend("wasm");
    const first = train(make, 10);
    scope(() => noise(1, [1000]));
    expect(train(make, 10)).toEqual(first);
  });
});

it("refuses a backend that there is not", () => {
  expect(() => useBackend("gpu" as "wasm")).toThrow("backend must be 'wasm' or 'reference', got \"gpu\"");
});
