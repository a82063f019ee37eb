import { Random, tensor } from "@advantage/engine";
import { type ActionBatch, box, discrete, type Env, multiBinary, multiDiscrete, vectorise } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { generalisedAdvantage } from "../maths/gae.js";
import { critic } from "../networks/critic.js";
import { continuousTarget, dictIdentity, endlessReward } from "../testing/probe-environments.js";
import type { Act } from "./explorer.js";
import { actionTensor, allocateRollout, collect, successorValues } from "./rollout.js";
import { TrainingEnv } from "./training-env.js";

const plain = { normaliseObservation: false, normaliseReward: false, discount: 0.9 };
const zeros: Act = (_observations, actions: ActionBatch) => void actions.fill(0);

/**
 * Counts its steps from 10·episode; the reward is the count that a step leads to. Episodes last 3 steps and then, by turns, are cut,
 * end, and are both at once.
 */
function scripted(): Env<Float32Array, number> {
  let episode = 0;
  let step = 0;
  const observe = () => Float32Array.of(10 * episode + step);
  return {
    id: "Scripted-v0",
    observationSpace: box({ low: 0, high: 1000, shape: [1] }),
    actionSpace: discrete(2),
    reset() {
      episode += 1;
      step = 0;
      return observe();
    },
    step() {
      step += 1;
      const last = step === 3;
      const observation = observe();
      return {
        observation,
        reward: observation[0],
        terminated: last && episode % 3 !== 1,
        truncated: last && episode % 3 !== 2,
      };
    },
    fresh: scripted,
  };
}

/** The environment, telling which actions it is given. */
const recording = (env: Env, tell: (action: unknown) => void) => (): Env => ({
  ...env,
  step(action) {
    tell(action);
    return env.step(action);
  },
});

function collected(make: () => Env, numEnvs: number, numSteps: number, act = zeros) {
  const env = new TrainingEnv(vectorise(make, numEnvs), Random.fromSeed(1), plain);
  const rollout = allocateRollout(env, make().actionSpace, numSteps);
  const next = () => collect(rollout, env, act, 0);
  next();
  return { env, rollout, next };
}

describe("collect", () => {
  it("fills the rows in order, and keeps the true successors of cut episodes", () => {
    const { env, rollout } = collected(scripted, 1, 10);
    expect(Array.from(rollout.observations)).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32, 40]);
    expect(Array.from(rollout.rewards)).toEqual([11, 12, 13, 21, 22, 23, 31, 32, 33, 41]);
    expect(Array.from(rollout.truncated)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
    expect(Array.from(rollout.terminated)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 1, 0]);
    // Both at once is an end: nothing to bootstrap from.
    expect(Array.from(rollout.times)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    expect(rollout.cutRows).toEqual([2]);
    expect(rollout.cutObservations).toEqual([13]);
    expect(Array.from(env.observation)).toEqual([41]);
  });

  it("goes on where it stopped, and forgets the cuts of the rollout before", () => {
    const { rollout, next } = collected(scripted, 1, 3);
    expect(rollout.cutRows).toEqual([2]);
    next();
    expect(Array.from(rollout.observations)).toEqual([20, 21, 22]);
    expect(rollout.cutRows).toEqual([]);
    expect(rollout.cutObservations).toEqual([]);
  });

  it("has step t of environment i in row t·N + i", () => {
    const seen: number[] = [];
    const { rollout } = collected(scripted, 3, 4, (observations, actions, t) => {
      seen.push(t, ...observations);
      for (let i = 0; i < 3; i++) actions[i] = (t + i) % 2;
    });
    expect(seen).toEqual([0, 10, 10, 10, 1, 11, 11, 11, 2, 12, 12, 12, 3, 20, 20, 20]);
    expect(Array.from(rollout.observations.subarray(3, 6))).toEqual([11, 11, 11]);
    expect(Array.from(rollout.actions)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(rollout.cutRows).toEqual([6, 7, 8]);
    expect(rollout.cutObservations).toEqual([13, 13, 13]);
  });

  it("keeps the action that was chosen, and gives the environment what its limits allow", () => {
    const taken: number[] = [];
    const make = recording(continuousTarget() as Env, (action) => taken.push((action as Float32Array)[0]));
    const { rollout } = collected(make, 1, 3, (_, actions, t) => actions.fill([-7, 0.5, 9][t]));
    expect(Array.from(rollout.actions)).toEqual([-7, 0.5, 9]);
    expect(taken).toEqual([-2, 0.5, 2]);
  });

  it("counts discrete actions from the space's start", () => {
    const taken: number[] = [];
    const make = recording(dictIdentity() as Env, (action) => taken.push(action as number));
    const { rollout } = collected(make, 1, 3, (_, actions, t) => actions.fill(t));
    expect(Array.from(rollout.actions)).toEqual([0, 1, 2]);
    expect(taken).toEqual([5, 6, 7]);
  });
});

