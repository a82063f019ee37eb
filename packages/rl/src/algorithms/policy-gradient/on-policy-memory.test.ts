import { Random } from "@advantage/engine";
import { box, discrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import type { Policy } from "../../core/policy.js";
import { capture, restore } from "../../core/snapshot.js";
import { loadPolicy } from "../../policies/load-policy.js";
import { type AnyEnv, evaluate } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { a3c } from "./a3c.js";
import { actorCritic } from "./actor-critic.js";
import { averageRewardPg } from "./average-reward-pg.js";
import { controlVariateAc } from "./control-variate-ac.js";
import { npg } from "./npg.js";
import { offPolicyPg } from "./off-policy-pg.js";
import { qActorCritic } from "./q-actor-critic.js";
import { reinforce } from "./reinforce.js";
import { trpo } from "./trpo.js";
import { vpg } from "./vpg.js";

// biome-ignore lint/suspicious/noExplicitAny: of any of the algorithms
type Any = any;
type Settings = Readonly<Record<string, unknown>>;

const episodes = { numEpisodes: 16, hiddenSizes: [16], memorySize: 12, learningRate: 1e-2, totalSteps: 6000 };
const rollouts = { numEnvs: 16, numSteps: 16, hiddenSizes: [16], memorySize: 12, totalSteps: 10_000 };
/** What they take to learn what an episode's first observation has to do with its last action. */
const algorithms: Record<string, { algorithm: Algorithm<Any, Any>; settings: Settings }> = {
  reinforce: { algorithm: reinforce, settings: { ...episodes, baseline: "average" } },
  "reinforce, learned": { algorithm: reinforce, settings: { ...episodes, baseline: "learned", valueEpochs: 5 } },
  "actor-critic": { algorithm: actorCritic, settings: { ...episodes, critic: "gae", valueEpochs: 5 } },
  "q-actor-critic": {
    algorithm: qActorCritic,
    settings: { ...episodes, valueEpochs: 10, valueLearningRate: 1e-2, lambda: 1 },
  },
  "off-policy-pg": { algorithm: offPolicyPg, settings: { ...episodes, baseline: "average", epochs: 3 } },
  "average-reward-pg": {
    algorithm: averageRewardPg,
    settings: { ...rollouts, learningRate: 1e-2, valueLearningRate: 1e-2, totalSteps: 12_000 },
  },
  vpg: { algorithm: vpg, settings: { ...rollouts, learningRate: 1e-2, valueEpochs: 5, totalSteps: 10_000 } },
  npg: {
    algorithm: npg,
    settings: { ...rollouts, numSteps: 12, minibatchSize: 48, klRadius: 0.05, cgSteps: 4, totalSteps: 5000 },
  },
  trpo: {
    algorithm: trpo,
    settings: { ...rollouts, numSteps: 12, minibatchSize: 48, targetKl: 0.05, cgSteps: 4, totalSteps: 5000 },
  },
  a3c: {
    algorithm: a3c,
    settings: {
      ...{ numEnvs: 4, numSteps: 24, hiddenSizes: [16], memorySize: 12 },
      learningRate: 1e-2,
      totalSteps: 10_000,
    },
  },
};

describe.each(Object.entries(algorithms))("%s", (_, { algorithm, settings }) => {
  it("recalls with a cell what it saw 2 steps before", async () => {
    const env = () => probes.recall(2);
    const context = trials(algorithm).contextOf(env, { ...settings, memory: "gru" });
    const state = algorithm.init(context);
    await trials(algorithm).pullAsync(context, state);
    const { mean } = await evaluate(algorithm.policy(context, state), env, { episodes: 100 });
    expect(mean).toBe(1);
  });

  it.each([
    ["lstm", probes.endlessSign],
    ["gru", probes.dictIdentity],
    ["history", probes.identity],
  ] as const)("with memory %s resumes exactly, and its policy acts the same from its file", async (memory, env) => {
    const short = {
      ...settings,
      numEnvs: 2,
      totalSteps: 400,
      memory,
      memorySize: 4,
      numEpisodes: 8,
      numSteps: 8,
      minibatchSize: 8,
      logEvery: 48,
    };
    const known = Object.fromEntries(Object.entries(short).filter(([name]) => name in algorithm.config.fields));
    const context = trials(algorithm).contextOf(env, known);
    const whole = algorithm.init(context);
    const events = await trials(algorithm).pullAsync(context, whole);
    const stopped = algorithm.init(context);
    const before = await trials(algorithm).pullAsync(context, stopped, 2);
    const saved = capture(stopped);
    const resumed = algorithm.init(context);
    restore(resumed, { json: JSON.parse(JSON.stringify(saved.json)), tensors: saved.tensors });
    expect([...before, ...(await trials(algorithm).pullAsync(context, resumed))]).toEqual(events);
    expect(capture(resumed)).toEqual(capture(whole));

    const policy = algorithm.policy(context, whole);
    const actions = (which: Policy) => {
      const played = env();
      which.reset?.();
      let observation = played.reset(Random.fromSeed(7));
      return [1, 2, 3].map(() => {
        const action = which.act(observation);
        observation = (played as AnyEnv).step(action).observation as never;
        return action;
      });
    };
    const loaded = loadPolicy(policy.save());
    expect(actions(loaded)).toEqual(actions(policy));
    expect(loaded.memory).toBeDefined();
    expect(algorithm.stateValues?.(context, whole)).toBeUndefined();
  });
});

describe("a history with actions", () => {
  /** Says nothing; reward 1 for doing what was not done the step before, from the second step on. */
  const alternation = () => {
    let state = { last: -1, step: 0 };
    const env: AnyEnv = {
      id: "Alternation-v0",
      observationSpace: box({ low: 0, high: 1, shape: [1] }),
      actionSpace: discrete(2),
      reset() {
        state = { last: -1, step: 0 };
        return Float32Array.of(0);
      },
      step(action) {
        const reward = state.last >= 0 && action !== state.last ? 1 : 0;
        state = { last: action as number, step: state.step + 1 };
        return { observation: Float32Array.of(0), reward, terminated: state.step === 6, truncated: false };
      },
      snapshot: () => ({ ...state }),
      restore(snapshot) {
        state = { ...(snapshot as typeof state) };
      },
    };
    return env;
  };
  const long = { numEpisodes: 8, hiddenSizes: [8], learningRate: 2e-2, totalSteps: 6000 };
  const settings = { ...long, memory: "history" } as const;

  it.each([
    [true, 5],
    [false, 3],
  ])("knows what was done: historyActions %s", async (historyActions, best) => {
    const context = trials(reinforce).contextOf(alternation, {
      ...settings,
      baseline: "average",
      historyLength: 1,
      historyActions,
    });
    const state = reinforce.init(context);
    await trials(reinforce).pullAsync(context, state);
    const policy = reinforce.policy(context, state);
    const options = { episodes: 200, deterministic: historyActions };
    const { mean } = await evaluate(policy, alternation, options);
    if (historyActions) expect(mean).toBe(best);
    else expect(mean).toBeLessThan(best); // a coin is the best there is: 2.5 of 5
    const loaded = loadPolicy(policy.save());
    expect((await evaluate(loaded, alternation, options)).mean).toBe(mean);
  });
});

describe("refused, for a cell could not learn", () => {
  it("from single transitions of a replay buffer", () => {
    expect(() => trials(controlVariateAc).contextOf(probes.recall, { memory: "gru" })).toThrow(
      "memory must be none or history for control-variate-ac, got gru: Q_w learns from single transitions of a replay buffer",
    );
    expect(() => trials(controlVariateAc).contextOf(probes.recall, { memory: "history" })).not.toThrow();
  });

  it("from one step at a time", () => {
    expect(() => trials(actorCritic).contextOf(probes.recall, { update: "online", memory: "lstm" })).toThrow(
      "memory must be none or history with update online, got lstm: a cell learns what to keep over the steps of an episode",
    );
    expect(() => trials(actorCritic).contextOf(probes.recall, { update: "online", memory: "history" })).not.toThrow();
  });
});
