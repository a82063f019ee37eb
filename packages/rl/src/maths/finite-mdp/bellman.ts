import type { FiniteMdp } from "@advantage/envs";
import { continuationOf } from "./continuation.js";

/**
 * Action values of a value function:  Q(s, a) = r(s, a) + γ Σ_s′ p(s′|s, a) V(s′), where V stands for 0 after a transition that ends the
 * task. Sutton & Barto 2018, eq. 4.6; notes H 1.2.
 *
 * @param values    V  [S]
 * @param discount  γ in [0, 1]
 * @param out       Q, written and returned  [S·A], Q(s, a) at s·A + a
 */
export function actionValues(
  mdp: FiniteMdp,
  values: Float64Array,
  discount: number,
  out = new Float64Array(mdp.numStates * mdp.numActions),
): Float64Array {
  const numRows = mdp.numStates * mdp.numActions;
  requireLength("values", values, mdp.numStates);
  requireLength("out", out, numRows);
  const { rowStart, nextState, weight } = continuationOf(mdp);
  const { expectedReward } = mdp;
  for (let row = 0, k = 0; row < numRows; row++) {
    const end = rowStart[row + 1];
    let next = 0;
    for (; k < end; k++) next += weight[k] * values[nextState[k]];
    out[row] = expectedReward[row] + discount * next;
  }
  return out;
}

/**
 * Action values in one pass over the transitions as they stand. `actionValues` lays them out first, to be quick from then on, which takes as much memory again as the
 * MDP: too much for a single use.
 */
export function actionValuesOnce(mdp: FiniteMdp, values: Float64Array, discount: number): Float64Array {
  const { rowStart, nextState, probability, terminated, terminal, expectedReward } = mdp;
  requireLength("values", values, mdp.numStates);
  const next = (row: number): number => {
    let sum = 0;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      if (terminated[k] === 0 && terminal[nextState[k]] === 0) sum += probability[k] * values[nextState[k]];
    }
    return sum;
  };
  const out = new Float64Array(expectedReward.length);
  for (let row = 0; row < out.length; row++) out[row] = expectedReward[row] + discount * next(row);
  return out;
}

/**
 * Bellman optimality backup of all states at once:  (BV)(s) = maxₐ [r(s, a) + γ Σ_s′ p(s′|s, a) V(s′)].  Notes H 3.3.
 *
 * @param values    V  [S]
 * @param discount  γ in [0, 1]
 * @param out       BV, written; not `values`  [S]
 * @returns         the Bellman residual ‖BV − V‖∞
 */
export function bellmanBackup(mdp: FiniteMdp, values: Float64Array, discount: number, out: Float64Array): number {
  const { numStates, numActions, expectedReward } = mdp;
  requireLength("values", values, numStates);
  requireLength("out", out, numStates);
  const { rowStart, nextState, weight } = continuationOf(mdp);
  let residual = 0;
  for (let state = 0, row = 0, k = 0; state < numStates; state++) {
    let best = -Infinity;
    for (let action = 0; action < numActions; action++, row++) {
      const end = rowStart[row + 1];
      let next = 0;
      for (; k < end; k++) next += weight[k] * values[nextState[k]];
      best = Math.max(best, expectedReward[row] + discount * next);
    }
    residual = Math.max(residual, Math.abs(best - values[state]));
    out[state] = best;
  }
  return residual;
}

/**
 * Bellman backup of a policy:  (B^π V)(s) = Σₐ π(a|s) [r(s, a) + γ Σ_s′ p(s′|s, a) V(s′)].  Notes H 3.1.
 *
 * @param policy    π(a|s) at s·A + a  [S·A]
 * @param values    V  [S]
 * @param discount  γ in [0, 1]
 * @param out       B^π V, written; not `values`  [S]
 * @returns         the Bellman residual ‖B^π V − V‖∞
 */
export function evaluationBackup(
  mdp: FiniteMdp,
  policy: Float64Array,
  values: Float64Array,
  discount: number,
  out: Float64Array,
): number {
  const { numStates, numActions, expectedReward } = mdp;
  requireLength("policy", policy, numStates * numActions);
  requireLength("values", values, numStates);
  requireLength("out", out, numStates);
  const { rowStart, nextState, weight } = continuationOf(mdp);
  let residual = 0;
  for (let state = 0, row = 0; state < numStates; state++) {
    let value = 0;
    for (let action = 0; action < numActions; action++, row++) {
      if (policy[row] === 0) continue;
      let next = 0;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) next += weight[k] * values[nextState[k]];
      value += policy[row] * (expectedReward[row] + discount * next);
    }
    residual = Math.max(residual, Math.abs(value - values[state]));
    out[state] = value;
  }
  return residual;
}

/**
 * V(s) = Σₐ π(a|s) Q(s, a).
 *
 * @param policy   π  [S·A]
 * @param q        Q  [S·A]
 * @param out      V, written and returned  [S]
 */
