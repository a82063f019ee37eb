import type { FiniteMdp } from "@advantage/envs";
import { goesOn } from "./continuation.js";
import { backupFew, backupFours, bestActions, evaluateFew, evaluateFours } from "./shared-backups.js";
import { LANES, LONG, positionsIn, type SharedLayout, sharedLayout, sharedStart } from "./shared-layout.js";
import { stepsToTermination } from "./termination.js";

/**
 * An MDP laid out for sweeps of optimality backups. States stand at positions, in an order of one's choice; the arrays of values that
 * `backup` takes are by position.
 */
export interface Sweeps {
  /** The state at each position  [S] */
  readonly order: Int32Array;
  /**
   * (BV)(s) for all positions from first to last. With `out` = `values` each backup sees those before it: a Gauss–Seidel sweep.
   *
   * @param actions  a best action of each position, written if given  [S]
   * @returns        the largest change, ‖out − values‖∞
   */
  backup(values: Float64Array, out: Float64Array, actions?: Int32Array): number;
  /**
   * (B^π V)(s) of a deterministic policy for all positions from first to last, in place: a Gauss–Seidel sweep.
   *
   * @param actions  the action of each position  [S]
   * @returns        the largest change
   */
  evaluate(actions: Int32Array, values: Float64Array): number;
}

/**
 * Lays an MDP out for sweeps.
 *
 * Where the actions of a state share their successors, as on a grid, each successor is stored once, with one weight for each action: the values are
 * fetched once for four actions, whose sums run side by side; and positions with the same numbers share them. Where they do not, as in a Garnet, each action has its own row.
 *
 * @param discount  γ in [0, 1], multiplied into the weights
 * @param order     the states in the order of the sweep; by number if left out
 */
export function sweepsOf(mdp: FiniteMdp, discount: number, order = naturalOrder(mdp.numStates)): Sweeps {
  const positionOf = positionsIn(order);
  const shared = sharedStart(mdp, order);
  const lanes = LANES * Math.ceil(mdp.numActions / LANES);
  // Padding and absent transitions are multiplied too, but faster.
  const worthIt = lanes * shared[mdp.numStates] <= 2 * mdp.nextState.length;
  return worthIt
    ? sharedSweeps(sharedLayout(mdp, discount, order, positionOf, shared, lanes), order)
    : separateSweeps(mdp, discount, order, positionOf);
}

/** States by number: 0, 1, …, S − 1. */
export function naturalOrder(numStates: number): Int32Array {
  const order = new Int32Array(numStates);
  for (let state = 0; state < numStates; state++) order[state] = state;
  return order;
}

/**
 * The states by the number of steps to the end of the task, nearest first: values spread from the end outwards, and a sweep in this order takes them
 * all the way. States that cannot reach the end come last; without an end, the order of the numbers.
 */
export function outwardOrder(mdp: FiniteMdp): Int32Array {
  const { numStates } = mdp;
  const steps = stepsToTermination(mdp);
  let farthest = 0;
  for (let state = 0; state < numStates; state++) farthest = Math.max(farthest, steps[state]);
  for (let state = 0; state < numStates; state++) if (steps[state] === -1) steps[state] = farthest + 1;
  // A counting sort: stable, so that neighbours stay together.
  const place = new Int32Array(farthest + 3);
  for (let state = 0; state < numStates; state++) place[steps[state] + 1] += 1;
  for (let distance = 0; distance <= farthest + 1; distance++) place[distance + 1] += place[distance];
  const order = new Int32Array(numStates);
  for (let state = 0; state < numStates; state++) order[place[steps[state]]++] = state;
  return order;
}

function sharedSweeps(layout: SharedLayout, order: Int32Array): Sweeps {
  const longRuns = LONG * (layout.runs.length / 3) <= order.length;
  return {
    order,
    backup(values, out, actions) {
      if (actions !== undefined) return bestActions(layout, values, out, actions);
      return layout.few && longRuns ? backupFew(layout, values, out) : backupFours(layout, values, out);
    },
    evaluate: (actions, values) =>
      layout.few ? evaluateFew(layout, actions, values) : evaluateFours(layout, actions, values),
  };
}

function separateSweeps(mdp: FiniteMdp, discount: number, order: Int32Array, positionOf: Int32Array): Sweeps {
  const { numStates, numActions, rowStart, nextState, probability, expectedReward } = mdp;
  let count = 0;
  for (let k = 0; k < nextState.length; k++) if (goesOn(mdp, k)) count += 1;
  const start = new Int32Array(numStates * numActions + 1);
  const next = new Int32Array(count);
  const weight = new Float64Array(count);
  const reward = new Float64Array(numStates * numActions);
  count = 0;
  for (let position = 0, to = 0; position < numStates; position++) {
    for (let action = 0; action < numActions; action++, to++) {
      const row = order[position] * numActions + action;
      reward[to] = expectedReward[row];
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (!goesOn(mdp, k)) continue;
        next[count] = positionOf[nextState[k]];
        weight[count++] = discount * probability[k];
      }
      start[to + 1] = count;
    }
  }
  return {
    order,
    backup(values, out, actions) {
      let change = 0;
      for (let position = 0, row = 0, k = 0; position < numStates; position++) {
        let best = -Infinity;
        for (let action = 0; action < numActions; action++, row++) {
          const end = start[row + 1];
          let q = reward[row];
          for (; k < end; k++) q += weight[k] * values[next[k]];
          if (q > best) {
            best = q;
            if (actions !== undefined) actions[position] = action;
          }
        }
        change = Math.max(change, Math.abs(best - values[position]));
        out[position] = best;
      }
      return change;
    },
    evaluate(actions, values) {
      let change = 0;
      for (let position = 0; position < numStates; position++) {
        const row = position * numActions + actions[position];
        let value = reward[row];
        for (let k = start[row]; k < start[row + 1]; k++) value += weight[k] * values[next[k]];
        change = Math.max(change, Math.abs(value - values[position]));
        values[position] = value;
      }
      return change;
    },
  };
}
