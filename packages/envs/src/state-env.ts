import { Random, type RandomState } from "@advantage/engine";
import { actionSize, allocateActions, requireActions } from "./action.js";
import type { ActionBatch, Env, EnvironmentOptions, Step, VectorEnv } from "./env.js";
import { display } from "./flatten.js";
import type { Scene } from "./scene.js";
import type { Box } from "./spaces/box.js";
import type { Discrete } from "./spaces/discrete.js";
import { describeSpace, type Space } from "./spaces/space.js";
import {
  allocateVectorArrays,
  copyVectorArrays,
  fillVectorArrays,
  requireLength,
  type VectorArraysSnapshot,
} from "./vector-arrays.js";

/**
 * The rules of an environment whose state is a handful of f64 numbers, written over the states of many environments side by side:
 * environment i's state is state[i·stateSize … (i+1)·stateSize − 1]. Nothing else remembers anything, so one definition gives
 * the single environment, its snapshots and the vector of them.
 *
 * The loops over environments are inside `step` and `observe` so that the compiler sees the whole of a hot loop at once,
 * however many kinds of environments a program steps.
 */
export interface Dynamics<Action extends number | Float32Array> {
  readonly id: string;
  /** The options that differ from the defaults. */
  readonly options?: EnvironmentOptions;
  readonly observationSpace: Box;
  readonly actionSpace: Action extends number ? Discrete : Box;
  readonly stateSize: number;
  /** Steps from the reset after which an episode is truncated; ∞ for none. */
  readonly timeLimit: number;
  /** Writes a start state for environment i. */
  reset(state: Float64Array, i: number, rng: Random): void;
  /** Steps environments from … to − 1: updates their states, writes their rewards and whether they terminated (1 or 0). */
  step(batch: StateBatch, from: number, to: number): void;
  /** Writes the observations of environments from … to − 1 to out[i·observationSize …]. */
  observe(state: Float64Array, out: Float32Array, from: number, to: number): void;
  /** The picture of environment i. `action` is the one that led here, undefined after a reset. */
  render(state: Float64Array, i: number, action: number | undefined): Scene;
}

/** What `Dynamics.step` reads and writes, for all environments. */
export interface StateBatch {
  /** [numEnvs × stateSize], updated */
  readonly state: Float64Array;
  /** [numEnvs × action size], valid: in range if discrete, finite if real */
  readonly action: ActionBatch;
  /** [numEnvs], written */
  readonly reward: Float64Array;
  /** [numEnvs], written */
  readonly terminated: Uint8Array;
}

/** The snapshot of one such environment. Tests and planners may write `state` by hand. */
export interface StateSnapshot {
  readonly state: readonly number[];
  /** Steps since the reset. */
  readonly elapsed: number;
  /** The last action, for the picture alone. */
  readonly action?: readonly number[];
}

/** An environment made from `Dynamics`: it can do everything that `Env` leaves optional. */
export interface StateEnv<Action extends number | Float32Array> extends Env<Float32Array, Action> {
  readonly observationSpace: Box;
  readonly actionSpace: Dynamics<Action>["actionSpace"] & Space<Action>;
  snapshot(): StateSnapshot;
  restore(snapshot: unknown, rng: Random): void;
  render(): Scene;
  fresh(): StateEnv<Action>;
  vector(numEnvs: number, first?: number): VectorEnv;
}

/** The single environment. As in Gymnasium, stepping beyond the end of an episode is possible but means nothing. */
export function stateEnv<Action extends number | Float32Array>(dynamics: Dynamics<Action>): StateEnv<Action> {
  const { id, stateSize, timeLimit, observationSpace } = dynamics;
  const actionSpace: Space = dynamics.actionSpace;
  const batch = {
    state: new Float64Array(stateSize),
    action: allocateActions(actionSpace, 1),
    reward: new Float64Array(1),
    terminated: new Uint8Array(1),
  };
  let elapsed = -1; // before the first reset
  let acted = false;

  const requireStarted = (what: string) => {
    if (elapsed < 0) throw new Error(`${id}: call reset(rng) before ${what}`);
  };
  const observe = () => {
    const observation = new Float32Array(observationSpace.size);
    dynamics.observe(batch.state, observation, 0, 1);
    return observation;
  };

  return {
    id,
    observationSpace,
    actionSpace: actionSpace as StateEnv<Action>["actionSpace"],
    options: dynamics.options,
    reset(rng) {
      dynamics.reset(batch.state, 0, rng);
      elapsed = 0;
      acted = false;
      return observe();
    },
    step(action): Step<Float32Array> {
      requireStarted("step(action)");
      if (actionSpace.kind === "discrete") {
        if (!actionSpace.contains(action)) throw invalidAction(id, actionSpace, action);
        batch.action[0] = action as number;
      } else {
        const reals = action as Float32Array;
        if (reals?.length !== batch.action.length) throw invalidAction(id, actionSpace, action);
        for (let i = 0; i < reals.length; i++) {
          // Checked as it is kept: beyond 3.4e38 a float32 is infinite.
          if (!Number.isFinite(Math.fround(reals[i]))) throw invalidAction(id, actionSpace, action);
          batch.action[i] = reals[i];
        }
      }
      dynamics.step(batch, 0, 1);
      elapsed += 1;
      acted = true;
      return {
        observation: observe(),
        reward: batch.reward[0],
        terminated: batch.terminated[0] === 1,
        truncated: elapsed >= timeLimit,
      };
    },
    snapshot() {
      requireStarted("snapshot()");
      const snapshot = { state: Array.from(batch.state), elapsed };
      return acted ? { ...snapshot, action: Array.from(batch.action) } : snapshot;
    },
    restore(snapshot) {
      const saved = snapshot as StateSnapshot;
      requireLength(id, "state", saved?.state, stateSize);
      for (const value of saved.state) {
        if (!Number.isFinite(value)) throw new RangeError(`${id}: the snapshot's state must be finite, got ${value}`);
      }
      if (!Number.isSafeInteger(saved.elapsed) || saved.elapsed < 0) {
        throw new RangeError(`${id}: the snapshot's elapsed must be an integer >= 0, got ${saved.elapsed}`);
      }
      if (saved.action !== undefined) requireLength(id, "action", saved.action, batch.action.length);
      batch.state.set(saved.state);
      elapsed = saved.elapsed;
      acted = saved.action !== undefined;
      if (saved.action !== undefined) batch.action.set(saved.action);
    },
    render() {
      requireStarted("render()");
      return dynamics.render(batch.state, 0, acted ? batch.action[0] : undefined);
    },
    fresh: () => stateEnv(dynamics),
    vector: (numEnvs, first = 0) => stateVectorEnv(dynamics, numEnvs, first),
  };
}

