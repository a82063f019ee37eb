import { Random, scope } from "@advantage/engine";
import { cartPole, type Env, flatSize, flattenInto, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { collectEpisodes, type Episodes } from "../../data/episodes.js";
import { explorer } from "../../data/explorer.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { advantagesOf } from "../../maths/finite-mdp/bellman.js";
import { exactActionValues, exactValues } from "../../maths/finite-mdp/exact.js";
import { logits, smallMdp as mdp, policy, standardErrors } from "../../maths/finite-mdp/testing/small-mdp.js";
import { discountedVisitation } from "../../maths/finite-mdp/visitation.js";
import { softmaxGradient } from "../../maths/softmax-policy.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type ReinforceConfig, type ReinforceState, reinforce } from "./reinforce.js";
import { gradientEstimator, weightsOf } from "./reinforce-estimate.js";

const quick = {
  learningRate: 2e-2,
  valueLearningRate: 1e-2,
  hiddenSizes: [16],
  totalSteps: 8000,
} satisfies Partial<ReinforceConfig>;

const { contextOf, trained } = trials(reinforce);
const { score } = trials(reinforce, quick);

describe("probe environments", () => {
  it.each(["none", "average", "constant", "optimal", "learned"] as const)(
    "baseline %s learns which action pays",
    async (baseline) => {
      expect(await score(probes.actionReward, { baseline, totalSteps: 3000 })).toBe(1);
    },
  );

  it.each([true, false])("learns to do what it sees, causality %s", async (causality) => {
    expect(await score(probes.identity, { causality, baseline: "average" })).toBe(4);
  });

  it("gives credit to the action before, by plain ascent", async () => {
    expect(await score(probes.twoStepCredit, { optimiser: "sgd", learningRate: 1, maxGradNorm: 1 })).toBe(1);
  });

  it("names a real number", async () => {
    const settings = { baseline: "learned", numEpisodes: 20, totalSteps: 40_000 } as const;
    expect(await score(probes.continuousTarget, settings)).toBeGreaterThan(-0.1);
  });

  it("the learned baseline is the value: what comes later is discounted, and a cut episode goes on", () => {
    const value = (env: () => AnyEnv, settings: Partial<ReinforceConfig>) => {
      const { context, state } = trained(env, { ...quick, baseline: "learned", ...settings });
      const { observationSpace } = context.env;
      const flat = new Float32Array(flatSize(observationSpace));
      flattenInto(observationSpace, env().reset(Random.fromSeed(1)), flat, 0);
      return reinforce.stateValues!(context, state)!(flat, 1)[0];
    };
    expect(value(probes.constantReward, {})).toBeCloseTo(1, 1);
    expect(value(probes.delayedReward, { discount: 0.5 })).toBeCloseTo(0.5, 1);
    // r = 1 for ever, cut every 5 steps: V = 1/(1 − γ).
    expect(value(probes.endlessReward, { discount: 0.5 })).toBeCloseTo(2, 1);
  });

  it("has no values to show with another baseline", () => {
    const context = contextOf(probes.identity, { baseline: "average" });
    expect(reinforce.stateValues!(context, reinforce.init(context))).toBeUndefined();
  });
});

it("what the critic explains is of the rewards to go, whatever the policy is taught by", () => {
  const explained = (causality: boolean) =>
    trained(cartPole as () => AnyEnv, {
      ...quick,
      baseline: "learned",
      learningRate: 0,
      totalSteps: 4000,
      causality,
    }).events.map(({ metrics }) => metrics!.explainedVariance);
  expect(explained(false)).toEqual(explained(true));
  expect(explained(false).at(-1)).toBeGreaterThan(0.1);
});

describe("refuses", () => {
  it("baselines of the other episodes where there are none", () => {
    expect(() => contextOf(probes.identity, { baseline: "average", numEpisodes: 1 })).toThrow(
      "numEpisodes must be at least 2 with baseline average, which is made of the other episodes, got 1",
    );
  });

  it("environments without an episode", () => {
    expect(() => contextOf(probes.identity, { numEnvs: 4, numEpisodes: 2 })).toThrow(
      "numEnvs must be at most numEpisodes = 2, or some would never run an episode, got 4",
    );
  });
});

/** Batches of an environment under one policy, and estimates of its gradient from them. */
function sampler(env: () => Env, settings: Partial<ReinforceConfig>, prepare: (state: ReinforceState) => void) {
  const context = contextOf(env as () => AnyEnv, settings);
  const state = reinforce.init(context);
  prepare(state);
  const { config: c, random } = context;
  const act = explorer(networksOf(context).actor, state.params.tree, state.policyRandom, {
    ...c,
    actionSpace: context.env.actionSpace,
    stateDependentExploration: false,
  });
  const collect = (batch: number): Episodes =>
    collectEpisodes(state.env, act, {
      actionSpace: context.env.actionSpace,
      numEpisodes: c.numEpisodes,
      step: 0,
      random: random.fork("episodes").fork(String(batch)),
    });
  /** With other settings of the estimator, on the same episodes. */
  const estimator = (changed: Partial<ReinforceConfig>) => {
    const other = { ...context, config: { ...c, ...changed } };
    const networks = networksOf(other);
    const estimate = gradientEstimator(other, networks);
    return (batch: Episodes, alter: (weights: ReturnType<typeof weightsOf>) => void = () => {}, measured = false) =>
      scope(() => {
        const weights = weightsOf(other, networks, state, batch);
        alter(weights);
        const { gradient, metrics } = estimate(state.params, batch, weights, measured);
        return { ascent: Float64Array.from(gradient.tree.output.weight.data, (x) => -x), metrics };
      });
  };
  return { state, collect, estimator };
}

describe("on a finite MDP, against the exact gradient", () => {
  const batches = 4000;
  const numEpisodes = 4;
  const { collect, estimator } = sampler(
    () => sampleEnv(mdp, { id: "Small-v0" }),
    { hiddenSizes: [], numEnvs: 2, numEpisodes },
    ({ params, critic }) => {
      // One-hot observations and one linear layer: a table of logits. Any V is a baseline, near to the truth or not.
      params.tree.output.weight.set(Float32Array.from(logits));
      critic.params.tree.output.weight.set([3, -1, 2]);
    },
  );
  const sampled = Array.from({ length: batches }, (_, batch) => collect(batch));

  /** ∂V^π(ρ₀)/∂θ by the policy gradient theorem, with the discounts of the visits and of the returns. */
  function exact(visitDiscount: number, discount: number): Float64Array {
    const q = exactActionValues(mdp, policy, discount);
    const advantage = advantagesOf(q, exactValues(mdp, policy, discount));
    const visits = discountedVisitation(mdp, policy, visitDiscount);
    return softmaxGradient({ policy, advantage, visits, numActions: 2 });
  }

  const estimates = (
    changed: Partial<ReinforceConfig>,
    alter?: (weights: ReturnType<typeof weightsOf>, batch: Episodes) => void,
  ) => {
    const estimate = estimator(changed);
    return sampled.map((batch) => estimate(batch, (weights) => alter?.(weights, batch)).ascent);
  };

  const baselines = ["none", "average", "constant", "optimal", "learned"] as const;
  const objectives = [
    { name: "undiscounted", discount: 1, discountGradient: false },
    { name: "discounted with γᵗ", discount: 0.8, discountGradient: true },
  ];
  const variants = baselines.flatMap((baseline) =>
    [false, true].flatMap((causality) => objectives.map((objective) => ({ baseline, causality, ...objective }))),
  );

  // Six components: 4 standard errors are passed by chance once in 2600.
  it.each(variants)("unbiased: baseline $baseline, causality $causality, $name", ({ name: _, ...changed }) => {
    const expected = exact(changed.discount, changed.discount);
    const found = estimates(changed);
    expect(standardErrors(found, expected)).toBeLessThan(4);
    // The test can tell: a gradient a quarter too small would not pass.
    expect(
      standardErrors(
        found,
        expected.map((x) => 0.75 * x),
      ),
    ).toBeGreaterThan(4);
  });

  it.each(baselines)("biased: γ in the returns but not γᵗ, baseline %s", (baseline) => {
    const found = estimates({ baseline, discount: 0.8, discountGradient: false });
    expect(standardErrors(found, exact(0.8, 0.8))).toBeGreaterThan(8);
    // What it estimates instead: undiscounted visits, discounted advantages, which is the gradient of no objective.
    expect(standardErrors(found, exact(1, 0.8))).toBeLessThan(4);
  });

  it("biased: an average with the episode's own return shrinks the gradient by 1 − 1/m", () => {
    const found = estimates({ causality: false, discount: 1 }, ({ returns, baseline }, { starts }) => {
      let sum = 0;
      for (let i = 0; i < numEpisodes; i++) sum += returns[starts[i]];
      baseline.fill(sum / numEpisodes);
    });
    const expected = exact(1, 1);
    expect(standardErrors(found, expected)).toBeGreaterThan(8);
    expect(
      standardErrors(
        found,
        expected.map((x) => (1 - 1 / numEpisodes) * x),
      ),
    ).toBeLessThan(4);
  });

  it("the variance that is logged is that of the estimates", () => {
    // Var[mean of m] = Var/m. The estimates are of the weights; with their mirror image, the biases, two logits' gradients are all there is.
    const estimate = estimator({ baseline: "none", discount: 1 });
    const logged = sampled.map((batch) => estimate(batch, undefined, true).metrics.gradientVariance);
    const mean = logged.reduce((sum, x) => sum + x, 0) / batches;
    const found = estimates({ baseline: "none", discount: 1 });
    const parts = (estimate: Float64Array) => [
      ...estimate,
      estimate[0] + estimate[2] + estimate[4],
      estimate[1] + estimate[3] + estimate[5],
    ];
    const all = found.map(parts);
    let trace = 0;
    for (let k = 0; k < 8; k++) {
      const centre = all.reduce((sum, row) => sum + row[k], 0) / batches;
      trace += all.reduce((sum, row) => sum + (row[k] - centre) * (row[k] - centre), 0) / (batches - 1);
    }
    expect(Math.abs(mean / (numEpisodes * trace) - 1)).toBeLessThan(0.1);
  });
});

it("at one policy on CartPole each step of the story lowers the variance", () => {
  // With a learning rate of 0 the policy stays, and the value function is fitted to it, on other episodes than those that are measured.
  const fitted = {
    baseline: "learned",
    learningRate: 0,
    numEnvs: 10,
    numEpisodes: 200,
    varianceEvery: 0,
    hiddenSizes: [16],
  } as const;
  const { collect, estimator } = sampler(cartPole as () => Env, fitted, (state) => {
    const context = contextOf(cartPole as () => AnyEnv, {
      ...fitted,
      totalSteps: 40_000,
      valueEpochs: 100,
      valueLearningRate: 1e-2,
    });
    for (const _ of reinforce.train(context, state) as Generator<Progress>);
  });
  const batches = Array.from({ length: 8 }, (_, i) => collect(1000 + i));
  const variance = (changed: Partial<ReinforceConfig>, alter?: (weights: ReturnType<typeof weightsOf>) => void) => {
    const estimate = estimator(changed);
    const measured = batches.map((batch) => estimate(batch, alter, true).metrics.gradientVariance);
    return measured.reduce((sum, value) => sum + value, 0) / batches.length;
  };
  const whole = variance({ baseline: "none", causality: false });
  const causality = variance({ baseline: "none" });
  const average = variance({ baseline: "average" });
  const optimal = variance({ baseline: "optimal" });
  const learned = variance({ baseline: "learned" });
  expect(causality).toBeLessThan(whole / 2);
  expect(average).toBeLessThan(causality / 1.3);
  expect(optimal).toBeLessThan(average);
  expect(learned).toBeLessThan(optimal / 1.1);
  expect(variance({ baseline: "average", causality: false })).toBeLessThan(whole / 2);
  // Of whole returns the critic knows what it said where they began; with what it says later they vary more.
  const first = variance({ baseline: "learned", causality: false });
  const later = variance({ baseline: "learned", causality: false }, ({ baseline, values }) => baseline.set(values));
  expect(first).toBeLessThan(later / 1.3);
});
