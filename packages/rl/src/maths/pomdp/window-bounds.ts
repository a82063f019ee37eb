import type { Pomdp } from "@advantage/envs";
import { continuationOf } from "../finite-mdp/continuation.js";
import { type Belief, beliefKey, beliefMean, beliefReward, exploreBeliefs } from "./beliefs.js";
import { startPairs, type Windows } from "./windows.js";

/** Beliefs that are followed from one on before V* of the states bounds the rest. */
const MAX_BELIEFS = 200;
/** Backups of all values for one bound. Stopped early they still bound: they fall from above. */
const MAX_SWEEPS = 200;
/** Changes below this share of the largest V* of a state end the backups. */
const SETTLED = 1e-12;

/**
 * An upper bound of what any policy of the history can earn from a belief on: value iteration on the beliefs that follow, downwards from Σ_s b(s) V*(s).
 *
 * @param stateValues V* of the states  [S]
 */
export function beliefBounds(pomdp: Pomdp, discount: number, stateValues: Float64Array): (belief: Belief) => number {
  const known = new Map<string, number>();
  const { numActions } = pomdp.mdp;
  const settled = SETTLED * largest(stateValues);
  return (belief) => {
    const key = beliefKey(belief);
    const found = known.get(key);
    if (found !== undefined) return found;
    const { beliefs, expanded, steps } = exploreBeliefs(pomdp, [{ observation: -1, probability: 1, belief }], {
      maxBeliefs: MAX_BELIEFS,
    });
    const values = Float64Array.from(beliefs, (b) => beliefMean(b, stateValues));
    const rewards = Float64Array.from({ length: expanded * numActions }, (_, row) =>
      beliefReward(pomdp, beliefs[Math.floor(row / numActions)], row % numActions),
    );
    for (let sweep = 0, change = Infinity; sweep < MAX_SWEEPS && change > settled; sweep++) {
      change = 0;
      for (let index = expanded - 1; index >= 0; index--) {
        let best = -Infinity;
        for (let action = 0; action < numActions; action++) {
          const row = index * numActions + action;
          let next = 0;
          for (const step of steps[row]) next += step.probability * values[step.index];
          best = Math.max(best, rewards[row] + discount * next);
        }
        change = Math.max(change, values[index] - best);
        values[index] = Math.min(values[index], best);
      }
    }
    // The bounds of all beliefs met hold too, and are as tight where none was left out.
    const tight = expanded === beliefs.length ? expanded : 1;
    for (let index = 0; index < tight; index++) known.set(beliefKey(beliefs[index]), values[index]);
    return values[0];
  };
}

/** Pairs of a window and a state beyond which the relaxation is given up for V* of the states. */
const MAX_PAIRS = 1500;

/**
 * An upper bound of what a policy of the window can earn from a pair of a window and a state on, given the actions of some windows: the optimal value
 * of the MDP of the pairs, in which windows with an action take it and the others may act differently in each state.
 *
 * @param stateValues V* of the states  [S]
 * @returns a function of the actions by window, to a function of the pair's number, window · S + state
 */
export function pairBounds(
  pomdp: Pomdp,
  windows: Windows,
  discount: number,
  stateValues: Float64Array,
): (actions: ReadonlyMap<number, number>) => (pair: number) => number {
  const { mdp, observations } = pomdp;
  const { numStates, numActions, expectedReward } = mdp;
  const { rowStart, nextState, weight } = continuationOf(mdp);
  const pairs = [...startPairs(pomdp, windows).keys()];
  const indexOf = new Map(pairs.map((pair, index) => [pair, index]));
  /** Successors of pair i under action a, at i·A + a; the weights are those of the state's row. */
  const successors: number[][] = [];
  for (let i = 0; i < pairs.length && pairs.length <= MAX_PAIRS; i++) {
    const state = pairs[i] % numStates;
    const window = (pairs[i] - state) / numStates;
    for (let action = 0; action < numActions; action++) {
      const row = state * numActions + action;
      const to: number[] = [];
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        const next = nextState[k];
        const pair = windows.next(window, action, observations[next]) * numStates + next;
        let index = indexOf.get(pair);
        if (index === undefined) {
          index = pairs.push(pair) - 1;
          indexOf.set(pair, index);
        }
        to.push(index);
      }
      successors.push(to);
    }
  }
  const ofState = (pair: number) => stateValues[pair % numStates];
  if (pairs.length > MAX_PAIRS) return () => ofState;

  const free = Float64Array.from(pairs, ofState);
  const settled = SETTLED * largest(stateValues);
  return (actions) => {
    if (actions.size === 0) return ofState;
    const values = free.slice();
    for (let sweep = 0, change = Infinity; sweep < MAX_SWEEPS && change > settled; sweep++) {
      change = 0;
      for (let index = pairs.length - 1; index >= 0; index--) {
        const state = pairs[index] % numStates;
        const given = actions.get((pairs[index] - state) / numStates) ?? -1;
        let best = -Infinity;
        for (let action = 0; action < numActions; action++) {
          if (given >= 0 && given !== action) continue;
          const row = state * numActions + action;
          const to = successors[index * numActions + action];
          let next = 0;
          for (let k = rowStart[row], i = 0; k < rowStart[row + 1]; k++, i++) next += weight[k] * values[to[i]];
          best = Math.max(best, expectedReward[row] + discount * next);
        }
        change = Math.max(change, values[index] - best);
        values[index] = Math.min(values[index], best);
      }
    }
    return (pair) => values[indexOf.get(pair) as number];
  };
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
