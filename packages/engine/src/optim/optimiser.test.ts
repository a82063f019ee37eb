import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../memory.js";
import { Params } from "../params.js";
import { type Nested, type Tensor, tensor } from "../tensor.js";
import { adagrad } from "./adagrad.js";
import { adam, adamW } from "./adam.js";
import { clipScale, globalNorm, type Optimiser } from "./optimiser.js";
import { rmsprop } from "./rmsprop.js";
import { sgd } from "./sgd.js";

interface Case {
  readonly optimizer: string;
  readonly defaults: Readonly<Record<string, unknown>> & { readonly lr: number };
  readonly x0: readonly number[];
  readonly grads: readonly (readonly number[])[];
  readonly iterates: readonly (readonly number[])[];
}

const golden: {
  cases: readonly Case[];
  clip_grad_norm: readonly {
    max_norm: number;
    grads: readonly Nested[];
    total_norm: number;
    clipped: readonly Nested[];
  }[];
} = JSON.parse(readFileSync(new URL("../../../../test/golden/maths/optimizers.json", import.meta.url), "utf8"));

/** A rule with its state, whatever that is. */
function bind<State>(optimiser: Optimiser<State>) {
  return (params: Params) => {
    const state = optimiser.init(params);
    return (gradient: Params, learningRate: number, gradientScale?: number) =>
      optimiser.update(params, gradient, state, { learningRate, gradientScale });
  };
}

const rules: Readonly<Record<string, ReturnType<typeof bind>>> = {
  sgd: bind(sgd()),
  sgd_momentum: bind(sgd({ momentum: 0.9 })),
  sgd_nesterov_wd: bind(sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.01 })),
  adam: bind(adam()),
  "adam_eps1e-5": bind(adam({ epsilon: 1e-5 })),
  "adam_b1_0.5_amsgrad": bind(adam({ beta1: 0.5, beta2: 0.99, amsgrad: true })),
  adamw: bind(adamW({ weightDecay: 0.1 })),
  rmsprop_a2c: bind(rmsprop({ epsilon: 1e-5 })),
  rmsprop_centered_momentum: bind(rmsprop({ centred: true, momentum: 0.9 })),
  adagrad: bind(adagrad()),
  "rmsprop_tf_like (SB3)": bind(rmsprop({ epsilon: 1e-5, tensorFlowStyle: true })),
};

describe.each(["wasm", "reference"] as const)("optimisers as PyTorch computes them, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  it("covers every recorded case", () => {
    expect(golden.cases.map((c) => c.optimizer).sort()).toEqual(Object.keys(rules).sort());
    expect(golden.cases).toHaveLength(11);
  });

  it.each(golden.cases)("$optimizer", ({ optimizer, defaults, x0, grads, iterates }) => {
    const params = Params.pack({ x: tensor(x0) });
    const gradient = Params.zerosLike(params);
    const update = rules[optimizer](params);
    grads.forEach((g, t) => {
      gradient.tree.x.set(g);
      update(gradient, defaults.lr);
      iterates[t].forEach((expected, i) => {
        const error = Math.abs(params.tree.x.data[i] - expected) / (1 + Math.abs(expected));
        expect(error, `step ${t}, element ${i}`).toBeLessThan(1e-6);
      });
    });
  });

  it.each(golden.cases)("$optimizer scales the gradient first", ({ optimizer, defaults, x0, grads }) => {
    const run = (stored: number, gradientScale: number) => {
      const params = Params.pack({ x: tensor(x0) });
      const gradient = Params.zerosLike(params);
      const update = rules[optimizer](params);
      for (const g of grads) {
        gradient.tree.x.set(g.map((v) => v * stored));
        update(gradient, defaults.lr, gradientScale);
      }
      return [...params.tree.x.data];
    };
    // A quarter is exact in f32, so that the two ways agree to the bit.
    expect(run(4, 0.25)).toEqual(run(1, 1));
  });

  it("moves nothing but the parameters: the gaps between leaves stay zero", () => {
    for (const rule of Object.values(rules)) {
      const params = Params.pack({ a: tensor([1]), b: tensor([2, 3, 4, 5, 6]) });
      const gradient = Params.pack({ a: tensor([1]), b: tensor([1, -1, 1, -1, 1]) }) as Params;
      const update = rule(params);
      for (let t = 0; t < 3; t++) update(gradient, 0.1);
      expect([...params.flat.data.slice(1, 4), ...params.flat.data.slice(9)]).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });

  it.each(golden.clip_grad_norm)("clips the norm to $max_norm", ({ max_norm, grads, total_norm, clipped }) => {
    const gradient = Params.pack(grads.map((g): Tensor => tensor(g)));
    const norm = globalNorm(gradient);
    expect(norm).toBeCloseTo(total_norm, 5);
    const scale = clipScale(norm, max_norm);
    const expected = Params.pack(clipped.map((g): Tensor => tensor(g))).flat.data;
    gradient.flat.values().forEach((v, i) => {
      expect(v * scale).toBeCloseTo(expected[i], 6);
    });
  });

  it("gives the same bits for the same updates, and goes on from a copied state", () => {
    const steps = 5;
    const run = () => {
      const params = Params.pack({ x: tensor([1, -2, 3]) });
      const gradient = Params.pack({ x: tensor([0.1, 0.2, -0.3]) }) as Params;
      const update = rules.adam(params);
      for (let t = 0; t < steps; t++) update(gradient, 1e-2);
      return [...params.flat.data];
    };
    expect(run()).toEqual(run());
  });
});

