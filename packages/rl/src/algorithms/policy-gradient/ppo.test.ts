import { liveTensors, scope, tensor } from "@advantage/engine";
import { flatSize, flattenInto } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../core/algorithm.js";
import { capture, restore } from "../../core/snapshot.js";
import { critic } from "../../networks/critic.js";
import { type AnyEnv, run } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { adaptedKlCoef, type PpoConfig, ppo } from "./ppo.js";

type Settings = Partial<PpoConfig>;

const { contextOf, pull, trained } = trials(ppo);

/** V of the trained critic. */
function criticValue({ context, state }: ReturnType<typeof trained>, observation: unknown): number {
  const { observationSpace } = context.env;
  const size = flatSize(observationSpace);
  const flat = new Float32Array(size);
  flattenInto(observationSpace, observation, flat, 0);
  const { hiddenSizes, activation } = context.config;
  const network = critic({ observationSize: size, hiddenSizes, activation: activation as "tanh" });
  return scope(() => network.value(state.params.tree.critic, tensor(flat, [1, size])).item());
}

const quick = {
  numEnvs: 4,
  numSteps: 32,
  minibatchSize: 32,
  epochs: 8,
  learningRate: 3e-3,
  hiddenSizes: [16],
  totalSteps: 5000,
} satisfies Settings;

const { score } = trials(ppo, quick);

describe("probe environments", () => {
  it("constant reward: V = 1", () => {
    expect(criticValue(trained(probes.constantReward, quick), [0])).toBeCloseTo(1, 1);
  });

  it("reward by observation: V(s) = s", () => {
    const run = trained(probes.observationReward, quick);
    expect(criticValue(run, [1])).toBeCloseTo(1, 1);
    expect(criticValue(run, [-1])).toBeCloseTo(-1, 1);
  });

  it("delayed reward: V(0) = γ, V(1) = 1", () => {
    const run = trained(probes.delayedReward, { ...quick, discount: 0.5 });
    expect(criticValue(run, [0])).toBeCloseTo(0.5, 1);
    expect(criticValue(run, [1])).toBeCloseTo(1, 1);
  });

  it("endless reward cut every 5 steps: V = 1/(1 − γ)", () => {
    // Taking a cut for an end would give at most 1 + γ + … + γ⁴ = 1.94.
    const run = trained(probes.endlessReward, { ...quick, discount: 0.5 });
    expect(criticValue(run, [0])).toBeCloseTo(2, 1);
    const patient = trained(probes.endlessReward, { ...quick, discount: 0.8, totalSteps: 10_000 });
    expect(Math.abs(criticValue(patient, [0]) - 5)).toBeLessThan(0.25); // 3.36 with cuts taken for ends
  });

  it("endless reward by observation, cut at each step: V(s) = s/(1 − γ)", () => {
    const run = trained(probes.endlessSign, { ...quick, discount: 0.5 });
    expect(criticValue(run, [1])).toBeCloseTo(2, 1);
    expect(criticValue(run, [-1])).toBeCloseTo(-2, 1);
  });

  it("reward by action", async () => {
    expect(await score(probes.actionReward, { totalSteps: 2000 })).toBe(1);
  });

  it("credit over two steps", async () => {
    expect(await score(probes.twoStepCredit)).toBe(1);
    const { context, state, ...rest } = trained(probes.twoStepCredit, { ...quick, discount: 0.5 });
    // Acting by samples now and then goes the wrong way, so a little less than γ.
    expect(Math.abs(criticValue({ context, state, ...rest }, [0]) - 0.5)).toBeLessThan(0.1);
  });

  it("identity, of symbols, of several, of bits, of a part of a dict", async () => {
    expect(await score(probes.identity)).toBe(4); // by chance 4/3
    expect(await score(probes.multiDiscreteIdentity)).toBeGreaterThan(3.95); // 5/3
    expect(await score(probes.bitIdentity)).toBeGreaterThan(3.95); // 2
    expect(await score(probes.dictIdentity)).toBeGreaterThan(3.95); // 4/3
  });

  it("continuous target", async () => {
    expect(await score(probes.continuousTarget, { totalSteps: 10_000, logStdInit: -0.5 })).toBeGreaterThan(-0.1); // at rest −4/3
  });
});

