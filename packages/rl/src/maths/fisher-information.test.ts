import { type Tensor, tensor } from "@advantage/engine";
import { expect, it } from "vitest";
import { bernoulliFisher, categoricalFisher, gaussianFisher } from "./fisher-information.js";

const close = (actual: Tensor, ...expected: number[]) => {
  expect(actual.size).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual.data[i]).toBeCloseTo(value, 5);
};

it("categorical: diag p − p pᵀ", () => {
  const logits = tensor([[0.2, 0.5, 0.3].map(Math.log)]);
  // p∘t = (0.2, 1, −0.3), whose sum is 0.9.
  close(categoricalFisher({ logits, tangent: tensor([[1, 2, -1]]) }), 0.2 - 0.18, 1 - 0.45, -0.3 - 0.27);
  // Adding a constant to the logits changes nothing.
  close(categoricalFisher({ logits, tangent: tensor([[3, 3, 3]]) }), 0, 0, 0);
});

it("Bernoulli: p(1 − p)", () => {
  const logits = tensor([[Math.log(0.25 / 0.75), 0]]);
  close(bernoulliFisher({ logits, tangent: tensor([[2, -1]]) }), 2 * 0.1875, -0.25);
});

it("Gaussian: 1/σ² for the mean, 2 for ln σ", () => {
  const tangent = { mean: tensor([[1, 2]]), logStd: tensor([[3, -1]]) };
  for (const logStd of [tensor([Math.log(0.5), Math.log(2)]), tensor([[Math.log(0.5), Math.log(2)]])]) {
    const product = gaussianFisher({ logStd, tangent });
    close(product.mean, 4, 0.5);
    close(product.logStd, 6, -2);
  }
});