it("resumes Adam from its state", () => {
  const optimiser = adam();
  const gradient = Params.pack({ x: tensor([0.1, 0.2, -0.3]) });
  const start = () => Params.pack({ x: tensor([1, -2, 3]) });
  const [whole, first] = [start(), start()];
  const wholeState = optimiser.init(whole);
  for (let t = 0; t < 6; t++) optimiser.update(whole, gradient, wholeState, { learningRate: 0.01 });
  const firstState = optimiser.init(first);
  for (let t = 0; t < 3; t++) optimiser.update(first, gradient, firstState, { learningRate: 0.01 });
  const [second, secondState] = [start(), optimiser.init(first)];
  second.restore(first.snapshot());
  secondState.firstMoment.restore(firstState.firstMoment.snapshot());
  secondState.secondMoment.restore(firstState.secondMoment.snapshot());
  secondState.beta1Power = firstState.beta1Power;
  secondState.beta2Power = firstState.beta2Power;
  for (let t = 0; t < 3; t++) optimiser.update(second, gradient, secondState, { learningRate: 0.01 });
  expect(second.flat.values()).toEqual(whole.flat.values());
});

describe("what the recorded cases leave out", () => {
  it("SGD's first step is not dampened", () => {
    const params = Params.pack({ x: tensor([1]) });
    const gradient = Params.pack({ x: tensor([2]) });
    const optimiser = sgd({ momentum: 0.5, dampening: 0.25 });
    const state = optimiser.init(params);
    const at = [1, 2].map(() => {
      optimiser.update(params, gradient, state, { learningRate: 0.125 });
      return params.tree.x.item();
    });
    // b₁ = 2, b₂ = 0.5·2 + 0.75·2 = 2.5
    expect(at).toEqual([1 - 0.125 * 2, 1 - 0.125 * 2 - 0.125 * 2.5]);
  });

  it("an L2 penalty is the gradient plus λ times the parameters", () => {
    const weightDecay = 0.25;
    const pairs = [
      [bind(sgd({ momentum: 0.9, weightDecay })), bind(sgd({ momentum: 0.9 }))],
      [bind(adam({ weightDecay })), bind(adam())],
      [bind(rmsprop({ weightDecay })), bind(rmsprop())],
      [bind(adagrad({ weightDecay })), bind(adagrad())],
    ];
    for (const [decayed, plain] of pairs) {
      const [a, b] = [Params.pack({ x: tensor([1, -2, 3]) }), Params.pack({ x: tensor([1, -2, 3]) })];
      const g = [0.5, 0.25, -1];
      const [gradientA, gradientB] = [Params.pack({ x: tensor(g) }), Params.pack({ x: tensor(g) })];
      const [updateA, updateB] = [decayed(a), plain(b)];
      for (let t = 0; t < 4; t++) {
        gradientB.tree.x.set(g.map((v, i) => v + weightDecay * b.tree.x.data[i]));
        updateA(gradientA, 0.05);
        updateB(gradientB, 0.05);
      }
      a.tree.x.values().forEach((v, i) => {
        expect(v).toBeCloseTo(b.tree.x.data[i], 5);
      });
    }
  });

  it("RMSProp in TensorFlow's form starts from a second moment of 1, with ε inside the root", () => {
    const params = Params.pack({ x: tensor([1]) });
    const gradient = Params.pack({ x: tensor([2]) });
    const optimiser = rmsprop({ alpha: 0.75, epsilon: 0.5, tensorFlowStyle: true });
    optimiser.update(params, gradient, optimiser.init(params), { learningRate: 0.1 });
    // s = 0.75·1 + 0.25·4 = 1.75
    expect(params.tree.x.item()).toBeCloseTo(1 - (0.1 * 2) / Math.sqrt(1.75 + 0.5), 6);
  });
});

