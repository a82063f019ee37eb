import { cartPole, pendulum } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { capture, restore } from "../../core/snapshot.js";
import type { AnyEnv } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type NpgConfig, npg } from "./npg.js";

type Settings = Partial<NpgConfig>;

const quick = {
  numEnvs: 4,
  numSteps: 64,
  minibatchSize: 64,
  learningRate: 5e-3,
  hiddenSizes: [16],
  klRadius: 0.03,
  totalSteps: 10_000,
} satisfies Settings;

const { contextOf } = trials(npg);
const { trained, score } = trials(npg, quick);

const solvers: Record<string, Settings> = {
  "conjugate gradient": {},
  "conjugate gradient, fixed steps": { stepSize: "fixed", policyLearningRate: 0.2 },
  "least squares": { solver: "least-squares" },
  "least squares, fixed steps": { solver: "least-squares", stepSize: "fixed", policyLearningRate: 0.2 },
  "regularised, by gradient steps": { solver: "regularised", policyLearningRate: 0.5, innerLearningRate: 0.2 },
};

describe.each(Object.entries(solvers))("probe environments: %s", (_, settings) => {
  it("learns which action pays, at once and a step later", async () => {
    expect(await score(probes.actionReward, settings)).toBe(1);
    expect(await score(probes.twoStepCredit, settings)).toBe(1);
  });

  it("learns to do what it sees", async () => {
    expect(await score(probes.identity, settings)).toBeGreaterThan(3.9);
    expect(await score(probes.bitIdentity, { ...settings, totalSteps: 20_000 })).toBeGreaterThan(3.8);
  });

  it("resumes exactly", () => {
    const all = { ...quick, ...settings, totalSteps: 1024 };
    const whole = trained(probes.continuousTarget, all);
    const context = contextOf(probes.continuousTarget, all);
    const first = npg.init(context);
    const training = npg.train(context, first) as Generator<Progress>;
    const before = [training.next().value, training.next().value];
    const second = npg.init(context);
    restore(second, capture(first));
    const after = [...(npg.train(context, second) as Generator<Progress>)];
    expect([...before, ...after]).toEqual(whole.events);
    expect(capture(second)).toEqual(capture(whole.state));
  });
});

it("learns a real number, with either noise", async () => {
  const settings = { logStdInit: -0.5, totalSteps: 16_000 };
  expect(await score(probes.continuousTarget, settings)).toBeGreaterThan(-0.1);
  const dependent = { ...settings, stateDependentExploration: true, noiseEvery: 4, logStdInit: -1 };
  expect(await score(probes.continuousTarget, dependent)).toBeGreaterThan(-0.15);
});

/**
 * One observation of 0 and no hidden layer: the policy is its output bias (b₀, b₁), uniform at first, its Fisher matrix
 * ¼(1, −1; −1, 1), with the eigenvalue ½ along (−1, 1)/√2. Rewards ±1 for the actions, V = 0: with n₁ of n actions paying, the gradient is
 * g = 𝔼[∇log π Â] = (−½, ½), since ∇log π(1) = (−½, ½) with Â = 1 and ∇log π(0) = (½, −½) with Â = −1.
 */
