import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { klDivergence, optimalCoupling, totalVariation } from "./distances.js";
import { importanceSampling } from "./importance-sampling.js";

const p = [0.5, 0.3, 0.2, 0];
const q = [0.2, 0.3, 0.1, 0.4];

describe("total variation and KL", () => {
  it("by hand", () => {
    expect(totalVariation(p, q)).toBeCloseTo(0.4, 15);
    expect(totalVariation(p, p)).toBe(0);
    expect(totalVariation([1, 0], [0, 1])).toBe(1);
    // ½ ln(½/¼) + ½ ln(½/¾) = ½ ln(4/3)
    expect(klDivergence([0.5, 0.5], [0.25, 0.75])).toBeCloseTo(0.5 * Math.log(4 / 3), 15);
    expect(klDivergence(q, p)).toBe(Number.POSITIVE_INFINITY);
    expect(klDivergence(p, p)).toBe(0);
  });

  it("is the largest difference over events", () => {
    let largest = 0;
    for (let event = 0; event < 16; event++) {
      let difference = 0;
      for (let x = 0; x < 4; x++) if (event & (1 << x)) difference += p[x] - q[x];
      largest = Math.max(largest, Math.abs(difference));
    }
    expect(totalVariation(p, q)).toBeCloseTo(largest, 15);
  });

  it("obey Pinsker's inequality", () => {
    const random = Random.fromSeed(1);
    for (let i = 0; i < 100; i++) {
      const [a, b] = [random.uniform(0.01, 0.99), random.uniform(0.01, 0.99)];
      const [x, y] = [
        [a, 1 - a],
        [b, 1 - b],
      ];
      expect(totalVariation(x, y)).toBeLessThanOrEqual(Math.sqrt(klDivergence(x, y) / 2) + 1e-15);
    }
  });

  it("refuse what is no pair of distributions", () => {
    expect(() => totalVariation([1], [0.5, 0.5])).toThrow("p and q must be over the same elements, got 1 and 2");
    expect(() => klDivergence([0.5, 0.4], [0.5, 0.5])).toThrow("p must sum to 1, got 0.9");
    expect(() => klDivergence([0.5, 0.5], [1.5, -0.5])).toThrow("q(1) must be a probability, got -0.5");
  });
});

describe("the optimal coupling", () => {
  it("has the right marginals and differs at the rate of the total variation", () => {
    const couple = optimalCoupling(p, q);
    const random = Random.fromSeed(2);
    const n = 100_000;
    const [xs, ys] = [new Float64Array(4), new Float64Array(4)];
    let different = 0;
    for (let i = 0; i < n; i++) {
      const [x, y] = couple(random);
      xs[x] += 1;
      ys[y] += 1;
      if (x !== y) different += 1;
    }
    // Four standard deviations of a rate.
    const near = (count: number, rate: number) =>
      expect(Math.abs(count / n - rate)).toBeLessThanOrEqual(4 * Math.sqrt((rate * (1 - rate)) / n));
    for (let x = 0; x < 4; x++) {
      near(xs[x], p[x]);
      near(ys[x], q[x]);
    }
    near(different, 0.4);
  });

  it("of a distribution with itself never differs, of disjoint ones always", () => {
    const random = Random.fromSeed(3);
    const same = optimalCoupling(p, p);
    const apart = optimalCoupling([1, 0], [0, 1]);
    for (let i = 0; i < 1000; i++) {
      const [x, y] = same(random);
      expect(x).toBe(y);
      expect(apart(random)).toEqual([0, 1]);
    }
  });
});

describe("importance sampling", () => {
  it("by hand", () => {
    // w = 2, 1, 1: ordinary (2·1 + 2 + 6)/3, weighted 10/4, ESS 16/6
    expect(importanceSampling({ values: [1, 2, 6], ratios: [2, 1, 1] })).toEqual({
      ordinary: 10 / 3,
      weighted: 2.5,
      effectiveSampleSize: 16 / 6,
    });
  });

  it("with equal distributions is the plain mean of n samples", () => {
    expect(importanceSampling({ values: [1, 2, 6], ratios: [1, 1, 1] })).toEqual({
      ordinary: 3,
      weighted: 3,
      effectiveSampleSize: 3,
    });
  });

  it("estimates an expectation under p from draws of q", () => {
    const [target, proposal] = [
      [0.1, 0.2, 0.7],
      [0.4, 0.4, 0.2],
    ];
    const f = [3, -1, 2];
    const random = Random.fromSeed(4);
    const n = 50_000;
    const draws = Int32Array.from({ length: n }, () => {
      const u = random.uniform();
      return u < 0.4 ? 0 : u < 0.8 ? 1 : 2;
    });
    const result = importanceSampling({
      values: Array.from(draws, (x) => f[x]),
      ratios: Array.from(draws, (x) => target[x] / proposal[x]),
    });
    // 𝔼_p f = 0.3 − 0.2 + 1.4 = 1.5;  𝔼_q (wf)² = 0.1·9/4 + 0.2/2 + 0.7·4·3.5 = 10.125 → deviation √((10.125 − 2.25)/n)
    expect(Math.abs(result.ordinary - 1.5)).toBeLessThan(4 * Math.sqrt(7.875 / n));
    expect(Math.abs(result.weighted - 1.5)).toBeLessThan(0.05);
    // n/𝔼_q w² = n/(0.025 + 0.1 + 2.45)
    expect(result.effectiveSampleSize / n).toBeCloseTo(1 / 2.575, 2);
  });

  it("refuses weights that are none", () => {
    expect(() => importanceSampling({ values: [1], ratios: [Number.POSITIVE_INFINITY] })).toThrow(
      "ratio 0 must be finite and at least 0, got Infinity: p must have no mass where q has none",
    );
  });
});
