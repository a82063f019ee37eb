import { describe, expect, it } from "vitest";
import { add, mul, square, stopGradient, tanh } from "../ops/elementwise.js";
import { sum } from "../ops/shape.js";
import { checkGradient, checkSecondGradient, samples } from "./finite-differences.js";

describe("checkGradient", () => {
  it("passes a right gradient, of arguments and of closures", () => {
    const [x, w] = samples([[3], [3]]);
    checkGradient((a, b) => mul(tanh(a), b), [x, w]);
    checkGradient((a) => mul(tanh(a), w), [x, w]);
  });

  it("refuses a wrong one, and names the element", () => {
    const [x] = samples([[3]]);
    // d(x·stop(x))/dx is 2x, the tape gives x.
    expect(() => checkGradient((a) => mul(a, stopGradient(a)), [x])).toThrow(
      /gradient of input 0 \[3\] at element 0 is .* finite differences give/,
    );
  });

  it("leaves the inputs as they were", () => {
    const [x] = samples([[4]]);
    const before = x.values();
    checkGradient((a) => square(a), [x]);
    expect(x.values()).toEqual(before);
  });

  it("sees a gradient that is right itself but wrong when differentiated again", () => {
    const [x] = samples([[3]]);
    const halfRecorded = (a: typeof x) => sum(mul(a, add(mul(stopGradient(a), 2), mul(a, -1))));
    // x·(2·stop(x) − x): value x², gradient 2·stop(x) − 2x = 0; its true gradient is 2x.
    expect(() => checkSecondGradient(halfRecorded, [x])).toThrow("finite differences");
    checkSecondGradient((a) => mul(square(a), a), [x]);
  });
});

describe("samples", () => {
  it("are different from each other and from zero, and the same for the same seed", () => {
    const [a, b] = samples([[10], [2, 5]], { seed: 3 });
    const all = [...a.values(), ...b.values()].sort((p, q) => p - q);
    for (let i = 1; i < all.length; i++) expect(all[i] - all[i - 1]).toBeGreaterThan(0.05);
    for (const value of all) expect(Math.abs(value)).toBeGreaterThanOrEqual(0.14);
    expect(samples([[10], [2, 5]], { seed: 3 })[0].values()).toEqual(a.values());
    expect(samples([[10]], { seed: 4 })[0].values()).not.toEqual(a.values());
    for (const value of samples([[50]], { low: 0.5, high: 3 })[0].values()) expect(value).toBeGreaterThanOrEqual(0.5);
  });
});
