import { buildMdp, type FiniteMdp, type Pomdp } from "@advantage/envs";
import { continuationOf } from "../finite-mdp/continuation.js";
import type { Controller } from "./controller.js";

/** What the history tells of the state: probabilities of the states that are possible, which sum to 1 and share one observation. */
export interface Belief {
  /** Rising  [n] */
  readonly states: readonly number[];
  /** Probability of each of the states  [n] */
  readonly probabilities: readonly number[];
}

/** One outcome of acting on a belief. */
export interface BeliefStep {
  readonly observation: number;
  readonly probability: number;
  readonly belief: Belief;
}

/** Beliefs whose probabilities agree to so many decimals are one: an error of the order of 1e-9·n/(1 − γ) times the range of the values. */
const DECIMALS = 9;

/** A belief as text, equal for beliefs that agree to nine decimals. */
export function beliefKey({ states, probabilities }: Belief): string {
  return states.map((state, i) => `${state}:${probabilities[i].toFixed(DECIMALS)}`).join(" ");
}

/** Weights of states as a belief for each observation; the weights need not sum to 1.  [by observation] */
function split({ observations }: Pomdp, weights: ReadonlyMap<number, number>): BeliefStep[] {
  const groups = new Map<number, [number, number][]>();
  for (const [state, weight] of [...weights].sort(([a], [b]) => a - b)) {
    if (!(weight > 0)) continue;
    const group = groups.get(observations[state]);
    if (group === undefined) groups.set(observations[state], [[state, weight]]);
    else group.push([state, weight]);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([observation, group]) => {
      const probability = group.reduce((sum, [, weight]) => sum + weight, 0);
      const belief = {
        states: group.map(([state]) => state),
        probabilities: group.map(([, weight]) => weight / probability),
      };
      return { observation, probability, belief };
    });
}

/** The beliefs after the first observation, with P(o₀). */
export function firstBeliefs(pomdp: Pomdp): BeliefStep[] {
  const { initial, terminal } = pomdp.mdp;
  return split(pomdp, new Map(Array.from(initial, (p, state) => [state, terminal[state] === 1 ? 0 : p])));
}

/**
 * What an action makes of a belief, for each observation that may follow while the task goes on:
 *
 *     P(o′ | b, a) = Σ_s b(s) Σ_s′ p(s′|s, a) 1[o(s′) = o′],      b′(s′) = Σ_s b(s) p(s′|s, a) / P(o′ | b, a)  where o(s′) = o′
 *
 * Kaelbling, Littman & Cassandra 1998, section 3.3. What is missing to a sum of 1 is the probability that the task ends.
 */
export function beliefSteps(pomdp: Pomdp, { states, probabilities }: Belief, action: number): BeliefStep[] {
  const { rowStart, nextState, weight } = continuationOf(pomdp.mdp);
  const weights = new Map<number, number>();
  states.forEach((state, i) => {
    const row = state * pomdp.mdp.numActions + action;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      weights.set(nextState[k], (weights.get(nextState[k]) ?? 0) + probabilities[i] * weight[k]);
    }
  });
  return split(pomdp, weights);
}

/** Σ_s b(s) x(s) */
export function beliefMean({ states, probabilities }: Belief, x: ArrayLike<number>): number {
  return states.reduce((sum, state, i) => sum + probabilities[i] * x[state], 0);
}

/** r(b, a) = Σ_s b(s) r(s, a) */
export function beliefReward({ mdp }: Pomdp, { states, probabilities }: Belief, action: number): number {
  return states.reduce(
    (sum, state, i) => sum + probabilities[i] * mdp.expectedReward[state * mdp.numActions + action],
    0,
  );
}

/** The beliefs that can be reached, in the order in which a breadth-first search finds them. */
export interface BeliefGraph {
  readonly beliefs: readonly Belief[];
  /** The observation that comes with each. */
  readonly observations: readonly number[];
  /** How many of them, from the first, have successors here; the others are where the search stopped. */
  readonly expanded: number;
  /** The first beliefs, with P(o₀). */
  readonly starts: readonly { readonly index: number; readonly probability: number }[];
  /** Successors of belief i under action a, at i·A + a. */
  readonly steps: readonly (readonly { readonly index: number; readonly probability: number }[])[];
}

