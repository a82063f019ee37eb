import { ops, Params, scope, tensor } from "@advantage/engine";
import { cartPole, flatSize, flattenInto } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { capture, restore } from "../../core/snapshot.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { treeOf } from "../../families/policy-gradient/separate-actor-critic.js";
import { policyAt } from "../../networks/actor.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { adaptedMultiplier, type TrpoConfig, trpo } from "./trpo.js";

type Settings = Partial<TrpoConfig>;

const quick = {
  numEnvs: 4,
  numSteps: 64,
  minibatchSize: 64,
  learningRate: 5e-3,
  hiddenSizes: [16],
  targetKl: 0.05,
  totalSteps: 8000,
} satisfies Settings;

const { contextOf } = trials(trpo);
const { trained, score } = trials(trpo, quick);

/** V of the trained critic. */
function value({ context, state }: ReturnType<typeof trained>, observation: unknown): number {
  const { observationSpace } = context.env;
  const flat = new Float32Array(flatSize(observationSpace));
  flattenInto(observationSpace, observation, flat, 0);
  return trpo.stateValues!(context, state)!(flat, 1)[0];
}

describe("probe environments", () => {
  it("values: a constant, of the observation, discounted, across a cut", () => {
    expect(value(trained(probes.constantReward), [0])).toBeCloseTo(1, 1);
    expect(value(trained(probes.observationReward), [-1])).toBeCloseTo(-1, 1);
    expect(value(trained(probes.delayedReward, { discount: 0.5 }), [0])).toBeCloseTo(0.5, 1);
    // Taking a cut for an end would give at most 1.94.
    expect(value(trained(probes.endlessReward, { discount: 0.5, totalSteps: 16_000 }), [0])).toBeCloseTo(2, 1);
  });

  it("learns which action pays, at once and a step later", async () => {
    expect(await score(probes.actionReward)).toBe(1);
    expect(await score(probes.twoStepCredit)).toBe(1);
  });

  it("learns to do what it sees: a symbol, several, bits, a part of a dict, a real number", async () => {
    expect(await score(probes.identity)).toBe(4);
    expect(await score(probes.multiDiscreteIdentity)).toBeGreaterThan(3.9);
    expect(await score(probes.bitIdentity, { totalSteps: 16_000 })).toBeGreaterThan(3.9);
    expect(await score(probes.dictIdentity)).toBeGreaterThan(3.9);
    expect(await score(probes.continuousTarget, { logStdInit: -0.5, totalSteps: 12_000 })).toBeGreaterThan(-0.1);
  });

  it.each<[string, Settings]>([
    ["a charge for the largest divergence", { constraint: "penalty", penaltyLearningRate: 5e-3 }],
    ["a charge for the mean divergence", { constraint: "mean-penalty", penaltyLearningRate: 5e-3 }],
    ["the Lagrangian", { constraint: "lagrangian", penaltyLearningRate: 5e-3 }],
    ["the divergence turned around", { klDirection: "new-old" }],
    ["the gradient of the discounted return", { discountGradient: true }],
    ["a quarter of the samples in the Fisher matrix", { fisherEvery: 4 }],
    ["plain advantages", { normaliseAdvantage: false }],
    ["normalised", { normaliseObservation: true, normaliseReward: true }],
  ])("learns with %s", async (_, settings) => {
    expect(await score(probes.identity, settings)).toBeGreaterThan(3.9);
  });

  it("learns with state-dependent exploration", async () => {
    const settings = { stateDependentExploration: true, noiseEvery: 4, logStdInit: -1, totalSteps: 12_000 };
    expect(await score(probes.continuousTarget, settings)).toBeGreaterThan(-0.15);
  });
});

