import { grad, ops, type Tensor, tensor } from "@advantage/engine";
import { checkGradient, samples } from "@advantage/engine/testing";
import { describe, expect, it } from "vitest";
import {
  actorCriticLoss,
  approximateKl,
  clippedSurrogate,
  clippedValueLoss,
  policyGradientSurrogate,
  probabilityRatio,
  valueLoss,
} from "./surrogates.js";

/** ∂f/∂x at x. */
function gradientAt(f: (x: Tensor) => Tensor, x: Tensor): number[] {
  return Array.from(grad(f)(x)[0].values());
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i], 6);
}

describe("probabilityRatio", () => {
  it("is π_θ(a|s)/π_old(a|s)", () => {
    const logProb = tensor([Math.log(0.5), Math.log(0.2)]);
    const oldLogProb = tensor([Math.log(0.25), Math.log(0.4)]);
    expectClose(probabilityRatio({ logProb, oldLogProb }).values(), [2, 0.5]);
    expectClose(probabilityRatio({ logProb, oldLogProb: logProb }).values(), [1, 1]);
  });
});

describe("policyGradientSurrogate", () => {
  it("is −mean(ρÂ)", () => {
    // 2·1 + ½·(−4) + 1·3 = 3
    const surrogate = policyGradientSurrogate({ ratio: tensor([2, 0.5, 1]), advantage: tensor([1, -4, 3]) });
    expect(surrogate.item()).toBe(-1);
  });

  it("at ratio 1 has the plain policy gradient −mean(Â ∇ log π)", () => {
    const [logProb] = samples([[4]]);
    const oldLogProb = tensor(logProb.values());
    const advantage = tensor([1, -2, 3, 0.5]);
    const ofSurrogate = gradientAt(
      (x) => policyGradientSurrogate({ ratio: probabilityRatio({ logProb: x, oldLogProb }), advantage }),
      logProb,
    );
    expectClose(ofSurrogate, [-1 / 4, 2 / 4, -3 / 4, -0.5 / 4]);
  });

  it("has the right gradient", () => {
    const [ratio] = samples([[5]], { low: 0.3, high: 2 });
    const [advantage] = samples([[5]], { seed: 2 });
    checkGradient((x) => policyGradientSurrogate({ ratio: x, advantage }), [ratio]);
  });
});

describe("clippedSurrogate", () => {
  const epsilon = 0.25;

  it("takes the more pessimistic of both sides", () => {
    const one = (ratio: number, advantage: number) =>
      clippedSurrogate({ ratio: tensor([ratio]), advantage: tensor([advantage]), epsilon }).item();
    expect(one(1.5, 2)).toBe(-2.5); // min(3, 1.25·2): good, and taken too far: no credit beyond 1 + ε
    expect(one(0.5, 2)).toBe(-1); // min(1, 0.75·2): good, and given up: the full loss
    expect(one(1.5, -2)).toBe(3); // min(−3, −2.5): bad, and made likelier: the full loss
    expect(one(0.5, -2)).toBe(1.5); // min(−1, −1.5): bad, and avoided: no credit below 1 − ε
    expect(one(1.125, 2)).toBe(-2.25); // inside: not clipped
  });

  it("has no gradient where clipped in favour, and the full one on the pessimistic side", () => {
    const ratio = tensor([1.5, 0.5, 1.5, 0.5, 1.125]);
    const advantage = tensor([2, 2, -2, -2, 2]);
    const gradient = gradientAt((x) => clippedSurrogate({ ratio: x, advantage, epsilon }), ratio);
    expectClose(gradient, [0, -2 / 5, 2 / 5, 0, -2 / 5]);
  });

  it("at ratio 1 has the gradient of the unclipped surrogate, whatever ε", () => {
    const ratio = tensor([1, 1, 1]);
    const advantage = tensor([1, -2, 3]);
    const plain = gradientAt((x) => policyGradientSurrogate({ ratio: x, advantage }), ratio);
    for (const epsilon of [0, 0.1, 0.5]) {
      expectClose(
        gradientAt((x) => clippedSurrogate({ ratio: x, advantage, epsilon }), ratio),
        plain,
      );
    }
  });

  it("equals the unclipped surrogate for a wide ε", () => {
    const [ratio] = samples([[6]], { low: 0.3, high: 2 });
    const [advantage] = samples([[6]], { seed: 2 });
    const clipped = clippedSurrogate({ ratio, advantage, epsilon: 10 }).item();
    expect(clipped).toBe(policyGradientSurrogate({ ratio, advantage }).item());
  });

  it("has the right gradient away from its kinks", () => {
    const ratio = tensor([0.4, 0.6, 1, 1.45, 1.7, 1.9]);
    const [advantage] = samples([[6]], { seed: 2 });
    checkGradient((x) => clippedSurrogate({ ratio: x, advantage, epsilon }), [ratio]);
  });
});

describe("valueLoss", () => {
  it("is the mean squared error, without the ½", () => {
    expect(valueLoss({ value: tensor([1, 2]), target: tensor([2, 4]) }).item()).toBe(2.5);
  });

  it("has the right gradient", () => {
    const [value, target] = samples([[5], [5]]);
    checkGradient((x) => valueLoss({ value: x, target }), [value]);
  });
});

