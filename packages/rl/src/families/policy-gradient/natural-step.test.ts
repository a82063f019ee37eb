import { describe, expect, it } from "vitest";
import { npg } from "../../algorithms/policy-gradient/npg.js";
import { trpo } from "../../algorithms/policy-gradient/trpo.js";
import type { Progress } from "../../core/algorithm.js";
import { RunError } from "../../core/errors.js";
import { type AnyEnv, prepareRun } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";

/** An environment whose rewards are `scale` times the probe's. */
function scaled(make: () => AnyEnv, scale: number): AnyEnv {
  const env = make();
  return {
    ...env,
    step(action: never) {
      const outcome = env.step(action);
      return { ...outcome, reward: outcome.reward * scale };
    },
    fresh: () => scaled(make, scale),
  } as AnyEnv;
}

const quick = {
  ...{ numEnvs: 4, numSteps: 64, minibatchSize: 64, totalSteps: 256, hiddenSizes: [16], normaliseAdvantage: false },
  ...{ orthogonalInit: false, cgSteps: 30 },
};

/** θ after the first step from a value function of 0, and what was logged. */
function firstStep(algorithm: typeof npg | typeof trpo, make: () => AnyEnv, scale: number, settings: object = {}) {
  const run = prepareRun(
    algorithm as typeof npg,
    () => scaled(make, scale),
    { ...quick, ...settings },
    { preset: "none" },
  );
  const state = run.algorithm.init(run.context);
  for (const leaf of state.critic.leaves) leaf.data.fill(0);
  const before = state.actor.flat.values();
  const [{ metrics = {} }] = run.algorithm.train(run.context, state) as Generator<Progress>;
  return { step: state.actor.flat.values().map((value, i) => value - before[i]), metrics };
}

const norm = (values: Float32Array) => Math.hypot(...values);

const algorithms = [
  ["npg", npg, {}],
  ["npg, least squares", npg, { solver: "least-squares" }],
  ["trpo", trpo, {}],
] as const;
const environments = [
  ["symbols", probes.identity as () => AnyEnv],
  ["a real number", probes.continuousTarget as () => AnyEnv],
] as const;

describe.each(algorithms)(
  "a step of a given KL divergence does not depend on the scale of the rewards: %s",
  (_, algorithm, settings) => {
    it.each(environments)("%s", (_, make) => {
      const { step, metrics } = firstStep(algorithm, make, 1, settings);
      expect(norm(step)).toBeGreaterThan(0.01);
      expect(metrics.kl).toBeGreaterThan(1e-3);
      for (const scale of [1e-5, 1e5]) {
        const other = firstStep(algorithm, make, scale, settings);
        expect(norm(other.step.map((value, i) => value - step[i])) / norm(step)).toBeLessThan(1e-3);
        expect(other.metrics.kl / metrics.kl).toBeCloseTo(1, 2);
      }
      // Powers of two round nothing.
      for (const scale of [2 ** -17, 2 ** 17]) expect(firstStep(algorithm, make, scale, settings).step).toEqual(step);
    });
  },
);

// Along directions that hardly matter what is left of F is rounding; the divergence is still the one asked for.
describe.each([
  ["npg", npg],
  ["trpo", trpo],
] as const)("without damping a step has its divergence at every scale: %s", (_, algorithm) => {
  it.each(environments)("%s", (_, make) => {
    for (const scale of [1e-5, 1, 1e5]) {
      const { metrics } = firstStep(algorithm, make, scale, { cgDamping: 0 });
      expect(metrics.kl).toBeGreaterThan(0.006);
      expect(metrics.kl).toBeLessThan(0.012);
    }
  });
});

it("a step that overshoots all numbers ends the run, with the step and a way out", () => {
  const run = prepareRun(
    npg,
    probes.continuousTarget as () => AnyEnv,
    { ...quick, totalSteps: 10_000, stepSize: "fixed", policyLearningRate: 1e20 },
    { preset: "none" },
  );
  const training = () => [
    ...(run.algorithm.train(run.context, run.algorithm.init(run.context)) as Generator<Progress>),
  ];
  expect(training).toThrow(RunError);
  expect(training).toThrow(/became (NaN|-?Infinity) after step \d+: training stopped/);
});
