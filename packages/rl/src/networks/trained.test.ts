import { ops, optim, Params, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { type OptimiseOptions, optimise, type Trained, untrained } from "./trained.js";

type Line = { readonly w: Tensor };

/** ½ Σ (w − y)², whose gradient is w − y, with the errors of the samples. */
const gradientOf = valueAndGrad(({ w }: Line, y: Tensor) => {
  const error = ops.sub(w, y);
  return {
    loss: ops.mul(ops.sum(ops.square(error)), 0.5),
    metrics: { meanError: ops.mean(error) },
    aux: { error },
  };
});

const sgd = optim.sgd();
const start = () => untrained({ w: tensor([3, 4]) }, sgd);
const towardsZero = (params: Params<Line>) => gradientOf(params, tensor([0, 0]));

function stepOf(trained: Trained<Line, optim.SgdState>, options: Partial<OptimiseOptions<optim.SgdState>> = {}) {
  return optimise(trained, towardsZero, { rule: sgd, learningRate: 0.5, at: 7, ...options });
}

describe("one gradient step", () => {
  it("moves the parameters by α times the gradient, and says what it saw before", () => {
    const trained = start();
    const { loss, gradNorm, metrics, aux, applied } = stepOf(trained);
    expect({ loss, gradNorm, metrics, applied }).toEqual({
      loss: 12.5,
      gradNorm: 5,
      metrics: { meanError: 3.5 },
      applied: true,
    });
    expect([...aux.error]).toEqual([3, 4]);
    expect([...trained.params.tree.w.data]).toEqual([1.5, 2]);
  });

  it("cuts the gradient to a norm, and reports the norm it had", () => {
    const trained = start();
    expect(stepOf(trained, { maxGradNorm: 1 }).gradNorm).toBe(5);
    // (3, 4) · 1/5, times α
    expect(trained.params.tree.w.data[0]).toBeCloseTo(3 - 0.3, 5);
    expect(trained.params.tree.w.data[1]).toBeCloseTo(4 - 0.4, 5);
  });

  it("goes on with what the rule remembers", () => {
    const adam = optim.adam();
    const trained = untrained({ w: tensor([3, 4]) }, adam);
    const alone = Params.pack({ w: tensor([3, 4]) });
    const state = adam.init(alone);
    for (let step = 0; step < 3; step++) {
      optimise(trained, towardsZero, { rule: adam, learningRate: 0.1, at: step });
      adam.update(alone, towardsZero(alone).gradient, state, { learningRate: 0.1 });
    }
    expect([...trained.params.flat.data]).toEqual([...alone.flat.data]);
    expect(trained.optimiser.beta1Power).toBe(state.beta1Power);
  });

  it("leaves parameters and optimiser as they are where what was seen forbids the step", () => {
    const adam = optim.adam();
    const trained = untrained({ w: tensor([3, 4]) }, adam);
    const options = { rule: adam, learningRate: 0.1, at: 0 };
    const { applied, loss } = optimise(trained, towardsZero, { ...options, unless: ({ gradNorm }) => gradNorm > 4 });
    expect({ applied, loss }).toEqual({ applied: false, loss: 12.5 });
    expect([...trained.params.tree.w.data]).toEqual([3, 4]);
    expect(trained.optimiser.beta1Power).toBe(1);
    expect(optimise(trained, towardsZero, { ...options, unless: ({ gradNorm }) => gradNorm > 5 }).applied).toBe(true);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("stops before a loss of %s reaches the parameters", (broken) => {
    const trained = start();
    const step = (params: Params<Line>) => gradientOf(params, tensor([broken, 0]));
    expect(() => optimise(trained, step, { rule: sgd, learningRate: 1, at: 640 })).toThrow(
      /the loss became (NaN|Infinity) after step 640: training stopped before the parameters changed/,
    );
    expect([...trained.params.tree.w.data]).toEqual([3, 4]);
  });

  it("names the tensor of a gradient that is no number under a loss that is one", () => {
    const trained = start();
    const root = valueAndGrad(({ w }: Line) => ops.sum(ops.sqrt(ops.mul(w, 0))));
    expect(() => optimise(trained, (params) => root(params), { rule: sgd, learningRate: 1, at: 8 })).toThrow(
      "the gradient of w became NaN after step 8",
    );
    expect([...trained.params.tree.w.data]).toEqual([3, 4]);
  });
});