describe("the trust region", () => {
  const runs: [string, () => AnyEnv, Settings][] = [
    ["symbols", probes.identity, {}],
    ["symbols, a narrow region", probes.identity, { targetKl: 1e-3 }],
    ["symbols, a wide region that the quadratic model misjudges", probes.identity, { targetKl: 0.5, cgDamping: 1e-4 }],
    ["bits", probes.bitIdentity, {}],
    ["a real number", probes.continuousTarget, {}],
    ["state-dependent exploration", probes.continuousTarget, { stateDependentExploration: true, logStdInit: -1 }],
    ["a thinned Fisher matrix", probes.multiDiscreteIdentity, { fisherEvery: 8, cgDamping: 1e-3 }],
    ["CartPole", cartPole as () => AnyEnv, { numSteps: 128, totalSteps: 6000, cgDamping: 1e-3 }],
  ];

  it.each(runs)("holds after every update: %s", (_, env, settings) => {
    const all = { ...quick, ...settings };
    const { lines: metrics } = trained(env, all);
    expect(metrics.some(({ stepFraction }) => stepFraction > 0)).toBe(true);
    for (const { kl, policyLoss, stepFraction } of metrics) {
      expect(kl).toBeLessThanOrEqual(all.targetKl);
      // Standardised advantages have mean 0: so does the surrogate at θ_old, and an accepted step is below.
      if (stepFraction > 0) expect(policyLoss).toBeLessThan(1e-6);
      else expect(Math.abs(kl)).toBeLessThan(1e-6);
    }
  });

  it("is what two policies are apart, measured from outside", () => {
    const context = contextOf(probes.identity, quick);
    const state = trpo.init(context);
    const networks = networksOf(context);
    const observations = tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]); // biome-ignore format: rows
    let last = Params.copyOf(state.actor);
    for (const { metrics } of trpo.train(context, state) as Generator<Progress>) {
      const largest = scope(() => {
        const [before, after] = [last, state.actor].map(({ tree }) => policyAt(networks.actor, tree, observations));
        return ops.max(before.kl(after)).item();
      });
      expect(metrics?.maxKl).toBeCloseTo(largest, 5); // every symbol is in every rollout
      last = Params.copyOf(state.actor);
    }
  });

  it("a step that no length makes acceptable is given up, to the last bit", () => {
    // A single try of a step that is far too long for its quadratic model.
    const settings = { ...quick, targetKl: 5, lineSearchSteps: 1, cgDamping: 1e-6, totalSteps: 2560 };
    const context = contextOf(probes.identity, settings);
    const state = trpo.init(context);
    let before = state.actor.flat.values();
    let given = 0;
    for (const { metrics } of trpo.train(context, state) as Generator<Progress>) {
      if (metrics?.stepFraction === 0) {
        given += 1;
        expect(state.actor.flat.values()).toEqual(before);
      }
      before = state.actor.flat.values();
    }
    expect(given).toBeGreaterThan(0);
  });

  it("is spent: with little damping the first full step has the divergence δ", () => {
    const { lines: metrics } = trained(probes.identity, { targetKl: 1e-4, cgDamping: 1e-4, totalSteps: 256 });
    expect(metrics[0].stepFraction).toBeGreaterThanOrEqual(0.8);
    expect(metrics[0].kl).toBeGreaterThan(0.5e-4);
  });
});

/**
 * One state, two actions of rewards ±1, uniform at first: the policy is (1 ∓ tanh b)/2, its surrogate tanh b + const, whatever actions were drawn;
 * KL(π_old‖π_θ) = ln cosh b and KL(π_θ‖π_old) = b·tanh b − ln cosh b.
 */
describe("charges worked by hand", () => {
  const base = {
    ...{ numEnvs: 1, numSteps: 32, minibatchSize: 32, totalSteps: 32, hiddenSizes: [], normaliseAdvantage: false },
    ...{ penaltySteps: 1500, penaltyLearningRate: 5e-3 },
  };
  function step(settings: Settings) {
    const context = contextOf(probes.actionReward, { ...base, ...settings });
    const state = trpo.init(context);
    for (const leaf of [...state.actor.leaves, ...state.critic.leaves]) leaf.data.fill(0);
    const [{ metrics }] = trpo.train(context, state) as Generator<Progress>;
    const [low, high] = state.actor.tree.output.bias.data;
    return { b: (high - low) / 2, metrics: metrics!, state };
  }
  const golden = (Math.sqrt(5) - 1) / 2;

  it.each(["penalty", "mean-penalty", "lagrangian"] as const)(
    "%s: with charge 1 the maximum is where 1 − t² = t",
    (constraint) => {
      const { b, metrics } = step({ constraint });
      expect(Math.tanh(b)).toBeCloseTo(golden, 3);
      expect(metrics.kl).toBeCloseTo(Math.log(Math.cosh(b)), 5);
    },
  );

  it("turned around, it is at b = 1/C", () => {
    for (const penaltyCoef of [1, 2]) {
      const { b, metrics } = step({ constraint: "mean-penalty", klDirection: "new-old", penaltyCoef });
      expect(b).toBeCloseTo(1 / penaltyCoef, 3);
      expect(metrics.kl).toBeCloseTo(b * Math.tanh(b) - Math.log(Math.cosh(b)), 5);
    }
  });

  it("λ rises by α_λ for each nat beyond the limit, falls below it, and never under 0", () => {
    const { metrics, state } = step({ constraint: "lagrangian", targetKl: 0.1, multiplierLearningRate: 3 });
    expect(metrics.multiplier).toBe(1);
    expect(state.multiplier).toBeCloseTo(1 + 3 * (Math.log(Math.cosh(Math.atanh(golden))) - 0.1), 3);
    expect(adaptedMultiplier(2, { kl: 0.01, targetKl: 0.03, learningRate: 10 })).toBeCloseTo(1.8, 12);
    expect(adaptedMultiplier(0.1, { kl: 0, targetKl: 0.03, learningRate: 10 })).toBe(0);
  });
});