describe("every setting learns", () => {
  const discrete: Record<string, Settings> = {
    "fixed KL penalty": { surrogate: "fixed-kl", klCoef: 0.5 },
    "adaptive KL penalty": { surrogate: "adaptive-kl", klTarget: 0.02 },
    "no constraint": { surrogate: "none", epochs: 2, totalSteps: 10_000 },
    "value clipping": { valueClip: 0.5 },
    "target KL": { targetKl: 0.03, epochs: 20 },
    "linear schedules": { learningRate: { from: 6e-3, to: 0 }, clip: { from: 0.3, to: 0.1 } },
    "shared network": { sharedNetwork: true },
    "no hidden layer": { hiddenSizes: [] },
    "two hidden layers, relu": { hiddenSizes: [16, 16], activation: "relu" },
    "uniform initialisation": { orthogonalInit: false },
    "plain advantages": { normaliseAdvantage: false },
    "entropy bonus": { entropyCoef: 0.01 },
    normalised: { normaliseObservation: true, normaliseReward: true },
    "one environment, odd minibatches": { numEnvs: 1, numSteps: 129, minibatchSize: 32 },
  };
  it.each(Object.entries(discrete))("%s, on symbols", async (_, settings) => {
    expect(await score(probes.identity, settings)).toBeGreaterThan(3.95);
  });

  const continuous: Record<string, Settings> = {
    "state-dependent exploration": { stateDependentExploration: true, noiseEvery: 4, logStdInit: -1 },
    "adaptive KL penalty": { surrogate: "adaptive-kl", klTarget: 0.02 },
    "shared network": { sharedNetwork: true },
    normalised: { normaliseObservation: true, normaliseReward: true },
  };
  it.each(Object.entries(continuous))("%s, on a real target", async (_, settings) => {
    expect(await score(probes.continuousTarget, { totalSteps: 12_000, logStdInit: -0.5, ...settings })).toBeGreaterThan(
      -0.15,
    );
  });

  it("KL penalties on several choices and on bits", async () => {
    const adaptive = { surrogate: "adaptive-kl", klTarget: 0.02, totalSteps: 10_000 } as const;
    expect(await score(probes.multiDiscreteIdentity, adaptive)).toBeGreaterThan(3.9);
    expect(await score(probes.bitIdentity, { surrogate: "fixed-kl", klCoef: 0.5 })).toBeGreaterThan(3.9);
  });
});

/**
 * One observation of 0, reward ±1 for action 1 or 0, no hidden layer: the policy is its output bias (−b, b), b = 0 at first, V = 0,
 * and Â = r. The gradient of b is then −½ for every sample, and Adam's first step is the learning rate, whatever the size of the
 * gradient: after one epoch of one batch b = α, ρ(1) = 2σ(2α), ρ(0) = 2σ(−2α).
 */
