import type { FiniteMdp } from "@advantage/envs";
import { goesOn } from "./continuation.js";
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

/** Actions that are computed side by side. */
const LANES = 4;

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

export function naturalOrder(numStates: number): Int32Array {
  const order = new Int32Array(numStates);
  for (let state = 0; state < numStates; state++) order[state] = state;
  return order;
}

/** The position of each state: the order itself if that is the natural one  [S] */
function positionsIn(order: Int32Array): Int32Array {
  let position = 0;
  while (position < order.length && order[position] === position) position++;
  if (position === order.length) return order;
  const positionOf = new Int32Array(order.length);
  for (position = 0; position < order.length; position++) positionOf[order[position]] = position;
  return positionOf;
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

/** Where each position's successors begin, if those of all its actions stand together, each once  [S + 1] */
function sharedStart(mdp: FiniteMdp, order: Int32Array): Int32Array {
  const { numStates, numActions, rowStart, nextState } = mdp;
  const start = new Int32Array(numStates + 1);
  const seenBy = new Int32Array(numStates).fill(-1);
  for (let position = 0, count = 0; position < numStates; position++) {
    const row = order[position] * numActions;
    const end = rowStart[row + numActions];
    for (let k = rowStart[row]; k < end; k++) {
      if (seenBy[nextState[k]] === position || !goesOn(mdp, k)) continue;
      seenBy[nextState[k]] = position;
      count += 1;
    }
    start[position + 1] = count;
  }
  return start;
}

/** Successors that a layout of few takes at once. A move to each side and none: enough for a grid. */
const FEW = 5;

/**
 * Positions that follow each other often differ in nothing but their rewards and who their successors are: most cells of a grid. Such a run has its weights
 * once, so that a sweep keeps them at hand and memory holds them once, wherever they occur (Kourtis, Goumas & Koziris 2008, "Optimizing sparse
 * matrix-vector multiplication using index and value compression").
 */
interface SharedLayout {
  /** For each run: the position behind it, the number n of successors of each of its positions, where its block of `weights` begins. */
  readonly runs: Int32Array;
  /** The positions of the successors of each position in turn, and `FEW` zeros  [M + FEW] */
  readonly successors: Int32Array;
  /** Blocks: for every four actions, their weights γp for each successor. */
  readonly weights: Float64Array;
  /** Of the actions of each run, or if they stand `apart` of each position; −∞ for those that are missing in the last four. */
  readonly rewards: Float64Array;
  /** Whether each position has rewards of its own: where most runs would end with them otherwise. */
  readonly apart: boolean;
  /** Fours of actions. */
  readonly fours: number;
  /** Whether there are at most four actions and `FEW` successors: blocks then have `FEW` of them, with weights of 0 from n on. */
  readonly few: boolean;
}

/** Positions that a run must have on average for its numbers to be worth fetching first. */
const LONG = 4;

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

function sharedLayout(
  mdp: FiniteMdp,
  discount: number,
  order: Int32Array,
  positionOf: Int32Array,
  start: Int32Array,
  lanes: number,
): SharedLayout {
  const { numStates, numActions, rowStart, nextState, probability } = mdp;
  let most = 0;
  for (let position = 0; position < numStates; position++) most = Math.max(most, start[position + 1] - start[position]);
  const few = lanes === LANES && most <= FEW;
  const successors = new Int32Array(start[numStates] + FEW);
  // As large as they can get: cut to what is used at the end.
  const weights = new Float64Array(lanes * (few ? numStates * FEW : start[numStates]));
  const blocks = knownBlocks(weights);
  const blockOf = new Int32Array(numStates);
  const placeOf = new Int32Array(numStates).fill(-1); // of a successor in `successors`
  let weightsEnd = 0;
  /** Notes a position's successors; where its block is. A function of its own is compiled sooner than a long loop: until then every number is garbage. */
  const layOut = (position: number): number => {
    const head = start[position];
    const size = start[position + 1] - head;
    const rows = few ? FEW : size;
    let filled = head;
    for (let action = 0; action < numActions; action++) {
      const lane = action % LANES;
      const at = weightsEnd + (action - lane) * rows + lane;
      const row = order[position] * numActions + action;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (!goesOn(mdp, k)) continue;
        let place = placeOf[nextState[k]];
        if (place < head) {
          place = filled++;
          placeOf[nextState[k]] = place;
          successors[place] = positionOf[nextState[k]];
        }
        weights[at + LANES * (place - head)] += discount * probability[k];
      }
    }
    const block = blocks.find(weightsEnd, lanes * rows);
    if (block === weightsEnd) weightsEnd += lanes * rows;
    else weights.fill(0, weightsEnd, weightsEnd + lanes * rows);
    return block;
  };
  for (let position = 0; position < numStates; position++) blockOf[position] = layOut(position);
  const withRewards = runsOf(start, blockOf, (position) => sameRewards(mdp, order[position], order[position - 1]));
  const apart = LONG * (withRewards.length / 3) > numStates;
  const runs = apart ? runsOf(start, blockOf, () => true) : withRewards;
  return {
    runs,
    successors,
    weights: used(weights, weightsEnd),
    rewards: rewardsOf(mdp, apart ? order : headsOf(runs, order), lanes),
    apart,
    fours: lanes / LANES,
    few,
  };
}

