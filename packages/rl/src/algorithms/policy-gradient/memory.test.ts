import { liveTensors, Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import type { Algorithm, Progress } from "../../core/algorithm.js";
import type { Policy } from "../../core/policy.js";
import { capture, restore } from "../../core/snapshot.js";
import { loadPolicy } from "../../policies/load-policy.js";
import { type AnyEnv, evaluate } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { a2c } from "./a2c.js";
import { ppo } from "./ppo.js";

// biome-ignore lint/suspicious/noExplicitAny: of either algorithm
type Any = any;
type Settings = Readonly<Record<string, unknown>>;

const algorithms: Record<string, { algorithm: Algorithm<Any, Any>; quick: Settings }> = {
  ppo: {
    algorithm: ppo,
    quick: {
      ...{ numEnvs: 8, numSteps: 16, minibatchSize: 64, epochs: 8, learningRate: 3e-3 },
      ...{ hiddenSizes: [16], memorySize: 16, totalSteps: 6000 },
    },
  },
  a2c: {
    algorithm: a2c,
    quick: {
      ...{ numEnvs: 8, numSteps: 8, learningRate: 7e-3, optimiser: "adam" },
      ...{ hiddenSizes: [16], memorySize: 16, totalSteps: 10_000, logEvery: 500 },
    },
  },
};

describe.each(Object.entries(algorithms))("%s", (_, { algorithm, quick }) => {
  it.each(["history", "gru", "lstm"])("with memory %s recalls what it saw 3 steps before", async (memory) => {
    const { policy } = trials(algorithm).trained(probes.recall, { ...quick, memory });
    expect((await evaluate(policy, probes.recall, { episodes: 100 })).mean).toBe(1);
  });

  it("without memory, or with one that is too short, does so half of the time", async () => {
    for (const settings of [{ memory: "none" }, { memory: "history", historyLength: 3 }]) {
      const { policy } = trials(algorithm).trained(probes.recall, { ...quick, ...settings });
      const { mean } = await evaluate(policy, probes.recall, { episodes: 1000 });
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.05); // 3 standard errors: one sign is always named
    }
  });

  it.each([{ sharedNetwork: true }, { normaliseObservation: true }, { hiddenSizes: [] }])(
    "recalls with %o",
    async (more) => {
      const { policy } = trials(algorithm).trained(probes.recall, {
        ...quick,
        totalSteps: 10_000,
        memory: "gru",
        ...more,
      });
      expect((await evaluate(policy, probes.recall, { episodes: 100 })).mean).toBe(1);
    },
  );

  const short = { ...quick, numEnvs: 3, totalSteps: 600, numSteps: 8, minibatchSize: 12, epochs: 2, logEvery: 48 };
  const configurations: Record<string, { env: () => AnyEnv; settings: Settings }> = {
    history: { env: probes.dictIdentity, settings: { memory: "history", normaliseObservation: true } },
    gru: { env: probes.identity, settings: { memory: "gru", normaliseReward: true } },
    lstm: { env: probes.endlessSign, settings: { memory: "lstm", sharedNetwork: true } },
    "gru with state-dependent exploration": {
      env: probes.continuousTarget,
      settings: { memory: "gru", stateDependentExploration: true, noiseEvery: 3 },
    },
  };
  const known = (settings: Settings) =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => name in algorithm.config.fields));

  it.each(Object.entries(configurations))(
    "%s: stopped anywhere and resumed equals uninterrupted",
    (_, { env, settings }) => {
      const all = known({ ...short, ...settings });
      const whole = trials(algorithm).trained(env, all);
      expect(whole.events.length).toBeGreaterThan(4);
      for (const stop of [1, 3]) {
        const context = trials(algorithm).contextOf(env, all);
        const first = algorithm.init(context);
        const before = trials(algorithm).pull(context, first, stop);
        const saved = capture(first);
        const second = algorithm.init(context);
        restore(second, { json: JSON.parse(JSON.stringify(saved.json)), tensors: saved.tensors });
        expect([...before, ...trials(algorithm).pull(context, second)]).toEqual(whole.events);
        expect(capture(second)).toEqual(capture(whole.state));
      }
    },
  );

  it.each(Object.entries(configurations))(
    "%s: its policy acts the same from its file, and alone as in a batch",
    (_, { env, settings }) => {
      const { policy } = trials(algorithm).trained(env, known({ ...short, ...settings }));
      const bytes = policy.save();
      const loaded = loadPolicy(bytes);
      expect(loaded.save()).toEqual(bytes);
      const episode = (which: Policy, given: boolean, deterministic: boolean) => {
        const [random, actions] = [Random.fromSeed(7), Random.fromSeed(8)];
        const memory = given ? which.memory?.(1) : undefined;
        which.reset?.();
        const played = env();
        let observation = played.reset(random);
        return Array.from({ length: 3 }, () => {
          const seen = which.explain?.(observation, { memory });
          const action = which.act(observation, { memory, deterministic, random: actions });
          observation = played.step(action).observation;
          return [action, seen];
        });
      };
      for (const deterministic of [true, false]) {
        const expected = episode(policy, true, deterministic);
        for (const which of [policy, loaded])
          for (const given of [true, false]) expect(episode(which, given, deterministic)).toEqual(expected);
      }
    },
  );

  it("leaks no tensors", () => {
    const context = trials(algorithm).contextOf(probes.recall, known({ ...short, totalSteps: 1500, memory: "lstm" }));
    const state = algorithm.init(context);
    const counts: string[] = [];
    for (const _event of algorithm.train(context, state) as Generator<Progress>) {
      const { held, scoped, blockBytes } = liveTensors();
      counts.push(`${held} held, ${scoped} scoped, ${blockBytes} bytes`);
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
  });

  it("has no values of single states with a memory", () => {
    for (const [memory, has] of [
      ["none", true],
      ["history", false],
      ["gru", false],
    ] as const) {
      const context = trials(algorithm).contextOf(probes.recall, known({ ...short, memory }));
      expect(algorithm.stateValues?.(context, algorithm.init(context)) !== undefined).toBe(has);
    }
  });
});

