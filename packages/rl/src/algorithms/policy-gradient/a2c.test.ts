import { leavesOf, Params, scope, tensor } from "@advantage/engine";
import { flatSize, flattenInto } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { networksOf } from "../../families/policy-gradient/actor-critic-family.js";
import * as probes from "../../testing/probe-environments.js";
import { trials } from "../../testing/trials.js";
import { type A2cConfig, a2c } from "./a2c.js";

const quick = {
  numEnvs: 8,
  numSteps: 5,
  learningRate: 7e-3,
  hiddenSizes: [16],
  totalSteps: 12_000,
} satisfies Partial<A2cConfig>;

const { contextOf, trained } = trials(a2c);
const { score } = trials(a2c, quick);

/** V of the trained critic. */
function value({ context, state }: ReturnType<typeof trained>, observation: unknown): number {
  const { observationSpace } = context.env;
  const flat = new Float32Array(flatSize(observationSpace));
  flattenInto(observationSpace, observation, flat, 0);
  return scope(() =>
    networksOf(context)
      .value(state.params.tree, tensor(flat, [1, flat.length]))
      .item(),
  );
}

describe("probe environments", () => {
  it("the value of a constant reward is that reward", () => {
    const run = trained(probes.constantReward, quick);
    expect(value(run, probes.constantReward().reset(context().random))).toBeCloseTo(1, 1);
  });

  it("learns which action pays", async () => {
    expect(await score(probes.actionReward)).toBe(1);
  });

  it("learns to do what it sees, with either optimiser", async () => {
    expect(await score(probes.identity)).toBe(4);
    expect(await score(probes.identity, { optimiser: "adam", learningRate: 3e-3 })).toBe(4);
  });

  it("a cut episode bootstraps: V of an endless reward", () => {
    const run = trained(probes.endlessReward, { ...quick, discount: 0.5, totalSteps: 20_000 });
    // r = 1 for ever, cut every few steps: V = 1/(1 − γ) = 2 only if cuts bootstrap.
    expect(value(run, probes.endlessReward().reset(context().random))).toBeCloseTo(2, 1);
  });
});

/** A context for its random stream. */
function context() {
  return contextOf(probes.identity);
}

it("the first update is one step of RMSProp on the actor; the critic stays where its weight is 0", () => {
  // A plain bandit-like probe: one step, so Â = r − V and R̂ = r.
  const settings = {
    ...quick,
    numEnvs: 4,
    numSteps: 1,
    totalSteps: 4,
    valueCoef: 0,
    maxGradNorm: 1e9,
    learningRate: 1e-3,
  };
  const before = a2c.init(contextOf(probes.actionReward, settings));
  const start = Params.copyOf(before.params);
  const { state } = trained(probes.actionReward, settings);
  // With the value's weight at 0 the critic must not move, and RMSProp's first step has size α·g/(√(0.01 g²) + ε) ≈ 10 α.
  const moved = leavesOf(state.params.tree).map(({ name, tensor: leaf }, i) => ({
    name,
    steps: Array.from(leaf.data, (x, k) => Math.abs(x - start.leaves[i].data[k])),
  }));
  for (const { name, steps } of moved) {
    if (name.startsWith("critic")) expect(Math.max(...steps)).toBe(0);
    else for (const step of steps) expect(step === 0 || step < 10.5e-3).toBe(true);
  }
  const output = moved.find(({ name }) => name === "actor.output.bias");
  expect(output?.steps.every((step) => step > 9e-3)).toBe(true);
});
