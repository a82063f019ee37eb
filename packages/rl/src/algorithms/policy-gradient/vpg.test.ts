import { leavesOf, type Params, Random } from "@advantage/engine";
import { flatSize, flattenInto } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type VpgConfig, vpg } from "./vpg.js";

const quick = {
  numSteps: 64,
  learningRate: 2e-2,
  valueLearningRate: 1e-2,
  valueEpochs: 10,
  hiddenSizes: [16],
  totalSteps: 12_000,
} satisfies Partial<VpgConfig>;

const { contextOf, trained } = trials(vpg);
const { score } = trials(vpg, quick);

/** V of the first observation, after training. */
function value(env: () => AnyEnv, settings: Partial<VpgConfig> = {}): number {
  const { context, state } = trained(env, { ...quick, ...settings });
  const { observationSpace } = context.env;
  const flat = new Float32Array(flatSize(observationSpace));
  flattenInto(observationSpace, env().reset(Random.fromSeed(1)), flat, 0);
  return vpg.stateValues!(context, state)!(flat, 1)[0];
}

describe("probe environments", () => {
  it("the value function is fitted to the rewards to go", () => {
    expect(value(probes.constantReward)).toBeCloseTo(1, 1);
    expect(value(probes.delayedReward, { discount: 0.5 })).toBeCloseTo(0.5, 1);
  });

  it("a cut episode bootstraps, and so does the end of a rollout", () => {
    // r = 1 for ever, cut every 5 steps: V = 1/(1 − γ).
    expect(value(probes.endlessReward, { discount: 0.5 })).toBeCloseTo(2, 1);
  });

  it("learns which action pays, and to do what it sees", async () => {
    expect(await score(probes.actionReward)).toBe(1);
    expect(await score(probes.identity)).toBe(4);
    expect(await score(probes.identity, { gaeLambda: 0, normaliseAdvantage: false })).toBe(4);
  });

  it("gives credit to the action before", async () => {
    expect(await score(probes.twoStepCredit)).toBe(1);
  });

  it("names a real number", async () => {
    expect(await score(probes.continuousTarget, { learningRate: 5e-3, totalSteps: 40_000 })).toBeGreaterThan(-0.1);
  });
});

it("Spinning Up's defaults", () => {
  const { config: c } = contextOf(probes.identity);
  expect(c).toMatchObject({
    numEnvs: 1,
    numSteps: 4000,
    totalSteps: 200_000,
    discount: 0.99,
    gaeLambda: 0.97,
    learningRate: 3e-4,
    valueLearningRate: 1e-3,
    valueEpochs: 80,
    hiddenSizes: [64, 64],
    activation: "tanh",
    orthogonalInit: false,
    logStdInit: -0.5,
  });
});

it("a batch is one step of Adam for the policy and K for the value function, each by its own rate", () => {
  const settings = { ...quick, totalSteps: 64, learningRate: 1e-3, valueLearningRate: 1e-2, valueEpochs: 3 };
  const { context, state } = trained(probes.identity, settings);
  const start = vpg.init(context);
  // A first step of Adam moves a parameter by the rate, whatever its gradient; K steps, by at most about K times the rate.
  const largestMove = (now: Params, before: Params) =>
    Math.max(
      ...leavesOf(now.tree).flatMap(({ tensor }, i) =>
        Array.from(tensor.data, (x, k) => Math.abs(x - before.leaves[i].data[k])),
      ),
    );
  expect(largestMove(state.params, start.params)).toBeCloseTo(1e-3, 5);
  const moved = largestMove(state.critic.params, start.critic.params);
  expect(moved).toBeGreaterThan(2.5e-2);
  expect(moved).toBeLessThan(3.1e-2);
});
