import { Random, scope } from "@advantage/engine";
import { cartPole, type Env, flatSize, flattenInto } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { collectEpisodes, type Episodes } from "../../data/episodes.js";
import { explorer } from "../../data/explorer.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { actionValues } from "../../maths/finite-mdp/bellman.js";
import { recorded } from "../../maths/finite-mdp/testing/recorded-env.js";
import * as small from "../../maths/finite-mdp/testing/small-mdp.js";
import { type AnyEnv, prepareRun } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type ActorCriticConfig, type ActorCriticState, actorCritic } from "./actor-critic.js";
import { advantageGradient, advantageWeights } from "./actor-critic-batch.js";
import { type ReinforceConfig, reinforce } from "./reinforce.js";
import { gradientEstimator, weightsOf } from "./reinforce-estimate.js";

const quick = {
  learningRate: 2e-2,
  valueLearningRate: 1e-2,
  hiddenSizes: [16],
  totalSteps: 8000,
} satisfies Partial<ActorCriticConfig>;
const online = { update: "online", learningRate: 3e-3, valueLearningRate: 1e-2 } as const;

const { contextOf, trained } = trials(actorCritic);
const { score } = trials(actorCritic, quick);

const forms = ["monte-carlo", "td", "n-step", "gae"] as const;

describe("probe environments", () => {
  it.each(forms)("critic %s learns which action pays, and gives credit to the action before", async (critic) => {
    expect(await score(probes.actionReward, { critic, totalSteps: 3000 })).toBe(1);
    expect(await score(probes.twoStepCredit, { critic })).toBe(1);
  });

  it.each(["adam", "sgd"] as const)(
    "online, followed by %s, it gives credit to the action before",
    async (optimiser) => {
      const rates = optimiser === "sgd" ? { learningRate: 5e-2, valueLearningRate: 5e-2 } : {};
      expect(await score(probes.twoStepCredit, { ...online, optimiser, ...rates })).toBe(1);
    },
  );

  it.each([false, true])("learns to do what it sees, shared network %s", async (sharedNetwork) => {
    expect(await score(probes.identity, { sharedNetwork, valueEpochs: 4 })).toBe(4);
    expect(await score(probes.identity, { ...online, sharedNetwork, totalSteps: 12_000 })).toBe(4);
  });

  it("names a real number", async () => {
    expect(await score(probes.continuousTarget, { numEpisodes: 20, totalSteps: 30_000 })).toBeGreaterThan(-0.1);
    const slower = { ...online, learningRate: 1e-3, totalSteps: 16_000 };
    expect(await score(probes.continuousTarget, slower)).toBeGreaterThan(-0.05);
  });

  const value = (env: () => AnyEnv, settings: Partial<ActorCriticConfig>) => {
    const { context, state } = trained(env, { ...quick, totalSteps: 4000, ...settings });
    const { observationSpace } = context.env;
    const flat = new Float32Array(flatSize(observationSpace));
    flattenInto(observationSpace, env().reset(Random.fromSeed(1)), flat, 0);
    return actorCritic.stateValues!(context, state)!(flat, 1)[0];
  };

  it.each([
    ...forms.map((critic) => ({ name: `critic ${critic}`, critic })),
    { name: "td on Monte Carlo targets", valueTarget: "monte-carlo" } as const,
    { name: "online", ...online },
  ])("what comes later is discounted, and a cut episode goes on: $name", ({ name: _, ...settings }) => {
    expect(value(probes.constantReward, settings)).toBeCloseTo(1, 1);
    expect(value(probes.delayedReward, { discount: 0.5, ...settings })).toBeCloseTo(0.5, 1);
    // r = 1 for ever, cut every 5 steps: V = 1/(1 − γ).
    expect(value(probes.endlessReward, { discount: 0.5, ...settings })).toBeCloseTo(2, 1);
  });
});

describe("refuses", () => {
  it("forms of the advantage that one step does not give", () => {
    expect(() => contextOf(probes.identity, { update: "online", critic: "gae" })).toThrow(
      "critic must be td with update online, which has seen one reward when it learns, got gae; set critic td, or update batch",
    );
  });

  it("environments without an episode", () => {
    expect(() => contextOf(probes.identity, { numEnvs: 4, numEpisodes: 2 })).toThrow(
      "numEnvs must be at most numEpisodes = 2, or some would never run an episode, got 4",
    );
  });
});

