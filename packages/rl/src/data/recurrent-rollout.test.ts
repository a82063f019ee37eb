import { indices, Params, Random, scope, tensor } from "@advantage/engine";
import { actionSize, vectorise } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { rememberer } from "../families/policy-gradient/actor-critic-family.js";
import { actorCriticNetworks } from "../networks/actor-critic.js";
import { EpisodeMemory } from "../networks/memory.js";
import type { AnyEnv } from "../runner/index.js";
import { endlessSign, identity, recall } from "../testing/probe-environments.js";
import { explorer } from "./explorer.js";
import { wholeSequences } from "./recall.js";
import { actionTensor, allocateRollout, collect } from "./rollout.js";
import { evaluateRollout, meanKl, take } from "./samples.js";
import { TrainingEnv } from "./training-env.js";

/** Two rollouts of 12 steps in 3 environments; what is looked at is the second. */
function collected(make: () => AnyEnv, kind: "gru" | "lstm", sequenceLength: number, shared: boolean) {
  const random = Random.fromSeed(4);
  const options = { normaliseObservation: false, normaliseReward: false, discount: 0.9 };
  const env = new TrainingEnv(vectorise(make as never, 3), random.fork("env"), options);
  const { actionSpace } = make();
  const networks = actorCriticNetworks(
    {
      observationSize: env.observationSize,
      memory: { kind, size: 4 },
      actionSpace,
      hiddenSizes: [5],
      activation: "tanh",
      stateDependentExploration: false,
    },
    { shared, orthogonal: false, logStd: 0 },
  );
  const params = Params.pack(scope(() => networks.init(random.fork("init"))));
  // An output of some size, so that what is remembered shows.
  params.tree.actor.output.weight.set(params.tree.actor.output.weight.values().map((w) => 5 * w));
  const memory = new EpisodeMemory(3, networks.stateSize);
  const rollout = allocateRollout(env, actionSpace, 12, { stateSize: networks.stateSize, sequenceLength });
  const act = explorer(networks.actor, params.tree.actor, random.fork("policy"), {
    numEnvs: 3,
    actionSpace,
    stateDependentExploration: false,
    remember: rememberer(networks, { params, memory }),
  });
  collect(rollout, env, act, 0, memory);
  const before = memory.snapshot();
  collect(rollout, env, act, 36, memory);
  return { networks, params, rollout, before, memory, actionSpace };
}

const environments: Record<string, () => AnyEnv> = {
  "episodes of 4 steps": () => recall(3),
  "episodes cut at each step": endlessSign,
  "episodes of 4 symbols": identity,
};

describe.each(Object.entries(environments))("%s", (_, make) => {
  it.each([
    ["gru", 12, false],
    ["gru", 4, true],
    ["lstm", 3, false],
    ["lstm", 1, true],
  ] as const)(
    "%s in sequences of %i, shared %s: whole rollouts say what stepwise acting said",
    (kind, length, shared) => {
      const { networks, params, rollout, before, memory, actionSpace } = collected(make, kind, length, shared);
      const { numEnvs, numSteps, observations } = rollout;
      const size = observations.length / rollout.rewards.length;
      const width = actionSize(actionSpace);

      // Step by step, one environment at a time.
      const logProbs = new Float32Array(numSteps * numEnvs);
      const values = new Float32Array(numSteps * numEnvs);
      const after: Float32Array[] = []; // by row, before any reset
      for (let i = 0; i < numEnvs; i++) {
        let state: Float32Array = before.state.slice(i * networks.stateSize, (i + 1) * networks.stateSize);
        for (let t = 0; t < numSteps; t++) {
          const row = t * numEnvs + i;
          const step = scope(() => {
            const states = tensor(state, [1, networks.stateSize]);
            const observation = tensor(observations.slice(row * size, (row + 1) * size), [1, size]);
            const { states: next, read } = networks.remember(params.tree, observation, states);
            const pi = networks.actor.distribution(params.tree.actor, networks.actor.features(params.tree.actor, read));
            const action = actionTensor(actionSpace, rollout.actions.slice(row * width, (row + 1) * width), 1);
            const value = networks.value(params.tree, observation, { length: 1, count: 1, states, continues: [1] });
            return { logProb: pi.logProb(action).item(), value: value.item(), next: next.values() };
          });
          [logProbs[row], values[row], after[row]] = [step.logProb, step.value, step.next];
          const ended = rollout.terminated[row] === 1 || rollout.truncated[row] === 1;
          state = ended ? new Float32Array(networks.stateSize) : step.next;
        }
        expect(memory.state.slice(i * networks.stateSize, (i + 1) * networks.stateSize)).toEqual(state);
      }

      const options = { discount: 0.9, gaeLambda: 0 };
      const batch = evaluateRollout(networks, params.tree, rollout, options, true);
      expect(batch.oldLogProb.values()).toEqual(logProbs);
      expect(batch.oldValue.values()).toEqual(values);
      expect(meanKl(networks, params.tree, batch, actionSpace)).toBe(0);

      // Â = r + γV(s′) − V(s), with V(s′) by one step from what was remembered after s.
      const valueAfter = (row: number, observation: Float32Array) =>
        scope(() => {
          const states = tensor(after[row], [1, networks.stateSize]);
          return networks
            .value(params.tree, tensor(observation, [1, size]), { length: 1, count: 1, states, continues: [1] })
            .item();
        });
      const advantages = batch.advantage.values();
      for (let row = 0; row < values.length; row++) {
        const cut = rollout.cutRows.indexOf(row);
        const next =
          rollout.terminated[row] === 1
            ? 0
            : cut >= 0
              ? valueAfter(row, Float32Array.from(rollout.cutObservations.slice(cut * size, (cut + 1) * size)))
              : row + numEnvs < values.length
                ? values[row + numEnvs]
                : valueAfter(row, rollout.lastObservations.slice((row % numEnvs) * size, ((row % numEnvs) + 1) * size));
        expect(advantages[row]).toBeCloseTo(rollout.rewards[row] + 0.9 * next - values[row], 5);
      }

      // Minibatches of whole sequences, in any order, give the same again.
      const chosen = Int32Array.from({ length: (3 * 12) / length }, (_, i) => (5 * i) % ((3 * 12) / length));
      const some = take(batch, indices(chosen));
      const { pi, value } = networks.both(params.tree, some.observations, some.sequences);
      expect(pi.logProb(some.actions).values()).toEqual(some.oldLogProb.values());
      expect(value.values()).toEqual(some.oldValue.values());
      expect(some.sequences).toMatchObject({ length, count: chosen.length });
      // Row 1 of sequence 0 of the minibatch.
      const first = Math.floor(chosen[0] / 3) * length * 3 + (chosen[0] % 3);
      expect(some.oldLogProb.values()[0]).toBe(logProbs[first]);
      if (length > 1) expect(some.oldLogProb.values()[chosen.length]).toBe(logProbs[first + 3]);

      if (length !== 12) return;
      const whole = networks.both(params.tree, batch.observations, wholeSequences(rollout));
      expect(whole.value.values()).toEqual(values);
    },
  );
});