describe("an update worked by hand", () => {
  const alpha = 0.5;
  const [ratio1, ratio0] = [2 / (1 + Math.exp(-2 * alpha)), 2 / (1 + Math.exp(2 * alpha))];
  const kl = -0.5 * (Math.log(ratio1) + Math.log(ratio0)); // of the uniform old policy from the new one
  const base = {
    numEnvs: 1,
    numSteps: 16,
    minibatchSize: 16,
    epochs: 2,
    learningRate: alpha,
    hiddenSizes: [],
    normaliseAdvantage: false,
    totalSteps: 16,
    maxGradNorm: 1e6,
  } satisfies Settings;

  function update(settings: Settings = {}, env = probes.actionReward) {
    const context = contextOf(env, { ...base, ...settings });
    const state = ppo.init(context);
    for (const leaf of state.params.leaves) leaf.data.fill(0);
    const [event] = pull(context, state, 1);
    const share1 = event.episodes.filter((episode) => episode.return === 1).length / 16;
    const bias = state.params.tree.actor.output.bias.values();
    return { metrics: event.metrics!, share1, bias, state, context };
  }

  it("one epoch: ratio 1, and b = α", () => {
    const { metrics, share1, bias } = update({ epochs: 1 });
    expect(share1).toBeGreaterThan(0);
    expect(share1).toBeLessThan(1);
    expect(metrics.policyLoss).toBeCloseTo(-(share1 - (1 - share1)), 6); // −mean Â
    expect(metrics.valueLoss).toBeCloseTo(1, 6); // (0 − (±1))²
    expect(metrics.entropy).toBeCloseTo(Math.LN2, 6);
    expect(metrics.approximateKl).toBeCloseTo(0, 6);
    expect(metrics.clipFraction).toBe(0);
    expect(metrics.loss).toBeCloseTo(metrics.policyLoss + 0.5, 6);
    // b: ½, −½; the value's bias: −2·½·mean r.
    expect(metrics.gradNorm).toBeCloseTo(Math.hypot(0.5, 0.5, 2 * share1 - 1), 5);
    expect(bias[1]).toBeCloseTo(alpha, 4);
    expect(bias[0]).toBeCloseTo(-alpha, 4);
  });

  /** The mean over two epochs, the first at ratio 1. */
  const mean = (share1: number, second: number) => (-(2 * share1 - 1) + second) / 2;

  it("clip", () => {
    const { metrics, share1, bias } = update({ clip: 0.2 });
    expect(metrics.policyLoss).toBeCloseTo(mean(share1, -(share1 * 1.2 - (1 - share1) * 0.8)), 4);
    expect(metrics.clipFraction).toBe(0.5);
    expect(metrics.approximateKl).toBeCloseTo(
      (share1 * (ratio1 - 1 - Math.log(ratio1)) + (1 - share1) * (ratio0 - 1 - Math.log(ratio0))) / 2,
      4,
    );
    // All samples are clipped: no gradient in the second epoch, and Adam goes on by its first moment alone:
    // m̂ = 0.09 g/0.19, v̂ = 0.000999 g²/0.001999.
    const drift = alpha * (0.09 / 0.19 / Math.sqrt(0.000999 / 0.001999));
    expect(bias[1]).toBeCloseTo(alpha + drift, 3);
    expect(metrics.kl).toBeUndefined();
    expect(metrics.klCoef).toBeUndefined();
  });

  it("none", () => {
    const { metrics, share1 } = update({ surrogate: "none" });
    expect(metrics.policyLoss).toBeCloseTo(mean(share1, -(share1 * ratio1 - (1 - share1) * ratio0)), 4);
  });

  it("fixed-kl", () => {
    const { metrics, share1, state } = update({ surrogate: "fixed-kl", klCoef: 3 });
    expect(metrics.policyLoss).toBeCloseTo(mean(share1, -(share1 * ratio1 - (1 - share1) * ratio0)), 4);
    expect(metrics.kl).toBeCloseTo(kl / 2, 4); // 0 in the first epoch
    expect(metrics.klCoef).toBe(3);
    expect(metrics.loss).toBeCloseTo(metrics.policyLoss + 0.5 * metrics.valueLoss + 3 * metrics.kl, 5);
    expect(state.klCoef).toBe(3);
  });

  it("adaptive-kl", () => {
    const after = (klTarget: number) =>
      update({ surrogate: "adaptive-kl", klCoef: 3, epochs: 1, klTarget }).state.klCoef;
    // The policy moves by 0.12.
    expect(kl).toBeCloseTo(0.12, 2);
    expect(after(0.01)).toBe(6);
    expect(after(0.12)).toBe(3);
    expect(after(1)).toBe(1.5);
    const { metrics } = update({ surrogate: "adaptive-kl", klCoef: 3, epochs: 1 });
    expect(metrics.klCoef).toBe(3);
  });

  it("adapts β by factors of two beyond 1.5 times the target", () => {
    expect(adaptedKlCoef(1, 0.016, 0.01)).toBe(2);
    expect(adaptedKlCoef(1, 0.015, 0.01)).toBe(1);
    expect(adaptedKlCoef(1, 0.01, 0.01)).toBe(1);
    expect(adaptedKlCoef(1, 0.0067, 0.01)).toBe(1);
    expect(adaptedKlCoef(1, 0.0066, 0.01)).toBe(0.5);
  });

  it("value clipping: V = α after one step, clipped to ε_V", () => {
    // Target 1, V_old 0: (1 − α)² without, (1 − ε_V)² with.
    expect(update({}, probes.constantReward).metrics.valueLoss).toBeCloseTo((1 + 0.25) / 2, 4);
    expect(update({ valueClip: 0.125 }, probes.constantReward).metrics.valueLoss).toBeCloseTo((1 + 0.765625) / 2, 4);
    expect(update({ valueClip: 2 }, probes.constantReward).metrics.valueLoss).toBeCloseTo((1 + 0.25) / 2, 4);
  });

  it("stops the epochs before a step beyond the target KL", () => {
    const stopped = update({ targetKl: 0.01, epochs: 10 });
    expect(Array.from(stopped.bias)).toEqual(Array.from(update({ epochs: 1 }).bias));
    expect(stopped.metrics.approximateKl).toBeGreaterThan(0);
    expect(update({ targetKl: 100, epochs: 3 }).bias).toEqual(update({ epochs: 3 }).bias);
  });

  it("entropy bonus", () => {
    const { metrics } = update({ entropyCoef: 2, epochs: 1 });
    expect(metrics.loss).toBeCloseTo(metrics.policyLoss + 0.5 - 2 * Math.LN2, 5);
  });

  it("normalised advantages have mean 0", () => {
    expect(update({ normaliseAdvantage: true, epochs: 1 }).metrics.policyLoss).toBeCloseTo(0, 6);
  });

  it("limits the gradient's norm", () => {
    const { metrics, state } = update({ maxGradNorm: 1e-3, epochs: 1 });
    expect(metrics.gradNorm).toBeGreaterThan(0.7);
    // Adam's first moment is 0.1 g.
    const moment = state.optimiser.firstMoment.flat.values();
    expect(10 * Math.hypot(...moment)).toBeCloseTo(1e-3, 6);
  });

  it("explains the variance of the returns, or leaves it out where there is none", () => {
    expect(update().metrics.explainedVariance).toBe(0);
    expect(update({}, probes.constantReward).metrics.explainedVariance).toBeUndefined();
  });

  it("follows the schedules", () => {
    const { lines: metrics } = trained(probes.actionReward, {
      ...base,
      totalSteps: 64,
      learningRate: { from: 0.4, to: 0 },
      clip: { from: 0.3, to: 0.1 },
    });
    for (const [i, { learningRate, clip }] of metrics.entries()) {
      expect(learningRate).toBeCloseTo(0.4 * (1 - i / 4), 12);
      expect(clip).toBeCloseTo(0.3 - 0.05 * i, 12);
    }
    expect(metrics).toHaveLength(4);
  });

  it("reports the deviation that the rollout was collected with", () => {
    const { lines: metrics } = trained(probes.continuousTarget, { ...base, totalSteps: 32, logStdInit: Math.log(0.5) });
    expect(metrics[0].std).toBeCloseTo(0.5, 6);
    expect(metrics[1].std).not.toBe(metrics[0].std);
    expect(update().metrics.std).toBeUndefined();
  });
});

