import { tensor } from "@advantage/engine";
import { expect, it } from "vitest";
import { standardised } from "./standardised.js";

it("worked by hand", () => {
  // Mean 2, deviation 1 with n − 1.
  for (const [i, x] of [-1, 0, 1].entries()) expect(standardised(tensor([1, 2, 3])).data[i]).toBeCloseTo(x, 6);
});

it("small spreads are spreads, whatever their scale", () => {
  for (const [i, x] of [-1, 0, 1].entries()) expect(standardised(tensor([1e-3, 2e-3, 3e-3])).data[i]).toBeCloseTo(x, 4);
});

it.each([0.1, 1000.1, -1e6 - 0.3])("equal advantages of %s stay without effect", (advantage) => {
  const equal = Float32Array.from({ length: 1001 }, () => advantage);
  expect(new Set(standardised(tensor(equal)).data.map(Math.abs))).toEqual(new Set([0]));
  // And those that the last place tells apart.
  const next = equal.map((value, i) => value * (1 + (i % 2) * 2 ** -23));
  expect(new Set(standardised(tensor(next)).data.map(Math.abs))).toEqual(new Set([0]));
});
