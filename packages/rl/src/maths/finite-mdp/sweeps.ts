import type { FiniteMdp } from "@advantage/envs";
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
  backup(values: Float64Array, discount: number, out: Float64Array, actions?: Int32Array): number;
}

/** Actions that are computed side by side. */
const LANES = 4;

/**
 * Lays an MDP out for sweeps.
 *
 * Where the actions of a state share their successors, as on a grid, each successor is stored once, with one weight for each action: the values are
 * fetched once for four actions, whose sums run side by side. Where they do not, as in a Garnet, each action has its own row.
 *
 * @param order  the states in the order of the sweep; by number if left out
 */
export function sweepsOf(mdp: FiniteMdp, order = naturalOrder(mdp.numStates)): Sweeps {
  const positionOf = new Int32Array(mdp.numStates);
  for (let position = 0; position < order.length; position++) positionOf[order[position]] = position;
  const shared = sharedStart(mdp, order);
  const lanes = LANES * Math.ceil(mdp.numActions / LANES);
  // Padding and absent transitions are multiplied too, but faster.
  const worthIt = lanes * shared[mdp.numStates] <= 2 * mdp.nextState.length;
  return worthIt ? sharedSweeps(mdp, order, positionOf, shared, lanes) : separateSweeps(mdp, order, positionOf);
}

export function naturalOrder(numStates: number): Int32Array {
  return Int32Array.from({ length: numStates }, (_, state) => state);
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

/** Whether transition k goes on, to a state whose value counts. */
function goesOn({ terminated, terminal, nextState, probability }: FiniteMdp, k: number): boolean {
  return terminated[k] === 0 && terminal[nextState[k]] === 0 && probability[k] > 0;
}

/** Where each position's successors begin, if those of all its actions stand together, each once  [S + 1] */
function sharedStart(mdp: FiniteMdp, order: Int32Array): Int32Array {
  const { numStates, numActions, rowStart, nextState } = mdp;
  const start = new Int32Array(numStates + 1);
  const seenBy = new Int32Array(numStates).fill(-1);
  for (let position = 0, count = 0; position < numStates; position++) {
    const row = order[position] * numActions;
    for (let k = rowStart[row]; k < rowStart[row + numActions]; k++) {
      if (!goesOn(mdp, k) || seenBy[nextState[k]] === position) continue;
      seenBy[nextState[k]] = position;
      count += 1;
    }
    start[position + 1] = count;
  }
  return start;
}

function sharedSweeps(
  mdp: FiniteMdp,
  order: Int32Array,
  positionOf: Int32Array,
  start: Int32Array,
  lanes: number,
): Sweeps {
  const { numStates, numActions, rowStart, nextState, probability, expectedReward } = mdp;
  const count = start[numStates];
  const next = new Int32Array(count);
  // Of a position with n successors: for every four actions, n × 4 weights.
  const weight = new Float64Array(count * lanes);
  const reward = new Float64Array(numStates * lanes).fill(-Infinity); // no action: never the best
  const placeOf = new Int32Array(numStates).fill(-1);
  for (let position = 0, filled = 0; position < numStates; position++) {
    const first = start[position];
    const size = start[position + 1] - first;
    for (let action = 0; action < numActions; action++) {
      const row = order[position] * numActions + action;
      const block = first * lanes + (action - (action % LANES)) * size + (action % LANES);
      reward[position * lanes + action] = expectedReward[row];
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (!goesOn(mdp, k)) continue;
        let place = placeOf[nextState[k]];
        if (place < first) {
          place = filled++;
          placeOf[nextState[k]] = place;
          next[place] = positionOf[nextState[k]];
        }
        weight[block + LANES * (place - first)] += probability[k];
      }
    }
  }
  const blocks = lanes / LANES;
  const layout = { start, next, weight, reward };
  return {
    order,
    backup: (values, discount, out, actions) => {
      if (actions !== undefined) return bestActions(layout, blocks, values, discount, out, actions);
      return blocks === 1
        ? backupFour(layout, values, discount, out)
        : backupBlocks(layout, blocks, values, discount, out);
    },
  };
}