describe("other structures are refused before anything moves:", () => {
  const small = () => Params.pack({ w: tensor([1, 2, 3, 4]) });
  const large = () => Params.pack({ w: tensor(new Array(64).fill(1)) });
  const optimisers: Record<string, Optimiser<unknown>> = {
    sgd: sgd({ momentum: 0.9 }) as Optimiser<unknown>,
    adam: adam({ amsgrad: true }) as Optimiser<unknown>,
    adamW: adamW() as Optimiser<unknown>,
    rmsprop: rmsprop({ centred: true, momentum: 0.9 }) as Optimiser<unknown>,
    adagrad: adagrad() as Optimiser<unknown>,
  };

  it.each(Object.entries(optimisers))("%s", (_, optimiser) => {
    const params = small();
    const own = optimiser.init(params);
    const before = JSON.stringify(own);
    const step = { learningRate: 1 };
    expect(() => optimiser.update(params, large(), own, step)).toThrow(
      "gradient must have the parameters' structure, 4 numbers, got 64",
    );
    expect(() => optimiser.update(params, small(), optimiser.init(large()), step)).toThrow(
      /must have the parameters' structure, 4 numbers, got 64; take the state from this optimiser's init\(\)/,
    );
    for (const part of Object.keys(own as object).filter(
      (key) => (own as Record<string, unknown>)[key] instanceof Params,
    )) {
      expect(() => optimiser.update(params, small(), { ...(own as object), [part]: large() }, step)).toThrow(
        `${part} must have the parameters' structure, 4 numbers, got 64`,
      );
      expect(() => optimiser.update(params, small(), { ...(own as object), [part]: null }, step)).toThrow(
        `${part} must have the parameters' structure, 4 numbers, got none`,
      );
    }
    expect([...params.flat.data]).toEqual([1, 2, 3, 4]);
    expect(JSON.stringify(own)).toBe(before);
  });

  it("a state that keeps more than the optimiser does", () => {
    const params = small();
    const withVelocity = sgd({ momentum: 0.9 }).init(params);
    expect(() => sgd().update(params, small(), withVelocity, { learningRate: 1 })).toThrow(
      "velocity must have the parameters' structure, here none, got 4",
    );
  });

  it("globalNorm of a tree", () => {
    expect(() => globalNorm(small().tree as unknown as Params)).toThrow("globalNorm() needs Params");
  });
});

describe("clipScale", () => {
  it("is 1 below the limit and fails loudly on NaN", () => {
    expect(clipScale(0, 0.5)).toBe(1);
    expect(clipScale(0.4, 0.5)).toBe(1);
    expect(clipScale(1, 0.5)).toBeCloseTo(0.5, 5);
    expect(clipScale(Number.POSITIVE_INFINITY, 0.5)).toBe(0);
    expect(clipScale(Number.NaN, 0.5)).toBeNaN();
  });
});