it.each([
  [true, false],
  [false, false],
  [false, true],
])(
  "online with plain ascent is the one-step box, number by number; I = γᵗ: %s; with the critic first, C's algorithm 18: %s",
  (discountGradient, criticFirst) => {
    const { env, log } = recorded(small.smallEnv as () => Env<number, number>);
    const rates = { learningRate: 0.05, valueLearningRate: 0.1 };
    const settings = {
      ...rates,
      update: "online",
      optimiser: "sgd",
      hiddenSizes: [],
      discount: 0.8,
      discountGradient,
      criticFirst,
      totalSteps: 400,
    } as const;
    const context = contextOf(env as () => AnyEnv, settings);
    const state = actorCritic.init(context);
    const { actor, critic } = state.params.tree;
    const start = [actor.output.weight, actor.output.bias!, critic.output.weight, critic.output.bias!];
    const [theta, thetaBias, w, wBias] = start.map((leaf) => Float64Array.from(leaf.data));
    for (const _ of actorCritic.train(context, state) as Generator<Progress>);

    // Features: the state's number as one-hot, and 1.
    const v = (s: number) => w[s] + wBias[0];
    let discount = 1;
    for (const { observation: s, action, reward, next, over } of log) {
      const error = () => reward + (over ? 0 : 0.8 * v(next)) - v(s);
      const before = error();
      w[s] += rates.valueLearningRate * before;
      wBias[0] += rates.valueLearningRate * before;
      const delta = criticFirst ? error() : before;
      const preferences = [0, 1].map((a) => Math.exp(theta[2 * s + a] + thetaBias[a]));
      const weight = rates.learningRate * (discountGradient ? discount : 1) * delta;
      for (const a of [0, 1]) {
        const score = (a === action ? 1 : 0) - preferences[a] / (preferences[0] + preferences[1]);
        theta[2 * s + a] += weight * score;
        thetaBias[a] += weight * score;
      }
      discount = over ? 1 : 0.8 * discount;
    }
    expect(log.length).toBe(400);
    for (const [i, expected] of [theta, thetaBias, w, wBias].entries()) {
      for (const [k, x] of expected.entries()) expect(start[i].data[k]).toBeCloseTo(x, 4);
    }
  },
);

it.each([true, false])("one batch by hand: the critic first, as in C's algorithms 16 and 17: %s", (criticFirst) => {
  const { env, log } = recorded(small.smallEnv as () => Env<number, number>);
  const rates = { learningRate: 0.05, valueLearningRate: 0.5 };
  const context = contextOf(env as () => AnyEnv, {
    ...{ ...rates, criticFirst, critic: "td", optimiser: "sgd", hiddenSizes: [], discount: 0.8 },
    ...{ numEpisodes: 5, valueEpochs: 1, totalSteps: 1 },
  });
  const state = actorCritic.init(context);
  const { actor, critic } = state.params.tree;
  critic.output.weight.set([3, -1, 2]);
  const start = [actor.output.weight, critic.output.weight, critic.output.bias!];
  const [theta, w, wBias] = start.map((leaf) => Float64Array.from(leaf.data));
  for (const _ of actorCritic.train(context, state) as Generator<Progress>);

  const delta = ({ observation: s, reward, next, over }: (typeof log)[number]) =>
    reward + (over ? 0 : 0.8 * (w[next] + wBias[0])) - (w[s] + wBias[0]);
  const ascend = () => {
    const gradient = new Float64Array(6);
    for (const step of log) {
      const odds = [0, 1].map((a) => Math.exp(start0[2 * step.observation + a]));
      for (const a of [0, 1]) {
        const score = (a === step.action ? 1 : 0) - odds[a] / (odds[0] + odds[1]);
        gradient[2 * step.observation + a] += (score * delta(step)) / 5;
      }
    }
    for (const [k, g] of gradient.entries()) theta[k] += rates.learningRate * g;
  };
  const fit = () => {
    const errors = log.map(delta);
    for (const [t, error] of errors.entries()) {
      w[log[t].observation] += (rates.valueLearningRate * error) / log.length;
      wBias[0] += (rates.valueLearningRate * error) / log.length;
    }
  };
  const start0 = theta.slice();
  for (const step of criticFirst ? [fit, ascend] : [ascend, fit]) step();
  for (const [i, expected] of [theta, w, wBias].entries())
    for (const [k, x] of expected.entries()) expect(start[i].data[k]).toBeCloseTo(x, 5);
});

