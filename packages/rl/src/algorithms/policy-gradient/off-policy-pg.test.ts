import { math, Random, scope } from "@advantage/engine";
import { box, cartPole, type Env, flatSize, flattenInto, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { collectEpisodes } from "../../data/episodes.js";
import { explorer } from "../../data/explorer.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { exactActionValues } from "../../maths/finite-mdp/exact.js";
import { smallMdp as mdp, standardErrors, logits as targetLogits } from "../../maths/finite-mdp/testing/small-mdp.js";
import { discountedVisitation } from "../../maths/finite-mdp/visitation.js";
import { weightings } from "../../maths/importance-weights.js";
import { softmaxGradient, softmaxPolicy } from "../../maths/softmax-policy.js";
import type { ActorParams } from "../../networks/actor.js";
import { type AnyEnv, prepareRun } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type OffPolicyPgConfig, type OffPolicyPgState, offPolicyPg } from "./off-policy-pg.js";
import { gradientEstimator, type KeptBatch, keep, weigher } from "./off-policy-pg-batches.js";
import { reinforce } from "./reinforce.js";

const quick = {
  learningRate: 1e-2,
  valueLearningRate: 1e-2,
  hiddenSizes: [16],
  totalSteps: 4000,
} satisfies Partial<OffPolicyPgConfig>;

const { contextOf, trained } = trials(offPolicyPg);
const { score } = trials(offPolicyPg, quick);

describe("probe environments", () => {
  it.each(weightings)("%s learns to do what it sees, from batches of four policies", async (weighting) => {
    expect(await score(probes.identity, { weighting, batchesKept: 4 })).toBe(4);
  });

  it.each(["none", "average", "learned"] as const)("baseline %s learns which action pays", async (baseline) => {
    expect(await score(probes.actionReward, { baseline, totalSteps: 2000 })).toBe(1);
  });

  it("gives credit to the action before, by plain ascent", async () => {
    expect(await score(probes.twoStepCredit, { optimiser: "sgd", learningRate: 0.5, maxGradNorm: 1 })).toBe(1);
  });

  it("names a real number", async () => {
    expect(await score(probes.continuousTarget, { numEpisodes: 20, totalSteps: 20_000 })).toBeGreaterThan(-0.1);
  });

  it("the learned baseline is the value: what comes later is discounted, and a cut episode goes on", () => {
    const value = (env: () => AnyEnv, settings: Partial<OffPolicyPgConfig>) => {
      const { context, state } = trained(env, { ...quick, totalSteps: 8000, ...settings });
      const { observationSpace } = context.env;
      const flat = new Float32Array(flatSize(observationSpace));
      flattenInto(observationSpace, env().reset(Random.fromSeed(1)), flat, 0);
      return offPolicyPg.stateValues!(context, state)!(flat, 1)[0];
    };
    expect(value(probes.delayedReward, { discount: 0.5 })).toBeCloseTo(0.5, 1);
    // r = 1 for ever, cut every 5 steps: V = 1/(1 − γ).
    expect(value(probes.endlessReward, { discount: 0.5 })).toBeCloseTo(2, 1);
  });
});

describe("the batches", () => {
  const settings = { ...quick, numEpisodes: 4, totalSteps: 480 };

  it("weigh nothing for the policy that made them: every ratio of the first step is exactly 1", () => {
    for (const { metrics } of trained(probes.identity, { ...settings, epochs: 1 }).events)
      expect(metrics).toMatchObject({ effectiveShare: 1, largestWeight: 1, batchesUsed: 1, gradientSteps: 1 });
  });

  it("are kept for as many iterations as the settings say, the oldest forgotten", () => {
    const { state, events } = trained(probes.identity, { ...settings, batchesKept: 3, minEffectiveShare: 0 });
    expect(state.kept).toHaveLength(3);
    expect(events.map(({ metrics }) => metrics!.batchesUsed).slice(0, 4)).toEqual([1, 2, 3, 3]);
  });

  it("are left once their weights have become too uneven", () => {
    const { events } = trained(probes.identity, { ...settings, learningRate: 0.1, epochs: 20, minEffectiveShare: 0.9 });
    expect(Math.min(...events.map(({ metrics }) => metrics!.gradientSteps))).toBeLessThan(20);
    for (const { metrics } of events) expect(metrics!.effectiveShare).toBeGreaterThanOrEqual(0.9);
  });
});

it("what the critic explains is of the rewards to go, whatever the policy is taught by", () => {
  const explained = (weighting: OffPolicyPgConfig["weighting"]) =>
    trained(cartPole as () => AnyEnv, { ...quick, learningRate: 0, totalSteps: 4000, weighting }).events.map(
      ({ metrics }) => metrics!.explainedVariance,
    );
  expect(explained("trajectory")).toEqual(explained("causal"));
  expect(explained("trajectory").at(-1)).toBeGreaterThan(0.1);
});

