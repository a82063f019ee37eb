import { Random } from "@advantage/engine";
import { actionSize, allocateActions, type Env, flatSize, flattenInto, type Space, vectorise } from "@advantage/envs";
import type { Dataset } from "../core/dataset.js";
import type { Model } from "../core/model.js";
import type { Policy } from "../core/policy.js";
import { datasetOf } from "../data/dataset.js";
import type { AnyEnv } from "../runner/env-source.js";

/** Parts of a task beside the environment, arbitrary but always the same: what conformance tries algorithms with that need them. */

interface Spaces {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
}

/** What an environment answered to so many actions drawn evenly from its action space. */
export function probeDataset(make: () => AnyEnv, count = 200, seed = 0): Dataset {
  const random = Random.fromSeed(seed);
  const env = vectorise(make as () => Env, 1);
  const { observationSpace, actionSpace, observationSize: size } = env;
  const chosen = allocateActions(actionSpace, 1);
  const width = actionSize(actionSpace);
  const columns = {
    observations: new Float32Array(count * size),
    actions: allocateActions(actionSpace, count),
    rewards: new Float64Array(count),
    nextObservations: new Float32Array(count * size),
    terminated: new Uint8Array(count),
    truncated: new Uint8Array(count),
  };
  env.reset(random.fork("env"));
  const actions = random.fork("actions");
  for (let row = 0; row < count; row++) {
    putAction(actionSpace, actionSpace.sample(actions), chosen, 0);
    columns.observations.set(env.observation, row * size);
    columns.actions.set(chosen, row * width);
    env.step(chosen);
    columns.rewards[row] = env.reward[0];
    columns.nextObservations.set(env.nextObservation, row * size);
    columns.terminated[row] = env.terminated[0];
    columns.truncated[row] = env.truncated[0];
  }
  return datasetOf({ id: `random-${env.id}`, observationSpace, actionSpace, ...columns });
}

/** A policy whose action is an arbitrary function of the observation. */
export function probeTeacher({ observationSpace, actionSpace }: Spaces): Policy {
  const size = flatSize(observationSpace);
  const answer = (flat: Float32Array) => actionSpace.sample(Random.fromSeed(hashOf(flat)));
  return {
    observationSpace,
    actionSpace,
    act(observation) {
      const flat = new Float32Array(size);
      flattenInto(observationSpace, observation, flat, 0);
      return answer(flat);
    },
    actBatch(observations, count, actions) {
      for (let i = 0; i < count; i++)
        putAction(actionSpace, answer(observations.subarray(i * size, (i + 1) * size)), actions, i);
    },
    save() {
      throw new Error("a teacher of the tests is not kept");
    },
  };
}

/** A model whose predictions are arbitrary functions of observation and action; one step in eight ends the task. */
export function probeModel({ observationSpace, actionSpace }: Spaces): Model {
  const size = flatSize(observationSpace);
  const width = actionSize(actionSpace);
  return {
    observationSpace,
    actionSpace,
    predict(observations, actions, count, _random, { nextObservation, reward, terminated }) {
      for (let i = 0; i < count; i++) {
        const hash = hashOf(
          observations.subarray(i * size, (i + 1) * size),
          Float32Array.from(actions.subarray(i * width, (i + 1) * width)),
        );
        const random = Random.fromSeed(hash);
        flattenInto(observationSpace, observationSpace.sample(random), nextObservation, i * size);
        reward[i] = random.uniform();
        terminated[i] = random.int(8) === 0 ? 1 : 0;
      }
    },
  };
}

/** An action as batches hold it. */
function putAction(space: Space, action: unknown, actions: Float32Array | Int32Array, index: number): void {
  if (space.kind === "discrete") actions[index] = (action as number) - space.start;
  else actions.set(action as ArrayLike<number>, index * actionSize(space));
}

/** FNV-1a over the bytes of some numbers. */
function hashOf(...arrays: readonly Float32Array[]): number {
  let hash = 2166136261;
  for (const array of arrays)
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
      hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
}

/**
 * Exact model of an environment that is a finite MDP and shows its states.
 *
 * @throws TypeError if it is none
 */
export function finiteModel(make: () => Pick<Env, "id" | "observationSpace" | "actionSpace" | "mdp">): Model {
  const { id, observationSpace, actionSpace, mdp: mdpOf } = make();
  const mdp = mdpOf?.();
  if (mdp === undefined || observationSpace.kind !== "discrete" || observationSpace.n !== mdp.numStates)
    throw new TypeError(`${id} must be a finite MDP whose states are its observations`);
  const { numStates, numActions, rowStart, probability, nextState, reward, terminated } = mdp;
  return {
    observationSpace,
    actionSpace,
    predict(observations, actions, count, random, prediction) {
      prediction.nextObservation.fill(0, 0, count * numStates);
      for (let i = 0; i < count; i++) {
        const state = observations.subarray(i * numStates, (i + 1) * numStates).indexOf(1);
        const row = state * numActions + actions[i];
        let k = rowStart[row];
        for (let left = random.uniform() - probability[k]; left >= 0 && k + 1 < rowStart[row + 1]; )
          left -= probability[++k];
        prediction.nextObservation[i * numStates + nextState[k]] = 1;
        prediction.reward[i] = reward[k];
        prediction.terminated[i] = terminated[k];
      }
    },
  };
}
