import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import {
  addToLogits,
  initialLogits,
  klRegularisedGradient,
  policyEntropy,
  softmaxFisherProduct,
  softmaxPolicy,
} from "./softmax-policy.js";

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-12) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThanOrEqual(tolerance);
};

describe("softmaxPolicy", () => {
  it("normalises each state for itself: log 1, log 3 and log 1, log 1", () => {
    close(softmaxPolicy(Float64Array.of(0, Math.log(3), 5, 5), 2), [0.25, 0.75, 0.5, 0.5]);
  });
  it("survives parameters that exp does not", () => {
    close(softmaxPolicy(Float64Array.of(1e4, 0), 2), [1, 0]);
  });
});

describe("addToLogits", () => {
  it("multiplies probabilities by exp(η x): closed form after k steps", () => {
    const logits = new Float64Array(3);
    const x = Float64Array.of(0.2, 0.7, 0.5);
    for (let k = 0; k < 50; k++) addToLogits(logits, 3, 0.3, x);
    const weights = Array.from(x, (reward) => Math.exp(0.3 * 50 * reward));
    const sum = weights.reduce((a, b) => a + b);
    close(
      softmaxPolicy(logits, 3),
      weights.map((weight) => weight / sum),
    );
    expect(Math.max(...logits)).toBe(0);
  });
});

describe("softmaxFisherProduct", () => {
  const policy = softmaxPolicy(Float64Array.of(0.3, -0.2, 1, 0, 0, 2), 3);
  const x = Float64Array.of(1, -2, 0.5, 3, 1, 0);
  it("is diag(π) − ππᵀ times x", () => {
    const dense = Array.from({ length: 6 }, (_, i) => {
      const row = 3 * Math.floor(i / 3);
      let sum = policy[i] * x[i];
      for (let j = row; j < row + 3; j++) sum -= policy[i] * policy[j] * x[j];
      return sum;
    });
    close(softmaxFisherProduct(policy, x, 3), dense);
  });
  it("is the gradient of ⟨π_θ, x⟩: finite differences", () => {
    const logits = Float64Array.of(0.3, -0.2, 1);
    const value = (theta: Float64Array) => softmaxPolicy(theta, 3).reduce((sum, p, a) => sum + p * x[a], 0);
    const gradient = softmaxFisherProduct(softmaxPolicy(logits, 3), x.slice(0, 3), 3);
    for (let a = 0; a < 3; a++) {
      const up = logits.slice();
      const down = logits.slice();
      up[a] += 1e-5;
      down[a] -= 1e-5;
      expect(Math.abs((value(up) - value(down)) / 2e-5 - gradient[a])).toBeLessThan(1e-9);
    }
  });
  it("is solved by g/π up to a constant", () => {
    const g = softmaxFisherProduct(policy, x, 3);
    close(
      softmaxFisherProduct(
        policy,
        g.map((value, i) => value / policy[i]),
        3,
      ),
      g,
    );
  });
});

describe("klRegularisedGradient", () => {
  const oldLogits = Float64Array.of(0.1, 0.5, -0.4);
  const rewards = Float64Array.of(1, 0, 2);
  it("is the gradient of ⟨π − π_k, R⟩ − KL/η: finite differences", () => {
    const logits = Float64Array.of(0.4, 0.1, 0.2);
    const old = softmaxPolicy(oldLogits, 3);
    const objective = (theta: Float64Array) =>
      softmaxPolicy(theta, 3).reduce(
        (sum, p, a) => sum + (p - old[a]) * rewards[a] - (p * Math.log(p / old[a])) / 0.7,
        0,
      );
    const policy = softmaxPolicy(logits, 3);
    const gradient = klRegularisedGradient({ policy, logits, oldLogits, rewards, learningRate: 0.7 });
    for (let a = 0; a < 3; a++) {
      const up = logits.slice();
      const down = logits.slice();
      up[a] += 1e-5;
      down[a] -= 1e-5;
      expect(Math.abs((objective(up) - objective(down)) / 2e-5 - gradient[a])).toBeLessThan(1e-9);
    }
  });
  it("is 0 at the exponential weights update", () => {
    const logits = oldLogits.map((theta, a) => theta + 0.7 * rewards[a] + 5);
    const policy = softmaxPolicy(logits, 3);
    close(klRegularisedGradient({ policy, logits, oldLogits, rewards, learningRate: 0.7 }), [0, 0, 0]);
  });
});

describe("policyEntropy", () => {
  it("is log A for the uniform policy and 0 for a sure one, averaged over states", () => {
    expect(policyEntropy(Float64Array.of(0.25, 0.25, 0.25, 0.25), 4)).toBeCloseTo(Math.log(4), 12);
    expect(policyEntropy(Float64Array.of(0.5, 0.5, 1, 0), 2)).toBeCloseTo(Math.log(2) / 2, 12);
  });
});

describe("initialLogits", () => {
  it("reads probabilities", () => {
    close(softmaxPolicy(initialLogits("0.0001, 0.9999", 2), 2), [0.0001, 0.9999]);
    close(initialLogits("uniform", 3), [0, 0, 0]);
  });
  it.each([
    ["0.5,0.6", "must be 'uniform' or probabilities above 0 that sum to 1, got '0.5,0.6'"],
    ["1,0", "got '1,0'"],
    ["half,half", "got 'half,half'"],
    ["0.2,0.3,0.5", "a probability for each of the 2 arms, got '0.2,0.3,0.5'"],
  ])("refuses %s in one sentence", (text, message) => {
    expect(() => initialLogits(text, 2)).toThrow(message);
  });
});

it("shapes are checked by name", () => {
  const random = Random.fromSeed(1);
  expect(() => softmaxFisherProduct(new Float64Array(4), new Float64Array(2).fill(random.uniform()), 2)).toThrow(
    "x must hold 4 numbers, got 2",
  );
});
