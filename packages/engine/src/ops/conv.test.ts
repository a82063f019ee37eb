import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../memory.js";
import { scope, type Tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import { conv2d } from "./conv.js";
import { square } from "./elementwise.js";

/** The definition, as a sum over the kernel. */
function convolve(x: Tensor, weight: Tensor, bias: Tensor | null, stride: number, padding: number): number[] {
  const [batch, height, width, channels] = x.shape;
  const [kernelH, kernelW, , filters] = weight.shape;
  const [outH, outW] = [height - kernelH, width - kernelW].map((s) => Math.floor((s + 2 * padding) / stride) + 1);
  const result: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let oh = 0; oh < outH; oh++) {
      for (let ow = 0; ow < outW; ow++) {
        for (let f = 0; f < filters; f++) {
          let total = bias?.data[f] ?? 0;
          for (let kh = 0; kh < kernelH; kh++) {
            for (let kw = 0; kw < kernelW; kw++) {
              const [h, w] = [oh * stride - padding + kh, ow * stride - padding + kw];
              if (h < 0 || h >= height || w < 0 || w >= width) continue;
              for (let c = 0; c < channels; c++) {
                total +=
                  x.data[((b * height + h) * width + w) * channels + c] *
                  weight.data[((kh * kernelW + kw) * channels + c) * filters + f];
              }
            }
          }
          result.push(total);
        }
      }
    }
  }
  return result;
}

const geometries = [
  { x: [1, 4, 4, 1], weight: [3, 3, 1, 1], stride: 1, padding: 0 },
  { x: [2, 5, 4, 2], weight: [3, 2, 2, 3], stride: 1, padding: 0 },
  { x: [1, 5, 5, 2], weight: [3, 3, 2, 2], stride: 2, padding: 0 },
  { x: [2, 4, 5, 1], weight: [3, 3, 1, 2], stride: 1, padding: 1 },
  { x: [1, 6, 5, 2], weight: [4, 4, 2, 1], stride: 2, padding: 1 }, // a last row that no patch reaches
  { x: [1, 5, 5, 1], weight: [2, 2, 1, 2], stride: 3, padding: 0 }, // stride beyond the kernel: gaps
  { x: [1, 3, 3, 2], weight: [1, 1, 2, 3], stride: 1, padding: 0 },
  { x: [1, 2, 2, 1], weight: [3, 3, 1, 1], stride: 1, padding: 2 },
] as const;

describe.each(["wasm", "reference"] as const)("conv2d, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  describe.each(geometries)("x $x, weight $weight, stride $stride, padding $padding", (geometry) => {
    const { stride, padding } = geometry;
    const [x, weight, bias] = samples([geometry.x, geometry.weight, [geometry.weight[3]]], { low: -1, high: 1 });

    it("agrees with the definition", () => {
      scope(() => {
        for (const b of [bias, null]) {
          const y = conv2d(x, weight, b, { stride, padding });
          const expected = convolve(x, weight, b, stride, padding);
          expect(y.size).toBe(expected.length);
          expected.forEach((v, i) => {
            expect(y.data[i]).toBeCloseTo(v, 5);
          });
        }
      });
    });

    it("has the right gradients of input, weight and bias", () => {
      checkGradient((p, w, b) => conv2d(p, w, b, { stride, padding }), [x, weight, bias], { tolerance: 1e-3 });
      checkGradient((p, w) => conv2d(p, w, null, { stride, padding, activation: "tanh" }), [x, weight]);
    });
  });

  it("takes large strided kernels over several channels, as for frames", () => {
    const [x, weight, bias] = samples([[1, 20, 20, 4], [8, 8, 4, 5], [5]], { low: -1, high: 1 });
    scope(() => {
      const y = conv2d(x, weight, bias, { stride: 4, activation: "relu" });
      expect(y.shape).toEqual([1, 4, 4, 5]);
      convolve(x, weight, bias, 4, 0).forEach((v, i) => {
        expect(y.data[i]).toBeCloseTo(Math.max(v, 0), 4);
      });
    });
  });

  it("has the right second derivatives", () => {
    const [x, weight, bias] = samples([[1, 3, 3, 1], [2, 2, 1, 2], [2]], { low: -1, high: 1 });
    checkSecondGradient((p, w, b) => square(conv2d(p, w, b, { padding: 1, stride: 2 })), [x, weight, bias], {
      tolerance: 2e-3,
    });
    checkSecondGradient((p, w, b) => conv2d(p, w, b, { activation: "tanh" }), [x, weight, bias], { tolerance: 1e-3 });
  });

  it("takes an empty batch", () => {
    scope(() => expect(conv2d(zeros([0, 4, 4, 1]), zeros([3, 3, 1, 2]), null).shape).toEqual([0, 2, 2, 2]));
  });

  it("names what does not fit", () => {
    scope(() => {
      const [x, weight] = [zeros([1, 4, 4, 2]), zeros([3, 3, 2, 5])];
      expect(() => conv2d(x, zeros([3, 3, 1, 5]), null)).toThrow(
        "conv2d() needs x [batch, height, width, channels] at least as large as weight [kernelH, kernelW, channels, filters], got [1, 4, 4, 2] and [3, 3, 1, 5]",
      );
      expect(() => conv2d(zeros([4, 4, 2]), weight, null)).toThrow("conv2d() needs x [batch, height, width, channels]");
      expect(() => conv2d(zeros([1, 2, 2, 2]), weight, null)).toThrow("at least as large as weight");
      expect(() => conv2d(x, weight, zeros([4]))).toThrow("conv2d() needs a bias [5], got [4]");
      expect(() => conv2d(x, weight, null, { stride: 0 })).toThrow(
        "conv2d() needs an integer stride ≥ 1 and padding ≥ 0, got 0 and 0",
      );
      expect(() => conv2d(x, weight, null, { padding: -1 })).toThrow("got 1 and -1");
    });
  });
});
