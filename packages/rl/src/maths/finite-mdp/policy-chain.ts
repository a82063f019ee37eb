import type { FiniteMdp } from "@advantage/envs";
import { requirePolicy } from "./bellman.js";
import { continuationOf } from "./continuation.js";

/**
 * The Markov chain with rewards that a policy makes of an MDP:  V = r^π + γ P^π V, with P^π(s, s′) = weight[k] for
 * nextState[k] = s′, k = rowStart[s] … rowStart[s + 1] − 1. Rows sum to 1, less the probability that the task ends.
 */
export interface PolicyChain {
  readonly numStates: number;
  /** [S + 1] */
  readonly rowStart: Int32Array;
  /** [M] */
  readonly nextState: Int32Array;
  /** [M] */
  readonly weight: Float64Array;
  /** r^π(s) = Σₐ π(a|s) r(s, a)  [S] */
  readonly reward: Float64Array;
}

/** @param policy π(a|s) at s·A + a  [S·A] */
export function policyChain(mdp: FiniteMdp, policy: Float64Array): PolicyChain {
  requirePolicy(mdp, policy);
  const { numStates, numActions, expectedReward } = mdp;
  const all = continuationOf(mdp);
  const rowStart = new Int32Array(numStates + 1);
  const reward = new Float64Array(numStates);
  let capacity = 0;
  for (let row = 0; row < policy.length; row++) {
    if (policy[row] > 0) capacity += all.rowStart[row + 1] - all.rowStart[row];
  }
  const nextState = new Int32Array(capacity);
  const weight = new Float64Array(capacity);
  const placeOf = new Int32Array(numStates).fill(-1);
  let count = 0;
  for (let state = 0, row = 0; state < numStates; state++) {
    for (let action = 0; action < numActions; action++, row++) {
      const share = policy[row];
      if (share === 0) continue;
      reward[state] += share * expectedReward[row];
      for (let k = all.rowStart[row]; k < all.rowStart[row + 1]; k++) {
        const next = all.nextState[k];
        let place = placeOf[next];
        if (place < rowStart[state]) {
          place = count++;
          placeOf[next] = place;
          nextState[place] = next;
        }
        weight[place] += share * all.weight[k];
      }
    }
    rowStart[state + 1] = count;
  }
  return { numStates, rowStart, nextState: nextState.subarray(0, count), weight: weight.subarray(0, count), reward };
}

/**
 * The chain of a deterministic policy. With `order`, states stand at positions in it, here and in the arrays of values that go with it.
 *
 * @param actions  the action of each state  [S]
 * @param order    the state at each position  [S]; by number if left out
 */
export function actionChain(mdp: FiniteMdp, actions: Int32Array, order?: Int32Array): PolicyChain {
  const { numStates, numActions, rowStart, nextState, probability, terminated, terminal, expectedReward } = mdp;
  let capacity = 0;
  for (let state = 0; state < numStates; state++) {
    const row = state * numActions + actions[state];
    capacity += rowStart[row + 1] - rowStart[row];
  }
  const positionOf = order && new Int32Array(numStates);
  if (order && positionOf)
    for (let position = 0; position < numStates; position++) positionOf[order[position]] = position;
  const start = new Int32Array(numStates + 1);
  const reward = new Float64Array(numStates);
  const next = new Int32Array(capacity);
  const weight = new Float64Array(capacity);
  let count = 0;
  for (let position = 0; position < numStates; position++) {
    const state = order ? order[position] : position;
    const row = state * numActions + actions[state];
    reward[position] = expectedReward[row];
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      const successor = nextState[k];
      if (terminated[k] === 1 || terminal[successor] === 1 || probability[k] === 0) continue;
      next[count] = positionOf ? positionOf[successor] : successor;
      weight[count++] = probability[k];
    }
    start[position + 1] = count;
  }
  return { numStates, rowStart: start, nextState: next, weight, reward };
}

/**
 * V ← r^π + γP^π V, from the first state to the last. With `out` = `values` in place: a Gauss–Seidel sweep.
 *
 * @returns the largest change, ‖out − values‖∞
 */
export function evaluationSweep(
  { numStates, rowStart, nextState, weight, reward }: PolicyChain,
  discount: number,
  values: Float64Array,
  out: Float64Array,
): number {
  let change = 0;
  for (let state = 0, k = 0; state < numStates; state++) {
    const end = rowStart[state + 1];
    let next = 0;
    for (; k < end; k++) next += weight[k] * values[nextState[k]];
    const value = reward[state] + discount * next;
    change = Math.max(change, Math.abs(value - values[state]));
    out[state] = value;
  }
  return change;
}

/**
 * Sweeps forwards and backwards in place until no value changes by more than a share `tolerance` of what its backup sums, |r| + γ Σ w |V|: tiny values
 * far from all rewards then have as many right digits as large ones.
 *
 * @param maxSweeps pairs of sweeps at most
 */
export function polish(
  { numStates, rowStart, nextState, weight, reward }: PolicyChain,
  discount: number,
  values: Float64Array,
  { tolerance, maxSweeps }: { readonly tolerance: number; readonly maxSweeps: number },
): void {
  let settled = true;
  const visit = (state: number) => {
    let next = 0;
    let size = 0;
    for (let k = rowStart[state]; k < rowStart[state + 1]; k++) {
      const part = weight[k] * values[nextState[k]];
      next += part;
      size += Math.abs(part);
    }
    const value = reward[state] + discount * next;
    const change = Math.abs(value - values[state]);
    if (change > tolerance * (Math.abs(reward[state]) + discount * size)) settled = false;
    values[state] = value;
  };
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    settled = true;
    for (let state = 0; state < numStates; state++) visit(state);
    for (let state = numStates - 1; state >= 0; state--) visit(state);
    if (settled) return;
  }
}
