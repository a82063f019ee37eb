import { indices, type Tensor, tensor } from "@advantage/engine";
import { type ActionBatch, actionSize, allocateActions, type Space, toEnvironment } from "@advantage/envs";
import type { Sequences } from "../networks/cell.js";
import type { EpisodeMemory } from "../networks/memory.js";
import type { Act } from "./explorer.js";
import type { TrainingEnv } from "./training-env.js";

/** T steps of N environments, row t·N + i for step t of environment i. Allocated once, filled by `collect`. */
export interface Rollout {
  readonly actionSpace: Space;
  readonly numSteps: number;
  readonly numEnvs: number;
  /** sₜ [T·N × observationSize] */
  readonly observations: Float32Array;
  /** aₜ as the policy gave them, before limits [T·N × actionSize] */
  readonly actions: ActionBatch;
  /** rₜ [T·N] */
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** t of each row within its episode, which may have begun in a rollout before [T·N]. */
  readonly times: Int32Array;
  /** The environments' observations after the last step [N × observationSize]. */
  readonly lastObservations: Float32Array;
  /** Rows whose episode was cut there, without having ended: their value goes on in `cutObservations`. */
  cutRows: number[];
  /** The true successors of those rows [cutRows.length × observationSize]. */
  cutObservations: number[];
  /** Of networks with recurrent cells. */
  readonly recall?: Recall;
}

/** What recurrent cells remembered during a rollout, cut into sequences of L steps: sequence k·N + i is steps kL … (k + 1)L − 1 of environment i. */
export interface Recall {
  readonly sequenceLength: number;
  /** Numbers remembered of an episode. */
  readonly stateSize: number;
  /** Before the first step of each sequence [T·N/L × stateSize]. */
  readonly states: Float32Array;
  /** After the last step [N × stateSize]; zeros where an episode ended with it. */
  readonly lastStates: Float32Array;
  /** After the steps that are `cutRows` [cutRows.length × stateSize]. */
  cutStates: number[];
}

/** @param cells absent for networks without a recurrent cell; the length must divide the number of steps */
export function allocateRollout(
  env: TrainingEnv,
  actionSpace: Space,
  numSteps: number,
  cells?: Pick<Recall, "stateSize" | "sequenceLength">,
): Rollout {
  const rows = numSteps * env.numEnvs;
  return {
    actionSpace,
    numSteps,
    numEnvs: env.numEnvs,
    observations: new Float32Array(rows * env.observationSize),
    actions: allocateActions(actionSpace, rows),
    rewards: new Float64Array(rows),
    terminated: new Uint8Array(rows),
    truncated: new Uint8Array(rows),
    times: new Int32Array(rows),
    lastObservations: new Float32Array(env.numEnvs * env.observationSize),
    cutRows: [],
    cutObservations: [],
    ...(cells === undefined
      ? {}
      : {
          recall: {
            ...cells,
            states: new Float32Array((rows / cells.sequenceLength) * cells.stateSize),
            lastStates: new Float32Array(env.numEnvs * cells.stateSize),
            cutStates: [],
          },
        }),
  };
}

/**
 * Runs the policy for T steps in N environments.
 *
 * @param step environment steps done before, for the record of finished episodes
 * @param memory what the recurrent cells remember, which `act` moves on; it is emptied here where an episode ends
 */
export function collect(rollout: Rollout, env: TrainingEnv, act: Act, step: number, memory?: EpisodeMemory): void {
  const { actionSpace, numSteps, numEnvs, recall } = rollout;
  const size = env.observationSize;
  const chosen = allocateActions(actionSpace, numEnvs);
  const limited = allocateActions(actionSpace, numEnvs);
  const perAction = actionSize(actionSpace);
  rollout.cutRows = [];
  rollout.cutObservations = [];
  if (recall !== undefined) recall.cutStates = [];
  for (let t = 0; t < numSteps; t++) {
    const row = t * numEnvs;
    if (recall !== undefined && memory !== undefined && t % recall.sequenceLength === 0)
      recall.states.set(memory.state, (row / recall.sequenceLength) * recall.stateSize);
    rollout.observations.set(env.observation, row * size);
    rollout.times.set(env.episodeLength, row);
    act(env.observation, chosen, t);
    rollout.actions.set(chosen, row * perAction);
    toEnvironment(actionSpace, chosen, limited);
    env.step(limited, step + row);
    rollout.rewards.set(env.reward, row);
    rollout.terminated.set(env.terminated, row);
    rollout.truncated.set(env.truncated, row);
    for (let i = 0; i < numEnvs; i++) {
      if (env.truncated[i] === 0 || env.terminated[i] === 1) continue;
      rollout.cutRows.push(row + i);
      for (let k = i * size; k < (i + 1) * size; k++) rollout.cutObservations.push(env.nextObservation[k]);
      if (recall === undefined || memory === undefined) continue;
      for (let k = i * memory.size; k < (i + 1) * memory.size; k++) recall.cutStates.push(memory.state[k]);
    }
    if (memory === undefined) continue;
    for (let i = 0; i < numEnvs; i++) if (env.terminated[i] === 1 || env.truncated[i] === 1) memory.reset(i);
  }
  rollout.lastObservations.set(env.observation);
  if (recall !== undefined && memory !== undefined) recall.lastStates.set(memory.state);
}

/** The sequences of a rollout that is not cut into several of them [T steps of N]; `undefined` of networks without a recurrent cell. */
export function wholeSequences(rollout: Rollout): Sequences | undefined {
  const { recall, numEnvs, numSteps } = rollout;
  if (recall === undefined) return undefined;
  const states = tensor(recall.states, [numEnvs, recall.stateSize]);
  return { length: numSteps, count: numEnvs, states, continues: continuing(rollout) };
}

/** 1 where a row goes on with the episode of the step before it in its environment, as far as the rollout tells [T·N]. */
export function continuing({ numEnvs, terminated, truncated }: Rollout): Uint8Array {
  return terminated.map((_, row) => {
    const before = row - numEnvs;
    return before >= 0 && (terminated[before] === 1 || truncated[before] === 1) ? 0 : 1;
  });
}

/**
 * V of the true successor of every row [T·N]: the value of the next row; of the observation after the last step; and of
 * the real last observation where an episode was cut. Rows that terminated hold whatever follows: nothing bootstraps from them.
 *
 * @param values        V(sₜ) [T·N]
 * @param lastValues    V of the environments' current observations [N]
 * @param cutValues     V of `cutObservations`
 */
export function successorValues(
  { numSteps, numEnvs, cutRows }: Rollout,
  values: ArrayLike<number>,
  lastValues: ArrayLike<number>,
  cutValues: ArrayLike<number>,
): Float64Array {
  const next = new Float64Array(numSteps * numEnvs);
  for (let row = 0; row < next.length; row++) {
    const after = row + numEnvs;
    next[row] = after < next.length ? values[after] : lastValues[after - next.length];
  }
  cutRows.forEach((row, i) => {
    next[row] = cutValues[i];
  });
  return next;
}

/** Rows of numbers as networks take them  [rows × size] → [rows, size]. */
export function rowsTensor(flat: Float32Array, size: number): Tensor {
  return tensor(flat, [flat.length / size, size]);
}

/** Actions as a distribution's `logProb` takes them: indices [B] or [B, n], bits and reals [B, n] as numbers. */
export function actionTensor(space: Space, actions: ActionBatch, rows: number): Tensor {
  if (space.kind === "discrete") return indices(actions, [rows]);
  const shape = [rows, actionSize(space)];
  return space.kind === "multiDiscrete" ? indices(actions, shape) : tensor(Float32Array.from(actions), shape);
}
