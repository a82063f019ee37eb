import { expect, test } from "vitest";
import { sharedRmsProp } from "./shared-rmsprop.js";

test("two steps by hand", () => {
  const theta = Float32Array.of(1, -2);
  const squares = new Float32Array(2);
  const options = { learningRate: 0.1, decay: 0.75, epsilon: 0, gradientScale: 0.5 };
  sharedRmsProp(theta, squares, Float32Array.of(8, 0.2), { ...options, epsilon: 0.01 });
  // Δ = 4 and 0.1: g = 16/4 = 4 and 0.01/4 = 0.0025
  expect(squares[0]).toBeCloseTo(4, 6);
  expect(squares[1]).toBeCloseTo(0.0025, 8);
  expect(theta[0]).toBeCloseTo(1 - (0.1 * 4) / Math.sqrt(4.01), 6);
  expect(theta[1]).toBeCloseTo(-2 - (0.1 * 0.1) / Math.sqrt(0.0125), 6);

  const before = theta[0];
  sharedRmsProp(theta, squares, Float32Array.of(-8, 0), options);
  // Δ = −4: g = 3 + 4 = 7
  expect(squares[0]).toBeCloseTo(7, 5);
  expect(theta[0]).toBeCloseTo(before + 0.4 / Math.sqrt(7), 6);
});
