import type { FiniteMdp } from "@advantage/envs";
import { actionValues, bellmanBackup, greedyAction, requirePolicy } from "./bellman.js";
import { solveChain } from "./krylov.js";
import { solveLinear } from "./linear-solve.js";
import { actionChain, evaluationSweep, type PolicyChain, policyChain, polish } from "./policy-chain.js";
import { requireEvaluable, requireSolvable, stepsToTermination } from "./termination.js";

/** Up to this many states linear systems are solved by elimination (0.1 s), beyond it by iteration. */
export const DENSE_LIMIT = 800;

/**
 * V^π, the solution of (I − γP^π)·V = r^π.  By elimination up to `DENSE_LIMIT` states; beyond, by iteration until the Bellman residual is
 * below 1e-11 of the largest value, which bounds the error by that over 1 − γ (notes H 3.4, Prop. 24). Notes H 1.2.
 *
 * @param policy    π(a|s) at s·A + a  [S·A]
 * @param discount  γ in [0, 1]; 1 if the policy ends the task from every state
 * @throws UserError in one sentence if V^π is not finite
 */
export function exactValues(mdp: FiniteMdp, policy: Float64Array, discount: number): Float64Array {
  requirePolicy(mdp, policy);
  requireEvaluable(mdp, policy, discount);
  const chain = policyChain(mdp, policy);
  const values = new Float64Array(mdp.numStates);
  solveExactly(chain, discount, values);
  return values;
}

/** Solves V = r^π + γP^π V, to rounding: by elimination up to `DENSE_LIMIT` states, beyond by iteration from `values`, which are overwritten. */
export function solveExactly(chain: PolicyChain, discount: number, values: Float64Array): void {
  if (chain.numStates <= DENSE_LIMIT) eliminate(chain, discount, values);
  else iterate(chain, discount, values);
}

/**
 * A policy's Q, to rounding, with what rounding is measured against: the size of a value is the discounted sum of all |r| that it is made of,
 * not what is left of them where gains and losses cancel.
 */
export interface SizedValues {
  /** Q^π  [S·A] */
  readonly q: Float64Array;
  /** |r(s, a)| + γ Σ_s′ p(s′|s, a) 𝔼[Σₜ γᵗ|rₜ| | s′, π]  [S·A]; |Q^π| where all rewards have one sign */
  readonly size: Float64Array;
}

/** Solves for V^π of a deterministic policy, and backs it up to Q^π with its sizes. `values` are overwritten by V^π. */
export function evaluateActions(
  mdp: FiniteMdp,
  actions: Int32Array,
  discount: number,
  values: Float64Array,
): SizedValues {
  const chain = actionChain(mdp, actions);
  const oneSign = mdp.expectedReward.every((r) => r >= 0) || mdp.expectedReward.every((r) => r <= 0);
  if (oneSign) {
    solveExactly(chain, discount, values);
    const q = actionValues(mdp, values, discount);
    return { q, size: q.map(Math.abs) };
  }
  const sizes = values.map(Math.abs);
  const absolute = { ...chain, reward: chain.reward.map(Math.abs) };
  if (chain.numStates <= DENSE_LIMIT) eliminate(chain, discount, values, { reward: absolute.reward, values: sizes });
  else {
    iterate(chain, discount, values);
    iterate(absolute, discount, sizes);
  }
  const q = actionValues(mdp, values, discount);
  const size = actionValues(mdp, sizes, discount);
  for (let row = 0; row < size.length; row++) size[row] += Math.abs(mdp.expectedReward[row]) - mdp.expectedReward[row];
  return { q, size };
}

/** Q^π(s, a) = r(s, a) + γ Σ_s′ p(s′|s, a) V^π(s′)  [S·A]; see `exactValues`. */
export function exactActionValues(mdp: FiniteMdp, policy: Float64Array, discount: number): Float64Array {
  return actionValues(mdp, exactValues(mdp, policy, discount), discount);
}

/** Solution of a finite MDP: V*, Q* and an optimal policy. */
export interface Optimum {
  /** V*  [S] */
  readonly values: Float64Array;
  /** Q*  [S·A] */
  readonly actionValues: Float64Array;
  /** An optimal policy, deterministic  [S·A] */
  readonly policy: Float64Array;
  /** ‖BV* − V*‖∞ of the numbers above: rounding. */
  readonly residual: number;
}