/** Batches of an environment under one policy, and estimates of its gradient from them. */
function sampler(env: () => Env, settings: Partial<ActorCriticConfig>, prepare: (state: ActorCriticState) => void) {
  const context = contextOf(env as () => AnyEnv, settings);
  const state = actorCritic.init(context);
  prepare(state);
  const { config: c, random } = context;
  const act = explorer(networksOf(context).actor, state.params.tree.actor, state.policyRandom, {
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
  const estimator = (changed: Partial<ActorCriticConfig>) => {
    const other = { ...context, config: { ...c, ...changed } };
    const networks = networksOf(other);
    const estimate = advantageGradient(other, networks);
    return (batch: Episodes, measured = false) =>
      scope(() => {
        const weights = advantageWeights(other, networks, state.params.tree, batch);
        const { gradient, metrics } = estimate(state.params, { ...batch, weights }, measured);
        return { ascent: Float64Array.from(gradient.tree.actor.output.weight.data, (x) => -x), metrics };
      });
  };
  return { state, collect, estimator };
}

describe("on a finite MDP, against the exact gradient", () => {
  const { state, collect, estimator } = sampler(
    small.smallEnv as () => Env,
    { hiddenSizes: [], numEnvs: 2, numEpisodes: 4 },
    // One-hot observations and one linear layer: tables of logits and of values.
    ({ params }) => params.tree.actor.output.weight.set(Float32Array.from(small.logits)),
  );
  const sampled = Array.from({ length: 4000 }, (_, batch) => collect(batch));
  const wrong = [3, -1, 2];

  /** Estimates of the gradient, by a critic with these values. */
  function estimates(changed: Partial<ActorCriticConfig>, values: ArrayLike<number>): Float64Array[] {
    state.params.tree.critic.output.weight.set(Float32Array.from(values));
    const estimate = estimator(changed);
    return sampled.map((batch) => estimate(batch).ascent);
  }

  const objectives = [
    { name: "undiscounted", discount: 1, discountGradient: false },
    { name: "discounted with γᵗ", discount: 0.8, discountGradient: true },
  ];
  const variants = forms.flatMap((critic) =>
    objectives.map((objective) => ({ critic, nStep: 2, gaeLambda: 0.5, ...objective })),
  );

  // Six components: 4 standard errors are passed by chance once in 2600.
  it.each(objectives)("Monte Carlo is unbiased whatever the critic says, $name", ({ name: _, ...objective }) => {
    for (const values of [wrong, [0, 0, 0], [-20, 5, 40]]) {
      const found = estimates({ critic: "monte-carlo", ...objective }, values);
      expect(small.standardErrors(found, small.exactGradient(objective.discount))).toBeLessThan(4);
    }
  });

  it.each(variants)("with the exact critic every form is unbiased: $critic, $name", ({ name: _, ...changed }) => {
    const expected = small.exactGradient(changed.discount);
    const found = estimates(changed, small.exactValuesOf(changed.discount));
    expect(small.standardErrors(found, expected)).toBeLessThan(4);
    // The test can tell: a gradient a quarter too small would not pass.
    const shrunk = expected.map((x) => 0.75 * x);
    expect(small.standardErrors(found, shrunk)).toBeGreaterThan(4);
  });

  it.each(variants.filter(({ critic }) => critic !== "monte-carlo"))(
    "with a wrong critic the bootstrapped forms are biased: $critic, $name",
    ({ name: _, ...changed }) => {
      const found = estimates(changed, wrong);
      expect(small.standardErrors(found, small.exactGradient(changed.discount))).toBeGreaterThan(8);
    },
  );

  it.each(objectives)("what one step estimates then is the gradient by r + γPV, $name", ({ name: _, ...objective }) => {
    const judged = actionValues(small.smallMdp, Float64Array.from(wrong), objective.discount);
    const found = estimates({ critic: "td", ...objective }, wrong);
    expect(small.standardErrors(found, small.gradientFor(judged, small.visitsOf(objective.discount)))).toBeLessThan(4);
  });

  it.each(forms)("γ in the returns but not γᵗ is the gradient of nothing, critic %s", (critic) => {
    const found = estimates({ critic, discount: 0.8, discountGradient: false }, small.exactValuesOf(0.8));
    expect(small.standardErrors(found, small.exactGradient(0.8))).toBeGreaterThan(8);
    // Undiscounted visits, discounted advantages.
    const mixed = small.gradientFor(small.exactActionValuesOf(0.8), small.visitsOf(1));
    expect(small.standardErrors(found, mixed)).toBeLessThan(4);
  });
});

describe("at one partly trained policy on CartPole, on the same episodes", () => {
  const network = { hiddenSizes: [16], discount: 0.99, numEnvs: 10 } as const;
  const { state, collect, estimator } = sampler(
    cartPole as () => Env,
    { ...network, numEpisodes: 50, varianceEvery: 0 },
    (state) => {
      const run = (settings: Partial<ActorCriticConfig>) => {
        const own = contextOf(cartPole as () => AnyEnv, { ...network, varianceEvery: 0, ...settings });
        for (const _ of actorCritic.train(own, state) as Generator<Progress>);
      };
      run({ critic: "gae", numEpisodes: 10, totalSteps: 40_000, learningRate: 5e-3, valueLearningRate: 1e-2 });
      // With a learning rate of 0 the policy stays, and V is fitted to it, on other episodes than those that are measured.
      const frozen = { learningRate: 0, valueTarget: "monte-carlo", numEpisodes: 100 } as const;
      run({ ...frozen, totalSteps: 140_000, valueLearningRate: { from: 2e-2, to: 0 }, valueEpochs: 100 });
    },
  );
  const batches = Array.from({ length: 6 }, (_, i) => collect(1000 + i));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /** REINFORCE's estimators, with the same two networks. */
  function ofReturns(settings: Partial<ReinforceConfig>): number {
    const own = prepareRun(
      reinforce,
      cartPole as () => AnyEnv,
      { ...network, ...settings },
      { preset: "none" },
    ).context;
    const twin = reinforce.init(own);
    for (const [i, leaf] of twin.params.leaves.entries()) leaf.set(state.params.leaves[i].data);
    const offset = twin.params.leaves.length;
    for (const [i, leaf] of twin.critic.params.leaves.entries()) leaf.set(state.params.leaves[offset + i].data);
    const networks = networksOf(own);
    const estimate = gradientEstimator(own, networks);
    const measured = batches.map((batch) =>
      scope(() => estimate(twin.params, batch, weightsOf(own, networks, twin, batch), true)),
    );
    return mean(measured.map(({ metrics }) => metrics.gradientVariance));
  }

  /** This algorithm's. */
  function ofCritic(settings: Partial<ActorCriticConfig>): number {
    const estimate = estimator(settings);
    return mean(batches.map((batch) => estimate(batch, true).metrics.gradientVariance));
  }

  it("it is one: neither as it began nor done", () => {
    const length = mean(batches.map((batch) => batch.rewards.length / 50));
    expect(length).toBeGreaterThan(60);
    expect(length).toBeLessThan(300);
  });

  it("each step of the story lowers the variance, the critic most", () => {
    const whole = ofReturns({ baseline: "none", causality: false });
    const causality = ofReturns({ baseline: "none" });
    const average = ofReturns({ baseline: "average" });
    const learned = ofReturns({ baseline: "learned" });
    const critic = ofCritic({ critic: "td" });
    expect(causality).toBeLessThan(whole / 2);
    expect(average).toBeLessThan(causality / 1.3);
    expect(learned).toBeLessThan(average / 1.1);
    expect(critic).toBeLessThan(learned / 2);
  });

  it("the Monte Carlo form is the learned baseline, and n steps and λ lie between it and one step", () => {
    const learned = ofReturns({ baseline: "learned" });
    const [montecarlo, n, gae] = [{ critic: "monte-carlo" }, { critic: "n-step" }, { critic: "gae" }] as const;
    expect(ofCritic(montecarlo) / learned).toBeCloseTo(1, 5);
    for (const between of [n, gae]) {
      expect(ofCritic(between)).toBeGreaterThan(ofCritic({ critic: "td" }));
      expect(ofCritic(between)).toBeLessThan(learned);
    }
  });
});
