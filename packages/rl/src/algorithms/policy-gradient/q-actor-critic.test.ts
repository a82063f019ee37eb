import { ops, Params, Random, scope, type Tensor, TensorShape, tensor } from "@advantage/engine";
import { type Env, flatSize, flattenInto } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { collectEpisodes, type Episodes } from "../../data/episodes.js";
import { explorer } from "../../data/explorer.js";
import { qNetworkOf } from "../../families/policy-gradient/actor-critic-family.js";
import { recorded } from "../../maths/finite-mdp/testing/recorded-env.js";
import * as small from "../../maths/finite-mdp/testing/small-mdp.js";
import { actor } from "../../networks/actor.js";
import type { QNetwork } from "../../networks/q-network.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type QActorCriticConfig, qActorCritic } from "./q-actor-critic.js";
import {
  actionEstimates,
  actionValueGradient,
  criticTargets,
  type ValuedEpisodes,
  withActionValues,
  withChoices,
} from "./q-actor-critic-estimates.js";

const quick = {
  learningRate: 2e-2,
  valueLearningRate: 1e-2,
  hiddenSizes: [16],
  totalSteps: 8000,
} satisfies Partial<QActorCriticConfig>;

const { contextOf } = trials(qActorCritic);
const { trained, score } = trials(qActorCritic, quick);

const gradients = [
  { gradient: "all-action", baseline: true, nStep: 0 },
  { gradient: "sampled", baseline: true, nStep: 0 },
  { gradient: "sampled", baseline: false, nStep: 0 },
] as const;
/** W's list: Q(s₁, a₁), r₁ + γQ(s₂, a₂), r₁ + γr₂ + γ²Q(s₃, a₃), less the policy's mean of Q(s₁, ·). */
const estimators = [...gradients, ...[1, 2].map((nStep) => ({ gradient: "sampled", baseline: true, nStep }) as const)];

describe("probe environments", () => {
  it.each(gradients)("learns which action pays: $gradient, baseline $baseline", async (settings) => {
    expect(await score(probes.actionReward, { ...settings, totalSteps: 3000 })).toBe(1);
  });

  it.each([
    { bootstrap: "sarsa", lambda: 0 },
    { bootstrap: "expected-sarsa", lambda: 0 },
    { bootstrap: "sarsa", lambda: 1 },
  ] as const)("gives credit to the action before: $bootstrap, λ = $lambda", async (settings) => {
    expect(await score(probes.twoStepCredit, settings)).toBe(1);
    expect(await score(probes.twoStepCredit, { ...settings, gradient: "sampled" })).toBe(1);
  });

  it("learns to do what it sees", async () => {
    expect(await score(probes.identity)).toBe(4);
    expect(await score(probes.dictIdentity, { gradient: "sampled" })).toBe(4);
  });

  it.each([0, 0.5, 1])("what comes later is discounted, and a cut episode goes on: λ = %s", (lambda) => {
    const value = (env: () => AnyEnv, settings: Partial<QActorCriticConfig>) => {
      const { context, state } = trained(env, { lambda, totalSteps: 4000, ...settings });
      const { observationSpace } = context.env;
      const flat = new Float32Array(flatSize(observationSpace));
      flattenInto(observationSpace, env().reset(Random.fromSeed(1)), flat, 0);
      return qActorCritic.stateValues!(context, state)!(flat, 1)[0];
    };
    expect(value(probes.constantReward, {})).toBeCloseTo(1, 1);
    expect(value(probes.delayedReward, { discount: 0.5 })).toBeCloseTo(0.5, 1);
    // r = 1 for ever, cut every 5 steps: V = 1/(1 − γ).
    expect(value(probes.endlessReward, { discount: 0.5 })).toBeCloseTo(2, 1);
  });
});