function invalidAction(id: string, space: Space, action: unknown): RangeError {
  return new RangeError(`${id}: action must be an element of ${describeSpace(space)}, got ${display(action)}`);
}

interface StateVectorSnapshot {
  readonly arrays: VectorArraysSnapshot;
  readonly state: ArrayLike<number>;
  readonly elapsed: ArrayLike<number>;
  readonly action: ArrayLike<number>;
  readonly streams: readonly RandomState[];
}

/** N of them. `step` allocates nothing. */
function stateVectorEnv<Action extends number | Float32Array>(
  dynamics: Dynamics<Action>,
  numEnvs: number,
  first: number,
): VectorEnv {
  const { id, stateSize, timeLimit, observationSpace } = dynamics;
  const actionSpace: Space = dynamics.actionSpace;
  const arrays = allocateVectorArrays(observationSpace, numEnvs);
  const { observation, nextObservation, terminated, truncated } = arrays;
  const numActions = actionSpace.kind === "discrete" ? actionSpace.n : 0;
  const state = new Float64Array(numEnvs * stateSize);
  const action = allocateActions(actionSpace, numEnvs);
  const elapsed = new Int32Array(numEnvs);
  const batch: StateBatch = { state, action, reward: arrays.reward, terminated };
  let streams: Random[] = [];

  const requireStarted = (what: string) => {
    if (streams.length === 0) throw new Error(`${id}: call reset(rng) before ${what}`);
  };

  return {
    id,
    numEnvs,
    observationSpace,
    actionSpace,
    restorable: true,
    ...arrays,
    reset(rng) {
      streams = Array.from({ length: numEnvs }, (_, i) => rng.fork(String(first + i)));
      for (let i = 0; i < numEnvs; i++) dynamics.reset(state, i, streams[i]);
      elapsed.fill(0);
      arrays.reward.fill(0);
      terminated.fill(0);
      truncated.fill(0);
      dynamics.observe(state, observation, 0, numEnvs);
      nextObservation.set(observation);
    },
    step(actions) {
      requireStarted("step(actions)");
      requireActions(id, actionSpace, numEnvs, actions);
      if (numActions > 0) requireInRange(id, actionSpace, actions as Int32Array, numActions);
      else requireFinite(id, actions as Float32Array, numEnvs);
      action.set(actions);
      dynamics.step(batch, 0, numEnvs);
      dynamics.observe(state, nextObservation, 0, numEnvs);
      observation.set(nextObservation);
      for (let i = 0; i < numEnvs; i++) {
        const steps = elapsed[i] + 1;
        const cut = steps >= timeLimit ? 1 : 0;
        elapsed[i] = steps;
        truncated[i] = cut;
        if ((terminated[i] | cut) !== 0) {
          dynamics.reset(state, i, streams[i]);
          elapsed[i] = 0;
          dynamics.observe(state, observation, i, i + 1);
        }
      }
    },
    snapshot(): StateVectorSnapshot {
      requireStarted("snapshot()");
      return {
        arrays: copyVectorArrays(arrays),
        state: state.slice(),
        elapsed: elapsed.slice(),
        action: action.slice(),
        streams: streams.map((stream) => stream.snapshot()),
      };
    },
    restore(snapshot) {
      const saved = snapshot as StateVectorSnapshot;
      requireLength(id, "state", saved?.state, state.length);
      requireLength(id, "elapsed", saved.elapsed, numEnvs);
      requireLength(id, "action", saved.action, action.length);
      requireLength(id, "streams", saved.streams, numEnvs);
      fillVectorArrays(id, arrays, saved.arrays);
      state.set(saved.state);
      elapsed.set(saved.elapsed);
      action.set(saved.action);
      streams = saved.streams.map((stream) => Random.fromSnapshot(stream));
    },
    render(index) {
      requireStarted("render(index)");
      const size = actionSize(actionSpace);
      return dynamics.render(state, index, elapsed[index] > 0 ? action[index * size] : undefined);
    },
  };
}

function requireInRange(id: string, space: Space, actions: Int32Array, n: number): void {
  for (let i = 0; i < actions.length; i++) {
    if (actions[i] >>> 0 >= n) {
      throw new RangeError(
        `${id}: action must be an element of ${describeSpace(space)}, got ${actions[i]} in environment ${i}`,
      );
    }
  }
}

function requireFinite(id: string, actions: Float32Array, numEnvs: number): void {
  for (let i = 0; i < actions.length; i++) {
    if (!(Math.abs(actions[i]) < Infinity)) {
      const index = Math.floor((i * numEnvs) / actions.length);
      throw new RangeError(`${id}: action must be finite, got ${actions[i]} in environment ${index}`);
    }
  }
}