/** Joins positions with the same number of successors and the same block, where `joins` lets a position go with the one before. */
function runsOf(start: Int32Array, blockOf: Int32Array, joins: (position: number) => boolean): Int32Array {
  const runs = new Int32Array(3 * blockOf.length);
  let end = 0;
  for (let position = 0; position < blockOf.length; position++) {
    const size = start[position + 1] - start[position];
    const block = blockOf[position];
    if (end === 0 || runs[end - 1] !== block || runs[end - 2] !== size || !joins(position)) {
      runs[end + 1] = size;
      runs[end + 2] = block;
      end += 3;
    }
    runs[end - 3] = position + 1;
  }
  return used(runs, end);
}

function sameRewards({ numActions, expectedReward }: FiniteMdp, a: number, b: number): boolean {
  for (let action = 0; action < numActions; action++) {
    if (expectedReward[a * numActions + action] !== expectedReward[b * numActions + action]) return false;
  }
  return true;
}

/** The state at which each run begins. */
function headsOf(runs: Int32Array, order: Int32Array): Int32Array {
  const heads = new Int32Array(runs.length / 3);
  for (let run = 0; run < heads.length; run++) heads[run] = order[run === 0 ? 0 : runs[3 * run - 3]];
  return heads;
}

/** The expected rewards of some states, filled up with −∞, which is never the best  [states·lanes] */
function rewardsOf({ numActions, expectedReward }: FiniteMdp, states: Int32Array, lanes: number): Float64Array {
  if (lanes * states.length === expectedReward.length && positionsIn(states) === states) return expectedReward;
  const rewards = new Float64Array(states.length * lanes).fill(-Infinity);
  for (let i = 0, to = 0; i < states.length; i++, to += lanes) {
    const from = states[i] * numActions;
    for (let action = 0; action < numActions; action++) rewards[to + action] = expectedReward[from + action];
  }
  return rewards;
}

/** The first `length` numbers: as a copy where that lets go of most of the array. */
function used<T extends Int32Array | Float64Array>(array: T, length: number): T {
  return (2 * length < array.length ? array.slice(0, length) : array.subarray(0, length)) as T;
}

