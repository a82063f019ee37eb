import type { Pomdp } from "@advantage/envs";
import { continuationOf } from "../finite-mdp/continuation.js";
import { solveExactly } from "../finite-mdp/exact.js";
import { evaluationSweep, type PolicyChain } from "../finite-mdp/policy-chain.js";

/**
 * A deterministic finite-state controller: a policy of the history that remembers one of N nodes. Each node has an action, and the
 * observation that follows leads to the next node. Policies of the last observations and policies of the belief are such controllers.
 * Hansen 1998, "Solving POMDPs by searching in policy space", UAI.
 */
export interface Controller {
  /** The first node by the first observation, −1 if that cannot be  [O] */
  readonly start: Int32Array;
  /** [N] */
  readonly action: Int32Array;
  /** The next node at n·O + o, −1 if that cannot be  [N·O] */
  readonly next: Int32Array;
}

/** A Markov chain with rewards and where it starts. */
export interface StartedChain {
  readonly chain: PolicyChain;
  /** Sums to 1. */
  readonly start: Float64Array;
}

/** The chain over the pairs (state, node) that a controller makes of a POMDP; pairs that cannot be reached are left out. */
export function controllerChain({ mdp, observations, numObservations }: Pomdp, controller: Controller): StartedChain {
  const { numStates, numActions, initial, expectedReward, terminal } = mdp;
  const { rowStart, nextState, weight } = continuationOf(mdp);
  const pairs: number[] = []; // node · S + state
  const indexOf = new Map<number, number>();
  const reach = (node: number, state: number): number => {
    const pair = node * numStates + state;
    let index = indexOf.get(pair);
    if (index === undefined) {
      if (node < 0) throw new RangeError(`the controller has no node for observation ${observations[state]}`);
      index = pairs.push(pair) - 1;
      indexOf.set(pair, index);
    }
    return index;
  };
  for (let state = 0; state < numStates; state++) {
    if (initial[state] > 0) reach(controller.start[observations[state]], state);
  }
  const start = Array.from(pairs, (pair) => (terminal[pair % numStates] === 1 ? 0 : initial[pair % numStates]));
  const starts = [0];
  const successors: number[] = [];
  const weights: number[] = [];
  const reward: number[] = [];
  for (let index = 0; index < pairs.length; index++) {
    const state = pairs[index] % numStates;
    const node = (pairs[index] - state) / numStates;
    const row = state * numActions + controller.action[node];
    reward.push(expectedReward[row]);
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      const next = nextState[k];
      successors.push(reach(controller.next[node * numObservations + observations[next]], next));
      weights.push(weight[k]);
    }
    starts.push(successors.length);
  }
  const chain = {
    numStates: pairs.length,
    rowStart: Int32Array.from(starts),
    nextState: Int32Array.from(successors),
    weight: Float64Array.from(weights),
    reward: Float64Array.from(reward),
  };
  const distribution = new Float64Array(pairs.length);
  distribution.set(start);
  return { chain, start: distribution };
}

/**
 * The expected discounted return, exactly: by a linear system, or over the first H steps by backward induction.
 *
 * @param discount  γ in [0, 1)
 * @param horizon   H; never cut without one
 */
export function expectedReturn({ chain, start }: StartedChain, discount: number, horizon?: number): number {
  let values = new Float64Array(chain.numStates);
  if (horizon === undefined) solveExactly(chain, discount, values);
  else {
    let next = new Float64Array(chain.numStates);
    for (let step = 0; step < horizon; step++) {
      evaluationSweep(chain, discount, values, next);
      [values, next] = [next, values];
    }
  }
  return values.reduce((sum, value, index) => sum + start[index] * value, 0);
}
