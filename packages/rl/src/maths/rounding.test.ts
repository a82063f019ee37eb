import { expect, it } from "vitest";
import { equalUpToRounding } from "./rounding.js";

it("the same number by another way is equal, the next but a few is not", () => {
  expect(equalUpToRounding([0.1 + 0.2, 0.3])).toBe(true);
  expect(equalUpToRounding([0.3, 0.3 * (1 + 1e-14)])).toBe(false);
  expect(equalUpToRounding(Float32Array.of(0.3, Math.fround(0.1) + Math.fround(0.2)))).toBe(true);
  expect(equalUpToRounding(Float32Array.of(0.3, 0.3 * (1 + 1e-5)))).toBe(false);
});

it("is relative, at any size", () => {
  for (const scale of [1e-30, 1, 1e30]) {
    expect(equalUpToRounding([scale, scale * (1 + 2 ** -52)])).toBe(true);
    expect(equalUpToRounding([scale, 1.001 * scale])).toBe(false);
  }
  expect(equalUpToRounding([0, 0])).toBe(true);
  expect(equalUpToRounding([0, 1e-300])).toBe(false);
});

it("numbers made from larger ones carry the larger ones' rounding", () => {
  const value = Math.fround(1e5 + 0.7);
  const targets = Float32Array.of(0.1, Math.fround(0.1 - value) + value);
  expect(equalUpToRounding(targets)).toBe(false);
  expect(equalUpToRounding(targets, [value])).toBe(true);
});

it("nothing is equal, and what is no number equals nothing", () => {
  expect(equalUpToRounding([])).toBe(true);
  for (const values of [[Number.NaN, 1], [1, Number.NaN], [Number.NaN], [Number.POSITIVE_INFINITY, 1]])
    expect(equalUpToRounding(values)).toBe(false);
  expect(equalUpToRounding([1, 2], [Number.NaN])).toBe(false);
});
