import { Params, Random, scope, tensor } from "@advantage/engine";
import { cartPole, type MakeEnv, pendulum, vectorise } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { ActorSpec } from "../networks/actor.js";
import { actorCriticNetworks } from "../networks/actor-critic.js";
import { explorer } from "./explorer.js";
import { actionTensor, allocateRollout, collect } from "./rollout.js";
import { evaluateRollout, meanKl, minibatches } from "./samples.js";
import { TrainingEnv } from "./training-env.js";

const plain = { normaliseObservation: false, normaliseReward: false, discount: 0.99 };

function collected(make: MakeEnv, numEnvs: number, numSteps: number) {
  const random = Random.fromSeed(1);
  const vector = vectorise(make, numEnvs);
  const { actionSpace, observationSize } = vector;
  const spec: ActorSpec = {
    observationSize,
    actionSpace,
    hiddenSizes: [8],
    activation: "tanh",
    stateDependentExploration: false,
  };
  const networks = actorCriticNetworks(spec, { shared: false, orthogonal: true, logStd: -0.5 });
  const params = scope(() => Params.pack(networks.init(random.fork("init"))));
  const env = new TrainingEnv(vector, random.fork("env"), plain);
  const rollout = allocateRollout(env, actionSpace, numSteps);
  const act = explorer(networks.actor, params.tree.actor, random, {
    numEnvs,
    actionSpace,
    stateDependentExploration: false,
  });
  collect(rollout, env, act, 0);
  return { networks, params, rollout, actionSpace, observationSize };
}

describe.each([
  ["choices", cartPole as MakeEnv],
  ["reals", pendulum as MakeEnv],
])("a rollout larger than one chunk, with %s", (_, make) => {
  const { networks, params, rollout, actionSpace, observationSize } = collected(make, 8, 700);
  const rows = 5600;
  const samples = evaluateRollout(networks, params.tree, rollout, { discount: 0.99, gaeLambda: 0.95 }, true);

  it("has the numbers of one batch over all rows, bit for bit", () => {
    scope(() => {
      const { pi, value } = networks.both(params.tree, tensor(rollout.observations, [rows, observationSize]));
      expect(samples.oldValue.values()).toEqual(value.values());
      expect(samples.oldLogProb.values()).toEqual(
        pi.logProb(actionTensor(actionSpace, rollout.actions, rows)).values(),
      );
    });
  });

  it("targets are advantages and values together", () => {
    const [advantage, value, target] = [samples.advantage, samples.oldValue, samples.target].map((x) => x.values());
    expect(target).toEqual(advantage.map((a, i) => a + value[i]));
  });

  it("keeps the old policy: no divergence before the parameters move, some after", () => {
    expect(Math.abs(meanKl(networks, params.tree, samples, actionSpace))).toBeLessThan(1e-6);
    const moved = Params.copyOf(params);
    moved.flat.data.forEach((x, i, all) => {
      all[i] = x + (i % 2 === 0 ? 0.05 : -0.05);
    });
    expect(meanKl(networks, moved.tree, samples, actionSpace)).toBeGreaterThan(1e-4);
  });
});

it("minibatches cover every row once an epoch, in a new order each time, the last one smaller", () => {
  const random = Random.fromSeed(3);
  const batches = [...minibatches(new Int32Array(10), { epochs: 2, minibatchSize: 4 }, random)].map((rows) =>
    Array.from(rows.indexData),
  );
  expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2, 4, 4, 2]);
  const [first, second] = [batches.slice(0, 3).flat(), batches.slice(3).flat()];
  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  expect([...first].sort((a, b) => a - b)).toEqual(all);
  expect([...second].sort((a, b) => a - b)).toEqual(all);
  expect(first).not.toEqual(second);
});