/** How far beliefs are followed from the first ones. */
export interface ExploreOptions {
  /** Steps that are followed; all by default. */
  readonly horizon?: number;
  /** Beliefs that are given successors, at most. */
  readonly maxBeliefs: number;
}

/** @param starts the beliefs to start from, with their probabilities */
export function exploreBeliefs(
  pomdp: Pomdp,
  starts: readonly BeliefStep[],
  { horizon = Number.POSITIVE_INFINITY, maxBeliefs }: ExploreOptions,
): BeliefGraph {
  const beliefs: Belief[] = [];
  const observations: number[] = [];
  const depth: number[] = [];
  const indexOf = new Map<string, number>();
  const reach = ({ belief, observation, probability }: BeliefStep, steps: number) => {
    const key = beliefKey(belief);
    let index = indexOf.get(key);
    if (index === undefined) {
      index = beliefs.push(belief) - 1;
      indexOf.set(key, index);
      observations.push(observation);
      depth.push(steps);
    }
    return { index, probability };
  };
  const first = starts.map((start) => reach(start, 0));
  const steps: { index: number; probability: number }[][] = [];
  let expanded = 0;
  for (; expanded < beliefs.length && expanded < maxBeliefs && depth[expanded] < horizon; expanded++) {
    for (let action = 0; action < pomdp.mdp.numActions; action++) {
      const here = expanded;
      steps.push(beliefSteps(pomdp, beliefs[here], action).map((step) => reach(step, depth[here] + 1)));
    }
  }
  return { beliefs, observations, expanded, starts: first, steps };
}

/**
 * The fully observed MDP whose states are the beliefs of a graph. Where the search stopped it ends, with a given value.
 *
 * @param fringeValue the value of beliefs without successors: a bound of V gives a bound of every value, from the same side
 */
export function beliefMdp(
  pomdp: Pomdp,
  graph: BeliefGraph,
  fringeValue: (belief: Belief, index: number) => number,
): FiniteMdp {
  const { beliefs, expanded, starts, steps } = graph;
  const { numActions } = pomdp.mdp;
  const initial = new Float64Array(beliefs.length);
  for (const { index, probability } of starts) initial[index] += probability;
  return buildMdp({ numStates: beliefs.length, numActions, initial }, (index, action, add) => {
    const belief = beliefs[index];
    if (index >= expanded) {
      add(1, index, fringeValue(belief, index), true);
      return;
    }
    const reward = beliefReward(pomdp, belief, action);
    let going = 0;
    for (const { index: next, probability } of steps[index * numActions + action]) {
      const p = Math.min(probability, 1);
      going += p;
      add(p, next, reward, false);
    }
    if (going < 1) add(1 - going, index, reward, true);
  });
}

/**
 * The controller that takes the given action at each belief; where the search stopped it goes on with a policy of the last observation.
 *
 * @param actions        [beliefs]
 * @param afterwards     the action for each observation beyond the search  [O]
 */
export function beliefController(
  pomdp: Pomdp,
  { beliefs, observations, expanded, starts, steps }: BeliefGraph,
  actions: ArrayLike<number>,
  afterwards: Int32Array,
): Controller {
  const { numObservations, mdp } = pomdp;
  const size = expanded + numObservations; // the beliefs with successors, then a node for each observation
  const nodeOf = (index: number) => (index < expanded ? index : expanded + observations[index]);
  const start = new Int32Array(numObservations).fill(-1);
  for (const { index } of starts) start[observations[index]] = nodeOf(index);
  const action = new Int32Array(size);
  const next = new Int32Array(size * numObservations).fill(-1);
  for (let index = 0; index < beliefs.length && index < expanded; index++) {
    action[index] = actions[index];
    for (const step of steps[index * mdp.numActions + action[index]]) {
      next[index * numObservations + observations[step.index]] = nodeOf(step.index);
    }
  }
  for (let o = 0; o < numObservations; o++) {
    action[expanded + o] = afterwards[o];
    for (let then = 0; then < numObservations; then++) next[(expanded + o) * numObservations + then] = expanded + then;
  }
  return { start, action, next };
}
