import { indices, tensor, valueAndGrad } from "@advantage/engine";
import { sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { a2c, a2cLoss } from "../../algorithms/policy-gradient/a2c.js";
import { explorer } from "../../data/explorer.js";
import { allocateRollout, collect } from "../../data/rollout.js";
import { evaluateRollout, take } from "../../data/samples.js";
import { advantagesOf } from "../../maths/finite-mdp/bellman.js";
import { exactActionValues, exactValues } from "../../maths/finite-mdp/exact.js";
import { logits, policy, smallMdp, standardErrors } from "../../maths/finite-mdp/testing/small-mdp.js";
import { discountedVisitation } from "../../maths/finite-mdp/visitation.js";
import { softmaxGradient } from "../../maths/softmax-policy.js";
import { type AnyEnv, prepareRun } from "../../runner/index.js";
import { networksOf } from "./actor-critic-family.js";
import { gradientAdvantage } from "./gradient-advantage.js";

const discount = 0.8;

/** Rollouts of a fixed policy that go on from one another; one-hot observations and a linear layer make tables of logits and of the exact values. */
function setting() {
  const make = () => sampleEnv(smallMdp, { id: "Small-v0" }) as AnyEnv;
  const settings = { numEnvs: 4, numSteps: 7, gaeLambda: 1, discount, hiddenSizes: [] };
  const { context } = prepareRun(a2c, make, settings, { preset: "none" });
  const state = a2c.init(context);
  state.params.tree.actor.output.weight.set(Float32Array.from(logits));
  state.params.tree.critic.output.weight.set(Float32Array.from(exactValues(smallMdp, policy, discount)));
  const networks = networksOf(context);
  const rollout = allocateRollout(state.env, context.env.actionSpace, settings.numSteps);
  const act = explorer(networks.actor, state.params.tree.actor, state.policyRandom, {
    ...context.config,
    actionSpace: context.env.actionSpace,
  });
  return { context, state, networks, rollout, next: () => collect(rollout, state.env, act, 0) };
}

describe("the gradient of rollouts, against the exact one of a finite MDP", () => {
  /** Σ over the rows of a rollout of the ascent direction, less the exact gradient for each episode that began in it. */
  function errors(discountGradient: boolean, expected: Float64Array): Float64Array[] {
    const { context, state, networks, rollout, next } = setting();
    const gradientOf = valueAndGrad(a2cLoss({ ...context.config, discountGradient }, networks));
    return Array.from({ length: 3000 }, () => {
      next();
      const ascent = gradientOf(state.params, rollout).gradient.tree.actor.output.weight.values();
      const begun = rollout.times.reduce((count, t) => count + (t === 0 ? 1 : 0), 0);
      return Float64Array.from(ascent, (x, i) => -x * rollout.rewards.length - begun * expected[i]);
    });
  }

  /** ∂V^π(ρ₀)/∂θ by the policy gradient theorem, with the discount of the visits. */
  function exact(visitDiscount: number): Float64Array {
    const q = exactActionValues(smallMdp, policy, discount);
    const advantage = advantagesOf(q, exactValues(smallMdp, policy, discount));
    const visits = discountedVisitation(smallMdp, policy, visitDiscount);
    return softmaxGradient({ policy, advantage, visits, numActions: 2 });
  }
  const zero = new Float64Array(6);

  it("is unbiased with γᵗ, across the borders of rollouts", () => {
    expect(standardErrors(errors(true, exact(discount)), zero)).toBeLessThan(4);
  });

  it("without, it is that of undiscounted visits, which belongs to no objective", () => {
    expect(standardErrors(errors(false, exact(1)), zero)).toBeLessThan(4);
    expect(standardErrors(errors(false, exact(discount)), zero)).toBeGreaterThan(8);
  });
});

it("samples carry γᵗ, also into minibatches; it weighs what was standardised before", () => {
  const { context, state, networks, rollout, next } = setting();
  next();
  next(); // episodes that began in the rollout before
  const c = { ...context.config, discountGradient: true };
  const samples = evaluateRollout(networks, state.params.tree, rollout, c, false);
  const expected = Float32Array.from(rollout.times, (t) => discount ** t);
  for (const [row, weight] of samples.weight!.values().entries()) expect(weight).toBeCloseTo(expected[row], 6);
  expect(rollout.times.subarray(0, 4).some((t) => t > 0)).toBe(true);
  const some = take(samples, indices([5, 2]));
  expect(some.weight!.values()).toEqual(Float32Array.of(samples.weight!.data[5], samples.weight!.data[2]));
  expect(evaluateRollout(networks, state.params.tree, rollout, context.config, false).weight).toBeUndefined();

  const advantage = tensor([1, 2, 3]);
  const weighed = gradientAdvantage({ advantage, weight: tensor([1, 0.5, 0.25]) }, { normaliseAdvantage: true });
  for (const [i, x] of [-1, 0, 0.25].entries()) expect(weighed.values()[i]).toBeCloseTo(x, 6);
});
