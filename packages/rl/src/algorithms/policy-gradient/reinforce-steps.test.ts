import { scope } from "@advantage/engine";
import type { Env } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { capture, restore } from "../../core/snapshot.js";
import { continuationLanes, continuedEpisodes } from "../../data/continuations.js";
import { explorer } from "../../data/explorer.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { recorded } from "../../maths/finite-mdp/testing/recorded-env.js";
import * as small from "../../maths/finite-mdp/testing/small-mdp.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type ReinforceConfig, reinforce } from "./reinforce.js";
import { gradientEstimator, weightsOf } from "./reinforce-estimate.js";

const smallEnv = small.smallEnv as () => AnyEnv;

const { contextOf, trained } = trials(reinforce);
const { score } = trials(reinforce, { hiddenSizes: [16], learningRate: 5e-3, totalSteps: 4000 });

describe("update step", () => {
  const rates = { learningRate: 0.02, valueLearningRate: 0.1 };

  it.each([
    ["H's, with a learned baseline", { baseline: "learned", discountGradient: true }],
    ["L's, without", { baseline: "none", discountGradient: false }],
  ] as const)("with plain steps and one episode at a time is the box, number by number: %s", (_, about) => {
    const { env, log } = recorded(small.smallEnv as () => Env<number, number>);
    const { state } = trained(env as () => AnyEnv, {
      ...{ ...rates, ...about, update: "step", optimiser: "sgd", hiddenSizes: [], discount: 0.8 },
      ...{ numEpisodes: 1, totalSteps: 300 },
    });
    const start = reinforce.init(contextOf(smallEnv, { ...rates, hiddenSizes: [] }));
    const leaves = ({ params, critic }: typeof state) => [
      params.tree.output.weight,
      params.tree.output.bias!,
      critic.params.tree.output.weight,
      critic.params.tree.output.bias!,
    ];
    const [theta, thetaBias, w, wBias] = leaves(start).map((leaf) => Float64Array.from(leaf.data));

    for (let from = 0, to = 0; from < log.length; from = to) {
      while (!log[to].over) to++;
      to += 1;
      for (let t = from; t < to; t++) {
        let G = 0;
        for (let k = to - 1; k >= t; k--) G = log[k].reward + 0.8 * G;
        const { observation: s, action } = log[t];
        const delta = about.baseline === "learned" ? G - (w[s] + wBias[0]) : G;
        if (about.baseline === "learned") {
          w[s] += rates.valueLearningRate * delta;
          wBias[0] += rates.valueLearningRate * delta;
        }
        const odds = [0, 1].map((a) => Math.exp(theta[2 * s + a] + thetaBias[a]));
        const weight = rates.learningRate * (about.discountGradient ? 0.8 ** (t - from) : 1) * delta;
        for (const a of [0, 1]) {
          const change = weight * ((a === action ? 1 : 0) - odds[a] / (odds[0] + odds[1]));
          theta[2 * s + a] += change;
          thetaBias[a] += change;
        }
      }
    }
    expect(log.length).toBeGreaterThanOrEqual(300);
    const found = leaves(state);
    for (const [i, expected] of [theta, thetaBias, w, wBias].entries())
      for (const [k, x] of expected.entries()) expect(found[i].data[k]).toBeCloseTo(x, 4);
  });

  it("differs from the batch's step by the square of the step size", () => {
    const difference = (learningRate: number) => {
      const [step, batch] = (["step", "batch"] as const).map((update) => {
        const { state } = trained(probes.endlessReward, {
          ...{ update, learningRate, optimiser: "sgd", hiddenSizes: [], discount: 1 },
          ...{ numEpisodes: 1, totalSteps: 1 }, // one episode, of returns 5, 4, 3, 2, 1
        });
        return Float64Array.from(state.params.tree.output.bias!.data);
      });
      return Math.sqrt(step.reduce((sum, x, k) => sum + (x - batch[k]) ** 2, 0));
    };
    const [whole, half] = [difference(0.02), difference(0.01)];
    expect(whole).toBeGreaterThan(1e-4);
    expect(whole / half).toBeGreaterThan(3.4);
    expect(whole / half).toBeLessThan(4.6);
  });

  it.each(["none", "average", "learned"] as const)("baseline %s learns to do what it sees", async (baseline) => {
    const numEpisodes = baseline === "average" ? 4 : 1;
    expect(await score(probes.identity, { update: "step", baseline, numEpisodes, valueLearningRate: 1e-2 })).toBe(4);
  });

  it("refuses what is made of whole episodes, and cells", () => {
    expect(() => contextOf(probes.identity, { update: "step", baseline: "optimal" })).toThrow(
      "baseline must be none, average, constant or learned with update step, got optimal: it is made of the gradients of whole episodes",
    );
    expect(() => contextOf(probes.identity, { update: "step", memory: "gru" })).toThrow(
      "memory must be none or history with update step, got gru",
    );
  });
});