describe("refuses", () => {
  it("several actions at once", () => {
    expect(() => contextOf(probes.bitIdentity, {})).toThrow("q-actor-critic cannot use the actions");
  });

  it("rewards before the values of actions that were not taken", () => {
    expect(() => contextOf(probes.identity, { nStep: 2 })).toThrow(
      "nStep must be 0 with gradient all-action, which asks Q of actions that were not taken and have no rewards, got 2; set gradient sampled",
    );
  });

  it("environments without an episode", () => {
    expect(() => contextOf(probes.identity, { numEnvs: 4, numEpisodes: 2 })).toThrow(
      "numEnvs must be at most numEpisodes = 2, or some would never run an episode, got 4",
    );
  });
});

describe("the critic's targets, by hand", () => {
  // Two episodes: three steps to an end, then two steps to a cut.
  const batch = {
    starts: Int32Array.of(0, 3, 5),
    cut: Uint8Array.of(0, 1),
    rewards: Float64Array.of(1, 2, 4, 8, 16),
  };
  const values = { taken: [2, 4, 6, 8, 10], mean: [12, 14, 16, 18, 20], last: [1000, 24] };
  const targets = (bootstrap: "sarsa" | "expected-sarsa", lambda: number) => [
    ...criticTargets({ bootstrap, discount: 0.5, lambda }, batch, values),
  ];

  it("one step: of the action taken next, or of the mean over the policy's", () => {
    expect(targets("sarsa", 0)).toEqual([1 + 2, 2 + 3, 4, 8 + 5, 16 + 12]);
    expect(targets("expected-sarsa", 0)).toEqual([1 + 7, 2 + 8, 4, 8 + 10, 16 + 12]);
  });

  it("λ = 1 is the whole return, and half of each between", () => {
    for (const bootstrap of ["sarsa", "expected-sarsa"] as const)
      expect(targets(bootstrap, 1)).toEqual([3, 4, 4, 22, 28]);
    expect(targets("sarsa", 0.5)).toEqual([1 + (4 + 4.5) / 4, 2 + (6 + 4) / 4, 4, 8 + (10 + 28) / 4, 28]);
  });
});

describe("what stands for Q(s, a), by hand", () => {
  const batch = { starts: Int32Array.of(0, 3, 5), cut: Uint8Array.of(0, 1), rewards: Float64Array.of(1, 2, 4, 8, 16) };
  const values = { taken: [2, 4, 6, 8, 10], last: [1000, 24] };
  it.each([
    [0, [2, 4, 6, 8, 10]],
    [1, [1 + 2, 2 + 3, 4, 8 + 5, 16 + 12]],
    [2, [1 + 1 + 1.5, 2 + 2, 4, 8 + 8 + 6, 16 + 12]],
    [9, [1 + 1 + 1, 2 + 2, 4, 8 + 8 + 6, 16 + 12]],
  ])("n = %s", (nStep, expected) => {
    expect([...actionEstimates({ nStep, discount: 0.5 }, batch, values)]).toEqual(expected);
  });
});