it.each([
  { weighting: "trajectory", causality: false },
  { weighting: "causal", causality: true },
] as const)("with one step on each batch $weighting is REINFORCE, causality $causality", ({ weighting, causality }) => {
  const settings = { ...quick, baseline: "learned", totalSteps: 800 } as const;
  const { state } = trained(cartPole as () => AnyEnv, { ...settings, weighting, epochs: 1 });
  const { context } = prepareRun(reinforce, cartPole as () => AnyEnv, { ...settings, causality }, { preset: "none" });
  const other = reinforce.init(context);
  for (const _ of reinforce.train(context, other) as Generator<Progress>);
  expect(state.batch).toBeGreaterThan(2);
  expect(other.batch).toBe(state.batch);
  const expected = other.params.flat.data;
  for (const [i, x] of state.params.flat.data.entries()) expect(x).toBeCloseTo(expected[i], 5);
});

it("refuses baselines of the other episodes where there are none, and environments without an episode", () => {
  expect(() => contextOf(probes.identity, { baseline: "average", numEpisodes: 1 })).toThrow(
    "numEpisodes must be at least 2 with baseline average, which is made of the other episodes, got 1",
  );
  expect(() => contextOf(probes.identity, { numEnvs: 4, numEpisodes: 2 })).toThrow(
    "numEnvs must be at most numEpisodes = 2, or some would never run an episode, got 4",
  );
});

/** Batches of an environment that one policy makes, and another one's gradient from them. */
function sampler(
  env: () => Env,
  settings: Partial<OffPolicyPgConfig>,
  { behaviours, target }: { behaviours: readonly Setter[]; target: Setter },
  prepare: (state: OffPolicyPgState) => void = () => {},
) {
  const context = contextOf(env as () => AnyEnv, settings);
  const state = offPolicyPg.init(context);
  prepare(state);
  const { config: c, random } = context;
  const act = explorer(networksOf(context).actor, state.params.tree, state.policyRandom, {
    ...c,
    actionSpace: context.env.actionSpace,
    stateDependentExploration: false,
  });
  const networks = networksOf(context);

  /** The estimates of so many pools of one batch from each behaviour. */
  function estimates(pools: number, changed: Partial<OffPolicyPgConfig>): Float64Array[] {
    const other = { ...context, config: { ...c, ...changed } };
    const weigh = weigher(other, networks);
    const gradientOf = gradientEstimator(other, networks);
    return Array.from({ length: pools }, (_, pool) =>
      scope(() => {
        const kept: KeptBatch[] = behaviours.map((behaviour, i) => {
          behaviour(state.params.tree);
          const episodes = collectEpisodes(state.env, act, {
            actionSpace: context.env.actionSpace,
            numEpisodes: c.numEpisodes,
            step: 0,
            random: random.fork("episodes").fork(String(pool * behaviours.length + i)),
          });
          return keep(other, networks, state, episodes);
        });
        target(state.params.tree);
        const { gradient } = gradientOf(state.params, weigh(state.params, kept));
        const { output, logStd } = gradient.tree;
        const found = [...output.weight.data, ...output.bias.data, ...(logStd?.data ?? [])];
        return Float64Array.from(found, (x) => -x);
      }),
    );
  }
  return { estimates };
}

type Setter = (params: ActorParams) => void;

