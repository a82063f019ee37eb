import { math, ops, Random, scope, tensor } from "@advantage/engine";
import { box, type Env, flatSize, flattenInto, pendulum, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { collectEpisodes, type Episodes } from "../../data/episodes.js";
import { explorer } from "../../data/explorer.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { linearVariate } from "../../families/policy-gradient/linear-variate.js";
import {
  criticValuesOf,
  type VariateEpisodes,
  variateGradient,
  withVariate,
} from "../../families/policy-gradient/variate-gradient.js";
import {
  type CovarianceSource,
  type VariateForm,
  variateCoefficients,
  variateForms,
} from "../../maths/control-variates.js";
import { advantagesOf } from "../../maths/finite-mdp/bellman.js";
import { exactActionValues, exactValues } from "../../maths/finite-mdp/exact.js";
import { logits, smallMdp as mdp, policy, standardErrors } from "../../maths/finite-mdp/testing/small-mdp.js";
import { discountedVisitation } from "../../maths/finite-mdp/visitation.js";
import { softmaxGradient } from "../../maths/softmax-policy.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type ControlVariateAcConfig, type ControlVariateAcState, controlVariateAc } from "./control-variate-ac.js";

const quick = {
  learningRate: 2e-2,
  valueLearningRate: 1e-2,
  criticLearningRate: 1e-2,
  gradientSteps: 20,
  hiddenSizes: [16],
  totalSteps: 6000,
} satisfies Partial<ControlVariateAcConfig>;

const { contextOf } = trials(controlVariateAc);
const { trained, score } = trials(controlVariateAc, quick);

describe("probe environments", () => {
  it.each(variateForms)("η %s learns to do what it sees", async (variate) => {
    expect(await score(probes.identity, { variate })).toBe(4);
  });

  it("gives credit to the action before", async () => {
    expect(await score(probes.twoStepCredit, { totalSteps: 3000 })).toBe(1);
  });

  it.each(["standard", "adaptive"] as const)("η %s names a real number", async (variate) => {
    expect(await score(probes.continuousTarget, { variate, totalSteps: 20_000 })).toBeGreaterThan(-0.1);
  });

  /** Q_w of both actions, or V, where an episode begins. */
  function criticsOf(env: () => AnyEnv, settings: Partial<ControlVariateAcConfig>) {
    const { context, state } = trained(env, { polyak: 0.1, ...settings });
    const { observationSpace } = context.env;
    const flat = new Float32Array(flatSize(observationSpace));
    flattenInto(observationSpace, env().reset(Random.fromSeed(1)), flat, 0);
    const q = scope(() => {
      const { actor } = networksOf(context);
      const observations = tensor(flat, [1, flat.length]);
      const pi = actor.distribution(state.params.tree, actor.features(state.params.tree, observations));
      return linearVariate(context).slopes(state.variate.tree, observations, pi).values();
    });
    return { q, v: controlVariateAc.stateValues!(context, state)!(flat, 1)[0] };
  }

  it("Q_w is the action's value: its reward, what comes later, and a cut episode goes on", () => {
    const { q: rewards } = criticsOf(probes.actionReward, {});
    expect(rewards[1]).toBeCloseTo(1, 1);
    expect(criticsOf(probes.delayedReward, { discount: 0.5 }).q[0]).toBeCloseTo(0.5, 1);
    // r = 1 for ever, cut every 5 steps: Q = V = 1/(1 − γ).
    const { q, v } = criticsOf(probes.endlessReward, { discount: 0.5 });
    expect(Math.max(...q)).toBeCloseTo(2, 1);
    expect(v).toBeCloseTo(2, 1);
  });
});

it("refuses covariances of the other episodes where there are none, and environments without an episode", () => {
  expect(() => contextOf(probes.identity, { numEpisodes: 1 })).toThrow(
    "numEpisodes must be at least 2 with covariance others, which is made of the other episodes, got 1",
  );
  for (const settings of [{ variate: "standard" }, { covariance: "sample" }] as const)
    expect(() => contextOf(probes.identity, { numEpisodes: 1, ...settings })).not.toThrow();
  expect(() => contextOf(probes.identity, { numEnvs: 4, numEpisodes: 2 })).toThrow(
    "numEnvs must be at most numEpisodes = 2, or some would never run an episode, got 4",
  );
});

interface Estimated {
  readonly form: VariateForm;
  readonly covariance: CovarianceSource;
  readonly discount: number;
}

/** Batches of an environment under one policy, and estimates of its gradient from them. */
function sampler(
  env: () => Env,
  settings: Partial<ControlVariateAcConfig>,
  batches: number,
  prepare: (state: ControlVariateAcState) => void,
) {
  const context = contextOf(env as () => AnyEnv, settings);
  const state = controlVariateAc.init(context);
  prepare(state);
  const { config: c, random } = context;
  const networks = networksOf(context);
  const act = explorer(networks.actor, state.params.tree, state.policyRandom, {
    ...c,
    actionSpace: context.env.actionSpace,
    stateDependentExploration: false,
  });
  const sampled: Episodes[] = Array.from({ length: batches }, (_, batch) =>
    collectEpisodes(state.env, act, {
      actionSpace: context.env.actionSpace,
      numEpisodes: c.numEpisodes,
      step: 0,
      random: random.fork("episodes").fork(String(batch)),
    }),
  );
  /** One estimate of each batch. */
  return (
    { form, covariance, discount }: Estimated,
    alter: (batch: VariateEpisodes) => VariateEpisodes = (batch) => batch,
  ) => {
    const other = { ...context, config: { ...c, discount, discountGradient: discount < 1 } };
    const variate = linearVariate(other);
    const estimate = variateGradient(other, networks, variate);
    return sampled.map((batch) =>
      scope(() => {
        const values = criticValuesOf(other, networks, variate, state, batch);
        const eta = variateCoefficients({ ...values, starts: batch.starts, form, covariance });
        const { gradient } = estimate(state.params, alter(withVariate(other, batch, values, eta)), false);
        const { output, logStd } = gradient.tree;
        const found = [...output.weight.data, ...output.bias.data, ...(logStd?.data ?? [])];
        return Float64Array.from(found, (x) => -x);
      }),
    );
  };
}

function moments(estimates: readonly Float64Array[], k: number) {
  const mean = estimates.reduce((sum, estimate) => sum + estimate[k], 0) / estimates.length;
  const square = estimates.reduce((sum, estimate) => sum + (estimate[k] - mean) * (estimate[k] - mean), 0);
  return { mean, variance: square / (estimates.length - 1) };
}

const withoutCorrection = (batch: VariateEpisodes): VariateEpisodes => ({
  ...batch,
  correctionWeights: new Float64Array(batch.correctionWeights.length),
});

/** Every η that does not depend on the step's own action. */
const unbiased = variateForms.map((form) => ({ form, covariance: "others" as const }));
const perSample = (["adaptive", "conservative", "aggressive"] as const).map((form) => ({
  form,
  covariance: "sample" as const,
}));

describe("on a finite MDP, against the exact gradient", () => {
  const exact = (discount: number) => {
    const q = exactActionValues(mdp, policy, discount);
    const advantage = advantagesOf(q, exactValues(mdp, policy, discount));
    return softmaxGradient({ policy, advantage, visits: discountedVisitation(mdp, policy, discount), numActions: 2 });
  };
  const make = (q: ArrayLike<number>) =>
    sampler(
      () => sampleEnv(mdp, { id: "Small-v0" }),
      { hiddenSizes: [], numEnvs: 2, numEpisodes: 4 },
      4000,
      ({ params, critic, variate }) => {
        // One-hot observations and one linear layer: tables of logits, of V and of Q.
        params.tree.output.weight.set(Float32Array.from(logits));
        critic.params.tree.output.weight.set([3, -1, 2]);
        variate.tree.output.weight.set(Float32Array.from(q));
        variate.tree.output.bias.set([0, 0]);
      },
    );
  // Nothing to do with the task.
  const wrong = make([2, -3, -4, 1, 5, 1]);

  // Six components: 4 standard errors are passed by chance once in 2600.
  it.each(unbiased.flatMap((variant) => [1, 0.8].map((discount) => ({ ...variant, discount }))))(
    "unbiased whatever Q_w says: η $form, γ = $discount",
    (variant) => {
      const found = wrong(variant);
      const expected = exact(variant.discount);
      expect(standardErrors(found, expected)).toBeLessThan(4);
      // The test can tell: a gradient a third too small would not pass.
      const smaller = expected.map((x) => (2 / 3) * x);
      expect(standardErrors(found, smaller)).toBeGreaterThan(4);
    },
  );

  it("biased: the control variate without its correction", () => {
    const found = wrong({ form: "standard", covariance: "others", discount: 1 }, withoutCorrection);
    expect(standardErrors(found, exact(1))).toBeGreaterThan(8);
  });

  it.each(perSample)("biased: η $form from the step's own covariance", (variant) => {
    expect(standardErrors(wrong({ ...variant, discount: 1 }), exact(1))).toBeGreaterThan(6);
  });

  it("with two actions it is one more baseline of the state, and no more", () => {
    const standard = wrong({ form: "standard", covariance: "others", discount: 1 });
    // b(s) = (1 − p)Ā(s, 1) + p Ā(s, 0) = (1 − 2p)(Q(s, 1) − Q(s, 0)),  p = π(1|s).
    const baseline = wrong({ form: "none", covariance: "others", discount: 1 }, (batch) => ({
      ...batch,
      scoreWeights: batch.scoreWeights.map((weight, row) => {
        const at = batch.observations.subarray(3 * row, 3 * row + 3).indexOf(1);
        return weight - (1 - 2 * policy[2 * at + 1]) * (batch.slopes[2 * row + 1] - batch.slopes[2 * row]);
      }),
    }));
    for (const [i, estimate] of standard.entries())
      for (const [k, value] of estimate.entries()) expect(Math.abs(value - baseline[i][k])).toBeLessThan(1e-3);
  });

  it("takes variance away where Q_w is right, and none or little where it is wrong", () => {
    const total = (estimates: readonly Float64Array[]) =>
      estimates[0].reduce((sum, _, k) => sum + moments(estimates, k).variance, 0);
    const right = make(exactActionValues(mdp, policy, 1));
    const of = (estimates: ReturnType<typeof make>, form: VariateForm) =>
      total(estimates({ form, covariance: "others", discount: 1 }));
    const plain = of(right, "none");
    expect(of(right, "standard")).toBeLessThan(plain / 1.2);
    expect(of(right, "conservative")).toBeLessThan(plain / 1.2);
    expect(of(wrong, "standard")).toBeGreaterThan(1.5 * plain);
    expect(of(wrong, "adaptive")).toBeLessThan(of(wrong, "standard"));
  });
});

describe("on a Gaussian bandit, against the closed form", () => {
  // r = −(a − c)², a ~ N(μ, σ²):  ∂J/∂μ = −2(μ − c),  ∂J/∂ln σ = −2σ².
  const [target, mean, logStd] = [0.7, 0.2, -0.4];
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
  const expected = [-2 * (mean - target), -2 * math.exp(2 * Math.fround(logStd))];
  // The observation is 0: its weight has no gradient, the bias is μ.
  const make = (slope: number, value: number) => {
    const estimates = sampler(
      bandit as unknown as () => Env,
      { hiddenSizes: [], numEpisodes: 10 },
      2000,
      ({ params, critic, variate }) => {
        params.tree.output.bias.set([mean]);
        params.tree.logStd!.set([logStd]);
        critic.params.tree.output.bias.set([value]);
        // Q_w(s, a) = slope·a
        variate.tree.output.weight.set([0, slope]);
      },
    );
    return (...args: Parameters<typeof estimates>) => estimates(...args).map((estimate) => estimate.subarray(1));
  };
  const wrong = make(-3, 0.5);

  it.each(unbiased)("unbiased whatever Q_w says: η $form", (variant) => {
    const found = wrong({ ...variant, discount: 1 });
    expect(standardErrors(found, expected)).toBeLessThan(4);
    expect(standardErrors(found, [0, 0])).toBeGreaterThan(8);
  });

  it("biased: without the correction, by Q_w's slope exactly", () => {
    const found = wrong({ form: "standard", covariance: "others", discount: 1 }, withoutCorrection);
    expect(standardErrors(found, expected)).toBeGreaterThan(8);
    expect(standardErrors(found, [expected[0] + 3, expected[1]])).toBeLessThan(4);
  });

  it.each(perSample)("biased: η $form from the step's own covariance", (variant) => {
    expect(standardErrors(wrong({ ...variant, discount: 1 }), expected)).toBeGreaterThan(8);
  });

  it("with the true slope and value, the variance is what the curvature leaves: 10σ² of 8(μ − c)² + 10σ²", () => {
    // d = a − μ = σz: Â = 2(c − μ)d − d² + σ², ∂log π/∂μ = d/σ², their product 2(c − μ)z² + σ(z − z³). The first term is Ā's.
    const square = math.exp(2 * logStd);
    const right = make(2 * (target - mean), -(mean - target) * (mean - target) - square);
    const episodes = 10;
    const variance = (form: VariateForm) =>
      episodes * moments(right({ form, covariance: "others", discount: 1 }), 0).variance;
    const plain = 8 * (target - mean) * (target - mean) + 10 * square;
    expect(Math.abs(variance("none") / plain - 1)).toBeLessThan(0.15);
    expect(Math.abs(variance("standard") / (10 * square) - 1)).toBeLessThan(0.15);
  });
});

it("at one policy on Pendulum it lowers the variance", () => {
  // With a learning rate of 0 the policy stays, and the critics are fitted to it, on other episodes than those that are measured.
  const { context, state } = trained(pendulum as () => AnyEnv, {
    learningRate: 0,
    discount: 0.9,
    gaeLambda: 0.9,
    numEnvs: 10,
    hiddenSizes: [32],
    orthogonalInit: false,
    valueEpochs: 40,
    criticLearningRate: 3e-3,
    gradientSteps: 400,
    varianceEvery: 0,
    totalSteps: 40_000,
  });
  const networks = networksOf(context);
  const variate = linearVariate(context);
  const act = explorer(networks.actor, state.params.tree, state.policyRandom, {
    ...context.config,
    actionSpace: context.env.actionSpace,
    stateDependentExploration: false,
  });
  const batch = collectEpisodes(state.env, act, {
    actionSpace: context.env.actionSpace,
    numEpisodes: 150,
    step: 0,
    random: context.random.fork("measured"),
  });
  const estimate = variateGradient(context, networks, variate);
  const variance = (form: VariateForm) => {
    const values = criticValuesOf(context, networks, variate, state, batch);
    const eta = variateCoefficients({ ...values, starts: batch.starts, form, covariance: "others" });
    return estimate(state.params, withVariate(context, batch, values, eta), true).metrics.gradientVariance;
  };
  const plain = variance("none");
  for (const form of ["standard", "adaptive", "conservative"] as const)
    expect(variance(form)).toBeLessThan(0.97 * plain);
});

it("the slopes of real actions are ∂Q_w/∂a at the mean: against finite differences", () => {
  const context = contextOf(probes.continuousTarget, { hiddenSizes: [8] });
  const state = controlVariateAc.init(context);
  const variate = linearVariate(context);
  scope(() => {
    const observations = tensor(Float32Array.of(-0.5, 0.2, 0.9), [3, 1]);
    const { actor } = networksOf(context);
    const pi = actor.distribution(state.params.tree, actor.features(state.params.tree, observations));
    const slopes = variate.slopes(state.variate.tree, observations, pi).values();
    const shifted = (by: number) =>
      variate.value(state.variate.tree, observations, ops.add(pi.parameters.mean, by)).values();
    const [above, below] = [shifted(0.01), shifted(-0.01)];
    for (const [i, slope] of slopes.entries()) expect(slope).toBeCloseTo((above[i] - below[i]) / 0.02, 3);
  });
});

it("logs the variance with and without the control variate", () => {
  const { events } = trained(probes.identity, { varianceEvery: 2, totalSteps: 400 });
  const measured = events.map(({ metrics }) =>
    ["gradientVariance", "plainGradientVariance"].map((name) => name in metrics!),
  );
  expect(measured.slice(0, 4)).toEqual([
    [true, true],
    [false, false],
    [true, true],
    [false, false],
  ]);
  const none = trained(probes.identity, { variate: "none", totalSteps: 40 }).events[0].metrics!;
  expect(none.gradientVariance).toBe(none.plainGradientVariance);
});