const configurations: Record<string, { env: () => AnyEnv; settings: Settings }> = {
  "one environment": { env: probes.identity, settings: { numEnvs: 1 } },
  "normalised, in odd minibatches": {
    env: probes.continuousTarget,
    settings: { normaliseObservation: true, normaliseReward: true, minibatchSize: 24 },
  },
  "state-dependent exploration": {
    env: probes.continuousTarget,
    settings: { stateDependentExploration: true, noiseEvery: 5 },
  },
  "adaptive KL penalty": { env: probes.multiDiscreteIdentity, settings: { surrogate: "adaptive-kl" } },
  "shared, clipped, scheduled": {
    env: probes.dictIdentity,
    settings: { sharedNetwork: true, valueClip: 0.2, targetKl: 0.01, learningRate: { from: 1e-2, to: 0 } },
  },
  "episodes that go on over rollouts": { env: probes.endlessReward, settings: { numSteps: 7, minibatchSize: 14 } },
};
const short = { ...quick, numEnvs: 3, numSteps: 16, minibatchSize: 16, epochs: 2, totalSteps: 300 } satisfies Settings;

describe.each(Object.entries(configurations))("same numbers: %s", (_, { env, settings }) => {
  const all = { ...short, ...settings };

  it("the same seed gives the same metrics bit for bit, another one others", () => {
    const [a, b, c] = [trained(env, all), trained(env, all), trained(env, { ...all, seed: 2 })];
    expect(a.events).toEqual(b.events);
    expect(a.state.params.snapshot()).toEqual(b.state.params.snapshot());
    expect(a.lines).not.toEqual(c.lines);
  });

  it("stopped anywhere and resumed equals uninterrupted, bit for bit", () => {
    const whole = trained(env, all);
    expect(whole.events.length).toBeGreaterThan(4);
    for (const stop of [0, 1, 3, whole.events.length]) {
      const context = contextOf(env, all);
      const first = ppo.init(context);
      const before = pull(context, first, stop);
      const saved = capture(first);
      const again = contextOf(env, all);
      const second = ppo.init(again);
      restore(second, { json: JSON.parse(JSON.stringify(saved.json)), tensors: saved.tensors });
      expect([...before, ...pull(again, second)]).toEqual(whole.events);
      expect(capture(second)).toEqual(capture(whole.state));
    }
  });

  it("keeps the number of live tensors", () => {
    const context = contextOf(env, { ...all, totalSteps: 1500 });
    const counts: string[] = [];
    const state = ppo.init(context);
    for (const _event of ppo.train(context, state) as Generator<Progress>) {
      const { held, scoped, blockBytes } = liveTensors();
      counts.push(`${held} held, ${scoped} scoped, ${blockBytes} bytes`);
    }
    expect(new Set(counts.slice(1)).size).toBe(1);
  });
});

