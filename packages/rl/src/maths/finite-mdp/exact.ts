import type { FiniteMdp } from "@advantage/envs";
import { actionValues, bellmanBackup, greedyAction, requirePolicy } from "./bellman.js";
import { solveChain } from "./krylov.js";
import { solveLinear } from "./linear-solve.js";
import { actionChain, evaluationSweep, type PolicyChain, policyChain } from "./policy-chain.js";
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

/** Q^π(s, a) = r(s, a) + γ Σ_s′ p(s′|s, a) V^π(s′)  [S·A]; see `exactValues`. */
export function exactActionValues(mdp: FiniteMdp, policy: Float64Array, discount: number): Float64Array {
  return actionValues(mdp, exactValues(mdp, policy, discount), discount);
}

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
 * meets does.
 *
 * @param discount  γ in [0, 1]; 1 on tasks that can be ended from every state and reward nobody for not ending them
 * @throws UserError in one sentence if V* is not finite
 */
export function optimum(mdp: FiniteMdp, discount: number): Optimum {
  requireSolvable(mdp, discount);
  const { numStates, numActions } = mdp;
  const actions = firstActions(mdp, discount);
  const q = new Float64Array(numStates * numActions);
  let values = new Float64Array(numStates);
  for (let changed = true; changed; ) {
    solveExactly(actionChain(mdp, actions), discount, values);
    actionValues(mdp, values, discount, q);
    changed = improve(actions, q, numActions) > 0;
  }
  const next = new Float64Array(numStates);
  const residual = bellmanBackup(mdp, values, discount, next);
  if (discount < 1 && bellmanBackup(mdp, next, discount, new Float64Array(numStates)) < residual) values = next;
  return {
    values,
    actionValues: actionValues(mdp, values, discount, q),
    policy: policyOf(actions, numActions),
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

/** A start for policy iteration: greedy for the rewards alone, or with γ = 1 the actions of a shortest way out. */
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

/** Takes the best action wherever it beats the present one by more than rounding. Returns how many changed. */
export function improve(actions: Int32Array, q: Float64Array, numActions: number): number {
  let changed = 0;
  for (let state = 0; state < actions.length; state++) {
    const start = state * numActions;
    const present = q[start + actions[state]];
    let best = actions[state];
    for (let action = 0; action < numActions; action++) if (q[start + action] > q[start + best]) best = action;
    if (q[start + best] - present > 1e-11 * Math.max(1, Math.abs(present))) {
      actions[state] = best;
      changed += 1;
    }
  }
  return changed;
}

/** The policy that always takes the given actions  [S·A]. */
export function policyOf(actions: Int32Array, numActions: number): Float64Array {
  const policy = new Float64Array(actions.length * numActions);
  for (let state = 0; state < actions.length; state++) policy[state * numActions + actions[state]] = 1;
  return policy;
}

/** Solves the chain's system by elimination over the states that go on anywhere. */
function eliminate(chain: PolicyChain, discount: number, values: Float64Array): void {
  const { numStates, rowStart, nextState, weight, reward } = chain;
  const matrix = new Float64Array(numStates * numStates);
  for (let state = 0; state < numStates; state++) {
    matrix[state * numStates + state] = 1;
    for (let k = rowStart[state]; k < rowStart[state + 1]; k++) {
      matrix[state * numStates + nextState[k]] -= discount * weight[k];
    }
  }
  values.set(reward);
  solveLinear(matrix, values);
}

/** Solves the chain's system by Krylov iterations, and sweeps where they stop. `values` is the start. */
function iterate(chain: PolicyChain, discount: number, values: Float64Array): void {
  const { numStates, reward } = chain;
  let scale = 1;
  for (let state = 0; state < numStates; state++) scale = Math.max(scale, Math.abs(reward[state]));
  for (let round = 0; round < 20; round++) {
    for (let state = 0; state < numStates; state++) scale = Math.max(scale, Math.abs(values[state]));
    const tolerance = 1e-11 * scale * Math.max(1 - discount, 1e-4);
    const residual = solveChain(chain, discount, values, { tolerance, maxIterations: 2000 });
    if (residual <= tolerance) return;
    for (let sweep = 0; sweep < 50; sweep++) evaluationSweep(chain, discount, values, values);
  }
}