/** Blocks of weights that have been seen lately. Some that are equal can be missed, which costs memory and no more. */
function knownBlocks(weights: Float64Array): { find(start: number, length: number): number } {
  const bits = new Int32Array(weights.buffer);
  const known = new Int32Array(4096).fill(-1);
  let last = 0;
  const same = (a: number, b: number, length: number) => {
    if (a + length > b) return false; // would reach into itself: a shorter block, at the end
    for (let i = 0; i < 2 * length; i++) if (bits[2 * a + i] !== bits[2 * b + i]) return false;
    return true;
  };
  return {
    /** Where the block that begins at `start` stands already; `start` if nowhere. */
    find(start, length) {
      if (same(last, start, length)) return last;
      let hash = length;
      for (let i = 2 * start; i < 2 * (start + length); i++) {
        hash = Math.imul(hash ^ bits[i], 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      const slot = hash & 4095;
      if (known[slot] === -1 || !same(known[slot], start, length)) known[slot] = start;
      last = known[slot];
      return last;
    },
  };
}

/** A sweep over at most four actions and `FEW` successors, in long runs. */
function backupFew(layout: SharedLayout, values: Float64Array, out: Float64Array): number {
  const { runs, apart } = layout;
  const change = new Float64Array(1);
  for (let run = 0, position = 0, k = 0; run < runs.length; run += 3) {
    if (apart) backupRunApart(layout, values, out, run, position, k, 4 * position, change);
    else backupRun(layout, values, out, run, position, k, 4 * (run / 3), change);
    k += runs[run + 1] * (runs[run] - position);
    position = runs[run];
  }
  return change[0];
}

/**
 * The inner loop of large problems, kept free of everything else: over one run, from a position, its successors' place and that of its rewards on. Raises
 * `change` to the largest one. The run's numbers stand in variables, for each read from an array is checked against its length; and a comparison is faster than
 * Math.max, which minds NaN and −0.
 */
function backupRun(
  { runs, successors, weights, rewards }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
  run: number,
  from: number,
  head: number,
  start: number,
  change: Float64Array,
): void {
  const end = runs[run];
  const size = runs[run + 1];
  const t = runs[run + 2];
  const a0 = weights[t];
  const a1 = weights[t + 1];
  const a2 = weights[t + 2];
  const a3 = weights[t + 3];
  const b0 = weights[t + 4];
  const b1 = weights[t + 5];
  const b2 = weights[t + 6];
  const b3 = weights[t + 7];
  const c0 = weights[t + 8];
  const c1 = weights[t + 9];
  const c2 = weights[t + 10];
  const c3 = weights[t + 11];
  const d0 = weights[t + 12];
  const d1 = weights[t + 13];
  const d2 = weights[t + 14];
  const d3 = weights[t + 15];
  const e0 = weights[t + 16];
  const e1 = weights[t + 17];
  const e2 = weights[t + 18];
  const e3 = weights[t + 19];
  const r0 = rewards[start];
  const r1 = rewards[start + 1];
  const r2 = rewards[start + 2];
  const r3 = rewards[start + 3];
  let largest = change[0];
  for (let position = from, k = head; position < end; position++, k += size) {
    // From the size on these are the successors of others, whose weight here is 0.
    const a = values[successors[k]];
    const b = values[successors[k + 1]];
    const c = values[successors[k + 2]];
    const d = values[successors[k + 3]];
    const e = values[successors[k + 4]];
    const q0 = r0 + a0 * a + b0 * b + c0 * c + d0 * d + e0 * e;
    const q1 = r1 + a1 * a + b1 * b + c1 * c + d1 * d + e1 * e;
    const q2 = r2 + a2 * a + b2 * b + c2 * c + d2 * d + e2 * e;
    const q3 = r3 + a3 * a + b3 * b + c3 * c + d3 * d + e3 * e;
    const q01 = q1 > q0 ? q1 : q0;
    const q23 = q3 > q2 ? q3 : q2;
    const best = q23 > q01 ? q23 : q01;
    const difference = Math.abs(best - values[position]);
    if (difference > largest) largest = difference;
    out[position] = best;
  }
  change[0] = largest;
}

/** The same where each position has rewards of its own, which costs loads that others are spared. */
function backupRunApart(
  { runs, successors, weights, rewards }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
  run: number,
  from: number,
  head: number,
  start: number,
  change: Float64Array,
): void {
  const end = runs[run];
  const size = runs[run + 1];
  const t = runs[run + 2];
  const a0 = weights[t];
  const a1 = weights[t + 1];
  const a2 = weights[t + 2];
  const a3 = weights[t + 3];
  const b0 = weights[t + 4];
  const b1 = weights[t + 5];
  const b2 = weights[t + 6];
  const b3 = weights[t + 7];
  const c0 = weights[t + 8];
  const c1 = weights[t + 9];
  const c2 = weights[t + 10];
  const c3 = weights[t + 11];
  const d0 = weights[t + 12];
  const d1 = weights[t + 13];
  const d2 = weights[t + 14];
  const d3 = weights[t + 15];
  const e0 = weights[t + 16];
  const e1 = weights[t + 17];
  const e2 = weights[t + 18];
  const e3 = weights[t + 19];
  let largest = change[0];
  for (let position = from, k = head, r = start; position < end; position++, k += size, r += 4) {
    // From the size on these are the successors of others, whose weight here is 0.
    const a = values[successors[k]];
    const b = values[successors[k + 1]];
    const c = values[successors[k + 2]];
    const d = values[successors[k + 3]];
    const e = values[successors[k + 4]];
    const q0 = rewards[r] + a0 * a + b0 * b + c0 * c + d0 * d + e0 * e;
    const q1 = rewards[r + 1] + a1 * a + b1 * b + c1 * c + d1 * d + e1 * e;
    const q2 = rewards[r + 2] + a2 * a + b2 * b + c2 * c + d2 * d + e2 * e;
    const q3 = rewards[r + 3] + a3 * a + b3 * b + c3 * c + d3 * d + e3 * e;
    const q01 = q1 > q0 ? q1 : q0;
    const q23 = q3 > q2 ? q3 : q2;
    const best = q23 > q01 ? q23 : q01;
    const difference = Math.abs(best - values[position]);
    if (difference > largest) largest = difference;
    out[position] = best;
  }
  change[0] = largest;
}

/** A sweep over any number of actions, four by four, and of successors, in runs of any length. */
function backupFours(
  { runs, successors, weights, rewards, apart, fours }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
): number {
  let change = 0;
  for (let run = 0, position = 0, head = 0, r = 0; run < runs.length; run += 3) {
    const size = runs[run + 1];
    for (let r0 = r; position < runs[run]; position++, head += size) {
      if (!apart) r = r0;
      let best = -Infinity;
      for (let four = 0, t = runs[run + 2]; four < fours; four++, r += 4) {
        // 4: LANES, as a number, which bundlers leave alone
        let q0 = rewards[r];
        let q1 = rewards[r + 1];
        let q2 = rewards[r + 2];
        let q3 = rewards[r + 3];
        for (let k = head; k < head + size; k++, t += 4) {
          const value = values[successors[k]];
          q0 += weights[t] * value;
          q1 += weights[t + 1] * value;
          q2 += weights[t + 2] * value;
          q3 += weights[t + 3] * value;
        }
        best = Math.max(best, Math.max(q0, q1), Math.max(q2, q3));
      }
      change = Math.max(change, Math.abs(best - values[position]));
      out[position] = best;
    }
  }
  return change;
}

/** A sweep that also notes the best actions. */
function bestActions(layout: SharedLayout, values: Float64Array, out: Float64Array, actions: Int32Array): number {
  const { runs, apart, fours } = layout;
  const change = new Float64Array(1);
  for (let run = 0, position = 0, head = 0; run < runs.length; run += 3) {
    const size = runs[run + 1];
    for (; position < runs[run]; position++, head += size) {
      const r = LANES * fours * (apart ? position : run / 3);
      actions[position] = bestAction(layout, values, out, position, head, size, runs[run + 2], r, change);
    }
  }
  return change[0];
}

/** The best action of a position whose successors begin at `head`, its block at `t`, its rewards at `r`. Writes its value, raises `change`. */
function bestAction(
  { successors, weights, rewards, fours, few }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
  position: number,
  head: number,
  size: number,
  t: number,
  r: number,
  change: Float64Array,
): number {
  const rows = few ? FEW : size;
  let best = -Infinity;
  let action = 0;
  for (let i = 0; i < LANES * fours; i++) {
    const lane = i % LANES;
    const column = t + (i - lane) * rows + lane;
    let q = rewards[r + i];
    for (let k = 0; k < size; k++) q += weights[column + LANES * k] * values[successors[head + k]];
    if (q > best) {
      best = q;
      action = i;
    }
  }
  change[0] = Math.max(change[0], Math.abs(best - values[position]));
  out[position] = best;
  return action;
}

/** A sweep in place over the given actions, of at most four, and at most `FEW` successors. */
function evaluateFew(layout: SharedLayout, actions: Int32Array, values: Float64Array): number {
  const { runs, apart } = layout;
  const change = new Float64Array(1);
  for (let run = 0, position = 0, k = 0; run < runs.length; run += 3) {
    evaluateRun(layout, actions, values, run, position, k, 4 * (apart ? position : run / 3), change);
    k += runs[run + 1] * (runs[run] - position);
    position = runs[run];
  }
  return change[0];
}

/** One run of it: see `backupRun`. */
function evaluateRun(
  { runs, successors, weights, rewards, apart }: SharedLayout,
  actions: Int32Array,
  values: Float64Array,
  run: number,
  from: number,
  head: number,
  start: number,
  change: Float64Array,
): void {
  const end = runs[run];
  const size = runs[run + 1];
  const block = runs[run + 2];
  const stride = apart ? 4 : 0;
  let largest = change[0];
  for (let position = from, k = head, r = start; position < end; position++, k += size, r += stride) {
    const t = block + actions[position];
    const value =
      rewards[r + actions[position]] +
      weights[t] * values[successors[k]] +
      weights[t + 4] * values[successors[k + 1]] +
      weights[t + 8] * values[successors[k + 2]] +
      weights[t + 12] * values[successors[k + 3]] +
      weights[t + 16] * values[successors[k + 4]];
    const difference = Math.abs(value - values[position]);
    if (difference > largest) largest = difference;
    values[position] = value;
  }
  change[0] = largest;
}

/** A sweep in place over the given actions, of any number. */
function evaluateFours(
  { runs, successors, weights, rewards, apart, fours }: SharedLayout,
  actions: Int32Array,
  values: Float64Array,
): number {
  let change = 0;
  for (let run = 0, position = 0, k = 0; run < runs.length; run += 3) {
    const size = runs[run + 1];
    for (; position < runs[run]; position++) {
      const lane = actions[position] % LANES;
      let t = runs[run + 2] + (actions[position] - lane) * size + lane;
      let value = rewards[LANES * fours * (apart ? position : run / 3) + actions[position]];
      for (const end = k + size; k < end; k++, t += LANES) value += weights[t] * values[successors[k]];
      change = Math.max(change, Math.abs(value - values[position]));
      values[position] = value;
    }
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
