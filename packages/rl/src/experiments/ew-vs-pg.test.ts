import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { ewVsPg } from "./ew-vs-pg.js";

describe("the note's experiment: Ber(0.6), Ber(0.4), π₁ = [0.0001, 0.9999], 1000 rounds", () => {
  const result = ewVsPg({ learningRates: [0.001, 0.01, 0.1, 1, 10, 100, 1000] });
  const [ew, npg, pg] = result.methods;

  it("natural policy gradient is exponential weights", () => expect(npg.mean).toEqual(ew.mean));
  it("without a step all earn what the first policy earns: 400.02", () => {
    for (const { mean, halfWidth } of [ew, pg]) expect(Math.abs(mean[0] - 400.02)).toBeLessThan(2 * halfWidth[0]);
  });
  it("exponential weights recover at moderate η: the drift η·0.2 a round needs log(9999)/(0.2 η) rounds", () => {
    // η = 0.1: half way after 460 rounds, 400·0.46 + 600·0.54 = 508; η = 1: after 46.
    expect(Math.abs(ew.mean[2] - 508)).toBeLessThan(10);
    expect(Math.abs(ew.mean[3] - 591)).toBeLessThan(10);
  });
  it("policy gradient stays where it was unless η is huge, and then may jump to the wrong arm for good", () => {
    expect(pg.mean[3]).toBeLessThan(405);
    expect(pg.mean[4]).toBeLessThan(405);
    for (const i of [5, 6]) {
      expect(pg.mean[i]).toBeGreaterThan(450);
      // The first step decides: 0.36/(0.36 + 0.16) of the runs take the better arm, 0.69·600 + 0.31·400 = 538.
      expect(pg.mean[i]).toBeLessThan(560);
      expect(pg.halfWidth[i]).toBeGreaterThan(3 * ew.halfWidth[i]);
    }
  });
  it("says so", () => {
    expect(result.conclusion).toMatch(/exponential weights .*recover from η = 1 on/);
    expect(result.conclusion).toMatch(/policy gradient's steps.*are stuck on it up to η = 10 and recover at no η/);
  });
  it("draws curves of as many points as step sizes", () => {
    for (const { x, y } of result.figure.curves) {
      expect(x).toEqual(result.learningRates);
      expect(y).toHaveLength(7);
      expect(y.every(Number.isFinite)).toBe(true);
    }
    expect(result.table.rows).toHaveLength(7);
  });
});

it("one run agrees with the two-arm recursion d ← d + η(r₁ − r₂), or 2ηπ₁π₂(r₁ − r₂), d = θ₁ − θ₂", () => {
  const learningRates = [0.05, 0.5, 60];
  const { methods } = ewVsPg({ learningRates, seeds: 1, seed: 4, rounds: 500 });
  const random = Random.fromSeed(4);
  const rewardRandom = random.fork("rewards");
  const rewards = Array.from({ length: 500 }, () => [0.6, 0.4].map((mean) => (rewardRandom.uniform() < mean ? 1 : 0)));
  const draws = random.fork("policy");
  const uniforms = Array.from({ length: 500 }, () => draws.uniform());
  const total = (eta: number, gradient: boolean) => {
    let d = Math.log(0.0001 / 0.9999);
    let sum = 0;
    for (const [k, [first, second]] of rewards.entries()) {
      const p = 1 / (1 + Math.exp(-d));
      sum += uniforms[k] < p ? first : second;
      d += eta * (gradient ? 2 * p * (1 - p) : 1) * (first - second);
    }
    return sum;
  };
  for (const [i, eta] of learningRates.entries()) {
    expect(methods[0].mean[i]).toBe(total(eta, false));
    expect(methods[2].mean[i]).toBe(total(eta, true));
  }
});

it.each([
  [{ means: [] }, "means must be at least one number in [0, 1], got []"],
  [{ means: [0.5, 1.2] }, "got [0.5, 1.2]"],
  [{ initialPolicy: [0.5, 0.6] }, "initialPolicy must be 2 probabilities above 0 that sum to 1, got [0.5, 0.6]"],
  [{ rounds: 0 }, "rounds must be an integer >= 1, got 0"],
  [{ learningRates: [0] }, "learningRates must be at least one number above 0, got [0]"],
])("refuses %j", (options, message) => {
  expect(() => ewVsPg(options)).toThrow(message);
});