export function stateValues(
  policy: Float64Array,
  q: Float64Array,
  numActions: number,
  out = new Float64Array(q.length / numActions),
): Float64Array {
  requireLength("q", q, policy.length);
  for (let state = 0, row = 0; state < out.length; state++) {
    let value = 0;
    for (let action = 0; action < numActions; action++, row++) value += policy[row] * q[row];
    out[state] = value;
  }
  return out;
}

/**
 * Advantages  A(s, a) = Q(s, a) − V(s).  Notes H 1.3.
 *
 * @param q       Q  [S·A]
 * @param values  V  [S]
 * @param out     A, written and returned; may be `q`  [S·A]
 */
export function advantagesOf(q: Float64Array, values: Float64Array, out = new Float64Array(q.length)): Float64Array {
  const numActions = q.length / values.length;
  for (let row = 0; row < q.length; row++) out[row] = q[row] - values[(row / numActions) | 0];
  return out;
}

/** What counts as a tie between actions, and what becomes of it. */
export interface GreedyOptions {
  /** What a tie gets: all of the probability on its first action (default), or the same on each. */
  readonly ties?: "first" | "uniform";
  /** Actions whose values differ from the best one by at most this share of the largest of the state's |Q| tie with it. Default: 1e-10. */
  readonly tolerance?: number;
}

/**
 * Far below what any residual resolves, far above the rounding of a sum: actions that are equal by symmetry tie, others do not. A share of the
 * values compared, never a number by itself: far from a goal values are tiny, and rewards come in any unit.
 */
const TIE_TOLERANCE = 1e-10;

/**
 * A policy that is greedy with respect to action values:  π(a|s) > 0 only where Q(s, a) = max_b Q(s, b).
 *
 * @param q           Q  [S·A]
 * @param numActions  A
 * @param out         π, written and returned  [S·A]
 */
export function greedyPolicy(
  q: Float64Array,
  numActions: number,
  { ties = "first", tolerance = TIE_TOLERANCE }: GreedyOptions = {},
  out: Float64Array = new Float64Array(q.length),
): Float64Array {
  requireLength("out", out, q.length);
  out.fill(0);
  for (let start = 0; start < q.length; start += numActions) {
    const least = leastTied(q, start, numActions, tolerance);
    let count = 0;
    for (let row = start; row < start + numActions; row++) {
      if (q[row] < least || (ties === "first" && count === 1)) continue;
      out[row] = 1;
      count += 1;
    }
    if (count > 1) for (let row = start; row < start + numActions; row++) out[row] /= count;
  }
  return out;
}

/** The actions that tie for the best in one state, in order. */
export function greedyActions(
  q: Float64Array,
  numActions: number,
  state: number,
  tolerance: number = TIE_TOLERANCE,
): number[] {
  const start = state * numActions;
  const least = leastTied(q, start, numActions, tolerance);
  const actions: number[] = [];
  for (let action = 0; action < numActions; action++) if (q[start + action] >= least) actions.push(action);
  return actions;
}

/** The first of the actions that tie for the best in one state. */
export function greedyAction(q: Float64Array, numActions: number, state: number): number {
  const start = state * numActions;
  const least = leastTied(q, start, numActions, TIE_TOLERANCE);
  let action = 0;
  while (action < numActions - 1 && q[start + action] < least) action += 1;
  return action;
}

/** The smallest of the A values from `start` on that still ties with the largest. */
function leastTied(q: Float64Array, start: number, numActions: number, tolerance: number): number {
  let best = q[start];
  let size = Math.abs(best);
  for (let row = start + 1; row < start + numActions; row++) {
    best = Math.max(best, q[row]);
    size = Math.max(size, Math.abs(q[row]));
  }
  return best - tolerance * size;
}

/** The policy that takes all actions equally often  [S·A]. */
export function uniformPolicy({ numStates, numActions }: Pick<FiniteMdp, "numStates" | "numActions">): Float64Array {
  return new Float64Array(numStates * numActions).fill(1 / numActions);
}

/**
 * Throws unless the policy is a distribution over the actions of every state. Returns it.
 *
 * @param policy π(a|s) at s·A + a  [S·A]
 */
export function requirePolicy(
  { numStates, numActions }: Pick<FiniteMdp, "numStates" | "numActions">,
  policy: Float64Array,
): Float64Array {
  requireLength("policy", policy, numStates * numActions);
  for (let state = 0, row = 0; state < numStates; state++) {
    let sum = 0;
    for (let action = 0; action < numActions; action++, row++) {
      if (!(policy[row] >= 0)) {
        throw new RangeError(
          `policy: the probability of action ${action} in state ${state} must be in [0, 1], got ${policy[row]}`,
        );
      }
      sum += policy[row];
    }
    if (!(Math.abs(sum - 1) <= 1e-9)) {
      throw new RangeError(`policy: the probabilities of state ${state} must sum to 1, got ${sum}`);
    }
  }
  return policy;
}

function requireLength(name: string, array: { readonly length: number }, length: number): void {
  if (array.length !== length) throw new RangeError(`${name} must hold ${length} numbers, got ${array.length}`);
}