/**
 * V*, Q* and an optimal policy by policy iteration with exact evaluation (Howard 1960; notes H 3.2). An action gives way only to one
 * that is better by more than rounding, so that it ends; with γ = 1 it starts from a policy that ends the task, and then every policy it
 * meets does, and of the optimal policies it gives the one with the fewest expected steps to the end (`fewestSteps`).
 *
 * @param discount  γ in [0, 1]; 1 on tasks that can be ended from every state and reward nobody for not ending them
 * @throws UserError in one sentence if V* is not finite
 */
export function optimum(mdp: FiniteMdp, discount: number): Optimum {
  requireSolvable(mdp, discount);
  const { numStates, numActions } = mdp;
  const actions = firstActions(mdp, discount);
  let values = new Float64Array(numStates);
  let evaluated = evaluateActions(mdp, actions, discount, values);
  while (improve(actions, evaluated, numActions) > 0) evaluated = evaluateActions(mdp, actions, discount, values);
  if (discount === 1) actions.set(fewestSteps(mdp, tiedActions(evaluated, numActions)));
  const next = new Float64Array(numStates);
  const residual = bellmanBackup(mdp, values, discount, next);
  if (discount < 1 && bellmanBackup(mdp, next, discount, new Float64Array(numStates)) < residual) values = next;
  return {
    values,
    actionValues: actionValues(mdp, values, discount),
    policy: deterministicPolicy(actions, numActions),
    residual,
  };
}

/** V*  [S]; see `optimum`. */
export function optimalValues(mdp: FiniteMdp, discount: number): Float64Array {
  return optimum(mdp, discount).values;
}

/** Q*  [S·A]; see `optimum`. */
export function optimalActionValues(mdp: FiniteMdp, discount: number): Float64Array {
  return optimum(mdp, discount).actionValues;
}

/**
 * A start for policy iteration: greedy for the rewards alone, or with γ = 1 the actions of a shortest way out. The latter ends the task for sure, and so do all
 * policies that improve on it; a random start, as in notes H 3.2, may have no finite value.
 */
export function firstActions(mdp: FiniteMdp, discount: number): Int32Array {
  const { numStates, numActions } = mdp;
  if (discount === 1) return actionsOut(mdp, () => true);
  const actions = new Int32Array(numStates);
  for (let state = 0; state < numStates; state++) actions[state] = greedyAction(mdp.expectedReward, numActions, state);
  return actions;
}

/**
 * For each state the first allowed action that may lead it one step nearer to the end of the task: together they end it with
 * probability 1. Each state must be able to reach the end by allowed actions; where it cannot, its first allowed one.  [S]
 */
export function actionsOut(mdp: FiniteMdp, allowed: (row: number) => boolean): Int32Array {
  const { numStates, numActions, rowStart, nextState, probability, terminated } = mdp;
  const steps = stepsToTermination(mdp, allowed);
  const leadsOut = (row: number, distance: number) => {
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      if (probability[k] === 0) continue;
      if (terminated[k] === 1 || (steps[nextState[k]] !== -1 && steps[nextState[k]] < distance)) return true;
    }
    return false;
  };
  return Int32Array.from({ length: numStates }, (_, state) => {
    const rows = Array.from({ length: numActions }, (_, action) => state * numActions + action).filter(allowed);
    return (rows.find((row) => leadsOut(row, steps[state])) ?? rows[0]) - state * numActions;
  });
}

/**
 * What two ways to compute a value may differ by, as a share of its size: far above the rounding of the sums (2⁻⁵³ times their length and the horizon), far below
 * any difference that is meant.
 */
const ROUNDING = 1e-11;

/** Takes the best action wherever it beats the present one by more than rounding. Returns how many changed. */
export function improve(actions: Int32Array, { q, size }: SizedValues, numActions: number): number {
  let changed = 0;
  for (let state = 0; state < actions.length; state++) {
    const start = state * numActions;
    const present = start + actions[state];
    let best = present;
    for (let row = start; row < start + numActions; row++) if (q[row] > q[best]) best = row;
    if (q[best] - q[present] > ROUNDING * Math.max(size[best], size[present])) {
      actions[state] = best - start;
      changed += 1;
    }
  }
  return changed;
}

