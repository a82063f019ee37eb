import type { Pomdp } from "@advantage/envs";
import { optimalValues, optimum } from "../finite-mdp/exact.js";
import {
  type Belief,
  type BeliefGraph,
  beliefController,
  beliefMdp,
  beliefMean,
  exploreBeliefs,
  firstBeliefs,
} from "./beliefs.js";
import type { Controller } from "./controller.js";

/** Value of the best policy of the whole history, between two bounds. */
export interface HistoryValue {
  /** Value of a policy that was found: of the best one if it equals `upperBound`. */
  readonly value: number;
  /** No policy of the history is worth more. */
  readonly upperBound: number;
  /** The policy. */
  readonly controller: Controller;
  /** Beliefs that were given successors. */
  readonly beliefs: number;
  /** Whether they are all that can be reached. */
  readonly closed: boolean;
}

/** Discount and limits of the search for the best policy of the whole history. */
export interface HistoryValueOptions {
  /** γ in [0, 1) */
  readonly discount: number;
  /** Steps for which beliefs are followed; all by default. */
  readonly horizon?: number;
  /** Default: 2000. */
  readonly maxBeliefs?: number;
  /** A policy of the last observation, to go on with where the search for beliefs stopped: its action for each  [O] */
  readonly afterwards: Int32Array;
  /** Its values, of the states  [S] */
  readonly afterwardsValues: Float64Array;
}

/**
 * The value of the best policy of the whole history, h_t = (o₀, a₀, o₁, …, o_t): of the MDP of the beliefs that can be reached. The belief is
 * a sufficient statistic of the history (Åström 1965, J. Math. Anal. Appl. 10). Where the beliefs are followed to their end, the value is exact;
 * beyond the horizon what is left is bounded: from below by a policy of the last observation, from above by V* of the states.
 */
export function historyValue(pomdp: Pomdp, options: HistoryValueOptions): HistoryValue {
  const { discount, horizon, maxBeliefs = 2000, afterwards, afterwardsValues } = options;
  const graph = exploreBeliefs(pomdp, firstBeliefs(pomdp), { maxBeliefs, ...(horizon !== undefined && { horizon }) });
  const closed = graph.expanded === graph.beliefs.length;
  const lower = solve(pomdp, graph, discount, (belief) => beliefMean(belief, afterwardsValues));
  const states = closed ? undefined : optimalValues(pomdp.mdp, discount);
  const upper = states && solve(pomdp, graph, discount, (belief) => beliefMean(belief, states));
  return {
    value: lower.value,
    upperBound: upper?.value ?? lower.value,
    controller: beliefController(pomdp, graph, lower.actions, afterwards),
    beliefs: graph.expanded,
    closed,
  };
}

function solve(pomdp: Pomdp, graph: BeliefGraph, discount: number, fringe: (belief: Belief) => number) {
  const { numActions } = pomdp.mdp;
  const { values, policy } = optimum(beliefMdp(pomdp, graph, fringe), discount);
  return {
    value: graph.starts.reduce((sum, { index, probability }) => sum + probability * values[index], 0),
    actions: Int32Array.from(graph.beliefs, (_, index) => policy.subarray(index * numActions).indexOf(1)),
  };
}
