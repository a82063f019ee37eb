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
  const positionOf = new Int32Array(mdp.numStates);
  for (let position = 0; position < order.length; position++) positionOf[order[position]] = position;
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
 * Positions that follow each other often differ in nothing but who their successors are: most cells of a grid. Such a run has its numbers once, so that a
 * sweep keeps them at hand and memory holds them once, wherever they occur (Kourtis, Goumas & Koziris 2008, "Optimizing sparse
 * matrix-vector multiplication using index and value compression").
 */
interface SharedLayout {
  /** For each run: the position behind it, the number n of successors of each of its positions, where its block of `model` begins. */
  readonly runs: Int32Array;
  /** The positions of the successors of each position in turn, and `FEW` zeros  [M + FEW] */
  readonly successors: Int32Array;
  /** Blocks: for every four actions their rewards, then for each successor their weights γp. */
  readonly model: Float64Array;
  /** Fours of actions; missing ones have the reward −∞. */
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
  const { numStates, numActions, rowStart, nextState, probability, expectedReward } = mdp;
  let most = 0;
  for (let position = 0; position < numStates; position++) most = Math.max(most, start[position + 1] - start[position]);
  const few = lanes === LANES && most <= FEW;
  const successors = new Int32Array(start[numStates] + FEW);
  // As large as they can get: cut to what is used at the end.
  const runs = new Int32Array(3 * numStates);
  const model = new Float64Array(lanes * (few ? numStates * (1 + FEW) : numStates + start[numStates]));
  const blocks = knownBlocks(model);
  const placeOf = new Int32Array(numStates).fill(-1); // of a successor in `successors`
  let runsEnd = 0;
  let modelEnd = 0;
  for (let position = 0; position < numStates; position++) {
    const head = start[position];
    const size = start[position + 1] - head;
    const rows = 1 + (few ? FEW : size);
    let filled = head;
    for (let action = 0; action < lanes; action++) {
      const lane = action % LANES;
      const at = modelEnd + (action - lane) * rows + lane;
      model[at] = -Infinity; // no action: never the best
      if (action >= numActions) continue;
      const row = order[position] * numActions + action;
      model[at] = expectedReward[row];
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (!goesOn(mdp, k)) continue;
        let place = placeOf[nextState[k]];
        if (place < head) {
          place = filled++;
          placeOf[nextState[k]] = place;
          successors[place] = positionOf[nextState[k]];
        }
        model[at + LANES * (1 + place - head)] += discount * probability[k];
      }
    }
    const block = blocks.find(modelEnd, lanes * rows);
    if (block === modelEnd) modelEnd += lanes * rows;
    else model.fill(0, modelEnd, modelEnd + lanes * rows);
    const goesWithLast = runsEnd > 0 && runs[runsEnd - 1] === block && runs[runsEnd - 2] === size;
    if (!goesWithLast) {
      runs[runsEnd + 1] = size;
      runs[runsEnd + 2] = block;
      runsEnd += 3;
    }
    runs[runsEnd - 3] = position + 1;
  }
  return { runs: used(runs, runsEnd), successors, model: used(model, modelEnd), fours: lanes / LANES, few };
}

/** The first `length` numbers: as a copy where that lets go of most of the array. */
function used<T extends Int32Array | Float64Array>(array: T, length: number): T {
  return (2 * length < array.length ? array.slice(0, length) : array.subarray(0, length)) as T;
}

