import type { FiniteMdp } from "@advantage/envs";
import { goesOn } from "./continuation.js";
import { type PriorityQueue, raise, takeFirst } from "./priority-queue.js";

/**
 * Backups of single states, those first whose values are farthest from their backups; a state's change raises the priority of its
 * predecessors. Moore & Atkeson 1993, "Prioritized sweeping", Machine Learning 13.
 *
 * Priorities add up, p(s) ← p(s) + γ maxₐ p(s′|s, a)·|ΔV(s′)|, so that they stay upper bounds of |BV(s) − V(s)|: the highest one certifies the residual.
 */
export interface PrioritisedBackups {
  /** Queues all states by their residuals, for the first V. */
  start(values: Float64Array, queue: PriorityQueue): void;
  /** Up to `count` backups, fewer if no priority is above `threshold` any more; how many were made. */
  backup(values: Float64Array, queue: PriorityQueue, count: number, threshold: number): number;
}

/** Backups of value iteration in the order of their priorities, for one MDP and discount γ. Moore & Atkeson 1993; priorities add up here. */
export function prioritisedBackups(mdp: FiniteMdp, discount: number): PrioritisedBackups {
  const { numStates, numActions, rowStart, nextState, probability, expectedReward } = mdp;
  const { start, from, share } = weightedPredecessors(mdp);

  function best(values: Float64Array, state: number): number {
    let value = -Infinity;
    for (let row = state * numActions; row < (state + 1) * numActions; row++) {
      let next = 0;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (goesOn(mdp, k)) next += probability[k] * values[nextState[k]];
      }
      value = Math.max(value, expectedReward[row] + discount * next);
    }
    return value;
  }

  return {
    start(values, queue) {
      for (let state = 0; state < numStates; state++) {
        const residual = Math.abs(best(values, state) - values[state]);
        if (residual > 0) raise(queue, state, residual);
      }
    },
    backup(values, queue, count, threshold) {
      let done = 0;
      while (done < count && queue.size > 0 && queue.priority[queue.heap[0]] > threshold) {
        const state = takeFirst(queue);
        const value = best(values, state);
        const change = Math.abs(value - values[state]);
        values[state] = value;
        done += 1;
        if (change === 0) continue;
        for (let k = start[state]; k < start[state + 1]; k++) raise(queue, from[k], discount * share[k] * change);
      }
      return done;
    },
  };
}

/** For each state those before it, each once, with the largest probability maxₐ p(s′|s, a) that one of its actions leads there. */
function weightedPredecessors(mdp: FiniteMdp) {
  const { numStates, numActions, rowStart, nextState, probability } = mdp;
  const start = new Int32Array(numStates + 1);
  const lastFrom = new Int32Array(numStates).fill(-1);
  for (let state = 0; state < numStates; state++) {
    for (let k = rowStart[state * numActions]; k < rowStart[(state + 1) * numActions]; k++) {
      if (!goesOn(mdp, k) || lastFrom[nextState[k]] === state) continue;
      lastFrom[nextState[k]] = state;
      start[nextState[k] + 1] += 1;
    }
  }
  for (let state = 0; state < numStates; state++) start[state + 1] += start[state];
  const from = new Int32Array(start[numStates]);
  const share = new Float64Array(start[numStates]);
  const fill = start.slice(0, numStates);
  const lastRow = new Int32Array(numStates).fill(-1);
  const inRow = new Float64Array(numStates); // p(s′|s, a): a row may name a successor twice
  lastFrom.fill(-1);
  for (let row = 0; row < numStates * numActions; row++) {
    const state = Math.floor(row / numActions);
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      if (!goesOn(mdp, k)) continue;
      const next = nextState[k];
      if (lastFrom[next] !== state) {
        lastFrom[next] = state;
        from[fill[next]++] = state;
      }
      inRow[next] = lastRow[next] === row ? inRow[next] + probability[k] : probability[k];
      lastRow[next] = row;
      const place = fill[next] - 1;
      share[place] = Math.max(share[place], inRow[next]);
    }
  }
  return { start, from, share };
}