/** 1 for the actions that are as good as the best of their state, rounding apart  [S·A] */
export function tiedActions({ q, size }: SizedValues, numActions: number): Uint8Array {
  const tied = new Uint8Array(q.length);
  for (let start = 0; start < q.length; start += numActions) {
    let best = start;
    for (let row = start; row < start + numActions; row++) if (q[row] > q[best]) best = row;
    for (let row = start; row < start + numActions; row++)
      if (q[best] - q[row] <= ROUNDING * Math.max(size[best], size[row])) tied[row] = 1;
  }
  return tied;
}

/**
 * Among the policies that take allowed actions only, the one that ends the task in the fewest expected steps from every state: a stochastic shortest path
 * problem with cost 1, by policy iteration. Bertsekas & Tsitsiklis 1991 (Math. Oper. Res. 16(3)). With γ = 1 the value does not tell ways of
 * different length apart: this second criterion does, which counts where episodes are cut.
 *
 * @param allowed  1 for the actions that may be taken  [S·A]
 * @returns        an action of each state; of a state that allowed actions cannot end the task from, its first  [S]
 */
export function fewestSteps(mdp: FiniteMdp, allowed: ArrayLike<number>): Int32Array {
  const { numStates, numActions } = mdp;
  const mayTake = (row: number) => allowed[row] === 1;
  const actions = actionsOut(mdp, mayTake);
  if (stepsToTermination(mdp, mayTake).includes(-1)) return actions;
  const costs: FiniteMdp = { ...mdp, expectedReward: new Float64Array(numStates * numActions).fill(-1) };
  const values = new Float64Array(numStates);
  for (let changed = true; changed; ) {
    const evaluated = evaluateActions(costs, actions, 1, values);
    for (let row = 0; row < evaluated.q.length; row++) if (!mayTake(row)) evaluated.q[row] = Number.NEGATIVE_INFINITY;
    changed = improve(actions, { q: evaluated.q, size: evaluated.size }, numActions) > 0;
  }
  return actions;
}

/** The policy that always takes the given actions  [S·A]. */
export function deterministicPolicy(actions: Int32Array, numActions: number): Float64Array {
  const policy = new Float64Array(actions.length * numActions);
  for (let state = 0; state < actions.length; state++) policy[state * numActions + actions[state]] = 1;
  return policy;
}

/** Solves the chain's system by elimination over the states that go on anywhere; with other rewards too, if there are any. */
function eliminate(
  chain: PolicyChain,
  discount: number,
  values: Float64Array,
  other?: { readonly reward: Float64Array; readonly values: Float64Array },
): void {
  const { numStates, rowStart, nextState, weight, reward } = chain;
  const matrix = new Float64Array(numStates * numStates);
  for (let state = 0; state < numStates; state++) {
    matrix[state * numStates + state] = 1;
    for (let k = rowStart[state]; k < rowStart[state + 1]; k++) {
      matrix[state * numStates + nextState[k]] -= discount * weight[k];
    }
  }
  values.set(reward);
  other?.values.set(other.reward);
  solveLinear(matrix, values, other?.values);
}

/** Operations that making tiny values right may take. */
const POLISHING = 2e7;

/** Solves the chain's system by Krylov iterations, and sweeps where they stop and for values that are tiny beside the largest. `values` is the start. */
function iterate(chain: PolicyChain, discount: number, values: Float64Array): void {
  const { numStates, reward } = chain;
  const largest = (array: Float64Array) => array.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let scale = largest(reward);
  if (scale === 0) {
    values.fill(0);
    return;
  }
  for (let round = 0; round < 20; round++) {
    scale = Math.max(scale, largest(values));
    const tolerance = 1e-11 * scale * Math.max(1 - discount, 1e-4);
    const residual = solveChain(chain, discount, values, { tolerance, maxIterations: 2000 });
    if (residual <= tolerance) break;
    for (let sweep = 0; sweep < 50; sweep++) evaluationSweep(chain, discount, values, values);
  }
  const maxSweeps = Math.ceil(POLISHING / (numStates + chain.nextState.length));
  polish(chain, discount, values, { tolerance: ROUNDING, maxSweeps });
}
