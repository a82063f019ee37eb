import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grad } from "../autodiff.js";
import { useBackend } from "../memory.js";
import { elu, gelu, mul, silu } from "../ops/elementwise.js";
import { softmax } from "../ops/reduce.js";
import { sum, transpose } from "../ops/shape.js";
import { leavesOf, namedShapes, type Tree, treeOf } from "../params.js";
import { Random } from "../random.js";
import { indices, type Nested, scope, type Tensor, tensor, zeros } from "../tensor.js";
import { checkGradient, samples } from "../testing/finite-differences.js";
import { causalSelfAttention } from "./attention.js";
import { constantValues } from "./initialisers.js";
import { conv2d, embedding, flatten, layerNorm } from "./layers.js";
import { activations, linear } from "./linear.js";
import type { Module } from "./module.js";
import { gru, lstm, unroll } from "./recurrent.js";
import { mlp, sequential } from "./sequential.js";

interface Case {
  readonly layer: string;
  readonly input: Nested;
  readonly output: Nested;
  readonly grad_output: Nested;
  readonly grad_input: Nested;
  readonly params: Readonly<Record<string, Nested>>;
  readonly param_grads: Readonly<Record<string, Nested>>;
}

const golden: { cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../../test/golden/maths/nn_layers.json", import.meta.url), "utf8"),
);

/** PyTorch's [out, in] → [in, out]; vectors stay. */
const fromTorch = (values: Nested): Tensor => {
  const x = tensor(values);
  return x.shape.length === 2 ? transpose(x) : x;
};
/** NCHW → NHWC, and [filters, channels, h, w] → [h, w, channels, filters]. */
const images = (values: Nested) => transpose(tensor(values), [0, 2, 3, 1]);
const kernels = (values: Nested) => transpose(tensor(values), [2, 3, 1, 0]);

interface Setup {
  /** PyTorch's parameters, or their gradients, as this module's tree. */
  tree(params: Readonly<Record<string, Nested>>): Tree;
  apply(params: never, x: Tensor): Tensor;
  /** For inputs and outputs. */
  data?: (values: Nested) => Tensor;
}

const dense = (p: Readonly<Record<string, Nested>>, layer: number) => ({
  weight: fromTorch(p[`${layer}.weight`]),
  bias: fromTorch(p[`${layer}.bias`]),
});
const recurrent = (p: Readonly<Record<string, Nested>>) => ({
  inputWeight: fromTorch(p.weight_ih_l0),
  hiddenWeight: fromTorch(p.weight_hh_l0),
  inputBias: fromTorch(p.bias_ih_l0),
  hiddenBias: fromTorch(p.bias_hh_l0),
});
const convolution = (p: Readonly<Record<string, Nested>>) => ({ weight: kernels(p.weight), bias: tensor(p.bias) });

const setups: Readonly<Record<string, Setup>> = {
  mlp_tanh: {
    tree: (p) => [dense(p, 0), dense(p, 2), dense(p, 4)],
    apply: mlp(4, 2, { hiddenSizes: [8, 8], activation: "tanh" }).apply,
  },
  mlp_relu: {
    tree: (p) => [dense(p, 0), dense(p, 2)],
    apply: mlp(3, 1, { hiddenSizes: [6], activation: "relu" }).apply,
  },
  layernorm: { tree: (p) => ({ gamma: tensor(p.weight), beta: tensor(p.bias) }), apply: layerNorm(5).apply },
  mlp_gelu_silu_elu: {
    tree: (p) => [dense(p, 0), [], dense(p, 2), [], dense(p, 4), []],
    apply: sequential(linear(3, 4), gelu, linear(4, 4), silu, linear(4, 2), elu).apply,
  },
  conv2d_stride2: { tree: convolution, apply: conv2d(2, 3, 3, { stride: 2 }).apply, data: images },
  conv2d_pad1: { tree: convolution, apply: conv2d(1, 2, 3, { padding: 1 }).apply, data: images },
  embedding_free_softmax: { tree: () => [], apply: (_, x) => softmax(x) },
  "gru (T,B,in), zero initial state, PyTorch gate order r,z,n": {
    tree: recurrent,
    apply: (p, x) => unroll(gru(3, 4), p, x).outputs,
  },
  "lstm (T,B,in), zero initial state, PyTorch gate order i,f,g,o": {
    tree: recurrent,
    apply: (p, x) => unroll(lstm(3, 4), p, x).outputs,
  },
  "multihead self-attention, 2 heads, causal mask, batch first": {
    tree: (p) => ({
      inputWeight: fromTorch(p.in_proj_weight),
      inputBias: fromTorch(p.in_proj_bias),
      outputWeight: fromTorch(p["out_proj.weight"]),
      outputBias: fromTorch(p["out_proj.bias"]),
    }),
    apply: causalSelfAttention(4, 2).apply,
  },
};