describe("clippedValueLoss", () => {
  const epsilon = 0.5;
  const loss = (value: number, oldValue: number, target: number) =>
    clippedValueLoss({
      value: tensor([value]),
      oldValue: tensor([oldValue]),
      target: tensor([target]),
      epsilon,
    }).item();

  it("takes the larger of both errors", () => {
    expect(loss(2, 0, 3)).toBe(6.25); // near = 0.5: max(1, 2.5²)
    expect(loss(-2, 0, 3)).toBe(25); // moved away: max(5², 3.5²)
    expect(loss(0.25, 0, 3)).toBe(2.75 * 2.75); // inside: both alike
  });

  it("has no gradient towards the target beyond ε, the full one away from it", () => {
    const [oldValue, target] = [tensor([0, 0, 0]), tensor([3, 3, 3])];
    const gradient = gradientAt(
      (value) => clippedValueLoss({ value, oldValue, target, epsilon }),
      tensor([2, -2, 0.25]),
    );
    expectClose(gradient, [0, (2 * -5) / 3, (2 * -2.75) / 3]);
  });

  it("is the plain loss for a wide ε", () => {
    const [value, oldValue, target] = samples([[5], [5], [5]]);
    const clipped = clippedValueLoss({ value, oldValue, target, epsilon: 100 }).item();
    expect(clipped).toBeCloseTo(valueLoss({ value, target }).item(), 5);
  });

  it("has the right gradient away from its kinks", () => {
    const [value, oldValue, target] = [tensor([2, -2, 0.25, 1.5]), tensor([0, 0, 0, 1]), tensor([3, 3, 3, -2])];
    checkGradient((x) => clippedValueLoss({ value: x, oldValue, target, epsilon }), [value]);
  });
});

describe("approximateKl", () => {
  const estimate = (ratios: number[]) => {
    const ratio = tensor(ratios);
    return approximateKl({ ratio, logRatio: ops.log(ratio) }).item();
  };

  it("is mean((ρ − 1) − ln ρ)", () => {
    expect(estimate([1, 1])).toBe(0);
    expect(estimate([2, 0.5])).toBeCloseTo((1 - Math.LN2 + (-0.5 + Math.LN2)) / 2, 6);
  });

  it("is never negative", () => {
    for (const ratio of [0.01, 0.3, 0.99, 1.01, 4, 100]) expect(estimate([ratio])).toBeGreaterThan(0);
  });

  it("in expectation is the KL divergence", () => {
    // p = (¼, ¾), q = (½, ½): sample counts 1 : 3 under p give 𝔼_p[(q/p − 1) − ln(q/p)] = KL(p‖q) = ¼ ln ½ + ¾ ln 3/2.
    const ratios = [2, 2 / 3, 2 / 3, 2 / 3];
    expect(estimate(ratios)).toBeCloseTo(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 6);
  });
});

describe("shapes", () => {
  const [three, two, matrix] = [tensor([1, 2, 3]), tensor([1, 2]), tensor([[1, 2, 3]])];

  it("are refused by name", () => {
    expect(() => probabilityRatio({ logProb: three, oldLogProb: two })).toThrow(
      "oldLogProb must have shape [3] like logProb, got [2]",
    );
    expect(() => policyGradientSurrogate({ ratio: three, advantage: matrix })).toThrow(
      "advantage must be a vector [B], got shape [1, 3]",
    );
    expect(() => clippedSurrogate({ ratio: matrix, advantage: three, epsilon: 0.2 })).toThrow(
      "ratio must be a vector [B], got shape [1, 3]",
    );
    expect(() => valueLoss({ value: three, target: two })).toThrow("target must have shape [3] like value, got [2]");
    expect(() => clippedValueLoss({ value: three, oldValue: two, target: three, epsilon: 0.2 })).toThrow(
      "oldValue must have shape [3] like value, got [2]",
    );
    expect(() => approximateKl({ ratio: three, logRatio: two })).toThrow(
      "logRatio must have shape [3] like ratio, got [2]",
    );
  });
});

describe("the objective of actor and critic", () => {
  const losses = { policyLoss: tensor(-0.25), valueLoss: tensor(3), entropy: tensor(0.5) };

  it("is the policy's loss and the weighed value's, less the weighed entropy", () => {
    expect(actorCriticLoss(losses, { valueCoef: 0.5, entropyCoef: 0.25 }).item()).toBe(-0.25 + 1.5 - 0.125);
    expect(actorCriticLoss(losses, { valueCoef: 0, entropyCoef: 0 }).item()).toBe(-0.25);
  });

  it("has the weights as its gradient", () => {
    const gradients = grad((policyLoss, valueLoss, entropy) =>
      actorCriticLoss({ policyLoss, valueLoss, entropy }, { valueCoef: 0.5, entropyCoef: 0.25 }),
    )(losses.policyLoss, losses.valueLoss, losses.entropy);
    expect(gradients.map((gradient) => gradient.item())).toEqual([1, 0.5, -0.25]);
  });
});