it("the Lagrangian's λ follows the divergences that it led to", () => {
  const { lines: metrics } = trained(probes.identity, {
    constraint: "lagrangian",
    penaltyLearningRate: 5e-3,
    totalSteps: 2560,
  });
  for (const [k, { multiplier, kl }] of metrics.slice(0, -1).entries())
    expect(metrics[k + 1].multiplier).toBeCloseTo(Math.max(0, multiplier + 10 * (kl - quick.targetKl)), 10);
  expect(new Set(metrics.map(({ multiplier }) => multiplier)).size).toBeGreaterThan(5);
});

it("a larger charge keeps the largest divergence smaller", () => {
  const largest = (penaltyCoef: number) => {
    const settings = { constraint: "penalty", penaltyCoef, penaltyLearningRate: 5e-3, totalSteps: 1024 } as const;
    return Math.max(...trained(probes.identity, settings).lines.map(({ maxKl }) => maxKl));
  };
  expect(largest(100)).toBeLessThan(largest(0) / 4);
});

it("a gradient of 0 moves nothing", () => {
  // One reward for all: every advantage is the same, and 0 once standardised.
  const settings = { ...quick, learningRate: 0, totalSteps: 256 };
  const context = contextOf(probes.constantReward, settings);
  const state = trpo.init(context);
  for (const leaf of state.critic.leaves) leaf.data.fill(0);
  const before = state.actor.flat.values();
  const [event] = trpo.train(context, state) as Generator<Progress>;
  expect(event.metrics?.stepFraction).toBe(0);
  expect(state.actor.flat.values()).toEqual(before);
});

it("resumes exactly with each kind of constraint", () => {
  for (const constraint of ["trust-region", "penalty", "lagrangian"] as const) {
    const settings = { ...quick, constraint, totalSteps: 2048 };
    const whole = trained(probes.continuousTarget, settings);
    const context = contextOf(probes.continuousTarget, settings);
    const first = trpo.init(context);
    const training = trpo.train(context, first) as Generator<Progress>;
    const before = [training.next().value, training.next().value];
    const second = trpo.init(context);
    restore(second, capture(first));
    const after = [...(trpo.train(context, second) as Generator<Progress>)];
    expect([...before, ...after]).toEqual(whole.events);
    expect(capture(second)).toEqual(capture(whole.state));
  }
});

it("steps policy and value apart", () => {
  const { state } = trained(probes.identity, { totalSteps: 256, learningRate: 0 });
  const start = trpo.init(contextOf(probes.identity, quick));
  expect(state.critic.flat.values()).toEqual(start.critic.flat.values());
  expect(state.actor.flat.values()).not.toEqual(start.actor.flat.values());
  expect(treeOf(state).actor).toBe(state.actor.tree);
});

it("refuses what does not fit", () => {
  expect(() => contextOf(probes.identity, { sharedNetwork: true })).toThrow(
    "sharedNetwork must be false for trpo, got true: its step of the policy must not move the value function; leave it off",
  );
  expect(() => contextOf(probes.identity, { numSteps: 8, numEnvs: 2, minibatchSize: 17 })).toThrow(
    "minibatchSize must be at most numSteps × numEnvs = 16, got 17",
  );
});
