import { indices, Random, scope, type Tensor, tensor } from "@advantage/engine";
import { box, dict, discrete, multiBinary, multiDiscrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import {
  bernoulli,
  categorical,
  diagonalGaussian,
  distributionFrom,
  divergence,
  multiCategorical,
} from "./distribution.js";

const negative = Number.NEGATIVE_INFINITY;
const logs = (...probabilities: number[]) => probabilities.map((p) => (p === 0 ? negative : Math.log(p)));
const close = (actual: Tensor, ...expected: number[]) => {
  const values = actual.values();
  expect(values.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 5);
};

describe("categorical", () => {
  const pi = categorical(tensor([logs(0.2, 0.5, 0.3), logs(0, 0.25, 0.75)]));

  it("takes the likeliest action", () => {
    const actions = new Int32Array(2);
    pi.mode(actions);
    expect(Array.from(actions)).toEqual([1, 2]);
  });

  it("samples in proportion, and never what is masked", () => {
    const counts = [new Float64Array(3), new Float64Array(3)];
    const random = Random.fromSeed(1);
    const actions = new Int32Array(2);
    const n = 10_000;
    for (let i = 0; i < n; i++) {
      scope(() => pi.sample(random, actions));
      counts[0][actions[0]] += 1 / n;
      counts[1][actions[1]] += 1 / n;
    }
    for (const [i, p] of [0.2, 0.5, 0.3].entries()) expect(Math.abs(counts[0][i] - p)).toBeLessThan(0.02);
    expect(counts[1][0]).toBe(0);
    expect(Math.abs(counts[1][1] - 0.25)).toBeLessThan(0.02);
  });

  it("leaves what rounding leaves over to the last action that can happen", () => {
    const almost = categorical(tensor([[0, 0, negative]]));
    const actions = new Int32Array(1);
    almost.sample({ uniform: () => 1 - 2 ** -53 } as Random, actions);
    expect(actions[0]).toBe(1);
    almost.sample({ uniform: () => 0 } as Random, actions);
    expect(actions[0]).toBe(0);
  });
});

describe("multi-categorical", () => {
  const sizes = [2, 3];
  const pi = multiCategorical(tensor([[...logs(0.25, 0.75), ...logs(0.5, 0.3, 0.2)]]), sizes);

  it("is a product of its parts", () => {
    close(pi.logProb(indices([1, 2], [1, 2])), Math.log(0.75 * 0.2));
    const entropy = (...ps: number[]) => ps.reduce((sum, p) => sum - p * Math.log(p), 0);
    close(pi.entropy(), entropy(0.25, 0.75) + entropy(0.5, 0.3, 0.2));
    const uniform = multiCategorical(tensor([[0, 0, 0, 0, 0]]), sizes);
    close(pi.kl(uniform), Math.log(2) + Math.log(3) - entropy(0.25, 0.75) - entropy(0.5, 0.3, 0.2));
  });

  it("acts part by part", () => {
    const twice = multiCategorical(tensor([[0, 1, 0, 0, 1], [1, 0, 0, 1, 0]]), sizes); // biome-ignore format: rows
    const actions = new Int32Array(4);
    twice.mode(actions);
    expect(Array.from(actions)).toEqual([1, 2, 0, 1]);
    const certain = multiCategorical(tensor([[...logs(0, 1), ...logs(0, 0, 1)]]), sizes);
    const sampled = new Int32Array(2);
    certain.sample(Random.fromSeed(1), sampled);
    expect(Array.from(sampled)).toEqual([1, 2]);
  });
});

describe("Bernoulli", () => {
  const pi = bernoulli(tensor([[Math.log(0.25 / 0.75), Math.log(0.9 / 0.1)]]));

  it("has the probabilities of its bits", () => {
    close(pi.logProb(tensor([[1, 1]])), Math.log(0.25 * 0.9));
    close(pi.logProb(tensor([[0, 0]])), Math.log(0.75 * 0.1));
    const actions = new Int32Array(2);
    pi.mode(actions);
    expect(Array.from(actions)).toEqual([0, 1]);
  });

  it("samples in proportion", () => {
    const random = Random.fromSeed(1);
    const actions = new Int32Array(2);
    const shares = [0, 0];
    for (let i = 0; i < 10_000; i++) {
      scope(() => pi.sample(random, actions));
      for (const bit of [0, 1]) shares[bit] += actions[bit] / 10_000;
    }
    expect(Math.abs(shares[0] - 0.25)).toBeLessThan(0.02);
    expect(Math.abs(shares[1] - 0.9)).toBeLessThan(0.02);
  });
});

describe("diagonal Gaussian", () => {
  it.each([
    ["deviations of each row", [Math.log(0.5), 0, Math.log(2), Math.log(0.1)], [2, 2]],
    ["the same deviations for all", [Math.log(0.5), 0], [2]],
  ])("samples with its mean and deviation: %s", (_, logStd, shape) => {
    const pi = diagonalGaussian(
      tensor([
        [1, -1],
        [3, 0],
      ]),
      tensor(Float32Array.from(logStd), shape),
    );
    const std = (i: number) => Math.exp(logStd[i % logStd.length]);
    const random = Random.fromSeed(1);
    const actions = new Float32Array(4);
    const [sums, squares] = [new Float64Array(4), new Float64Array(4)];
    const n = 10_000;
    for (let t = 0; t < n; t++) {
      scope(() => pi.sample(random, actions));
      for (let i = 0; i < 4; i++) {
        const deviation = (actions[i] - [1, -1, 3, 0][i]) / std(i);
        sums[i] += deviation / n;
        squares[i] += (deviation * deviation) / n;
      }
    }
    for (let i = 0; i < 4; i++) {
      expect(Math.abs(sums[i])).toBeLessThan(0.04);
      expect(Math.abs(squares[i] - 1)).toBeLessThan(0.06);
    }
    pi.mode(actions);
    expect(Array.from(actions)).toEqual([1, -1, 3, 0]);
  });
});

describe("distributionFrom", () => {
  it("rebuilds the distribution of each kind of action from its parameters", () => {
    const logits = tensor([[0.5, -1, 2, 0, 1]]);
    const gaussian = diagonalGaussian(tensor([[1, 2]]), tensor([0, -1]));
    for (const [space, pi] of [
      [discrete(5), categorical(logits)],
      [multiDiscrete([2, 3]), multiCategorical(logits, [2, 3])],
      [multiBinary(5), bernoulli(logits)],
      [box({ low: -1, high: 1, shape: [2] }), gaussian],
    ] as const) {
      const rebuilt = distributionFrom(space as never, pi.parameters);
      close(pi.kl(rebuilt), 0);
      expect(Array.from(rebuilt.entropy().values())).toEqual(Array.from(pi.entropy().values()));
    }
    expect(() => distributionFrom(dict({ a: discrete(2) }) as never, {})).toThrow("actions of a dict space");
  });
});

describe("the direction of a divergence", () => {
  it("Gaussians N(0, 1) and N(1, 2²)", () => {
    const [old, now] = [
      diagonalGaussian(tensor([[0]]), tensor([0])),
      diagonalGaussian(tensor([[1]]), tensor([Math.LN2])),
    ];
    // ln 2 + (1 + 1)/8 − ½ and −ln 2 + (4 + 1)/2 − ½
    close(divergence("old-new", old, now), Math.LN2 - 0.25);
    close(divergence("new-old", old, now), 2 - Math.LN2);
  });

  it("choices (½, ½) and (¼, ¾)", () => {
    const [old, now] = [categorical(tensor([logs(0.5, 0.5)])), categorical(tensor([logs(0.25, 0.75)]))];
    close(divergence("old-new", old, now), 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3));
    close(divergence("new-old", old, now), 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5));
  });
});