describe("real-valued actions", () => {
  it.each([{ gradient: "all-action" }, { gradient: "sampled", nStep: 1, bootstrap: "sarsa" }] as const)(
    "name a real number: %o",
    async (settings) => {
      const more = { ...settings, numEpisodes: 20, totalSteps: 16_000, valueEpochs: 20, actionSamples: 4 } as const;
      expect(await score(probes.continuousTarget, more)).toBeGreaterThan(-0.1);
    },
  );

  it("have the gradient of the policy's mean of Q: of a quadratic one in closed form, both ways", () => {
    // Q(s, a) = −(a − c)² by way of the estimator's own pieces: ∂/∂μ 𝔼[Q] = −2(μ − c), ∂/∂ln σ 𝔼[Q] = −2σ².
    const [c, mu, logStd] = [0.7, -0.3, -0.5];
    const exact = [-2 * (mu - c), -2 * Math.exp(2 * logStd)];
    const context = contextOf(probes.continuousTarget, { hiddenSizes: [], actionSamples: 1 });
    const network = actor({
      observationSize: 1,
      actionSpace: context.env.actionSpace,
      hiddenSizes: [],
      activation: "tanh",
      stateDependentExploration: false,
    });
    const params = scope(() => Params.pack(network.init(Random.fromSeed(1))));
    params.tree.output.weight.set([0]);
    params.tree.output.bias!.set([mu]);
    params.tree.logStd!.set([logStd]);
    const quadratic: QNetwork = {
      shapes: () => ({ hidden: [], output: { weight: new TensorShape([1]), bias: new TensorShape([1]) } }),
      init: () => ({ hidden: [], output: { weight: tensor([0]), bias: tensor([0]) } }),
      read: (_, observations) => observations,
      at: () => {
        const of = (actions: Tensor) => ops.neg(ops.square(ops.sub(ops.reshape(actions, [actions.size]), c)));
        const mean = () => new Float64Array(0);
        return { of, mean };
      },
    };
    const random = Random.fromSeed(5);
    const critic = quadratic.init(random);
    const rows = 200;
    for (const gradient of ["all-action", "sampled"] as const) {
      const other = { ...context, config: { ...context.config, gradient, baseline: false } };
      const estimate = actionValueGradient(other, network, quadratic, critic);
      const found = Array.from({ length: 400 }, () =>
        scope(() => {
          const actions = Float32Array.from({ length: rows }, () => mu + Math.exp(logStd) * random.normal());
          const batch: Episodes = {
            starts: Int32Array.of(0, rows),
            observations: new Float32Array(rows),
            actions,
            rewards: new Float64Array(rows),
            cut: Uint8Array.of(0),
            lastObservations: new Float32Array(1),
            steps: rows,
            finished: [],
          };
          const chosen = withChoices(other, network, params.tree, batch, random);
          const valued = withActionValues(other, quadratic, critic, chosen);
          const { tree } = estimate(params, { ...valued, step: new Float64Array(rows).fill(1 / rows) }, false).gradient;
          return Float64Array.of(-tree.output.bias!.data[0], -tree.logStd!.data[0]);
        }),
      ) as Float64Array[];
      expect(small.standardErrors(found, Float64Array.from(exact))).toBeLessThan(4);
      expect(small.standardErrors(found, Float64Array.from(exact.map((x) => 0.75 * x)))).toBeGreaterThan(4);
    }
  });
});

it.each(["sampled", "all-action"] as const)(
  "plain steps of both networks are the notes' box, number by number: %s",
  (gradient) => {
    const { env, log } = recorded(small.smallEnv as () => Env<number, number>);
    const rates = { learningRate: 0.05, valueLearningRate: 0.5 };
    const context = contextOf(env as () => AnyEnv, {
      ...rates,
      gradient,
      baseline: false,
      bootstrap: "sarsa",
      lambda: 0,
      optimiser: "sgd",
      valueEpochs: 1,
      hiddenSizes: [],
      discount: 0.8,
      numEpisodes: 6,
      totalSteps: 200,
    });
    const state = qActorCritic.init(context);
    const { actor: theta, critic: phi } = state;
    const start = [theta.tree.output.weight, theta.tree.output.bias!, phi.tree.output.weight, phi.tree.output.bias!];
    const [preference, preferenceBias, q, qBias] = start.map((leaf) => Float64Array.from(leaf.data));
    for (const _ of qActorCritic.train(context, state) as Generator<Progress>);

    for (let from = 0, to = 0; from < log.length; from = to) {
      for (let ended = 0; ended < 6; to++) if (log[to].over) ended += 1;
      // Features: the state's number as one-hot, and 1.
      const value = (s: number, a: number) => q[2 * s + a] + qBias[a];
      const probability = (s: number, a: number) => {
        const odds = [0, 1].map((b) => Math.exp(preference[2 * s + b] + preferenceBias[b]));
        return odds[a] / (odds[0] + odds[1]);
      };
      const g = new Float64Array(6);
      const error = new Float64Array(6);
      for (let t = from; t < to; t++) {
        const { observation: s, action, reward, next, over } = log[t];
        for (const b of [0, 1]) {
          const parts = [0, 1].map((a) => (gradient === "sampled" ? +(a === action) : probability(s, a)) * value(s, a));
          const scores = [0, 1].map((a) => +(a === b) - probability(s, b));
          g[2 * s + b] += (parts[0] * scores[0] + parts[1] * scores[1]) / 6;
        }
        const target = reward + (over ? 0 : 0.8 * value(next, log[t + 1].action));
        error[2 * s + action] += (target - value(s, action)) / (to - from);
      }
      for (let i = 0; i < 6; i++) {
        preference[i] += rates.learningRate * g[i];
        preferenceBias[i % 2] += rates.learningRate * g[i];
        q[i] += rates.valueLearningRate * error[i];
        qBias[i % 2] += rates.valueLearningRate * error[i];
      }
    }
    expect(log.length).toBeGreaterThanOrEqual(200);
    for (const [i, expected] of [preference, preferenceBias, q, qBias].entries()) {
      for (const [k, x] of expected.entries()) expect(start[i].data[k]).toBeCloseTo(x, 4);
    }
  },
);