describe("a step worked by hand", () => {
  const base = {
    ...quick,
    numEnvs: 1,
    numSteps: 32,
    minibatchSize: 32,
    hiddenSizes: [],
    normaliseAdvantage: false,
    totalSteps: 32,
    cgDamping: 0,
  } satisfies Settings;

  function step(settings: Settings) {
    const context = contextOf(probes.actionReward, { ...base, ...settings });
    const state = npg.init(context);
    for (const leaf of [...state.actor.leaves, ...state.critic.leaves]) leaf.data.fill(0);
    const [event] = npg.train(context, state) as Generator<Progress>;
    return { bias: Array.from(state.actor.tree.output.bias.data), metrics: event.metrics! };
  }

  it("F⁻¹g = (−1, 1), by either solver: the scores of both actions have the same square", () => {
    for (const solver of ["conjugate-gradient", "least-squares"] as const) {
      const { bias, metrics } = step({ solver, stepSize: "fixed", policyLearningRate: 0.3 });
      expect(bias[0]).toBeCloseTo(-0.3, 5);
      expect(bias[1]).toBeCloseTo(0.3, 5);
      expect(metrics.gradNorm).toBeCloseTo(Math.SQRT1_2, 5);
      expect(metrics.cgResidual).toBeLessThan(1e-5);
    }
  });

  it("damped by λ it is (−½, ½)/(½ + λ)", () => {
    const { bias } = step({ stepSize: "fixed", policyLearningRate: 1, cgDamping: 0.5 });
    expect(bias[1]).toBeCloseTo(0.5, 5);
  });

  it("has the length at which ½xᵀFx = δ", () => {
    // xᵀFx = gᵀF⁻¹g = 1: η = √(2δ); KL = ln cosh b for the logits ∓b.
    const { bias, metrics } = step({ klRadius: 0.005 });
    expect(metrics.stepLength).toBeCloseTo(0.1, 5);
    expect(bias[1]).toBeCloseTo(0.1, 5);
    expect(metrics.kl).toBeCloseTo(Math.log(Math.cosh(0.1)), 5);
  });

  it("in the regularised form, one gradient step is the plain gradient", () => {
    const { bias } = step({ solver: "regularised", innerSteps: 1, innerLearningRate: 0.1 });
    expect(bias[1]).toBeCloseTo(0.05, 6);
  });

  it("in the regularised form the divergence's direction decides where the maximum is", () => {
    // The policy (1 ∓ tanh b)/2 has the surrogate tanh b + const. KL(π_θ‖π_k) = b·tanh b − ln cosh b: the maximum is at b = η. KL(π_k‖π_θ) = ln cosh b: it
    // is at 1 − t² = t/η, t = tanh b.
    const far = { solver: "regularised", policyLearningRate: 1, innerSteps: 2000, innerLearningRate: 0.2 } as const;
    expect(step({ ...far, klDirection: "new-old" }).bias[1]).toBeCloseTo(1, 3);
    const golden = (Math.sqrt(5) - 1) / 2;
    expect(Math.tanh(step({ ...far, klDirection: "old-new" }).bias[1])).toBeCloseTo(golden, 3);
  });

  it("in the regularised form, many small steps reach the natural step where η is small", () => {
    // To first order in η the maximum of L − KL/η lies at η F⁻¹g.
    const settings = {
      solver: "regularised",
      policyLearningRate: 0.02,
      innerSteps: 400,
      innerLearningRate: 0.004,
    } as const;
    const { bias } = step(settings);
    expect(Math.abs(bias[1] / 0.02 - 1)).toBeLessThan(0.03);
  });
});

it("steps stay near the radius where the quadratic model is good", () => {
  const { lines: metrics } = trained(cartPole as () => AnyEnv, { numSteps: 256, klRadius: 1e-3, totalSteps: 8192 });
  for (const { kl } of metrics) expect(kl).toBeLessThan(2e-3);
});

it("what F leaves out with state-dependent exploration shows in the divergence where features are few, and hardly damped", () => {
  const first = (settings: Settings) => {
    const own = {
      numEnvs: 1,
      numSteps: 2048,
      totalSteps: 2048,
      logStdInit: -2,
      cgDamping: 1e-4,
      klRadius: 1e-5,
      seed: 2,
    };
    const [{ kl }] = trained(pendulum as () => AnyEnv, { ...own, ...settings }).lines;
    return kl / own.klRadius;
  };
  expect(first({ hiddenSizes: [5], stateDependentExploration: true })).toBeGreaterThan(2);
  expect(Math.abs(first({ hiddenSizes: [5] }) - 1)).toBeLessThan(0.2);
  expect(Math.abs(first({ hiddenSizes: [16], stateDependentExploration: true }) - 1)).toBeLessThan(0.1);
});

it("refuses networks that are shared", () => {
  expect(() => contextOf(probes.identity, { sharedNetwork: true })).toThrow(
    "sharedNetwork must be false for npg, got true",
  );
});
