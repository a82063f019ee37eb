import { leavesOf, type Params, Random, scope, tensor, valueAndGrad } from "@advantage/engine";
import { buildMdp, type FiniteMdp, flatSize, flattenInto, garnet, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { explorer } from "../../data/explorer.js";
import { allocateRollout, collect } from "../../data/rollout.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import { averageReward } from "../../maths/finite-mdp/average-reward.js";
import { randomMdp, randomPolicy } from "../../maths/finite-mdp/testing/random-mdp.js";
import { softmaxGradient } from "../../maths/softmax-policy.js";
import { evaluate } from "../../runner/index.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type AverageRewardPgConfig, averageRewardLoss, averageRewardPg } from "./average-reward-pg.js";
import { differentialBatch } from "./average-reward-pg-batch.js";

const quick = {
  numSteps: 8,
  learningRate: 2e-2,
  valueLearningRate: 1e-2,
  hiddenSizes: [16],
  totalSteps: 12_000,
} satisfies Partial<AverageRewardPgConfig>;

const { started } = trials(averageRewardPg);
const { trained, score } = trials(averageRewardPg, quick);

/** V of observations, after training. */
function values({ context, state }: ReturnType<typeof trained>, observations: readonly unknown[]): number[] {
  const { observationSpace } = context.env;
  const size = flatSize(observationSpace);
  const flat = new Float32Array(size * observations.length);
  observations.forEach((observation, i) => {
    flattenInto(observationSpace, observation, flat, i * size);
  });
  return Array.from(averageRewardPg.stateValues!(context, state)!(flat, observations.length));
}

describe("probe environments", () => {
  it("the average of a constant reward, whether episodes end after each step or are cut", () => {
    expect(trained(probes.constantReward).state.averageReward).toBeCloseTo(1, 2);
    expect(trained(probes.endlessReward).state.averageReward).toBeCloseTo(1, 2);
  });

  it("an end is a step like any other: rewards 0 and 1 in turn make ½, and V(1) − V(0) = ½", () => {
    const run = trained(probes.delayedReward);
    expect(run.state.averageReward).toBeCloseTo(0.5, 1);
    // V(0) = 0 − ½ + V(1)
    const [first, second] = values(run, [Float32Array.of(0), Float32Array.of(1)]);
    expect(second - first).toBeCloseTo(0.5, 1);
  });

  it("learns which action pays, and to do what it sees", async () => {
    expect(await score(probes.actionReward)).toBe(1);
    expect(await score(probes.identity)).toBe(4);
    expect(await score(probes.identity, { traceDecay: 0, normaliseAdvantage: false, entropyCoef: 0.001 })).toBe(4);
  });

  it("gives credit to the action before", async () => {
    expect(await score(probes.twoStepCredit)).toBe(1);
  });

  it("names a real number", async () => {
    expect(await score(probes.continuousTarget, { learningRate: 5e-3, totalSteps: 60_000 })).toBeGreaterThan(-0.1);
  });
});

it("a cut is no step: the average reward is that of going on, not that of starting over and over", () => {
  // From 0 to 1 for nothing, and there it stays, for 1 a step. Cut after two steps, half of the rewards are 0; going on, the average is 1.
  const mdp = buildMdp({ numStates: 2, numActions: 1, initial: 0 }, (s, _a, add) => add(1, 1, s, false));
  const run = trained(() => sampleEnv(mdp, { id: "StayAtOne-v0", timeLimit: 2 }), { valueLearningRate: 2e-2 });
  expect(run.state.averageReward).toBeCloseTo(1, 1);
  const [first, second] = values(run, [0, 1]);
  expect(second - first).toBeCloseTo(1, 1); // V(0) = 0 − 1 + V(1)
  expect(run.events.at(-1)?.metrics?.rewardPerStep).toBeCloseTo(0.5, 10);
});

it("rollouts that each hold another stretch of all episodes, which start and are cut together", () => {
  // Eight steps for nothing, then 1 a step for ever. Cut after 16, with rollouts of 8: every other one is all zeros, every other all ones.
  const mdp = buildMdp({ numStates: 9, numActions: 1, initial: 0 }, (s, _a, add) =>
    add(1, Math.min(s + 1, 8), s === 8 ? 1 : 0, false),
  );
  const settings = { numSteps: 8, valueLearningRate: 2e-2, valueEpochs: 8, totalSteps: 40_000 };
  const run = trained(() => sampleEnv(mdp, { id: "LongWay-v0", timeLimit: 16 }), settings);
  expect(run.state.averageReward).toBeCloseTo(1, 1);
  const [first, last] = values(run, [0, 8]);
  expect(Math.abs(last - first - 8)).toBeLessThan(0.5); // V(s) = 0 − 1 + V(s + 1)
});

it("finds the better of two loops, where discounting would take the worse", async () => {
  // From 0 either 2 at once and back by way of a wasted step, or wait three steps for 6: 1 a step against 1.5. A discount of 0.8 prefers the first:
  // 2 / (1 − γ²) > 6γ³ / (1 − γ⁴).
  const mdp = buildMdp({ numStates: 5, numActions: 2, initial: 0 }, (s, a, add) => {
    if (s === 0) add(1, a === 0 ? 1 : 2, a === 0 ? 2 : 0, false);
    else if (s === 1) add(1, 0, 0, false);
    else if (s < 4) add(1, s + 1, 0, false);
    else add(1, 0, 6, false);
  });
  const { state, context } = trained(() => sampleEnv(mdp, { id: "TwoLoops-v0", timeLimit: 60 }), { numSteps: 16 });
  expect(state.averageReward).toBeCloseTo(1.5, 1);
  const score = await evaluate(averageRewardPg.policy(context, state), context.env.make, { episodes: 1 });
  expect(score.mean).toBe(90);
});

it("comes to the greatest average reward of all policies of a random MDP", () => {
  const mdp = garnet({ states: 6, actions: 2, branching: 2, seed: 3 });
  const all = Array.from({ length: 64 }, (_, bits) =>
    Float64Array.from({ length: 12 }, (_, i) => (((bits >> (i >> 1)) & 1) === (i & 1) ? 1 : 0)),
  );
  const best = Math.max(...all.map((policy) => averageReward(mdp, policy).averageReward));
  const uniform = averageReward(mdp, new Float64Array(12).fill(0.5)).averageReward;
  const settings = {
    hiddenSizes: [],
    totalSteps: 60_000,
    learningRate: { from: 3e-2, to: 0 },
    averageRewardRate: 0.02,
  };
  const { context, state } = trained(() => sampleEnv(mdp, { id: "Tabular-v0" }), settings);
  const { explain } = averageRewardPg.policy(context, state);
  const policy = Array.from({ length: 6 }, (_, s) => Array.from(explain!(s).probabilities!)).flat();
  const reached = averageReward(mdp, normalised(policy)).averageReward;
  expect(best - uniform).toBeGreaterThan(0.2);
  expect((reached - uniform) / (best - uniform)).toBeGreaterThan(0.98);
  expect(Math.abs(state.averageReward - reached)).toBeLessThan(0.05);
});

/** Rows of two that sum to 1 in double precision. */
function normalised(policy: readonly number[]): Float64Array {
  return Float64Array.from(policy, (p, i) => p / (policy[i & ~1] + policy[i | 1]));
}

/** One-hot observations and no hidden layers: θ(s, a) and V(s) are the weights themselves. */
function tabular(mdp: FiniteMdp, settings: Partial<AverageRewardPgConfig>) {
  const make = () => sampleEnv(mdp, { id: "Tabular-v0", timeLimit: Infinity });
  const { context, state } = started(make, { hiddenSizes: [], ...settings });
  const policy = randomPolicy(6, mdp);
  const exact = averageReward(mdp, policy);
  write(state.params, "output.weight", policy.map(Math.log));
  write(state.critic.params, "output.weight", exact.values);
  return { context, state, policy, exact };
}

function write(params: Params, name: string, numbers: Float64Array): void {
  const leaf = leavesOf(params.tree).find((each) => each.name === name);
  if (leaf === undefined) throw new Error(`no ${name} among ${leavesOf(params.tree).map((each) => each.name)}`);
  expect(leaf.tensor.size).toBe(numbers.length);
  leaf.tensor.data.set(numbers);
}

describe.each([
  ["continuing", garnet({ states: 6, actions: 2, branching: 2, seed: 3 })],
  ["with ends and restarts", randomMdp(4, { numStates: 5, numActions: 2, ending: 0.2 })],
])("with the exact critic, on a random MDP %s", (_, mdp) => {
  it.each([0, 0.9])("λ = %d: gradient and average reward of whole rollouts agree with the exact ones", (traceDecay) => {
    const { context, state, policy, exact } = tabular(mdp, { traceDecay, numEnvs: 50, numSteps: 20, rewardScale: 0.5 });
    const { config: c, env } = context;
    // The critic's values in scaled rewards.
    write(
      state.critic.params,
      "output.weight",
      exact.values.map((v) => v * c.rewardScale),
    );
    const networks = networksOf(context);
    const params = { actor: state.params.tree, critic: state.critic.params.tree };
    const rollout = allocateRollout(state.env, env.actionSpace, c.numSteps);
    const act = explorer(networks.actor, state.params.tree, Random.fromSeed(9), {
      numEnvs: c.numEnvs,
      actionSpace: env.actionSpace,
    });
    const gradientOf = valueAndGrad(averageRewardLoss(networks, 0));
    for (let warm = 0; warm < 5; warm++) collect(rollout, state.env, act, 0); // to the stationary distribution
    const gradients: Float64Array[] = [];
    const averages: number[] = [];
    for (let k = 0; k < 100; k++) {
      collect(rollout, state.env, act, 0);
      scope(() => {
        const batch = differentialBatch(c, networks, params, rollout, 0.3);
        averages.push(0.3 + batch.error);
        // With the exact average the advantages are the exact ones' estimates.
        const right = differentialBatch(c, networks, params, rollout, exact.averageReward);
        const { gradient } = gradientOf(state.params, right);
        const weight = leavesOf(gradient.tree).find(({ name }) => name === "output.weight");
        gradients.push(Float64Array.from(weight!.tensor.data, (x) => -x / c.rewardScale));
      });
    }
    const wanted = softmaxGradient({
      policy,
      advantage: exact.actionValues,
      visits: exact.stationary,
      numActions: mdp.numActions,
    });
    wanted.forEach((slope, i) => {
      expectWithin(
        gradients.map((each) => each[i]),
        slope,
      );
    });
    expectWithin(averages, exact.averageReward);
    expect(Math.max(...wanted.map(Math.abs))).toBeGreaterThan(0.02);
  });
});

/** The mean of the samples is the wanted one within four standard errors, and those are small. */
function expectWithin(samples: readonly number[], wanted: number): void {
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length;
  const variance = samples.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (samples.length - 1);
  const radius = 4 * Math.sqrt(variance / samples.length);
  expect(Math.abs(mean - wanted)).toBeLessThan(radius + 1e-6);
  expect(radius).toBeLessThan(0.05);
}

it("r̄ moves by its rate times the mean error, in the environment's rewards", () => {
  const mdp = garnet({ states: 6, actions: 2, branching: 2, seed: 3 });
  const make = () => sampleEnv(mdp, { id: "Tabular-v0" });
  const settings = { numEnvs: 4, numSteps: 8, totalSteps: 32, averageRewardRate: 0.25, rewardScale: 0.1 };
  const { context, state } = started(make, settings);
  const networks = networksOf(context);
  const rollout = allocateRollout(state.env, context.env.actionSpace, 8);
  const act = explorer(networks.actor, state.params.tree, state.policyRandom, {
    numEnvs: 4,
    actionSpace: context.env.actionSpace,
  });
  collect(rollout, state.env, act, 0);
  // δ = r + (V(s′) − V(s)) / scale, r̄ being 0; of the sum over a rollout only its ends are left.
  let sum = 0;
  for (const reward of rollout.rewards) sum += reward;
  scope(() => {
    const params = { actor: state.params.tree, critic: state.critic.params.tree };
    const ends = networks.value(params, tensor(rollout.lastObservations, [4, 6])).data;
    const starts = networks.value(params, tensor(rollout.observations.slice(0, 24), [4, 6])).data;
    for (let i = 0; i < 4; i++) sum += (ends[i] - starts[i]) / 0.1;
  });
  // The same first rollout, by `train` itself.
  const { state: after, events } = trained(make, { ...settings, hiddenSizes: [64, 64] });
  expect(after.averageReward).toBeCloseTo((0.25 * sum) / 32, 6);
  expect(events.map(({ metrics }) => metrics?.averageReward)).toEqual([after.averageReward]);
});
