import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { RunningMoments } from "./running-moments.js";

/** [rows × size] values with feature means 0, 1, 2 … and deviations 1, 2, 3 … */
function data(rows: number, size: number): Float32Array {
  const random = Random.fromSeed(1);
  return Float32Array.from({ length: rows * size }, (_, i) => (i % size) + (1 + (i % size)) * random.normal());
}

describe("by hand", () => {
  it("the moments of 1, 2, 3, 4 in two batches", () => {
    const moments = new RunningMoments(1);
    moments.update(Float32Array.of(1), 1);
    expect([moments.count, moments.mean[0], moments.variance[0]]).toEqual([1, 1, 0]);
    moments.update(Float32Array.of(2, 3, 4), 3);
    expect([moments.count, moments.mean[0], moments.variance[0]]).toEqual([4, 2.5, 1.25]);
  });

  it("normalises and clips", () => {
    const moments = new RunningMoments(2);
    moments.update(Float32Array.of(0, 10, 2, 30), 2); // means 1, 20; deviations 1, 10
    const output = new Float32Array(4);
    moments.normalise(Float32Array.of(2, 5, -100, 20), output, 2, 5);
    expect(output[0]).toBeCloseTo(1, 6);
    expect(output[1]).toBeCloseTo(-1.5, 6);
    expect(output[2]).toBe(-5);
    expect(output[3]).toBe(0);
  });

  it("changes nothing before the first row, and by an empty batch", () => {
    const moments = new RunningMoments(2);
    moments.update(new Float32Array(0), 0);
    const values = Float32Array.of(0.5, -0.25);
    moments.normalise(values, values, 1);
    expect(values).toEqual(Float32Array.of(0.5, -0.25));
  });
});

describe("against the two-pass formula", () => {
  it.each([1, 3, 64, 1000])("in batches of %d rows", (batchRows) => {
    const [rows, size] = [1000, 3];
    const values = data(rows, size);
    const moments = new RunningMoments(size);
    for (let row = 0; row < rows; row += batchRows) {
      const count = Math.min(batchRows, rows - row);
      moments.update(values.subarray(row * size, (row + count) * size), count);
    }
    for (let feature = 0; feature < size; feature++) {
      const column = Array.from({ length: rows }, (_, row) => values[row * size + feature]);
      const mean = column.reduce((sum, x) => sum + x, 0) / rows;
      const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows;
      expect(moments.mean[feature]).toBeCloseTo(mean, 12);
      expect(moments.variance[feature]).toBeCloseTo(variance, 11);
    }
  });

  it("keeps its digits where the mean is large against the deviation", () => {
    // 2²⁰ ± ½: the squares, 2⁴⁰, would leave a naive sum in single precision nothing of the variance ¼.
    const moments = new RunningMoments(1);
    for (let i = 0; i < 1000; i++) moments.update(Float32Array.of(2 ** 20 - 0.5, 2 ** 20 + 0.5), 2);
    expect(moments.mean[0]).toBeCloseTo(2 ** 20, 8);
    expect(moments.variance[0]).toBeCloseTo(0.25, 10);
  });
});

it("continues bit for bit from a snapshot", () => {
  const values = data(100, 2);
  const whole = new RunningMoments(2);
  whole.update(values.subarray(0, 100), 50);
  const resumed = new RunningMoments(2);
  resumed.restore(JSON.parse(JSON.stringify(whole.snapshot())));
  whole.update(values.subarray(100), 50);
  resumed.update(values.subarray(100), 50);
  expect(resumed.snapshot()).toEqual(whole.snapshot());
});

it("refuses wrong sizes and values that are not finite", () => {
  expect(() => new RunningMoments(0)).toThrow("size must be an integer >= 1, got 0");
  const moments = new RunningMoments(2);
  expect(() => moments.update(new Float32Array(3), 2)).toThrow("batch must hold rows × size = 4 values, got 3");
  expect(() => moments.update(Float32Array.of(0, NaN), 1)).toThrow(
    "observations must be finite, got a batch mean of NaN in feature 1",
  );
  expect(() => moments.normalise(new Float32Array(2), new Float32Array(1), 1)).toThrow("output must hold");
  expect(() => moments.normalise(new Float32Array(2), new Float32Array(2), 1, 0)).toThrow("clip must be > 0, got 0");
  expect(() => moments.restore({ count: 1, mean: [0], variance: [1, 1] })).toThrow("mean must hold 2 values");
});
