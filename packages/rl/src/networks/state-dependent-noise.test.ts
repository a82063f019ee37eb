import { Random, scope, tensor } from "@advantage/engine";
import { box } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { type ActorParams, actor } from "./actor.js";
import { StateDependentNoise } from "./state-dependent-noise.js";

describe("StateDependentNoise", () => {
  const [features, size] = [3, 2];
  const std = Float32Array.of(0.5, 1, 0.25, 0.75, 1, 0.125); // σ [features × size]
  const h = Float32Array.of(0.5, -1, 0.25, -0.75, 0.5, 1); // two states [2 × features]

  it("has variance σᵢ²(s) = Σⱼ hⱼ²σⱼᵢ², and mean 0, in each environment on its own", () => {
    const noise = new StateDependentNoise(2, features, size);
    const random = Random.fromSeed(1);
    const [means, actions] = [new Float32Array(4), new Float32Array(4)];
    const count = 20_000;
    const sums = new Float64Array(4);
    const squares = new Float64Array(4);
    let product = 0;
    for (let n = 0; n < count; n++) {
      noise.resample(std, random);
      noise.apply(means, h, actions);
      for (let i = 0; i < 4; i++) {
        sums[i] += actions[i] / count;
        squares[i] += (actions[i] * actions[i]) / count;
      }
      product += (actions[0] * actions[2]) / count;
    }
    for (let env = 0; env < 2; env++) {
      for (let a = 0; a < size; a++) {
        let variance = 0;
        for (let j = 0; j < features; j++) variance += (h[env * features + j] * std[j * size + a]) ** 2;
        // The sample variance of n normal variates has the relative deviation √(2/n) = 0.01.
        expect(Math.abs(squares[env * size + a] / variance - 1)).toBeLessThan(0.05);
        expect(Math.abs(sums[env * size + a])).toBeLessThan(0.03);
      }
    }
    expect(Math.abs(product)).toBeLessThan(0.03);
  });

  it("agrees with the deviation that the actor's distribution states", () => {
    const network = actor({
      observationSize: 2,
      actionSpace: box({ low: -1, high: 1, shape: [size] }),
      hiddenSizes: [features],
      activation: "tanh",
      stateDependentExploration: true,
    });
    scope(() => {
      const first = network.init(Random.fromSeed(2));
      const params: ActorParams = { ...first, logStd: tensor(std.map(Math.log), [features, size]) };
      const inner = network.features(params, tensor([[0.3, -0.9]]));
      const { logStd } = network.distribution(params, inner).parameters;
      const values = inner.values();
      for (let a = 0; a < size; a++) {
        let variance = 0;
        for (let j = 0; j < features; j++) variance += (values[j] * std[j * size + a]) ** 2;
        expect(logStd.values()[a]).toBeCloseTo(Math.log(variance + 1e-6) / 2, 5);
      }
    });
  });

  it("is a function of the state between draws, and nothing at features of 0", () => {
    const noise = new StateDependentNoise(1, features, size);
    const random = Random.fromSeed(1);
    noise.resample(std, random);
    const act = (state: readonly number[]) => {
      const actions = new Float32Array(size);
      noise.apply(Float32Array.of(1, 2), Float32Array.from(state), actions);
      return Array.from(actions);
    };
    const once = act([0.5, -1, 0.25]);
    expect(act([0, 0, 0])).toEqual([1, 2]);
    expect(act([0.5, -1, 0.25])).toEqual(once);
    // Linear: the opposite state has the opposite noise.
    for (const [i, value] of act([-0.5, 1, -0.25]).entries()) expect(value - 1 - i).toBeCloseTo(-(once[i] - 1 - i), 6);
    noise.resample(std, random);
    expect(act([0.5, -1, 0.25])).not.toEqual(once);
  });
});