describe("successorValues", () => {
  it("takes the next row, the last observation, and where an episode was cut its real end", () => {
    const rollout = { numSteps: 3, numEnvs: 2, cutRows: [3, 4] };
    const next = successorValues(rollout as never, [0, 1, 2, 3, 4, 5], [60, 70], [30, 40]);
    expect(Array.from(next)).toEqual([2, 3, 4, 30, 40, 70]);
  });

  it("gives the scripted episodes the values of the states they really led to", () => {
    const { env, rollout } = collected(scripted, 1, 10);
    const next = successorValues(rollout, rollout.observations, env.observation, rollout.cutObservations);
    // V(s) = s. Rows 5 and 8 ended: what they hold is not used.
    expect(Array.from(next)).toEqual([11, 12, 13, 21, 22, 30, 31, 32, 40, 41]);
    const advantages = new Float64Array(10);
    const values = Float64Array.from(rollout.observations);
    generalisedAdvantage({ ...rollout, values, nextValues: next, discount: 1, gaeLambda: 0, advantages });
    // r + V(s′) − V(s): s + 2 within an episode and at its cut, r − V(s) = 1 at its end.
    expect(Array.from(advantages)).toEqual([12, 13, 14, 22, 23, 1, 32, 33, 1, 42]);
  });
});

describe("the truncation probe: reward 1 for ever, cut every 5 steps, V = 1/(1 − γ)", () => {
  it.each([
    { discount: 0.5, gaeLambda: 0.95 },
    { discount: 0.9, gaeLambda: 1 },
    { discount: 0.99, gaeLambda: 0.95 },
  ])("every advantage is exactly 0, γ = $discount, λ = $gaeLambda", ({ discount, gaeLambda }) => {
    const numEnvs = 3;
    const { env, rollout, next } = collected(endlessReward, numEnvs, 13);
    const network = critic({ observationSize: 1, hiddenSizes: [4], activation: "tanh" });
    const params = network.init(Random.fromSeed(1));
    params.output.weight.data.fill(0);
    params.output.bias.data.fill(Math.round(1 / (1 - discount)));
    const valuesOf = (observations: ArrayLike<number>) =>
      network.value(params, tensor(Float32Array.from(observations), [observations.length, 1])).values();

    for (let rounds = 0; rounds < 3; rounds++, next()) {
      const values = valuesOf(rollout.observations);
      const nextValues = successorValues(
        rollout,
        values,
        valuesOf(env.observation),
        rollout.cutRows.length > 0 ? valuesOf(rollout.cutObservations) : [],
      );
      const advantages = new Float64Array(values.length).fill(Number.NaN);
      generalisedAdvantage({ ...rollout, values, nextValues, discount, gaeLambda, advantages });
      expect(Array.from(advantages)).toEqual(new Array(values.length).fill(0));
      expect(rollout.cutRows.length).toBeGreaterThanOrEqual(2 * numEnvs);
    }
  });

  it("would not be 0 if a cut were taken for an end", () => {
    const { rollout } = collected(endlessReward, 1, 10);
    const values = new Float64Array(10).fill(2);
    const advantages = new Float64Array(10);
    const terminated = rollout.truncated;
    generalisedAdvantage({
      ...rollout,
      terminated,
      values,
      nextValues: values,
      discount: 0.5,
      gaeLambda: 0,
      advantages,
    });
    expect(Array.from(advantages)).toEqual([0, 0, 0, 0, -1, 0, 0, 0, 0, -1]);
  });
});

describe("actionTensor", () => {
  it("packs indices for choices, numbers for bits and reals", () => {
    const one = actionTensor(discrete(3), Int32Array.of(0, 2), 2);
    expect([one.dtype, one.shape, Array.from(one.indexData)]).toEqual(["i32", [2], [0, 2]]);
    const several = actionTensor(multiDiscrete([2, 3]), Int32Array.of(0, 2, 1, 1), 2);
    expect([several.dtype, several.shape, Array.from(several.indexData)]).toEqual(["i32", [2, 2], [0, 2, 1, 1]]);
    const bits = actionTensor(multiBinary(2), Int32Array.of(0, 1, 1, 1), 2);
    expect([bits.dtype, bits.shape, Array.from(bits.data)]).toEqual(["f32", [2, 2], [0, 1, 1, 1]]);
    const reals = actionTensor(box({ low: -1, high: 1, shape: [2] }), Float32Array.of(0.5, -0.25), 1);
    expect([reals.dtype, reals.shape, Array.from(reals.data)]).toEqual(["f32", [1, 2], [0.5, -0.25]]);
  });
});
