import { describe, expect, it } from "vitest";
import { grad, hessianVectorProduct, valueAndGrad } from "./autodiff.js";
import { mlp } from "./nn/sequential.js";
import { add, exp, mul, neg, sqrt, square, stopGradient, sub, tanh } from "./ops/elementwise.js";
import { linear, matmul } from "./ops/linear.js";
import { logSoftmax, mean, softmax } from "./ops/reduce.js";
import { reshape, sum } from "./ops/shape.js";
import { Params } from "./params.js";
import { Random } from "./random.js";
import { constant } from "./tape.js";
import { indices, liveTensors, scope, type Tensor, tensor, zeros } from "./tensor.js";
import { checkGradient, checkSecondGradient, samples } from "./testing/finite-differences.js";

/** The gradient of `loss` at params as one vector, by central differences of the fourth order. */
function differences(values: Float32Array, loss: () => number, step = 1 / 32): number[] {
  return Array.from(values, (value, i) => {
    const at = (offset: number) => {
      values[i] = value + offset;
      const result = loss();
      values[i] = value;
      return result;
    };
    return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs(actual[i] - expected[i]), `element ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(expected[i])),
    );
  }
}

describe("valueAndGrad", () => {
  type Line = { slope: Tensor; offset: Tensor };
  const fit = (p: Line, x: Tensor, y: Tensor) => mean(square(sub(add(mul(x, p.slope), p.offset), y)));

  it("gives the loss, metrics and the gradient", () => {
    const params = Params.pack({ slope: tensor(2), offset: tensor([1]) });
    const step = valueAndGrad((p: Line, x: Tensor, y: Tensor) => {
      const loss = fit(p, x, y);
      return { loss, metrics: { double: mul(loss, 2), offset: p.offset } };
    });
    const { value, metrics, gradient } = step(params, tensor([1, 2]), tensor([2, 7]));
    // residuals 2·1 + 1 − 2 = 1 and 2·2 + 1 − 7 = −2
    expect(value).toBeCloseTo(2.5, 6);
    expect(metrics).toEqual({ double: 5, offset: 1 });
    expect(gradient.tree.slope.shape).toEqual([]);
    expect(gradient.tree.slope.item()).toBeCloseTo(1 * 1 + -2 * 2, 6);
    expect(gradient.tree.offset.shape).toEqual([1]);
    expect(gradient.tree.offset.item()).toBeCloseTo(1 - 2, 6);
  });

  it("gives arrays of the samples beside the scalars, as copies that outlive the next call", () => {
    const params = Params.pack({ slope: tensor(2), offset: tensor([1]) });
    const step = valueAndGrad((p: Line, x: Tensor, y: Tensor) => {
      const error = sub(add(mul(x, p.slope), p.offset), y);
      return { loss: mean(square(error)), aux: { error, x } };
    });
    const first = step(params, tensor([1, 2]), tensor([2, 7]));
    step(params, tensor([0, 0]), tensor([0, 0]));
    expect([...first.aux.error]).toEqual([1, -2]);
    expect([...first.aux.x]).toEqual([1, 2]);
    expect(first.metrics).toEqual({});
  });

  it("writes into the same buffer on each call, one for each set of parameters", () => {
    const step = valueAndGrad((p: { w: Tensor }) => sum(square(p.w)));
    const [a, b] = [Params.pack({ w: tensor([1, 2]) }), Params.pack({ w: tensor([3]) })];
    const first = step(a).gradient;
    expect([...step(b).gradient.tree.w.data]).toEqual([6]);
    expect([...first.tree.w.data]).toEqual([2, 4]);
    a.tree.w.set([5, 6]);
    expect(step(a).gradient).toBe(first);
    expect([...first.tree.w.data]).toEqual([10, 12]);
  });

  it("gives zeros to parameters that the loss does not use, also after a call that used them", () => {
    const params = Params.pack({ a: tensor([1, 2]), b: tensor([3]) });
    const step = valueAndGrad((p: { a: Tensor; b: Tensor }, useB: boolean) => sum(square(useB ? p.b : p.a)));
    expect([...step(params, true).gradient.flat.data]).toEqual([0, 0, 0, 0, 6, 0, 0, 0]);
    expect([...step(params, false).gradient.flat.data]).toEqual([2, 4, 0, 0, 0, 0, 0, 0]);
    const none = valueAndGrad((_: { a: Tensor; b: Tensor }) => tensor(4));
    expect(none(params).value).toBe(4);
    expect([...none(params).gradient.flat.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("accepts a loss of shape [1, 1], as a critic gives", () => {
    const params = Params.pack({ w: tensor([[2], [3]]) });
    const step = valueAndGrad((p: { w: Tensor }) => linear(tensor([[4, 5]]), p.w, null));
    expect([...step(params).gradient.tree.w.data]).toEqual([4, 5]);
  });

  it("gives the gradient when the loss is a parameter itself", () => {
    const params = Params.pack({ w: tensor(2) });
    expect(valueAndGrad((p: { w: Tensor }) => p.w)(params).gradient.tree.w.item()).toBe(1);
  });

  it("refuses a loss that is no scalar", () => {
    const params = Params.pack({ w: tensor([1, 2]) });
    expect(() => valueAndGrad((p: { w: Tensor }) => p.w)(params)).toThrow("a loss must be a scalar, got shape [2]");
    // The tape is clean after an error.
    expect([...valueAndGrad((p: { w: Tensor }) => sum(p.w))(params).gradient.tree.w.data]).toEqual([1, 1]);
  });

  it("recovers from an error in the loss", () => {
    const params = Params.pack({ w: tensor([1, 2]) });
    const failing = valueAndGrad((p: { w: Tensor }) => sum(add(square(p.w), zeros([3]))));
    const before = liveTensors().scoped;
    expect(() => failing(params)).toThrow("do not broadcast");
    expect(params.tree.w.node).toBe(-1);
    expect(liveTensors().scoped).toBe(before);
    expect([...valueAndGrad((p: { w: Tensor }) => sum(square(p.w)))(params).gradient.tree.w.data]).toEqual([2, 4]);
  });

  it("gives the same bits for the same update", () => {
    const run = () => {
      const network = mlp(3, 2, { hiddenSizes: [7], activation: "tanh" });
      const params = Params.pack(scope(() => network.init(Random.fromSeed(5))));
      const [x] = samples([[5, 3]]);
      const { value, gradient } = valueAndGrad((p: typeof params.tree) => mean(square(network.apply(p, x))))(params);
      return [value, ...gradient.flat.values()];
    };
    expect(run()).toEqual(run());
  });

  it("passes nothing through constant and stopGradient", () => {
    const params = Params.pack({ w: tensor([3]) });
    const step = valueAndGrad((p: { w: Tensor }) => {
      const target = constant(() => square(p.w));
      return sum(mul(mul(p.w, target), stopGradient(p.w)));
    });
    expect(step(params).gradient.tree.w.item()).toBe(27);
  });

  it("sums the gradients of a parameter that is used many times", () => {
    const params = Params.pack({
      w: tensor([
        [0.5, 0.1],
        [-0.2, 0.3],
      ]),
    });
    const { w } = params.tree;
    checkGradient(() => {
      let h = tensor([[1, -1]]);
      for (let t = 0; t < 5; t++) h = tanh(matmul(h, w));
      return h;
    }, [w]);
  });
});

describe("grad", () => {
  it("differentiates with respect to every input", () => {
    const [da, db] = scope(() => grad((a, b) => sum(mul(square(a), b)))(tensor([1, 2]), tensor([3, 4])));
    expect([...da.data]).toEqual([6, 16]);
    expect([...db.data]).toEqual([1, 4]);
  });

  it("gives zeros for an input that is not used", () => {
    const [, db] = scope(() => grad((a, _) => sum(a))(tensor([1]), tensor([[1, 2]])));
    expect(db.shape).toEqual([1, 2]);
    expect([...db.data]).toEqual([0, 0]);
  });

  it("nests: derivatives of x⁴ up to the fourth", () => {
    scope(() => {
      const fourth = (x: Tensor) => square(square(x));
      const derivative = (f: (x: Tensor) => Tensor) => (x: Tensor) => grad(f)(x)[0];
      const first = derivative(fourth);
      const second = derivative(first);
      const third = derivative(second);
      const x = tensor(1.5);
      expect(first(x).item()).toBeCloseTo(4 * 1.5 ** 3, 5);
      expect(second(x).item()).toBeCloseTo(12 * 1.5 ** 2, 4);
      expect(third(x).item()).toBeCloseTo(24 * 1.5, 4);
      expect(derivative(third)(x).item()).toBeCloseTo(24, 4);
    });
  });

  it("differentiates an inner derivative with respect to outer variables", () => {
    // f(x, y) = x²·e^y; ∂/∂y ∂f/∂x = 2x·e^y
    const [mixed] = scope(() => grad((y) => grad((x) => mul(square(x), exp(y)))(tensor(3))[0])(tensor(0.5)));
    expect(mixed.item()).toBeCloseTo(6 * Math.exp(0.5), 4);
  });

  it("treats the inner derivative as a constant inside constant()", () => {
    const [first] = scope(() =>
      grad((x) =>
        mul(
          x,
          constant(() => grad((y) => mul(square(y), y))(x)[0]),
        ),
      )(tensor(3)),
    );
    // x·(3x², held constant) → 3x²
    expect(first.item()).toBe(27);
  });

  it("counts an input that the function reaches by closure", () => {
    const x = tensor(3);
    expect(scope(() => grad((y) => mul(square(y), x))(x)[0].item())).toBe(27);
  });

  it("works on an intermediate of the outer recording", () => {
    // g(x) = (d/du u³ at u = 2x) = 3·(2x)² = 12x², g′ = 24x
    const [derivative] = scope(() =>
      grad((x) => {
        const u = mul(x, 2);
        return grad((v) => mul(square(v), v))(u)[0];
      })(tensor(1.5)),
    );
    expect(derivative.item()).toBeCloseTo(36, 4);
  });
});

describe("second derivatives of compositions", () => {
  const [x, w, b, v] = samples([[3, 2], [2, 4], [4], [4, 2]], { low: -1, high: 1 });

  it("of a network with tanh, softmax and layers in between", () => {
    checkSecondGradient((p, q) => softmax(linear(linear(x, p, b, "tanh"), q, null)), [w, v], { tolerance: 1e-3 });
    checkSecondGradient((p) => logSoftmax(linear(tanh(p), w, b)), [x], { tolerance: 1e-3 });
    checkSecondGradient((p) => exp(neg(mean(square(linear(x, p, b, "sigmoid")), 1))), [w], { tolerance: 1e-3 });
  });
});

describe("a gradient penalty inside valueAndGrad", () => {
  it("agrees with finite differences of the loss", () => {
    const critic = mlp(2, 1, { hiddenSizes: [4], activation: "tanh" });
    const params = Params.pack(scope(() => critic.init(Random.fromSeed(2))));
    const [x] = samples([[3, 2]], { low: -1, high: 1 });
    // 𝔼(‖∇ₓ D(x)‖ − 1)², WGAN-GP
    const loss = (p: typeof params.tree) => {
      const [dx] = grad((input) => sum(critic.apply(p, input)))(x);
      return mean(square(sub(sqrt(sum(square(dx), 1)), 1)));
    };
    const step = valueAndGrad(loss);
    const { value, gradient } = step(params);
    const evaluate = () => scope(() => loss(params.tree).item());
    expect(value).toBeCloseTo(evaluate(), 5);
    params.leaves.forEach((leaf, i) => {
      expectClose(gradient.leaves[i].values(), differences(leaf.data, evaluate), 1e-3);
    });
    expect(x.node).toBe(-1);
  });
});

describe("hessianVectorProduct", () => {
  it("multiplies a known Hessian", () => {
    // ½ xᵀAx has the Hessian A.
    const a = tensor([
      [2, -1, 0],
      [-1, 3, 1],
      [0, 1, 4],
    ]);
    const params = Params.pack({ x: tensor([[1, 2, 3]]) });
    const vector = Params.pack({ x: tensor([[1, -1, 2]]) });
    const product = hessianVectorProduct((p: { x: Tensor }) => mul(sum(mul(matmul(p.x, a), p.x)), 0.5));
    expect([...product(params, vector).tree.x.data]).toEqual([3, -2, 7]);
    expect(product(params, vector)).toBe(product(params, vector));
  });

  it("of a policy's KL divergence agrees with finite differences of the gradient", () => {
    const policy = mlp(3, 4, { hiddenSizes: [5, 5], activation: "tanh" });
    const params = Params.pack(scope(() => policy.init(Random.fromSeed(3))));
    const [x] = samples([[6, 3]], { low: -1, high: 1 });
    const old = policy.apply(params.tree, x).values();
    const kl = (p: typeof params.tree) => {
      const before = logSoftmax(tensor(old, [6, 4]));
      return mean(sum(mul(exp(before), sub(before, logSoftmax(policy.apply(p, x)))), 1));
    };
    // Away from the old policy too, where the gradient is not zero.
    for (const moved of [0, 0.1]) {
      for (let i = 0; i < params.leaves.length; i++) {
        const { data } = params.leaves[i];
        for (let j = 0; j < data.length; j++) data[j] += moved * (j % 2 === 0 ? 1 : -1);
      }
      const vector = Params.zerosLike(params);
      const random = Random.fromSeed(4);
      for (const leaf of vector.leaves) random.fillUniform(leaf.data, -1, 1);
      const product = hessianVectorProduct(kl)(params, vector).flat.values();
      const step = valueAndGrad(kl);
      const start = params.flat.values();
      const gradientAt = (offset: number) => {
        const along = vector.flat.data;
        params.flat.set(start.map((v, i) => v + offset * along[i]));
        return step(params).gradient.flat.values();
      };
      const h = 1 / 64;
      const [near, nearBack, far, farBack] = [h, -h, 2 * h, -2 * h].map(gradientAt);
      params.flat.set(start);
      expectClose(
        product,
        near.map((_, i) => (8 * (near[i] - nearBack[i]) - (far[i] - farBack[i])) / (12 * h)),
        2e-4,
      );
      expect(product.some((v) => Math.abs(v) > 0.01)).toBe(true);
    }
  });

  it("of a linear loss is zero, the parameters themselves as the vector", () => {
    const params = Params.pack({ w: tensor([1, 2]), unused: tensor([1]) });
    const product = hessianVectorProduct((p: { w: Tensor; unused: Tensor }) => sum(p.w))(params, params);
    expect([...product.flat.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("leaves nothing behind", () => {
    const params = Params.pack({ w: tensor([1, 2]) });
    const product = hessianVectorProduct((p: { w: Tensor }) => sum(square(square(p.w))));
    product(params, params);
    const before = liveTensors();
    for (let i = 0; i < 100; i++) product(params, params);
    expect(liveTensors()).toEqual(before);
    expect(params.tree.w.node).toBe(-1);
  });
});

it("follows indices and reshapes through a whole loss", () => {
  const network = mlp(2, 3, { hiddenSizes: [4], activation: "relu" });
  const params = Params.pack(scope(() => network.init(Random.fromSeed(9))));
  const [x] = samples([[4, 2]]);
  const labels = indices([0, 2, 1, 1]);
  const loss = (p: typeof params.tree) => {
    const logProbs = logSoftmax(network.apply(p, x));
    const chosen = reshape(logProbs, [12]);
    const oneHot = tensor(
      Float32Array.from({ length: 12 }, (_, i) => +(labels.indexData[Math.floor(i / 3)] === i % 3)),
    );
    return neg(sum(mul(chosen, oneHot)));
  };
  const { gradient } = valueAndGrad(loss)(params);
  params.leaves.forEach((leaf, i) => {
    expectClose(
      gradient.leaves[i].values(),
      differences(leaf.data, () => scope(() => loss(params.tree).item()), 1 / 256),
      5e-3,
    );
  });
});