describe("on a finite MDP, against the exact gradient", () => {
  const behaviourLogits = [
    Float64Array.of(-0.3, 0.2, 0.3, -0.1, -0.4, 0.3),
    Float64Array.of(0.5, 0.3, -0.3, -0.2, 0, 0.2),
  ];
  const setter =
    (logits: Float64Array): Setter =>
    ({ output }) =>
      output.weight.set(Float32Array.from(logits));
  const pi = softmaxPolicy(targetLogits, 2);
  const betas = behaviourLogits.map((logits) => softmaxPolicy(logits, 2));
  const pools = 4000;

  /** Σ_s d^visitor(s) Σ_a ∇π(a|s) Q^valued(s,a). */
  function expectedGradient(visitor: Float64Array, valued: Float64Array, discount: number): Float64Array {
    const q = exactActionValues(mdp, valued, discount);
    const advantage = q.map((value, i) => {
      const row = i - (i % 2);
      return value - pi[row] * q[row] - pi[row + 1] * q[row + 1];
    });
    const visits = discountedVisitation(mdp, visitor, discount);
    return softmaxGradient({ policy: pi, advantage, visits, numActions: 2 });
  }
  const exact = (discount: number) => expectedGradient(pi, pi, discount);
  /** Mean over the behaviours, whose batches are of one size. */
  const meanOver = (gradientOf: (beta: Float64Array) => Float64Array) => {
    const all = betas.map(gradientOf);
    return all[0].map((_, k) => all.reduce((sum, gradient) => sum + gradient[k] / all.length, 0));
  };

  const make = (settings: Partial<OffPolicyPgConfig>) =>
    sampler(
      () => sampleEnv(mdp, { id: "Small-v0" }),
      { hiddenSizes: [], numEnvs: 2, numEpisodes: 4, ...settings },
      { behaviours: behaviourLogits.map(setter), target: setter(targetLogits) },
      // One-hot observations and one linear layer: a table of logits. Any V is a baseline, near to the truth or not.
      ({ critic }) => critic.params.tree.output.weight.set([3, -1, 2]),
    );

  const variants = (["trajectory", "causal"] as const).flatMap((weighting) =>
    (["none", "average", "learned"] as const).flatMap((baseline) => [
      { weighting, baseline, discount: 1, discountGradient: false },
      { weighting, baseline, discount: 0.8, discountGradient: true },
    ]),
  );

  // Six components: 4 standard errors are passed by chance once in 2600.
  it.each(variants)("unbiased: $weighting, baseline $baseline, γ = $discount", (variant) => {
    const found = make(variant).estimates(pools, {});
    const expected = exact(variant.discount);
    expect(standardErrors(found, expected)).toBeLessThan(4);
    // The test can tell: a gradient a third too small would not pass.
    const smaller = expected.map((x) => (2 / 3) * x);
    expect(standardErrors(found, smaller)).toBeGreaterThan(4);
  });

  it.each(["none", "average", "learned"] as const)(
    "past, baseline %s, is right about the states and values them as β does: biased",
    (baseline) => {
      const found = make({ weighting: "past", baseline, discount: 1 }).estimates(3 * pools, {});
      expect(standardErrors(found, exact(1))).toBeGreaterThan(8);
      expect(
        standardErrors(
          found,
          meanOver((beta) => expectedGradient(pi, beta, 1)),
        ),
      ).toBeLessThan(4);
    },
  );

  it.each(["none", "average", "learned"] as const)(
    "per-step, baseline %s, is right about neither: biased",
    (baseline) => {
      const found = make({ weighting: "per-step", baseline, discount: 1 }).estimates(pools, {});
      expect(standardErrors(found, exact(1))).toBeGreaterThan(8);
      expect(
        standardErrors(
          found,
          meanOver((beta) => expectedGradient(beta, beta, 1)),
        ),
      ).toBeLessThan(4);
    },
  );

  it("biased: truncated weights", () => {
    const found = make({ weighting: "causal", baseline: "none", discount: 1 }).estimates(pools, { maxWeight: 1 });
    expect(standardErrors(found, exact(1))).toBeGreaterThan(8);
  });
});

it("on a Gaussian bandit, against the closed form", () => {
  // r = −(a − c)², a ~ N(μ, σ²):  ∂J/∂μ = −2(μ − c),  ∂J/∂ln σ = −2σ².
  const target = 0.7;
  const bandit = (): Env<Float32Array, Float32Array> => ({
    id: "GaussianBandit-v0",
    observationSpace: box({ low: -1, high: 1, shape: [1] }),
    actionSpace: box({ low: -100, high: 100, shape: [1] }),
    reset: () => Float32Array.of(0),
    step: ([action]) => ({
      observation: Float32Array.of(0),
      reward: -(action - target) * (action - target),
      terminated: true,
      truncated: false,
    }),
    snapshot: () => null,
    restore: () => {},
    fresh: bandit,
  });
  const gaussian =
    (mean: number, logStd: number): Setter =>
    ({ output, logStd: own }) => {
      output.bias.set([mean]);
      own!.set([logStd]);
    };
  const { estimates } = sampler(
    bandit as unknown as () => Env,
    { hiddenSizes: [], numEpisodes: 20, baseline: "average" },
    // Wider than the target: the ratios are bounded.
    { behaviours: [gaussian(0, 0), gaussian(0.5, 0.1)], target: gaussian(0.2, -0.4) },
  );
  const spread = Math.fround(-0.4);
  const expected = [0, -2 * (0.2 - target), -2 * math.exp(2 * spread)];
  for (const weighting of weightings) {
    const found = estimates(1000, { weighting }).map((estimate) => estimate.subarray(1));
    expect(standardErrors(found, expected.slice(1))).toBeLessThan(4);
    expect(standardErrors(found, [0, 0])).toBeGreaterThan(8);
  }
});

describe("a policy that is no number any more ends the run as reinforce does", () => {
  const diverging: Record<string, { env: () => AnyEnv; settings: Partial<OffPolicyPgConfig> }> = {
    "rates beyond all numbers": { env: cartPole as () => AnyEnv, settings: { learningRate: 1e39 } },
    "parameters beyond the network": { env: cartPole as () => AnyEnv, settings: { learningRate: 1e38 } },
    "steps of another scale": { env: probes.continuousTarget, settings: { learningRate: 1e3, optimiser: "sgd" } },
  };
  it.each(Object.entries(diverging))("%s", (_, { env, settings }) => {
    const more = { ...settings, numEpisodes: 2, totalSteps: 2000 };
    const sentence = /^(the loss|the gradient of [\w.]+) became (NaN|-?Infinity) after step \d+: training stopped/;
    for (const weighting of weightings) expect(() => trained(env, { ...more, weighting })).toThrow(sentence);
  });
});
