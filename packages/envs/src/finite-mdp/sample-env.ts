import { math, type Random } from "@advantage/engine";
import type { Env, EnvironmentOptions, Step } from "../env.js";
import { display } from "../flatten.js";
import type { Point, Scene, Shape } from "../scene.js";
import { type Discrete, discrete } from "../spaces/discrete.js";
import { describeSpace } from "../spaces/space.js";
import type { FiniteMdp } from "./finite-mdp.js";
import { layoutScene } from "./layout-scene.js";

/** What an environment made of a finite MDP is called, and when its episodes are cut. */
export interface SampleEnvOptions {
  readonly id: string;
  /** The environment's own options where they differ from the defaults. */
  readonly options?: EnvironmentOptions;
  /** Steps from the reset after which an episode is truncated. Default: the MDP's horizon, else none. */
  readonly timeLimit?: number;
  /** The picture of a state. Default: the agent on the MDP's map if it has a layout, else its states in a ring. */
  readonly render?: (state: number, action: number | undefined) => Scene;
  /** For an MDP with more in its states than the agent sees: how many observations there are, and which one a state gives. */
  readonly observations?: { readonly count: number; readonly of: (state: number) => number };
  /** Standard deviation of a normal variate that is added to the reward of each transition  [N]. Default: none. */
  readonly rewardNoise?: Float64Array;
  /** Which actions change something in a state, 1 or 0 each  [A]. */
  readonly actionMask?: (state: number) => Uint8Array;
}

/** The snapshot of such an environment. */
export interface TabularSnapshot {
  readonly state: number;
  /** Steps since the reset. */
  readonly elapsed: number;
  /** The last action, for the picture alone. */
  readonly action?: number;
}

/** An environment that runs a finite MDP: observations and actions are whole numbers. */
export interface TabularEnv extends Env<number, number> {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  mdp(): FiniteMdp;
  snapshot(): TabularSnapshot;
  restore(snapshot: unknown, rng: Random): void;
  render(): Scene;
  fresh(): TabularEnv;
  /** Which actions change something in the current state, 1 or 0 each; there if the problem says so. */
  actionMask?(): Uint8Array;
}

/**
 * The environment that runs an MDP. A step draws once, and not at all where only one transition is possible.
 * As in Gymnasium, stepping beyond the end of an episode is possible but means nothing.
 */
export function sampleEnv(mdp: FiniteMdp, options: SampleEnvOptions): TabularEnv {
  const { id, timeLimit = mdp.horizon ?? Infinity, observations, rewardNoise, actionMask } = options;
  const { numStates, numActions, rowStart, nextState, probability, reward, terminated } = mdp;
  if (!(timeLimit >= 1)) throw new RangeError(`timeLimit must be >= 1, got ${timeLimit}`);
  if (rewardNoise !== undefined && rewardNoise.length !== reward.length) {
    throw new RangeError(`rewardNoise must have ${reward.length} elements, got ${rewardNoise.length}`);
  }
  const observationSpace = discrete(observations?.count ?? numStates);
  const actionSpace = discrete(numActions);
  const observe = observations?.of;
  let drawStart: ((rng: Random) => number) | undefined; // made by the first reset: solvers make environments for their MDPs alone
  let rng: Random | undefined;
  let state = 0;
  let elapsed = 0;
  let lastAction = -1; // after a reset

  const requireStarted = (what: string) => {
    if (rng === undefined) throw new Error(`${id}: call reset(rng) before ${what}`);
  };

  return {
    id,
    observationSpace,
    actionSpace,
    options: options.options,
    mdp: () => mdp,
    reset(stream) {
      rng = stream;
      drawStart ??= startSampler(mdp.initial);
      state = drawStart(stream);
      elapsed = 0;
      lastAction = -1;
      return observe === undefined ? state : observe(state);
    },
    step(action): Step<number> {
      if (rng === undefined) throw new Error(`${id}: call reset(rng) before step(action)`);
      if (!(action >= 0 && action < numActions) || action !== Math.floor(action)) {
        throw new RangeError(
          `${id}: action must be an element of ${describeSpace(actionSpace)}, got ${display(action)}`,
        );
      }
      const row = state * numActions + action;
      const last = rowStart[row + 1] - 1;
      let k = rowStart[row];
      if (k < last) {
        let rest = rng.uniform() - probability[k];
        while (rest >= 0 && k < last) {
          k += 1;
          rest -= probability[k];
        }
        while (probability[k] === 0) k -= 1; // only if rounding has carried us to the end
      }
      state = nextState[k];
      elapsed += 1;
      lastAction = action;
      return {
        observation: observe === undefined ? state : observe(state),
        reward: rewardNoise === undefined ? reward[k] : reward[k] + rewardNoise[k] * rng.normal(),
        terminated: terminated[k] === 1,
        truncated: elapsed >= timeLimit,
      };
    },
    snapshot() {
      requireStarted("snapshot()");
      return lastAction < 0 ? { state, elapsed } : { state, elapsed, action: lastAction };
    },
    restore(snapshot, stream) {
      const saved = snapshot as TabularSnapshot;
      requireIndex(id, "state", saved?.state, numStates);
      requireIndex(id, "elapsed", saved.elapsed, Number.MAX_SAFE_INTEGER);
      if (saved.action !== undefined) requireIndex(id, "action", saved.action, numActions);
      rng = stream;
      state = saved.state;
      elapsed = saved.elapsed;
      lastAction = saved.action ?? -1;
    },
    render() {
      requireStarted("render()");
      const action = lastAction < 0 ? undefined : lastAction;
      if (options.render !== undefined) return options.render(state, action);
      const { layout } = mdp;
      if (layout === undefined) return ringScene(mdp, state);
      return layoutScene(layout, { row: layout.row[state], column: layout.column[state], action });
    },
    fresh: () => sampleEnv(mdp, options),
    ...(actionMask !== undefined && {
      actionMask() {
        requireStarted("actionMask()");
        return actionMask(state);
      },
    }),
  };
}