describe("on a finite MDP, against the exact gradient", () => {
  const settings = { hiddenSizes: [], numEnvs: 2, numEpisodes: 4 } satisfies Partial<QActorCriticConfig>;
  const context = contextOf(small.smallEnv as () => AnyEnv, settings);
  const state = qActorCritic.init(context);
  const network = actor({
    observationSize: 3,
    actionSpace: context.env.actionSpace,
    hiddenSizes: [],
    activation: "tanh",
    stateDependentExploration: false,
  });
  const critic = qNetworkOf(context);
  // One-hot observations and one linear layer: tables of logits and of action values.
  state.actor.tree.output.weight.set(Float32Array.from(small.logits));
  const act = explorer(network, state.actor.tree, state.policyRandom, {
    numEnvs: 2,
    actionSpace: context.env.actionSpace,
  });
  const sampled = Array.from({ length: 4000 }, (_, batch) =>
    collectEpisodes(state.env, act, {
      actionSpace: context.env.actionSpace,
      numEpisodes: 4,
      step: 0,
      random: context.random.fork("episodes").fork(String(batch)),
    }),
  );

  /** A row of π for each observation. */
  const probabilitiesAt = (observations: Float32Array) =>
    Float32Array.from({ length: (2 * observations.length) / 3 }, (_, i) => {
      const row = observations.subarray(3 * (i >> 1), 3 * (i >> 1) + 3);
      return small.policy[2 * row.indexOf(1) + (i & 1)];
    });

  function estimator(changed: Partial<QActorCriticConfig>, actionValues: ArrayLike<number>) {
    const other = { ...context, config: { ...context.config, ...changed } };
    const estimate = actionValueGradient(other, network, critic, state.critic.tree);
    return (batch: Episodes, change: (rows: ValuedEpisodes) => ValuedEpisodes = (rows) => rows) =>
      scope(() => {
        state.critic.tree.output.weight.set(Float32Array.from(actionValues));
        const chosen = {
          ...batch,
          choices: { probabilities: probabilitiesAt(batch.observations) },
          lastChoices: { probabilities: new Float32Array(6).fill(0.5) },
          noise: [],
        };
        const rows = change(withActionValues(other, critic, state.critic.tree, chosen));
        const { gradient, metrics } = estimate(state.actor, rows, true);
        const ascent = Float64Array.from(gradient.tree.output.weight.data, (x) => -x);
        return { ascent, variance: metrics.gradientVariance };
      });
  }

  const estimates = (changed: Partial<QActorCriticConfig>, actionValues: ArrayLike<number>) => {
    const estimate = estimator(changed, actionValues);
    return sampled.map((batch) => estimate(batch).ascent);
  };

  const objectives = [
    { name: "undiscounted", discount: 1, discountGradient: false },
    { name: "discounted with γᵗ", discount: 0.8, discountGradient: true },
  ];
  const variants = estimators.flatMap((gradient) =>
    objectives.slice(gradient.nStep > 0 ? 1 : 0).map((objective) => ({ ...gradient, ...objective })),
  );
  const wrong = [3, -1, 0, 2, 1, 5];
  const wrongGradient = (discount: number) => small.gradientFor(Float64Array.from(wrong), small.visitsOf(discount));

  it.each([1, 0.8])(
    "the sum over actions at the exact visits and action values is the exact gradient, γ = %s",
    (discount) => {
      // One row for each state, weighed by its visits. The actions are not looked at.
      const visits = small.visitsOf(discount);
      const states: Episodes = {
        starts: Int32Array.of(0, 3),
        observations: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
        actions: Int32Array.of(0, 0, 0),
        rewards: new Float64Array(3),
        cut: Uint8Array.of(0),
        lastObservations: new Float32Array(3),
        steps: 3,
        finished: [],
      };
      for (const actionValues of [small.exactActionValuesOf(discount), Float64Array.from(wrong)]) {
        for (const baseline of [true, false]) {
          const estimate = estimator({ gradient: "all-action", baseline }, actionValues);
          const { ascent } = estimate(states, (rows) => ({ ...rows, step: visits }));
          const expected = small.gradientFor(actionValues, visits);
          for (const [k, x] of expected.entries()) expect(ascent[k]).toBeCloseTo(x, 5);
        }
      }
      const right = small.exactGradient(discount);
      const exact = small.gradientFor(small.exactActionValuesOf(discount), visits);
      for (const [k, x] of right.entries()) expect(exact[k]).toBeCloseTo(x, 12);
    },
  );

  // Six components: 4 standard errors are passed by chance once in 2600.
  it.each(variants)(
    "unbiased with the exact critic: $gradient, baseline $baseline, n = $nStep, $name",
    ({ name: _, ...changed }) => {
      const found = estimates(changed, small.exactActionValuesOf(changed.discount));
      const expected = small.exactGradient(changed.discount);
      expect(small.standardErrors(found, expected)).toBeLessThan(4);
      // The test can tell: a gradient a quarter too small would not pass.
      const shrunk = expected.map((x) => 0.75 * x);
      expect(small.standardErrors(found, shrunk)).toBeGreaterThan(4);
    },
  );

  it.each(variants)(
    "biased with a wrong one, by just as much: $gradient, baseline $baseline, n = $nStep, $name",
    ({ name: _, ...changed }) => {
      const found = estimates(changed, wrong);
      // Each step of the true rewards takes from the bias what it takes from the weight of the wrong values.
      const refuted = changed.nStep === 0 ? small.exactGradient(changed.discount) : wrongGradient(changed.discount);
      expect(small.standardErrors(found, refuted)).toBeGreaterThan(8);
      // n steps of the true rewards and transitions, then the wrong values.
      let judged: Float64Array = Float64Array.from(wrong);
      for (let n = 0; n < changed.nStep; n++) judged = small.backedUp(judged, changed.discount);
      expect(small.standardErrors(found, small.gradientFor(judged, small.visitsOf(changed.discount)))).toBeLessThan(4);
    },
  );

  it("an error that depends on the state alone does no harm: it is a baseline", () => {
    const shifted = small.exactActionValuesOf(1).map((value, i) => value + [5, -3, 8][i >> 1]);
    const found = estimates({ gradient: "sampled", baseline: false, discount: 1 }, shifted);
    expect(small.standardErrors(found, small.exactGradient(1))).toBeLessThan(4);
  });

  it("the sum over actions has less variance than the sample with V subtracted, and that less than the sample alone", () => {
    const variance = (changed: Partial<QActorCriticConfig>) => {
      const estimate = estimator({ ...changed, discount: 1 }, small.exactActionValuesOf(1));
      return sampled.slice(0, 1000).reduce((sum, batch) => sum + estimate(batch).variance / 1000, 0);
    };
    const [all, advantage, plain] = gradients.map(variance);
    expect(all).toBeLessThan(advantage / 1.5);
    expect(advantage).toBeLessThan(plain / 1.5);
  });
});