/** Blocks of a model that have been seen lately. Some that are equal can be missed, which costs memory and no more. */
function knownBlocks(model: Float64Array): { find(start: number, length: number): number } {
  const bits = new Uint32Array(model.buffer);
  const known = new Int32Array(4096).fill(-1);
  let last = 0;
  const same = (a: number, b: number, length: number) => {
    if (a + length > b) return false; // would reach into itself: a shorter block, at the end
    for (let i = 0; i < length; i++) if (model[a + i] !== model[b + i]) return false;
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

/**
 * A sweep over at most four actions and `FEW` successors, in long runs: the inner loop of large problems, kept free of everything else. A run's numbers stand in
 * variables, for each read from an array is checked against its length; and a comparison is faster than Math.max, which minds NaN and −0.
 */
function backupFew({ runs, successors, model }: SharedLayout, values: Float64Array, out: Float64Array): number {
  let change = 0;
  for (let run = 0, position = 0, k = 0; run < runs.length; run += 3) {
    const end = runs[run];
    const size = runs[run + 1];
    const t = runs[run + 2];
    const r0 = model[t];
    const r1 = model[t + 1];
    const r2 = model[t + 2];
    const r3 = model[t + 3];
    const a0 = model[t + 4];
    const a1 = model[t + 5];
    const a2 = model[t + 6];
    const a3 = model[t + 7];
    const b0 = model[t + 8];
    const b1 = model[t + 9];
    const b2 = model[t + 10];
    const b3 = model[t + 11];
    const c0 = model[t + 12];
    const c1 = model[t + 13];
    const c2 = model[t + 14];
    const c3 = model[t + 15];
    const d0 = model[t + 16];
    const d1 = model[t + 17];
    const d2 = model[t + 18];
    const d3 = model[t + 19];
    const e0 = model[t + 20];
    const e1 = model[t + 21];
    const e2 = model[t + 22];
    const e3 = model[t + 23];
    for (; position < end; position++, k += size) {
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
      if (difference > change) change = difference;
      out[position] = best;
    }
  }
  return change;
}

/** A sweep over any number of actions, four by four, and of successors, in runs of any length. */
function backupFours(
  { runs, successors, model, fours }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
): number {
  let change = 0;
  for (let run = 0, position = 0, head = 0; run < runs.length; run += 3) {
    const size = runs[run + 1];
    for (; position < runs[run]; position++, head += size) {
      let best = -Infinity;
      for (let four = 0, t = runs[run + 2]; four < fours; four++) {
        let q0 = model[t];
        let q1 = model[t + 1];
        let q2 = model[t + 2];
        let q3 = model[t + 3];
        t += 4; // LANES: as a number, which bundlers leave alone
        for (let k = head; k < head + size; k++, t += 4) {
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
    }
  }
  return change;
}

/** A sweep that also notes the best actions. */
function bestActions(
  { runs, successors, model, fours, few }: SharedLayout,
  values: Float64Array,
  out: Float64Array,
  actions: Int32Array,
): number {
  let change = 0;
  for (let run = 0, position = 0, head = 0; run < runs.length; run += 3) {
    const size = runs[run + 1];
    const rows = 1 + (few ? FEW : size);
    for (; position < runs[run]; position++, head += size) {
      let best = -Infinity;
      for (let four = 0, t = runs[run + 2]; four < fours; four++, t += LANES * rows) {
        for (let lane = 0; lane < LANES; lane++) {
          let q = model[t + lane];
          for (let i = 0; i < size; i++) q += model[t + LANES * (1 + i) + lane] * values[successors[head + i]];
          if (q > best) {
            best = q;
            actions[position] = LANES * four + lane;
          }
        }
      }
      change = Math.max(change, Math.abs(best - values[position]));
      out[position] = best;
    }
  }
  return change;
}

/** A sweep in place over the given actions, of at most four, and at most `FEW` successors. */
function evaluateFew({ runs, successors, model }: SharedLayout, actions: Int32Array, values: Float64Array): number {
  let change = 0;
  for (let run = 0, position = 0, k = 0; run < runs.length; run += 3) {
    const end = runs[run];
    const size = runs[run + 1];
    const block = runs[run + 2];
    for (; position < end; position++, k += size) {
      const t = block + actions[position];
      const value =
        model[t] +
        model[t + 4] * values[successors[k]] +
        model[t + 8] * values[successors[k + 1]] +
        model[t + 12] * values[successors[k + 2]] +
        model[t + 16] * values[successors[k + 3]] +
        model[t + 20] * values[successors[k + 4]];
      const difference = Math.abs(value - values[position]);
      if (difference > change) change = difference;
      values[position] = value;
    }
  }
  return change;
}

/** A sweep in place over the given actions, of any number. */
function evaluateFours({ runs, successors, model }: SharedLayout, actions: Int32Array, values: Float64Array): number {
  let change = 0;
  for (let run = 0, position = 0, k = 0; run < runs.length; run += 3) {
    const size = runs[run + 1];
    for (; position < runs[run]; position++) {
      const lane = actions[position] % LANES;
      let t = runs[run + 2] + (actions[position] - lane) * (1 + size) + lane;
      let value = model[t];
      for (const end = k + size; k < end; k++) {
        t += LANES;
        value += model[t] * values[successors[k]];
      }
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