describe("rollouts", () => {
  const settings = { hiddenSizes: [], numEpisodes: 4, discount: 0.8, discountGradient: true } as const;

  /** Gradients of batches of one policy, from N returns for each state. */
  function estimates(rollouts: number, baseline: "none" | "learned", count: number) {
    const context = contextOf(smallEnv, { ...settings, rollouts, baseline });
    const state = reinforce.init(context);
    state.params.tree.output.weight.set(Float32Array.from(small.logits));
    state.critic.params.tree.output.weight.set([3, -1, 2]);
    const networks = networksOf(context);
    const acting = (numEnvs: number) =>
      explorer(networks.actor, state.params.tree, state.policyRandom, {
        numEnvs,
        actionSpace: context.env.actionSpace,
      });
    const [act, acts] = [acting(1), acting(continuationLanes)];
    const estimate = gradientEstimator(context, networks);
    return Array.from({ length: count }, (_, batch) => {
      const random = context.random.fork("episodes").fork(String(batch));
      const episodes = continuedEpisodes(context.env, act, acts, { ...context.config, rollouts, step: 0, random });
      return scope(() => {
        const { gradient } = estimate(state.params, episodes, weightsOf(context, networks, state, episodes), false);
        return Float64Array.from(gradient.tree.output.weight.data, (x) => -x);
      }) as Float64Array;
    });
  }

  it.each(["none", "learned"] as const)("their mean leaves the gradient unbiased: baseline %s", (baseline) => {
    const expected = small.exactGradient(0.8);
    const [one, four] = [1, 4].map((rollouts) => estimates(rollouts, baseline, 600));
    for (const found of [one, four]) {
      expect(small.standardErrors(found, expected)).toBeLessThan(4);
      expect(
        small.standardErrors(
          found,
          expected.map((x) => 0.5 * x),
        ),
      ).toBeGreaterThan(4);
    }
  });

  it("have the mean Q(s, a), and the mean of four a quarter of the variance of one", () => {
    const context = contextOf(smallEnv, { ...settings, numEpisodes: 3000 });
    const state = reinforce.init(context);
    state.params.tree.output.weight.set(Float32Array.from(small.logits));
    const networks = networksOf(context);
    const acting = (numEnvs: number) =>
      explorer(networks.actor, state.params.tree, state.policyRandom, {
        numEnvs,
        actionSpace: context.env.actionSpace,
      });
    const [act, acts] = [acting(1), acting(continuationLanes)];
    const q = small.exactActionValuesOf(0.8);
    const spread = (rollouts: number) => {
      const random = context.random.fork("one");
      const batch = continuedEpisodes(context.env, act, acts, { ...context.config, rollouts, step: 0, random });
      const { returns } = scope(() => weightsOf(context, networks, state, batch)) as { returns: Float64Array };
      return Array.from({ length: 6 }, (_, pair) => {
        const own = [...batch.starts.subarray(0, 3000)]
          .filter((row) => batch.observations.subarray(3 * row, 3 * row + 3).indexOf(1) === pair >> 1)
          .filter((row) => batch.actions[row] === (pair & 1))
          .map((row) => returns[row]);
        const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
        const variance = own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (own.length - 1);
        expect(Math.abs(mean - q[pair]) / Math.sqrt(variance / own.length)).toBeLessThan(4);
        return variance;
      });
    };
    const [one, four] = [spread(1), spread(4)];
    const ratio = one.reduce((sum, variance, pair) => sum + variance / four[pair] / 6, 0);
    expect(ratio).toBeGreaterThan(3.4);
    expect(ratio).toBeLessThan(4.7);
  });

  it("a return that nothing is left to chance in is the same again, cut or ended", () => {
    // r = 1 for ever, cut every 5 steps: each of N rollouts from step t brings 5 − t, and γ^(5 − t) V of the state it is cut in.
    for (const [env, length] of [
      [probes.endlessReward, 5],
      [probes.constantReward, 1],
    ] as const) {
      const context = contextOf(env, {
        rollouts: 3,
        baseline: "learned",
        discount: 0.5,
        hiddenSizes: [],
        numEpisodes: 2,
      });
      const state = reinforce.init(context);
      state.critic.params.tree.output.bias!.set([8]);
      const networks = networksOf(context);
      const acting = (numEnvs: number) =>
        explorer(networks.actor, state.params.tree, state.policyRandom, {
          numEnvs,
          actionSpace: context.env.actionSpace,
        });
      const options = { ...context.config, step: 0, random: context.random.fork("x") };
      const batch = continuedEpisodes(context.env, acting(1), acting(continuationLanes), options);
      const target = scope(() => [...weightsOf(context, networks, state, batch).target]) as number[];
      const cut = length === 5;
      const expected = Array.from({ length }, (_, t) => {
        const left = 0.5 ** (length - t);
        return 2 * (1 - left) + (cut ? 8 * left : 0);
      });
      for (const [row, x] of [...expected, ...expected].entries()) expect(target[row]).toBeCloseTo(x, 5);
      // Two further rollouts of 5, 4, … 1 steps for each of the two episodes.
      expect(batch.steps).toBe(2 * (length + 2 * ((length * (length + 1)) / 2)));
    }
  });

  it("learns to do what it sees, and resumes exactly", async () => {
    expect(await score(probes.identity, { rollouts: 3, totalSteps: 12_000, learningRate: 1e-2 })).toBe(4);
    const quick = { rollouts: 2, hiddenSizes: [8], numEpisodes: 2, totalSteps: 200 };
    const whole = trained(probes.identity, quick);
    const stopped = reinforce.init(whole.context);
    const events: Progress[] = [];
    for (const event of reinforce.train(whole.context, stopped) as Generator<Progress>) {
      events.push(event);
      if (events.length === 2) break;
    }
    const saved = capture(stopped);
    const resumed = reinforce.init(whole.context);
    restore(resumed, { json: JSON.parse(JSON.stringify(saved.json)), tensors: saved.tensors });
    events.push(...(reinforce.train(whole.context, resumed) as Generator<Progress>));
    expect(events).toEqual(whole.events);
  });

  it("refuses what cannot be put back to a state", () => {
    const refused: [Partial<ReinforceConfig>, string][] = [
      [{ causality: false }, "causality must be on"],
      [{ numEnvs: 2 }, "numEnvs must be 1, got 2"],
      [{ memory: "history" }, "memory must be none, got history"],
      [{ normaliseReward: true }, "normaliseObservation and normaliseReward must be off"],
    ];
    for (const [wrong, sentence] of refused)
      expect(() => contextOf(probes.identity, { rollouts: 2, ...wrong })).toThrow(sentence);
    const forgetful = () => ({ ...probes.identity(), snapshot: undefined, restore: undefined }) as AnyEnv;
    expect(() => contextOf(forgetful, { rollouts: 2 })).toThrow("must have snapshot() and restore()");
  });
});