function expectClose(actual: Tensor, expected: Tensor, tolerance = 1e-5): void {
  expect(actual.shape).toEqual(expected.shape);
  actual.values().forEach((v, i) => {
    const e = expected.data[i];
    expect(Math.abs(v - e), `element ${i}: ${v} for ${e}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(e)));
  });
}

describe.each(["wasm", "reference"] as const)("layers as PyTorch computes them, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  it("covers every recorded case", () => {
    expect(golden.cases.map((c) => c.layer).sort()).toEqual(Object.keys(setups).sort());
    expect(golden.cases).toHaveLength(10);
  });

  it.each(golden.cases)("$layer: output and gradients", (recorded) => {
    const { tree, apply, data = tensor } = setups[recorded.layer];
    scope(() => {
      const params = tree(recorded.params);
      const leaves = leavesOf(params).map((leaf) => leaf.tensor);
      const expectedGradients = leavesOf(tree(recorded.param_grads)).map((leaf) => leaf.tensor);
      const x = data(recorded.input);
      expectClose(apply(params as never, x), data(recorded.output));
      const direction = data(recorded.grad_output);
      const [dx, ...gradients] = grad((input) => sum(mul(apply(params as never, input), direction)))(x, ...leaves);
      expectClose(dx, data(recorded.grad_input));
      gradients.forEach((gradient, i) => {
        expectClose(gradient, expectedGradients[i]);
      });
    });
  });
});

/** The gradients of a module's output with respect to its input and all parameters. */
function checkModule<P extends Tree>(module: Module<P>, x: Tensor, tolerance = 5e-4): void {
  const params = module.init(Random.fromSeed(11));
  const leaves = leavesOf(params).map((leaf) => leaf.tensor);
  checkGradient((input) => module.apply(params, input), [x, ...leaves], { tolerance });
}

describe("gradients of modules, by finite differences", () => {
  const unit = { low: -1, high: 1 };

  it.each(activations.filter((name) => name !== "relu"))("linear with %s", (activation) => {
    checkModule(linear(3, 4, { activation }), samples([[2, 3]], unit)[0]);
  });

  it("mlp, layer norm, convolution and attention", () => {
    checkModule(mlp(3, 2, { hiddenSizes: [4, 3], activation: "silu" }), samples([[3, 3]], unit)[0]);
    checkModule(layerNorm(4), samples([[3, 4]])[0]);
    checkModule(conv2d(2, 3, 2, { stride: 2, padding: 1, activation: "tanh" }), samples([[2, 3, 3, 2]], unit)[0]);
    checkModule(causalSelfAttention(4, 2), samples([[2, 3, 4]], unit)[0]);
    checkModule(
      sequential(conv2d(1, 2, 2), flatten, layerNorm(8), linear(8, 2, { activation: "tanh" })),
      samples([[2, 3, 3, 1]], unit)[0],
    );
  });

  it("GRU and LSTM over time, from a given state", () => {
    const random = Random.fromSeed(3);
    const [x, hidden, cell] = samples(
      [
        [3, 2, 3],
        [2, 2],
        [2, 2],
      ],
      unit,
    );
    const gated = gru(3, 2);
    const gatedParams = gated.init(random);
    checkGradient(
      (input, h) => unroll(gated, gatedParams, input, h).outputs,
      [x, hidden, ...Object.values(gatedParams)],
    );
    const memory = lstm(3, 2);
    const memoryParams = memory.init(random);
    checkGradient(
      (input, h, c) => unroll(memory, memoryParams, input, { hidden: h, cell: c }).outputs,
      [x, hidden, cell, ...Object.values(memoryParams)],
    );
  });
});

describe("recurrent networks", () => {
  it("continue from a state as if they had not been interrupted", () => {
    const [x] = samples([[5, 2, 3]]);
    const steps = (from: number, to: number) => tensor(x.values().slice(from * 6, to * 6), [to - from, 2, 3]);
    for (const cell of [gru(3, 4), lstm(3, 4)] as ReturnType<typeof gru>[]) {
      const params = cell.init(Random.fromSeed(1));
      const whole = unroll(cell, params, x).outputs.values();
      const first = unroll(cell, params, steps(0, 2));
      const second = unroll(cell, params, steps(2, 5), first.state);
      expect([...first.outputs.data, ...second.outputs.data]).toEqual([...whole]);
    }
  });

  it("start from zeros and draw all parameters from U(−1/√hidden, 1/√hidden)", () => {
    const cell = lstm(3, 4);
    expect(cell.start(2)).toMatchObject({ hidden: { shape: [2, 4] }, cell: { shape: [2, 4] } });
    expect([...gru(3, 4).start(1).data]).toEqual([0, 0, 0, 0]);
    const params = cell.init(Random.fromSeed(1));
    expect(params.inputWeight.shape).toEqual([3, 16]);
    expect(params.hiddenWeight.shape).toEqual([4, 16]);
    for (const leaf of Object.values(params)) {
      const largest = Math.max(...leaf.values().map(Math.abs));
      expect(largest).toBeLessThanOrEqual(0.5 + 1e-6);
      expect(largest).toBeGreaterThan(0.35);
    }
  });
});

describe("causal attention", () => {
  it("does not look ahead", () => {
    const module = causalSelfAttention(4, 2);
    const params = module.init(Random.fromSeed(1));
    const [x] = samples([[1, 4, 4]]);
    const before = module.apply(params, x).values();
    const changed = x.values();
    changed.fill(9, 12); // the last position
    const after = module.apply(params, tensor(changed, [1, 4, 4])).values();
    expect([...after.slice(0, 12)]).toEqual([...before.slice(0, 12)]);
    expect([...after.slice(12)]).not.toEqual([...before.slice(12)]);
  });

  it("refuses heads that do not divide the features", () => {
    expect(() => causalSelfAttention(6, 4)).toThrow("heads must divide the 6 features, got 4");
  });
});

describe("other modules", () => {
  it("embedding looks vectors up", () => {
    const module = embedding(5, 3);
    const params = module.init(Random.fromSeed(1));
    const y = module.apply(params, indices([4, 0, 4]));
    expect(y.shape).toEqual([3, 3]);
    expect([...y.data.subarray(0, 3)]).toEqual([...params.table.data.subarray(12, 15)]);
    expect([...y.data.subarray(6, 9)]).toEqual([...params.table.data.subarray(12, 15)]);
    checkGradient(() => module.apply(params, indices([4, 0, 4])), [params.table]);
  });

  it("flatten keeps the batch, also an empty one", () => {
    expect(flatten(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(flatten(zeros([5])).shape).toEqual([5, 1]);
    expect(flatten(zeros([0, 3, 4])).shape).toEqual([0, 12]);
  });

  it("networks take an empty batch and a single observation without a batch", () => {
    const network = mlp(3, 2, { hiddenSizes: [4], activation: "tanh" });
    const params = network.init(Random.fromSeed(1));
    expect(network.apply(params, zeros([0, 3])).shape).toEqual([0, 2]);
    const [x] = samples([[3]]);
    expect([...network.apply(params, x).data]).toEqual([...network.apply(params, tensor(x.values(), [1, 3])).data]);
  });

  it("biases and weights are as asked for", () => {
    const network = mlp(3, 2, {
      hiddenSizes: [4],
      activation: "tanh",
      bias: 0.5,
      weight: (_, shape) => constantValues(shape, 2),
      outputWeight: (_, shape) => constantValues(shape, 3),
    });
    const params = network.init(Random.fromSeed(1));
    expect(params.map(({ weight }) => weight.shape)).toEqual([
      [3, 4],
      [4, 2],
    ]);
    expect([...params[0].bias.data, ...params[0].weight.data].sort()).toEqual([
      ...new Array(4).fill(0.5),
      ...new Array(12).fill(2),
    ]);
    expect(params[1].weight.data.every((v) => v === 3)).toBe(true);
    expect([...conv2d(2, 3, 3, { bias: 0 }).init(Random.fromSeed(1)).bias.data]).toEqual([0, 0, 0]);
    expect(conv2d(2, 3, 3).init(Random.fromSeed(1)).weight.shape).toEqual([3, 3, 2, 3]);
  });

  it("adding a layer does not change the first values of those before it", () => {
    const short = mlp(3, 2, { hiddenSizes: [4], activation: "tanh" }).init(Random.fromSeed(1));
    const long = mlp(3, 2, { hiddenSizes: [4, 4], activation: "tanh" }).init(Random.fromSeed(1));
    expect(long[0].weight.values()).toEqual(short[0].weight.values());
    expect(long[0].weight.values()).not.toEqual(long[1].weight.values());
  });
});

it("refuses an activation that there is not", () => {
  for (const make of [
    () => linear(2, 3, { activation: "foo" as "relu" }),
    () => mlp(2, 3, { hiddenSizes: [4], activation: "foo" as "relu" }),
  ]) {
    expect(make).toThrow('activation must be one of none, relu, tanh, sigmoid, elu, gelu, silu, softplus, got "foo"');
  }
});

describe("modules know the shapes of their parameters before they make them:", () => {
  const modules: Readonly<Record<string, Pick<Module, "shapes" | "init">>> = {
    linear: linear(3, 2) as Module,
    conv2d: conv2d(3, 4, 2) as Module,
    "layer norm": layerNorm(5) as Module,
    embedding: embedding(7, 3) as Module,
    attention: causalSelfAttention(6, 2) as Module,
    gru: gru(3, 4),
    lstm: lstm(3, 4),
    mlp: mlp(3, 2, { hiddenSizes: [4, 5], activation: "tanh" }) as Module,
    sequential: sequential(linear(3, 4) as Module, flatten, sequential()),
  };
  it.each(Object.entries(modules))("%s", (_, module) => {
    scope(() => {
      const made = leavesOf(module.init(Random.fromSeed(1)));
      expect(namedShapes(module.shapes())).toEqual(made.map(({ name, tensor }) => ({ name, dims: tensor.shape })));
      const rebuilt = treeOf(module.shapes(), (_, dims) => zeros(dims));
      expect(leavesOf(rebuilt).map(({ name, tensor }) => [name, tensor.shape])).toEqual(
        made.map(({ name, tensor }) => [name, tensor.shape]),
      );
    });
  });
});
