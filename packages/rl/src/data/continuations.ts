import type { Random } from "@advantage/engine";
import {
  type ActionBatch,
  actionOf,
  actionSize,
  allocateActions,
  type Env,
  flatSize,
  flattenInto,
  toEnvironment,
  vectorise,
} from "@advantage/envs";
import type { EnvSource } from "../core/task.js";
import { collectEpisodes, type Episodes, requireEnd } from "./episodes.js";
import type { Act } from "./explorer.js";
import { TrainingEnv } from "./training-env.js";

/** What further rollouts from the states of some episodes brought, each with the same first action as the episode's own. */
export interface Continuations {
  /** Rollouts from each state, the episode's own among them. */
  readonly rollouts: number;
  /** Σ of the discounted returns of all of a row's rollouts but its own  [B] */
  readonly returns: Float64Array;
  /** Rollouts that were cut without having ended: what the value of their last state counts for a row's sum, γᵏ, and that state's observation. */
  readonly cuts: readonly { readonly row: number; readonly weight: number; readonly observation: Float32Array }[];
}

/** Episodes with further returns of each of their states, each from a rollout that began there. */
export type ContinuedEpisodes = Episodes & { readonly continuations: Continuations };

/** How many episodes, and how many returns for each of their states. */
export interface ContinuationOptions {
  readonly numEpisodes: number;
  /** N: returns for each state, of which the episode gives one; at least 2. */
  readonly rollouts: number;
  /** γ */
  readonly discount: number;
  /** Environment steps done before. */
  readonly step: number;
  /** Another one for each batch. */
  readonly random: Random;
}

/** Rollouts that go on at the same time, for one pass of the network. */
export const continuationLanes = 32;

/**
 * Runs m episodes, and from each of their states N − 1 further rollouts: the environment is put back to that state, takes the action that was taken
 * there, and is left to the policy until it ends, with streams of its own. The mean of the N returns has the expectation Q^π(sₜ, aₜ), as each has,
 * and the variance of one of them by N.
 *
 * @param act    chooses the actions of one environment
 * @param acts   the same of `continuationLanes`
 */
export function continuedEpisodes(
  source: EnvSource,
  act: Act,
  acts: Act,
  { numEpisodes, rollouts, discount, step, random }: ContinuationOptions,
): ContinuedEpisodes {
  const { actionSpace } = source;
  const env = source.make();
  const snapshots: unknown[] = [];
  const plain = { normaliseObservation: false, normaliseReward: false, discount };
  const training = new TrainingEnv(vectorise(stepped(env), 1), random, plain);
  const remembering: Act = (observations, actions, t) => {
    snapshots.push(env.snapshot?.());
    act(observations, actions, t);
  };
  const episodes = collectEpisodes(training, remembering, { actionSpace, numEpisodes, step, random });
  const streams = random.fork("rollouts");
  const { steps, ...continuations } = goOn(source, acts, episodes.actions, snapshots, {
    rollouts,
    discount,
    random: streams,
  });
  return { ...episodes, steps: episodes.steps + steps, continuations };
}

/** The environment without a vectorised form, which would be another one. */
function stepped(env: Env): Env {
  return {
    id: env.id,
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    reset: (random) => env.reset(random),
    step: (action) => env.step(action),
  };
}

/** Goes on from the snapshots [B] with the actions taken there, N − 1 times from each. */
function goOn(
  source: EnvSource,
  act: Act,
  taken: ActionBatch,
  snapshots: readonly unknown[],
  { rollouts, discount, random }: Pick<ContinuationOptions, "rollouts" | "discount" | "random">,
): Continuations & { readonly steps: number } {
  const { actionSpace, observationSpace } = source;
  const size = flatSize(observationSpace);
  const perAction = actionSize(actionSpace);
  const lanes = Array.from({ length: continuationLanes }, () => ({ env: source.make(), row: 0, weight: 1, length: 0 }));
  const observations = new Float32Array(continuationLanes * size);
  const chosen = allocateActions(actionSpace, continuationLanes);
  const limited = allocateActions(actionSpace, continuationLanes);
  const first = allocateActions(actionSpace, 1);
  const returns = new Float64Array(snapshots.length);
  const cuts: { row: number; weight: number; observation: Float32Array }[] = [];
  let steps = 0;

  /** One step of a lane; whether its rollout is over. */
  const advance = (i: number, action: unknown): boolean => {
    const lane = lanes[i];
    const { observation, reward, terminated, truncated } = lane.env.step(action);
    returns[lane.row] += lane.weight * reward;
    lane.weight *= discount;
    lane.length += 1;
    steps += 1;
    flattenInto(observationSpace, observation, observations, i * size);
    if (truncated && !terminated) {
      cuts.push({ row: lane.row, weight: lane.weight, observation: observations.slice(i * size, (i + 1) * size) });
    }
    const over = terminated || truncated;
    if (!over) requireEnd(lane.length);
    return over;
  };

  let begun = 0;
  /** Gives a lane the next rollout that does not end with its first step; false if there is none. */
  const begin = (i: number): boolean => {
    while (begun < snapshots.length * (rollouts - 1)) {
      const row = Math.floor(begun / (rollouts - 1));
      lanes[i].env.restore?.(snapshots[row], random.fork(String(begun)));
      Object.assign(lanes[i], { row, weight: 1, length: 0 });
      begun += 1;
      toEnvironment(actionSpace, taken.subarray(row * perAction, (row + 1) * perAction), first);
      if (!advance(i, actionOf(actionSpace, first, 0))) return true;
    }
    return false;
  };

  const running = lanes.map((_, i) => begin(i));
  for (let t = 0; running.includes(true); t++) {
    act(observations, chosen, t);
    toEnvironment(actionSpace, chosen, limited);
    for (let i = 0; i < lanes.length; i++)
      if (running[i] && advance(i, actionOf(actionSpace, limited, i))) running[i] = begin(i);
  }
  return { rollouts, returns, cuts, steps };
}
