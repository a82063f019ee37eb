import { math } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { effectiveShare, importanceWeights, offPolicyScoreWeights, weightings } from "./importance-weights.js";

// Two episodes: ratios 2, 1/2, 3 and 1/4.
const ratios = [2, 0.5, 3, 0.25];
const logRatios = ratios.map((ratio) => math.log(ratio));
const starts = Int32Array.of(0, 3, 4);

describe("importanceWeights", () => {
  it.each([
    ["trajectory", [3, 3, 3, 0.25]],
    ["causal", [2, 1, 3, 0.25]],
    ["past", [2, 1, 3, 0.25]],
    ["per-step", ratios],
  ] as const)("%s", (weighting, expected) => {
    const weights = importanceWeights({ logRatios, starts, weighting });
    for (const [row, weight] of expected.entries()) expect(weights[row]).toBeCloseTo(weight, 12);
  });

  it("are 1 where the policies are equal, exactly", () => {
    for (const weighting of weightings)
      expect([...importanceWeights({ logRatios: [0, 0, 0, 0], starts, weighting })]).toEqual([1, 1, 1, 1]);
  });

  it("are truncated after the product, not in it", () => {
    const weights = importanceWeights({ logRatios, starts, weighting: "causal", maxWeight: 1.5 });
    expect([...weights].map((weight) => Number(weight.toFixed(9)))).toEqual([1.5, 1, 1.5, 0.25]);
  });

  it("wants a ratio for each step", () => {
    expect(() => importanceWeights({ logRatios: [0], starts, weighting: "causal" })).toThrow(
      "logRatios must hold B = 4 numbers, got 1",
    );
  });
});

describe("offPolicyScoreWeights", () => {
  const rewards = Float64Array.of(1, 2, 4, 8);
  const baseline = [1, 0, 2, 5];
  const scoreWeights = (weighting: (typeof weightings)[number]) => {
    const weights = importanceWeights({ logRatios, starts, weighting });
    const found = offPolicyScoreWeights({ weights, rewards, baseline, starts, discount: 0.5, weighting });
    return [...found].map((weight) => Number(weight.toFixed(9)));
  };

  it("trajectory: W (R − b), R = 1 + 2/2 + 4/4 = 3", () => {
    expect(scoreWeights("trajectory")).toEqual([3 * (3 - 1), 3 * 3, 3 * (3 - 2), 0.25 * (8 - 5)]);
  });

  it("causal: every reward has the ratios up to it", () => {
    // W = 2, 1, 3: 2·1 + ½·1·2 + ¼·3·4 − 2·1;  1·2 + ½·3·4 − 0;  3·4 − 3·2.
    expect(scoreWeights("causal")).toEqual([4, 8, 6, 0.25 * 3]);
  });

  it("past: the rewards to go 3, 4, 4 as they are", () => {
    expect(scoreWeights("past")).toEqual([2 * (3 - 1), 4, 3 * (4 - 2), 0.25 * 3]);
  });

  it("per-step: the step's own ratio", () => {
    expect(scoreWeights("per-step")).toEqual([2 * (3 - 1), 0.5 * 4, 3 * (4 - 2), 0.25 * 3]);
  });

  it("wants a baseline for each step", () => {
    const weights = new Float64Array(4);
    expect(() =>
      offPolicyScoreWeights({ weights, rewards, baseline: [1], starts, discount: 1, weighting: "causal" }),
    ).toThrow("baseline must hold B = 4 numbers, got 1");
  });
});

describe("effectiveShare", () => {
  it("counts episodes for whole trajectories, steps otherwise", () => {
    // (3 + 1)²/(9 + 1)/2 = 0.8;  (3 + 3 + 3 + 1)²/(3·9 + 1)/4 = 100/112.
    const weights = Float64Array.of(3, 3, 3, 1);
    expect(effectiveShare({ weights, starts, weighting: "trajectory" })).toBeCloseTo(0.8, 12);
    expect(effectiveShare({ weights, starts, weighting: "causal" })).toBeCloseTo(100 / 112, 12);
  });

  it("is 1 for equal weights of any size, and 0 for those that are no use", () => {
    const share = (weight: number) =>
      effectiveShare({ weights: new Float64Array(4).fill(weight), starts, weighting: "causal" });
    expect(share(1)).toBe(1);
    expect(share(1e300)).toBe(1);
    expect(share(0)).toBe(0);
    expect(share(Number.POSITIVE_INFINITY)).toBe(0);
  });

  it("is none where a weight is none", () => {
    for (const weighting of weightings)
      expect(effectiveShare({ weights: Float64Array.of(1, 1, Number.NaN, Number.NaN), starts, weighting })).toBeNaN();
  });
});