/** Draws from ρ₀: by bisection over the states that can be drawn, and without a draw if there is only one. */
function startSampler(initial: Float64Array): (rng: Random) => number {
  const states: number[] = [];
  const upTo: number[] = [];
  let sum = 0;
  for (let state = 0; state < initial.length; state++) {
    if (initial[state] === 0) continue;
    sum += initial[state];
    states.push(state);
    upTo.push(sum);
  }
  return (rng) => {
    if (states.length === 1) return states[0];
    const u = rng.uniform() * sum;
    let low = 0;
    let high = states.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (u < upTo[middle]) high = middle;
      else low = middle + 1;
    }
    return states[low];
  };
}

/** Throws unless a number of a snapshot is one of 0 … n − 1. */
export function requireIndex(id: string, name: string, value: number | undefined, n: number): void {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) >= n) {
    throw new RangeError(`${id}: the snapshot's ${name} must be an integer in [0, ${n - 1}], got ${value}`);
  }
}

/** States with more transitions than this between them are drawn without them. */
const DRAWN_STATES = 60;

/** All states in a ring, with a line for each possible transition and the current one marked. Many states: its number alone. */
function ringScene({ numStates, numActions, rowStart, nextState, probability }: FiniteMdp, state: number): Scene {
  const shapes: Shape[] = [];
  if (numStates <= DRAWN_STATES) {
    const place = (s: number): Point => {
      const angle = (2 * Math.PI * s) / numStates;
      return [math.sin(angle), math.cos(angle)];
    };
    const radius = Math.min(0.12, 1.9 / numStates);
    const drawn = new Set<number>();
    for (let s = 0; s < numStates; s++) {
      for (let k = rowStart[s * numActions]; k < rowStart[(s + 1) * numActions]; k++) {
        const pair = Math.min(s, nextState[k]) * numStates + Math.max(s, nextState[k]);
        if (probability[k] === 0 || nextState[k] === s || drawn.has(pair)) continue;
        drawn.add(pair);
        shapes.push({ kind: "line", points: [place(s), place(nextState[k])], colour: "faint", width: 0.012 });
      }
    }
    for (let s = 0; s < numStates; s++) {
      shapes.push({ kind: "circle", centre: place(s), radius, fill: s === state ? "accent" : "muted" });
    }
  }
  shapes.push({ kind: "text", at: [0, 0], text: `state ${state}`, size: 0.2, colour: "ink" });
  return { view: [-1.2, -1.2, 1.2, 1.2], shapes };
}
