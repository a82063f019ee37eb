import { pendulum } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { a2c } from "../../algorithms/policy-gradient/a2c.js";
import { algorithms } from "../../catalog.js";
import type { Algorithm, BaseConfig } from "../../core/algorithm.js";
import type { Policy } from "../../core/policy.js";
import { loadPolicy } from "../../policies/load-policy.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";

// biome-ignore lint/suspicious/noExplicitAny: an algorithm of any config and state
type AnyAlgorithm = Algorithm<any, any>;
type Settings = Readonly<Record<string, unknown>>;

const gaussian = (algorithms as readonly AnyAlgorithm[]).filter(
  ({ family, config }) => family === "policy-gradient" && "std" in config.fields,
);

/** σ(s) of the first component. */
function stdAt(policy: Policy, ...observation: number[]): number {
  return policy.explain!(Float32Array.from(observation)).gaussian!.std[0];
}

describe("the σ that is best in each state, with an entropy bonus c", () => {
  const c = 0.5;
  const settings = {
    ...{ totalSteps: 20_000, numEnvs: 32, numSteps: 2, learningRate: { from: 0.02, to: 0 } },
    optimiser: "adam" as const,
    ...{ hiddenSizes: [], entropyCoef: c, logStdInit: -0.5, maxGradNorm: 10 },
  };
  const best = { precise: Math.sqrt(c / 16), loose: Math.sqrt(c / 1) };
  const bestOfBoth = Math.sqrt(c / 8.5);
  /** 𝔼[−k a² + c H], less what does not depend on σ, of mean 0. */
  const worth = (precise: number, loose: number) =>
    (-8 * precise ** 2 - 0.5 * loose ** 2 + c * (Math.log(precise) + Math.log(loose))) / 2;

  it("σ_θ(s) finds it; one σ settles between, and is worth less", async () => {
    const own = (await trials(a2c).trainedAsync(probes.unequalPrecision as () => AnyEnv, { ...settings, std: "state" }))
      .policy;
    const one = (await trials(a2c).trainedAsync(probes.unequalPrecision as () => AnyEnv, settings)).policy;
    expect(stdAt(own, -1) / best.precise).toBeCloseTo(1, 0.5);
    expect(stdAt(own, 1) / best.loose).toBeCloseTo(1, 0.5);
    expect(stdAt(one, 1) / bestOfBoth).toBeCloseTo(1, 0.5);
    expect(stdAt(one, -1)).toBe(stdAt(one, 1));
    expect(worth(stdAt(own, -1), stdAt(own, 1))).toBeGreaterThan(worth(bestOfBoth, bestOfBoth) + 0.1 * c);
  });
});

/** So short that every algorithm is through at once, with more than one rollout. */
const short = {
  ...{ totalSteps: 450, numEnvs: 2, numSteps: 50, numEpisodes: 2, hiddenSizes: [8], minibatchSize: 50 },
  ...{ logEvery: 200, varianceEvery: 0 },
};
const shortFor = ({ config }: AnyAlgorithm): Settings =>
  Object.fromEntries(Object.entries(short).filter(([name]) => name in config.fields));

describe.each(gaussian.map((algorithm) => [algorithm.id, algorithm] as const))("%s", (_, algorithm) => {
  const start = [1, 0, 0];

  it("σ_θ(s) starts as logStdInit in every state, learns, and travels with the policy", async () => {
    const settings = { ...shortFor(algorithm), std: "state", logStdInit: -1 };
    const context = trials(algorithm).contextOf(pendulum as () => AnyEnv, settings);
    const first = algorithm.policy(context, algorithm.init(context));
    for (const observation of [start, [0, 1, 5]]) expect(stdAt(first, ...observation)).toBeCloseTo(Math.exp(-1), 6);
    const { policy } = await trials(algorithm).trainedAsync(pendulum as () => AnyEnv, settings);
    expect(stdAt(policy, ...start)).not.toBe(stdAt(policy, 0, 1, 5));
    expect(stdAt(loadPolicy(policy.save()), ...start)).toBe(stdAt(policy, ...start));
  });

  it("a scheduled σ is that of the schedule, whatever is learned", async () => {
    const settings = { ...shortFor(algorithm), std: "schedule", stdSchedule: { from: 2, to: 0.5 } };
    const { policy, events } = await trials(algorithm).trainedAsync(pendulum as () => AnyEnv, settings);
    const context = trials(algorithm).contextOf(pendulum as () => AnyEnv, settings);
    const first = algorithm.policy(context, algorithm.init(context));
    expect(stdAt(first, ...start)).toBeCloseTo(2, 6);
    const last = stdAt(policy, ...start);
    expect(stdAt(policy, 0, 1, 5)).toBe(last);
    // The last rollout began somewhere between the last two lines.
    const total = (context.config as BaseConfig).totalSteps;
    const at = (step: number) => 2 - 1.5 * Math.min(step / total, 1);
    expect(last).toBeLessThanOrEqual(at(events[events.length - 2]?.step ?? 0) + 1e-6);
    expect(last).toBeGreaterThanOrEqual(0.5 - 1e-6);
    expect(stdAt(loadPolicy(policy.save()), ...start)).toBe(last);
  });

  it("refuses what has no deviation, or one already", () => {
    const refused = (env: () => AnyEnv, settings: Settings) => () =>
      trials(algorithm).contextOf(env, { ...shortFor(algorithm), ...settings });
    if (algorithm.actionKinds.includes("discrete"))
      expect(refused(probes.identity as () => AnyEnv, { std: "state" })).toThrow(
        "std must be parameter without real-valued (box) actions, got state",
      );
    expect(refused(pendulum as () => AnyEnv, { std: "state", logStdInit: 2 })).toThrow(
      "logStdInit must be in (-5, 2) with std state, the range of the network's ln σ, got 2",
    );
    if ("stateDependentExploration" in algorithm.config.fields)
      expect(refused(pendulum as () => AnyEnv, { std: "schedule", stateDependentExploration: true })).toThrow(
        "std must be parameter with stateDependentExploration, got schedule",
      );
  });
});