it("every stream follows the seed", () => {
  const started = (seed: number) => {
    const { env, params, policyRandom, shuffleRandom } = ppo.init(
      contextOf(probes.continuousTarget, { ...short, seed }),
    );
    return [env.observation.slice(), params.flat.values(), policyRandom.snapshot(), shuffleRandom.snapshot()];
  };
  const [one, again, other] = [started(1), started(1), started(2)];
  expect(again).toEqual(one);
  for (const [i, part] of other.entries()) expect(part).not.toEqual(one[i]);
});

it("takes the samples in a new order each epoch", () => {
  const { context, state } = trained(probes.identity, { ...short, totalSteps: 48 });
  const order = ppo.init(context).shuffleRandom;
  for (let epoch = 0; epoch < short.epochs; epoch++) order.permutation(48);
  expect(state.shuffleRandom.snapshot()).toEqual(order.snapshot());
});

it("stops before a step that is no number", () => {
  expect(() => trained(probes.continuousTarget, { ...short, learningRate: 1e30 })).toThrow(
    /became (NaN|-?Infinity) after step/,
  );
});

describe("settings that do not fit", () => {
  const messageOf = (env: () => AnyEnv, settings: Settings) => {
    try {
      contextOf(env, settings);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  it("are refused before training", () => {
    expect(messageOf(probes.identity, { stateDependentExploration: true })).toBe(
      "stateDependentExploration needs real-valued (box) actions, Identity-v0 has Discrete(3); leave it off",
    );
    expect(messageOf(probes.continuousTarget, { stateDependentExploration: true, hiddenSizes: [] })).toBe(
      "stateDependentExploration needs at least one hidden layer, got hiddenSizes = none",
    );
    expect(messageOf(probes.identity, { numSteps: 8, numEnvs: 2, minibatchSize: 17 })).toBe(
      "minibatchSize must be at most numSteps × numEnvs = 16, got 17",
    );
    expect(messageOf(probes.identity, { numSteps: 8, numEnvs: 2, minibatchSize: 16 })).toBeUndefined();
    expect(messageOf(probes.identity, { discount: 1.2 })).toBe("discount must be in [0, 1], got 1.2");
  });
});

describe("learning", () => {
  it.each([1, 2])("CartPole-v1 with its preset, cut short, seed %i", async (seed) => {
    const { summary } = await run(ppo, "CartPole-v1", { totalSteps: 40_000, seed, evaluationEpisodes: 20 });
    // An untrained policy reaches about 10, a random one 22; of fourteen seeds the worst reached 247, eleven 500.
    expect(summary.evaluation?.mean).toBeGreaterThan(200);
  });
});
