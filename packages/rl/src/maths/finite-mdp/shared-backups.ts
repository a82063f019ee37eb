import { FEW, LANES, type SharedLayout } from "./shared-layout.js";

/** A sweep over at most four actions and `FEW` successors, in long runs. */
export function backupFew(layout: SharedLayout, values: Float64Array, out: Float64Array): number {
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

/** The backup of a run where each position has rewards of its own, which costs loads that others are spared. */
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
export function backupFours(
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
export function bestActions(
  layout: SharedLayout,
  values: Float64Array,
  out: Float64Array,
  actions: Int32Array,
): number {
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
export function evaluateFew(layout: SharedLayout, actions: Int32Array, values: Float64Array): number {
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
export function evaluateFours(
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
