import type { FiniteMdp } from "@advantage/envs";
import { requireDiscount } from "@advantage/envs";
import { UserError } from "../../core/errors.js";

/**
 * The fewest steps from each state to the end of the task, going by any transition that can happen under the actions that `allowed`
 * lets through; −1 where the end cannot be reached.  [S]
 *
 * @param allowed  whether row s·A + a may be used; all by default
 */
export function stepsToTermination(mdp: FiniteMdp, allowed: (row: number) => boolean = () => true): Int32Array {
  const { numStates, numActions, rowStart, probability, terminated, terminal } = mdp;
  const steps = new Int32Array(numStates).fill(-1);
  const queue = new Int32Array(numStates);
  let tail = 0;
  const reach = (state: number, distance: number) => {
    if (steps[state] !== -1) return;
    steps[state] = distance;
    queue[tail++] = state;
  };
  const { start, from } = predecessors(mdp, allowed);
  for (let state = 0; state < numStates; state++) if (terminal[state] === 1) reach(state, 0);
  for (let state = 0, row = 0; state < numStates; state++) {
    for (let action = 0; action < numActions; action++, row++) {
      if (!allowed(row)) continue;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (terminated[k] === 1 && probability[k] > 0) reach(state, 1);
      }
    }
  }
  for (let head = 0; head < tail; head++) {
    const state = queue[head];
    for (let k = start[state]; k < start[state + 1]; k++) reach(from[k], steps[state] + 1);
  }
  return steps;
}

/** The states from which each state can be entered without ending the task, by compressed rows. */
export function predecessors(
  mdp: FiniteMdp,
  allowed: (row: number) => boolean = () => true,
): { readonly start: Int32Array; readonly from: Int32Array } {
  const { numStates, numActions, rowStart, nextState, probability, terminated } = mdp;
  const start = new Int32Array(numStates + 1);
  const eachEdge = (visit: (state: number, next: number) => void) => {
    for (let state = 0, row = 0; state < numStates; state++) {
      for (let action = 0; action < numActions; action++, row++) {
        if (!allowed(row)) continue;
        for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
          if (terminated[k] === 0 && probability[k] > 0) visit(state, nextState[k]);
        }
      }
    }
  };
  // A state is a predecessor once, whichever of its actions lead there.
  const lastFrom = new Int32Array(numStates).fill(-1);
  eachEdge((state, next) => {
    if (lastFrom[next] === state) return;
    lastFrom[next] = state;
    start[next + 1] += 1;
  });
  for (let state = 0; state < numStates; state++) start[state + 1] += start[state];
  const from = new Int32Array(start[numStates]);
  const fill = start.slice(0, numStates);
  lastFrom.fill(-1);
  eachEdge((state, next) => {
    if (lastFrom[next] === state) return;
    lastFrom[next] = state;
    from[fill[next]++] = state;
  });
  return { start, from };
}

/**
 * Throws unless V^π is finite: γ < 1, or a policy that ends the task from every state with probability 1 ("proper", Bertsekas &
 * Tsitsiklis 1996, section 2.2).
 */
export function requireEvaluable(mdp: FiniteMdp, policy: Float64Array, discount: number): void {
  requireStationaryDiscount(mdp, discount);
  if (discount < 1) return;
  const state = stepsToTermination(mdp, (row) => policy[row] > 0).indexOf(-1);
  if (state !== -1) {
    throw new UserError(
      `discount must be below 1 for this policy: from state ${state} it never ends the task, and its value would be a sum without end; got 1`,
    );
  }
}

/**
 * Throws unless V* is finite and value iteration from 0 finds it: γ < 1, or every state can reach the end of the task and nobody who
 * does not end it can earn a positive reward for ever.
 */
export function requireSolvable(mdp: FiniteMdp, discount: number): void {
  requireStationaryDiscount(mdp, discount);
  if (discount < 1) return;
  const state = stepsToTermination(mdp).indexOf(-1);
  if (state !== -1) {
    throw new UserError(`discount must be below 1: the task cannot be ended from state ${state}; got 1`);
  }
  const row = rewardedForEver(mdp);
  if (row !== -1) {
    const { numActions } = mdp;
    throw new UserError(
      `discount must be below 1: action ${row % numActions} in state ${Math.floor(row / numActions)} earns a positive reward and can be repeated without ever ending the task; got 1`,
    );
  }
}

/** γ in [0, 1], and below 1 if nothing ends the task; the horizon does not count, since stationary values ignore it. */
function requireStationaryDiscount(mdp: FiniteMdp, discount: number): void {
  try {
    requireDiscount({ episodic: mdp.episodic, horizon: undefined }, discount);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/**
 * A row s·A + a of positive expected reward that a policy can take for ever: it lies in an end component, a set of states that some
 * actions never leave and never end. −1 if there is none. Found by dropping, until nothing changes, every row that may end the task or leave the
 * states that still have a row; what remains can go on for ever (de Alfaro 1997, section 3.3, without splitting into components: a row that leads from
 * one into another, and cannot come back, is counted too).
 */
function rewardedForEver(mdp: FiniteMdp): number {
  const { numStates, numActions, rowStart, nextState, probability, terminated, terminal, expectedReward } = mdp;
  const alive = new Uint8Array(numStates).fill(1);
  const kept = new Uint8Array(numStates * numActions).fill(1);
  for (let state = 0; state < numStates; state++) alive[state] = 1 - terminal[state];
  for (let changed = true; changed; ) {
    changed = false;
    for (let state = 0, row = 0; state < numStates; state++) {
      let rows = 0;
      for (let action = 0; action < numActions; action++, row++) {
        if (kept[row] === 0) continue;
        for (let k = rowStart[row]; k < rowStart[row + 1] && kept[row] === 1; k++) {
          if (probability[k] > 0 && (terminated[k] === 1 || alive[nextState[k]] === 0)) kept[row] = 0;
        }
        rows += kept[row];
      }
      if (rows === 0 && alive[state] === 1) {
        alive[state] = 0;
        changed = true;
      }
    }
  }
  for (let state = 0, row = 0; state < numStates; state++) {
    for (let action = 0; action < numActions; action++, row++) {
      if (alive[state] === 1 && kept[row] === 1 && expectedReward[row] > 0) return row;
    }
  }
  return -1;
}