/** Of the shared layout: successors of each position, their weights by four actions, the actions' rewards. */
interface SharedLayout {
  readonly start: Int32Array;
  readonly next: Int32Array;
  readonly weight: Float64Array;
  readonly reward: Float64Array;
}

/** A sweep over up to four actions: the inner loop of large problems, kept free of everything else. */
function backupFour(
  { start, next, weight, reward }: SharedLayout,
  values: Float64Array,
  discount: number,
  out: Float64Array,
): number {
  let change = 0;
  for (let position = 0, row = 0, k = 0, t = 0; position < out.length; position++, row += LANES) {
    const to = start[position + 1];
    let q0 = 0;
    let q1 = 0;
    let q2 = 0;
    let q3 = 0;
    for (; k < to; k++, t += LANES) {
      const value = values[next[k]];
      q0 += weight[t] * value;
      q1 += weight[t + 1] * value;
      q2 += weight[t + 2] * value;
      q3 += weight[t + 3] * value;
    }
    const best = Math.max(
      Math.max(reward[row] + discount * q0, reward[row + 1] + discount * q1),
      Math.max(reward[row + 2] + discount * q2, reward[row + 3] + discount * q3),
    );
    change = Math.max(change, Math.abs(best - values[position]));
    out[position] = best;
  }
  return change;
}

/** A sweep over any number of actions, four by four. */
function backupBlocks(
  { start, next, weight, reward }: SharedLayout,
  blocks: number,
  values: Float64Array,
  discount: number,
  out: Float64Array,
): number {
  let change = 0;
  for (let position = 0, row = 0, t = 0; position < out.length; position++) {
    let best = -Infinity;
    for (let block = 0; block < blocks; block++, row += LANES) {
      let q0 = 0;
      let q1 = 0;
      let q2 = 0;
      let q3 = 0;
      for (let k = start[position]; k < start[position + 1]; k++, t += LANES) {
        const value = values[next[k]];
        q0 += weight[t] * value;
        q1 += weight[t + 1] * value;
        q2 += weight[t + 2] * value;
        q3 += weight[t + 3] * value;
      }
      best = Math.max(
        best,
        reward[row] + discount * q0,
        reward[row + 1] + discount * q1,
        reward[row + 2] + discount * q2,
        reward[row + 3] + discount * q3,
      );
    }
    change = Math.max(change, Math.abs(best - values[position]));
    out[position] = best;
  }
  return change;
}

/** A sweep that also notes the best actions. */
function bestActions(
  { start, next, weight, reward }: SharedLayout,
  blocks: number,
  values: Float64Array,
  discount: number,
  out: Float64Array,
  actions: Int32Array,
): number {
  let change = 0;
  for (let position = 0, row = 0, t = 0; position < out.length; position++) {
    const size = start[position + 1] - start[position];
    let best = -Infinity;
    for (let block = 0; block < blocks; block++, t += LANES * size) {
      for (let lane = 0; lane < LANES; lane++, row++) {
        let q = 0;
        for (let i = 0; i < size; i++) q += weight[t + LANES * i + lane] * values[next[start[position] + i]];
        q = reward[row] + discount * q;
        if (q > best) {
          best = q;
          actions[position] = LANES * block + lane;
        }
      }
    }
    change = Math.max(change, Math.abs(best - values[position]));
    out[position] = best;
  }
  return change;
}

function separateSweeps(mdp: FiniteMdp, order: Int32Array, positionOf: Int32Array): Sweeps {
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
        weight[count++] = probability[k];
      }
      start[to + 1] = count;
    }
  }
  return {
    order,
    backup(values, discount, out, actions) {
      let change = 0;
      for (let position = 0, row = 0, k = 0; position < numStates; position++) {
        let best = -Infinity;
        for (let action = 0; action < numActions; action++, row++) {
          const end = start[row + 1];
          let sum = 0;
          for (; k < end; k++) sum += weight[k] * values[next[k]];
          const q = reward[row] + discount * sum;
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
  };
}
