import { indices, type Tensor, tensor } from "@advantage/engine";
import { type ActionBatch, actionSize, allocateActions, type Space, toEnvironment } from "@advantage/envs";
import type { EpisodeMemory } from "../networks/memory.js";
import type { Act } from "./explorer.js";
import { allocateRecall, type Cells, type Recall, recaller } from "./recall.js";
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
  /** What recurrent cells remembered on the way; absent of networks without. */
  readonly recall?: Recall;
}

/** @param cells absent for networks without a recurrent cell */
export function allocateRollout(env: TrainingEnv, actionSpace: Space, numSteps: number, cells?: Cells): Rollout {
  const { numEnvs, observationSize } = env;
  const rows = numSteps * numEnvs;
  return {
    actionSpace,
    numSteps,
    numEnvs,
    observations: new Float32Array(rows * observationSize),
    actions: allocateActions(actionSpace, rows),
    rewards: new Float64Array(rows),
    terminated: new Uint8Array(rows),
    truncated: new Uint8Array(rows),
    times: new Int32Array(rows),
    lastObservations: new Float32Array(numEnvs * observationSize),
    cutRows: [],
    cutObservations: [],
    ...(cells === undefined ? {} : { recall: allocateRecall(cells, rows, numEnvs) }),
  };
}

/**
 * Runs the policy for T steps in N environments.
 *
 * @param step environment steps done before, for the record of finished episodes
 * @param memory what the recurrent cells remember, which `act` moves on; it is emptied here where an episode ends
 */
export function collect(rollout: Rollout, env: TrainingEnv, act: Act, step: number, memory?: EpisodeMemory): void {
  const { actionSpace, numSteps, numEnvs } = rollout;
  const recall = recaller(rollout, memory);
  const perAction = actionSize(actionSpace);
  const chosen = allocateActions(actionSpace, numEnvs);
  const limited = allocateActions(actionSpace, numEnvs);
  rollout.cutRows = [];
  rollout.cutObservations = [];
  for (let t = 0; t < numSteps; t++) {
    const row = t * numEnvs;
    recall.before(t);
    rollout.observations.set(env.observation, row * env.observationSize);
    rollout.times.set(env.episodeLength, row);
    act(env.observation, chosen, t);
    rollout.actions.set(chosen, row * perAction);
    toEnvironment(actionSpace, chosen, limited);
    env.step(limited, step + row);
    rollout.rewards.set(env.reward, row);
    rollout.terminated.set(env.terminated, row);
    rollout.truncated.set(env.truncated, row);
    keepCuts(rollout, env, row);
    recall.after(env);
  }
  rollout.lastObservations.set(env.observation);
  recall.end();
}

/** Keeps the true successors of the episodes that were cut with the step whose rows begin at `row`. */
function keepCuts({ cutRows, cutObservations }: Rollout, env: TrainingEnv, row: number): void {
  const { numEnvs, observationSize: size, terminated, truncated, nextObservation } = env;
  for (let i = 0; i < numEnvs; i++) {
    if (truncated[i] === 0 || terminated[i] === 1) continue;
    cutRows.push(row + i);
    for (let k = i * size; k < (i + 1) * size; k++) cutObservations.push(nextObservation[k]);
  }
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
