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
  backup(values: Float64Array, out: Float64Array, actions?: Int32Array): number;
}

/** Actions that are computed side by side. */
const LANES = 4;

/**
 * Lays an MDP out for sweeps.
 *
 * Where the actions of a state share their successors, as on a grid, each successor is stored once, with one weight for each action: the values are
 * fetched once for four actions, whose sums run side by side. Where they do not, as in a Garnet, each action has its own row.
 *
 * @param discount  γ in [0, 1], multiplied into the weights
 * @param order     the states in the order of the sweep; by number if left out
 */
export function sweepsOf(mdp: FiniteMdp, discount: number, order = naturalOrder(mdp.numStates)): Sweeps {
  const positionOf = new Int32Array(mdp.numStates);
  for (let position = 0; position < order.length; position++) positionOf[order[position]] = position;
  const shared = sharedStart(mdp, order);
  const lanes = LANES * Math.ceil(mdp.numActions / LANES);
  // Padding and absent transitions are multiplied too, but faster.
  const worthIt = lanes * shared[mdp.numStates] <= 2 * mdp.nextState.length;
  return worthIt
    ? sharedSweeps(mdp, discount, order, positionOf, shared, lanes)
    : separateSweeps(mdp, discount, order, positionOf);
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

/**
 * One list of integers and one of reals, read from front to back: the fewer arrays, the more of them the machine keeps in registers.
 */
interface SharedLayout {
  /** For each position: the number n of its successors, then their positions. */
  readonly successors: Int32Array;
  /** For each position and every four actions: their rewards, then for each successor their weights γp. */
  readonly model: Float64Array;
  /** Fours of actions; missing ones have the reward −∞. */
  readonly blocks: number;
}

function sharedSweeps(
  mdp: FiniteMdp,
  discount: number,
  order: Int32Array,
  positionOf: Int32Array,
  start: Int32Array,
  lanes: number,
): Sweeps {
  const { numStates, numActions, rowStart, nextState, probability, expectedReward } = mdp;
  const successors = new Int32Array(numStates + start[numStates]);
  const model = new Float64Array((numStates + start[numStates]) * lanes);
  const placeOf = new Int32Array(numStates).fill(-1); // of a successor in `successors`
  for (let position = 0; position < numStates; position++) {
    const head = position + start[position];
    const size = start[position + 1] - start[position];
    successors[head] = size;
    let filled = head;
    for (let action = 0; action < lanes; action++) {
      const block = head * lanes + (action - (action % LANES)) * (size + 1) + (action % LANES);
      model[block] = -Infinity; // no action: never the best
      if (action >= numActions) continue;
      const row = order[position] * numActions + action;
      model[block] = expectedReward[row];
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (!goesOn(mdp, k)) continue;
        let place = placeOf[nextState[k]];
        if (place <= head) {
          place = ++filled;
          placeOf[nextState[k]] = place;
          successors[place] = positionOf[nextState[k]];
        }
        model[block + LANES * (place - head)] += discount * probability[k];
      }
    }
  }
  const layout = { successors, model, blocks: lanes / LANES };
  return {
    order,
    backup(values, out, actions) {
      if (actions !== undefined) return bestActions(layout, values, out, actions);
      return layout.blocks === 1 ? backupFour(layout, values, out) : backupBlocks(layout, values, out);
    },
  };
}

/** A sweep over up to four actions: the inner loop of large problems, kept free of everything else. */
function backupFour({ successors, model }: SharedLayout, values: Float64Array, out: Float64Array): number {
  let change = 0;
  for (let position = 0, k = 0, t = 0; position < out.length; position++) {
    const end = k + successors[k];
    let q0 = model[t];
    let q1 = model[t + 1];
    let q2 = model[t + 2];
    let q3 = model[t + 3];
    t += 4; // LANES: as a number, which bundlers leave alone
    for (k++; k <= end; k++, t += 4) {
      const value = values[successors[k]];
      q0 += model[t] * value;
      q1 += model[t + 1] * value;
      q2 += model[t + 2] * value;
      q3 += model[t + 3] * value;
    }
    const best = Math.max(Math.max(q0, q1), Math.max(q2, q3));
    change = Math.max(change, Math.abs(best - values[position]));
    out[position] = best;
  }
  return change;
}

/** A sweep over any number of actions, four by four. */
function backupBlocks({ successors, model, blocks }: SharedLayout, values: Float64Array, out: Float64Array): number {
  let change = 0;
  for (let position = 0, head = 0, t = 0; position < out.length; position++) {
    const end = head + successors[head];
    let best = -Infinity;
    for (let block = 0; block < blocks; block++) {
      let q0 = model[t];
      let q1 = model[t + 1];
      let q2 = model[t + 2];
      let q3 = model[t + 3];
      t += 4;
      for (let k = head + 1; k <= end; k++, t += 4) {
        const value = values[successors[k]];
        q0 += model[t] * value;
        q1 += model[t + 1] * value;
        q2 += model[t + 2] * value;
        q3 += model[t + 3] * value;
      }
      best = Math.max(best, Math.max(q0, q1), Math.max(q2, q3));
    }
    change = Math.max(change, Math.abs(best - values[position]));
    out[position] = best;
    head = end + 1;
  }
  return change;
}

/** A sweep that also notes the best actions. */
function bestActions(
  { successors, model, blocks }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
  actions: Int32Array,
): number {
  let change = 0;
  for (let position = 0, head = 0, t = 0; position < out.length; position++) {
    const size = successors[head];
    let best = -Infinity;
    for (let block = 0; block < blocks; block++, t += LANES * (size + 1)) {
      for (let lane = 0; lane < LANES; lane++) {
        let q = model[t + lane];
        for (let i = 1; i <= size; i++) q += model[t + LANES * i + lane] * values[successors[head + i]];
        if (q > best) {
          best = q;
          actions[position] = LANES * block + lane;
        }
      }
    }
    change = Math.max(change, Math.abs(best - values[position]));
    out[position] = best;
    head += size + 1;
  }
  return change;
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
  };
}
