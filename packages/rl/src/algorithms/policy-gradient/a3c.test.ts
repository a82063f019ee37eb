import { optim, Params, scope, valueAndGrad } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { explorer } from "../../data/explorer.js";
import { allocateRollout, collect } from "../../data/rollout.js";
import { TrainingEnv } from "../../data/training-env.js";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type A3cConfig, a3c } from "./a3c.js";
import { a3cLoss } from "./a3c-actor.js";

const quick = {
  numEnvs: 4,
  numSteps: 20,
  learningRate: 5e-3,
  hiddenSizes: [16],
  totalSteps: 16_000,
} satisfies Partial<A3cConfig>;

const { contextOf, trainedAsync } = trials(a3c);
const { score } = trials(a3c, quick);

describe("probe environments", () => {
  it("learns which action pays", async () => {
    expect(await score(probes.actionReward)).toBe(1);
  });

  it("learns to do what it sees", async () => {
    expect(await score(probes.identity)).toBe(4);
  });

  it("a cut episode bootstraps: V of an endless reward", async () => {
    const { context, state } = await trainedAsync(probes.endlessReward, {
      ...quick,
      discount: 0.5,
      totalSteps: 40_000,
    });
    const values = a3c.stateValues?.(context, state);
    // r = 1 for ever, cut every few steps: V = 1/(1 − γ) = 2 only if cuts bootstrap.
    expect(values?.(Float32Array.of(0), 1)[0]).toBeCloseTo(2, 1);
  });
});

it("an actor's first turn is one step of RMSProp on its own rollout's gradient", async () => {
  const settings = { ...quick, learningRate: 0.01, maxGradNorm: 0.1, numEnvs: 1, totalSteps: 20 };
  const { context, state } = await trainedAsync(probes.identity, settings);
  const { config: c, env, random } = contextOf(probes.identity, settings);

  // The same rollout from the same streams, and its gradient.
  const networks = networksOf(context);
  const params = scope(() => Params.pack(networks.init(random.fork("init"))));
  const plain = { normaliseObservation: false, normaliseReward: false, discount: c.discount };
  const own = new TrainingEnv(env.vector(1), random.fork("env"), plain);
  const rollout = allocateRollout(own, env.actionSpace, c.numSteps);
  const act = explorer(networks.actor, params.tree.actor, random.fork("policy").fork("0"), {
    numEnvs: 1,
    actionSpace: env.actionSpace,
  });
  collect(rollout, own, act, 0);
  const { gradient } = valueAndGrad(a3cLoss(c, networks))(params, rollout);
  const norm = optim.globalNorm(gradient);
  expect(norm).toBeGreaterThan(0.1);

  // g = (1 − α)Δθ² from g = 0, so a step is η Δθ / √(0.01 Δθ² + ε).
  const expected = params.flat.values().map((theta, i) => {
    const delta = (gradient.flat.data[i] * 0.1) / norm;
    return theta - (0.01 * delta) / Math.sqrt(0.01 * delta * delta + 1e-5);
  });
  for (const [i, value] of state.shared.theta.entries()) expect(value).toBeCloseTo(expected[i], 6);
});

it("actors take turns: each runs episodes of its own, and no update is stale", async () => {
  const { state, events } = await trainedAsync(probes.identity, { ...quick, totalSteps: 800, logEvery: 100 });
  const lines = events.filter(({ metrics }) => metrics !== undefined);
  expect(lines.map(({ step }) => step)).toEqual([100, 200, 300, 400, 500, 600, 700, 800]);
  expect(lines.every(({ metrics }) => metrics?.staleness === 0)).toBe(true);
  expect(Array.from(state.shared.counters)).toEqual([800, 40]);
  const ends = events.flatMap(({ episodes }) => episodes.map(({ step }) => step));
  expect(ends).toEqual([...ends].sort((a, b) => a - b));
});

it("actors whose run threads have taken on do not begin again", async () => {
  const settings = { ...quick, totalSteps: 400, logEvery: 100 };
  const goingOn = async (actedTo: number) => {
    const { context, state } = await trainedAsync(probes.identity, { ...settings, totalSteps: 200 });
    const longer = { ...context, config: { ...context.config, totalSteps: 400 } };
    state.actedTo = actedTo;
    const before = state.actors;
    for await (const _ of a3c.train(longer, state));
    expect(state.actedTo).toBe(400);
    return { state, same: state.actors === before };
  };
  expect((await goingOn(200)).same).toBe(true);
  const anew = await goingOn(0);
  expect(anew.same).toBe(false);
  expect(Array.from(anew.state.shared.theta)).not.toEqual(Array.from((await goingOn(200)).state.shared.theta));
});