describe("sequences", () => {
  const messageOf = (settings: Settings) => {
    try {
      trials<Any, Any>(ppo).contextOf(probes.recall, {
        numSteps: 24,
        numEnvs: 2,
        minibatchSize: 16,
        ...settings,
      });
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it("must divide rollouts and minibatches", () => {
    expect(messageOf({ memory: "gru", sequenceLength: 16 })).toBe(
      "sequenceLength must divide numSteps = 24, got 16; a minibatch is made of whole sequences",
    );
    expect(messageOf({ memory: "lstm", sequenceLength: 12 })).toBe(
      "sequenceLength must divide minibatchSize = 16, got 12; a minibatch is made of whole sequences",
    );
    expect(messageOf({ memory: "gru", sequenceLength: 4 })).toBeUndefined();
    expect(messageOf({ memory: "gru" })).toBeUndefined();
    expect(messageOf({ sequenceLength: 16 })).toBeUndefined(); // no cell, no sequences
  });

  it("of a single step are refused where nobody asked for them", () => {
    expect(messageOf({ memory: "gru", numSteps: 125, minibatchSize: 64 })).toBe(
      "minibatchSize must share a divisor with numSteps = 125 with memory gru, or no gradient flows back through a step, got 64; choose one that does, or set sequenceLength 1 if that is wanted",
    );
    expect(messageOf({ memory: "gru", numSteps: 125, minibatchSize: 50 })).toBeUndefined();
    expect(messageOf({ memory: "gru", numSteps: 125, minibatchSize: 64, sequenceLength: 1 })).toBeUndefined();
    expect(messageOf({ memory: "history", numSteps: 125, minibatchSize: 64 })).toBeUndefined();
  });

  it("absent, are the longest that do", () => {
    const { quick } = algorithms.ppo;
    const run = (settings: Settings) =>
      trials<Any, Any>(ppo).trained(probes.recall, {
        ...quick,
        numSteps: 24,
        totalSteps: 800,
        memory: "gru",
        ...settings,
      }).events;
    expect(run({})).toEqual(run({ sequenceLength: 8 })); // the greatest divisor of 24 and 64
    expect(run({})).not.toEqual(run({ sequenceLength: 4 }));
  });
});
