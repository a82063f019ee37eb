import type { FiniteMdp } from "@advantage/envs";
import { goesOn } from "./continuation.js";

/** Actions that are computed side by side. */
export const LANES = 4;

/** Successors that a layout of few takes at once. A move to each side and none: enough for a grid. */
export const FEW = 5;

/**
 * Positions that follow each other often differ in nothing but their rewards and who their successors are: most cells of a grid. Such a run has its weights
 * once, so that a sweep keeps them at hand and memory holds them once, wherever they occur (Kourtis, Goumas & Koziris 2008, "Optimizing sparse
 * matrix-vector multiplication using index and value compression").
 */
export interface SharedLayout {
  /** For each run: the position behind it, the number n of successors of each of its positions, where its block of `weights` begins. */
  readonly runs: Int32Array;
  /** The positions of the successors of each position in turn, and `FEW` zeros  [M + FEW] */
  readonly successors: Int32Array;
  /** Blocks: for every four actions, their weights γp for each successor. */
  readonly weights: Float64Array;
  /** Rewards of the actions of each run, or if they stand `apart` of each position; −∞ for those that are missing in the last four. */
  readonly rewards: Float64Array;
  /** Whether each position has rewards of its own: where most runs would end with them otherwise. */
  readonly apart: boolean;
  /** Fours of actions. */
  readonly fours: number;
  /** Whether there are at most four actions and `FEW` successors: blocks then have `FEW` of them, with weights of 0 from n on. */
  readonly few: boolean;
}

/** Positions that a run must have on average for its numbers to be worth fetching first. */
export const LONG = 4;

/** The position of each state: the order itself if that is the natural one  [S] */
export function positionsIn(order: Int32Array): Int32Array {
  let position = 0;
  while (position < order.length && order[position] === position) position++;
  if (position === order.length) return order;
  const positionOf = new Int32Array(order.length);
  for (position = 0; position < order.length; position++) positionOf[order[position]] = position;
  return positionOf;
}

/** Where each position's successors begin, if those of all its actions stand together, each once  [S + 1] */
export function sharedStart(mdp: FiniteMdp, order: Int32Array): Int32Array {
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

/** Layout of a whole MDP for sweeps over shared outcomes, with its states in a given order. */
export function sharedLayout(
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
