import { Params, scope, tensor } from "@advantage/engine";
import { expect, test } from "vitest";
import { requireFiniteUpdate } from "./finite.js";

function gradientOf(values: { weight: number[]; bias: number[] }) {
  return scope(() => Params.pack({ layer: { weight: tensor(values.weight), bias: tensor(values.bias) } }));
}

test("a finite update passes", () => {
  const gradient = gradientOf({ weight: [1, 2], bias: [0] });
  expect(() => requireFiniteUpdate({ step: 1, loss: 0.5, gradient, norm: 2 })).not.toThrow();
});

test("a broken gradient is named with its tensor and step", () => {
  const gradient = gradientOf({ weight: [1, 2], bias: [Number.NaN] });
  expect(() => requireFiniteUpdate({ step: 640, loss: 0.5, gradient, norm: Number.NaN })).toThrow(
    /the gradient of layer\.bias became NaN after step 640/,
  );
});

test("a broken loss is named before its gradient", () => {
  const gradient = gradientOf({ weight: [Number.NaN, 2], bias: [0] });
  expect(() => requireFiniteUpdate({ step: 7, loss: Number.POSITIVE_INFINITY, gradient, norm: Number.NaN })).toThrow(
    /the loss became Infinity after step 7/,
  );
});
