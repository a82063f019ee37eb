import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { sortedInterquartileMean } from "./interquartile-mean.js";
import { bootstrapInterval, sortedQuantile, stratifiedResamples } from "./stratified-bootstrap.js";

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("resamples", () => {
  it("draw from each stratum as many as it has, and from no other", () => {
    const resamples = stratifiedResamples({ strata: [2, 3], count: 1000, random: Random.fromSeed(1) });
    const seen = new Map<number, number>();
    for (const resample of resamples) {
      expect(resample).toHaveLength(5);
      expect([...resample].map((index) => (index < 2 ? 0 : 1))).toEqual([0, 0, 1, 1, 1]);
      for (const index of resample) seen.set(index, (seen.get(index) ?? 0) + 1);
    }
    // Every value is as likely as the others: 1000 times in all, with a deviation of √(2·1000/4) ≈ 22 and √(3·1000·2/9) ≈ 26.
    for (let index = 0; index < 5; index++) expect(Math.abs(seen.get(index)! - 1000)).toBeLessThan(110);
  });

  it("are those of their stream", () => {
    const of = (seed: number) => stratifiedResamples({ strata: [4], count: 20, random: Random.fromSeed(seed) });
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
  });
});

describe("the percentile interval", () => {
  it("of all four resamples of two values", () => {
    const all = [Int32Array.of(0, 0), Int32Array.of(0, 1), Int32Array.of(1, 0), Int32Array.of(1, 1)];
    // The means of (2, 6) are 2, 4, 4, 6. Quantile 0.025 is 0.075 of the way from the first to the second.
    const { low, high } = bootstrapInterval([6, 2], all, mean);
    expect(low).toBeCloseTo(2.15, 12);
    expect(high).toBeCloseTo(5.85, 12);
    expect(bootstrapInterval([6, 2], all, mean, 0)).toEqual({ low: 4, high: 4 });
  });

  it("has no width where all values are equal, or there is one", () => {
    for (const values of [[500, 500, 500], [7]]) {
      const resamples = stratifiedResamples({ strata: [values.length], count: 50, random: Random.fromSeed(0) });
      const interval = bootstrapInterval(values, resamples, sortedInterquartileMean);
      expect(interval).toEqual({ low: values[0], high: values[0] });
    }
  });

  it("of the mean is as wide as its standard error says", () => {
    // The bootstrap distribution of the mean has the standard deviation σ̂/√n, σ̂ with divisor n.
    const random = Random.fromSeed(5);
    const values = Float64Array.from({ length: 50 }, () => random.normal());
    const resamples = stratifiedResamples({ strata: [50], count: 4000, random });
    const { low, high } = bootstrapInterval(values, resamples, mean);
    const m = mean(values);
    const error = Math.sqrt(mean(values.map((value) => (value - m) * (value - m))) / 50);
    expect((high - low) / (2 * 1.96 * error)).toBeCloseTo(1, 1);
  });

  it("of the interquartile mean covers the centre of a normal distribution about as often as it says", () => {
    const covered = (n: number, trials: number) => {
      const random = Random.fromSeed(11);
      let hits = 0;
      for (let trial = 0; trial < trials; trial++) {
        const values = Float64Array.from({ length: n }, () => random.normal());
        const resamples = stratifiedResamples({ strata: [n], count: 400, random });
        const { low, high } = bootstrapInterval(values, resamples, sortedInterquartileMean);
        if (low <= 0 && high >= 0) hits += 1;
      }
      return hits / trials;
    };
    expect(Math.abs(covered(40, 500) - 0.94)).toBeLessThan(0.03);
    // Few runs: too narrow, as every bootstrap is, and less than twice as wrong as five values have to be (the range of five misses 2·2⁻⁵ = 6 %).
    const five = covered(5, 1000);
    expect(five).toBeGreaterThan(0.8);
    expect(five).toBeLessThan(0.94);
  });
});

it("interpolates quantiles", () => {
  const values = Float64Array.of(1, 2, 4, 8);
  expect([0, 0.5, 1, 0.25].map((share) => sortedQuantile(values, share))).toEqual([1, 3, 8, 1.75]);
  expect(sortedQuantile(Float64Array.of(1, 2, Number.POSITIVE_INFINITY), 0.5)).toBe(2);
});
