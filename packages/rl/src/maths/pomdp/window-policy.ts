import type { Pomdp } from "@advantage/envs";
import { continuationOf } from "../finite-mdp/continuation.js";
import { optimalValues } from "../finite-mdp/exact.js";
import type { Belief } from "./beliefs.js";
import { type Controller, controllerChain, expectedReturn } from "./controller.js";
import { beliefBounds, pairBounds } from "./window-bounds.js";
import { follow, type PairMass, startPairs, type WindowShape, Windows } from "./windows.js";

/** A deterministic policy of the window: its action by the window's key. */
export type WindowActions = Readonly<Record<string, number>>;

/** Discount and limits of the search for the best policy of the last k observations. */
export interface WindowPolicyOptions extends WindowShape {
  /** γ in [0, 1) */
  readonly discount: number;
  /** Partial policies that the search may branch, at most. Default: 300. */
  readonly maxNodes?: number;
  /** A policy of the same or of shorter windows, to do at least as well as. */
  readonly atLeast?: WindowActions;
}

/** The best deterministic policy found of the last k observations, between two bounds. */
export interface WindowPolicy {
  /** Value of the best policy that was found, exactly: of the best one there is if it equals `upperBound`. */
  readonly value: number;
  /** No deterministic policy of the window is worth more. */
  readonly upperBound: number;
  /** The policy, at the windows that it meets. */
  readonly actions: WindowActions;
  /** Partial policies that were branched. */
  readonly nodes: number;
}

/** Actions for some windows. */
interface PartialPolicy {
  readonly actions: ReadonlyMap<number, number>;
  /** Discounted reward until a window without an action is met. */
  readonly reward: number;
  /** Discounted mass that arrives at windows without an action. */
  readonly open: PairMass;
  /** No policy that completes this one is worth more. */
  readonly bound: number;
}

/** Values this close are equal, as a share of the largest value of a state. */
const TIE = 1e-10;

/** Whether one value is more than another by more than rounding. */
type Exceeds = (a: number, b: number) => boolean;

/** @param size of the largest value that can be compared */
function exceedsBy(size: number): Exceeds {
  return (a, b) => a > b + TIE * size;
}

/** Whether one probability or discounted mass exceeds another by more than rounding: they are at most 1. */
const weighsMore = exceedsBy(1);

/**
 * The best deterministic policy of the last k observations (and actions), by best-first branch and bound. A node of the search gives actions
 * to some windows. It is followed from the start until it meets windows without one: what it earns until then is known; what is still to come is, for
 * each such window, at most the discounted mass that arrives there times the smaller of
 *
 *     the value of the best policy of the whole history from there on, with the belief that the mass is distributed by (`beliefBounds`);
 *     the mean over the states of what a policy could earn that sees them, except at windows that have an action (`pairBounds`).
 *
 * Finding the best policy is NP-hard, already for k = 1 (Littman 1994): if the search runs out of nodes, the value of what it has found
 * and the bound of what it has not looked at stand apart.
 */
export function bestWindowPolicy(pomdp: Pomdp, options: WindowPolicyOptions): WindowPolicy {
  const { discount, maxNodes = 300, atLeast = {} } = options;
  const windows = new Windows(pomdp, options);
  const stateValues = optimalValues(pomdp.mdp, discount);
  const exceeds = exceedsBy(valueSize(pomdp, stateValues));
  const beliefBound = beliefBounds(pomdp, discount, stateValues);
  const pairBound = pairBounds(pomdp, windows, discount, stateValues);

  const extend = (actions: ReadonlyMap<number, number>, rewardBefore: number, from: PairMass): PartialPolicy => {
    const { reward, stopped } = follow(pomdp, windows, from, (window) => actions.get(window) ?? -1, discount);
    const known = rewardBefore + reward;
    const ofPair = pairBound(actions);
    let bound = known;
    for (const { mass, belief, pairs } of groupsOf(pomdp, stopped)) {
      const seeing = pairs.reduce((sum, [pair, m]) => sum + m * ofPair(pair), 0);
      bound += Math.min(seeing, mass * beliefBound(belief));
    }
    return { actions, reward: known, open: stopped, bound };
  };

  const { numActions } = pomdp.mdp;
  let best = improve(pomdp, windows, policyLike(windows, atLeast), discount, exceeds);
  const branch = (node: PartialPolicy): PartialPolicy[] => {
    const window = heaviest(pomdp, node.open);
    const children = Array.from({ length: numActions }, (_, action) =>
      extend(new Map(node.actions).set(window, action), node.reward, node.open),
    );
    return children.filter(({ bound }) => exceeds(bound, best.value));
  };
  const complete = ({ actions }: PartialPolicy) => {
    const found = improve(pomdp, windows, (window) => actions.get(window) ?? 0, discount, exceeds);
    if (exceeds(found.value, best.value)) best = found;
  };
  const moreOf = (most: PartialPolicy | undefined, node: PartialPolicy) =>
    most === undefined || exceeds(node.bound, most.bound) ? node : most;
  /** Goes from a node down to a whole policy by the most promising actions. */
  const dive = (from: PartialPolicy) => {
    for (let node: PartialPolicy | undefined = from; node !== undefined; ) {
      if (node.open.size === 0) complete(node);
      node = node.open.size === 0 ? undefined : branch(node).reduce(moreOf, undefined);
    }
  };

  const queue = [extend(new Map(), 0, startPairs(pomdp, windows))];
  let nodes = 0;
  for (let nextDive = 0; queue.length > 0 && nodes < maxNodes; nodes++) {
    const node = takeBest(queue, exceeds);
    if (!exceeds(node.bound, best.value)) {
      queue.length = 0; // nor do the others
      break;
    }
    if (nodes === nextDive) {
      dive(node);
      nextDive = 10 * Math.max(1, nextDive);
    }
    for (const child of branch(node)) {
      if (child.open.size > 0) queue.push(child);
      else complete(child);
    }
  }
  const { actionOf } = best;
  const controller = windowController(pomdp, windows, actionOf);
  const value = expectedReturn(controllerChain(pomdp, controller), discount);
  return {
    value,
    upperBound: queue.reduce((bound, node) => Math.max(bound, node.bound), value),
    actions: Object.fromEntries(
      reachable(pomdp, windows, actionOf).met.map((window) => [windows.key(window), actionOf(window)]),
    ),
    nodes,
  };
}

/** What values are as large as: the largest |V*| of a state or |r|. */
function valueSize({ mdp }: Pomdp, stateValues: Float64Array): number {
  const largest = (array: Float64Array) => array.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Math.max(largest(stateValues), largest(mdp.expectedReward));
}

/** The controller of a policy of the window, over the windows that it meets. */
export function controllerOf(pomdp: Pomdp, shape: WindowShape, actions: WindowActions): Controller {
  const windows = new Windows(pomdp, shape);
  return windowController(pomdp, windows, policyLike(windows, actions));
}

type ActionOf = (window: number) => number;

interface Valued {
  readonly actionOf: ActionOf;
  readonly value: number;
}

/** The policy that gives each window the action of its longest ending that is listed; 0 where none is. */
function policyLike(windows: Windows, actions: WindowActions): ActionOf {
  return (window) => {
    const key = windows.suffixes(window).find((suffix) => suffix in actions);
    return key === undefined ? 0 : actions[key];
  };
}

/** Improves a policy one window at a time for as long as that helps: a first policy for the search to beat. */
function improve(pomdp: Pomdp, windows: Windows, start: ActionOf, discount: number, exceeds: Exceeds): Valued {
  const changed = new Map<number, number>();
  const actionOf: ActionOf = (window) => changed.get(window) ?? start(window);
  const valueNow = () => expectedReturn(controllerChain(pomdp, windowController(pomdp, windows, actionOf)), discount);
  let value = valueNow();
  for (let better = true; better; ) {
    better = false;
    for (const window of reachable(pomdp, windows, actionOf).met) {
      for (let action = 0; action < pomdp.mdp.numActions; action++) {
        const before = actionOf(window);
        changed.set(window, action);
        const next = valueNow();
        if (exceeds(next, value)) {
          value = next;
          better = true;
        } else changed.set(window, before);
      }
    }
  }
  return { actionOf, value };
}

interface Group {
  readonly window: number;
  readonly mass: number;
  readonly pairs: readonly (readonly [pair: number, mass: number])[];
  /** How the mass is distributed over the states. */
  readonly belief: Belief;
}

/** Mass by window, in the windows' order. */
function groupsOf({ mdp: { numStates } }: Pomdp, open: PairMass): Group[] {
  const byWindow = new Map<number, [number, number][]>();
  for (const entry of [...open].sort(([a], [b]) => a - b)) {
    if (entry[1] === 0) continue;
    const window = Math.floor(entry[0] / numStates);
    const pairs = byWindow.get(window);
    if (pairs === undefined) byWindow.set(window, [entry]);
    else pairs.push(entry);
  }
  return [...byWindow].map(([window, pairs]) => {
    const mass = pairs.reduce((sum, [, m]) => sum + m, 0);
    const states = pairs.map(([pair]) => pair % numStates);
    return { window, mass, pairs, belief: { states, probabilities: pairs.map(([, m]) => m / mass) } };
  });
}

/** The window without an action where most mass arrives, the first of equals. */
function heaviest(pomdp: Pomdp, open: PairMass): number {
  return groupsOf(pomdp, open).reduce((best, group) => (weighsMore(group.mass, best.mass) ? group : best)).window;
}

/** Takes out the node with the largest bound; of equals the one with the most actions, which is nearest to a whole policy. */
function takeBest(queue: PartialPolicy[], exceeds: Exceeds): PartialPolicy {
  let at = 0;
  for (let i = 1; i < queue.length; i++) {
    const [node, best] = [queue[i], queue[at]];
    const tied = !exceeds(best.bound, node.bound);
    if (exceeds(node.bound, best.bound) || (tied && node.actions.size > best.actions.size)) at = i;
  }
  return queue.splice(at, 1)[0];
}

/** The windows that a policy meets, and how they follow each other. */
function reachable(pomdp: Pomdp, windows: Windows, actionOf: ActionOf) {
  const { mdp, observations } = pomdp;
  const { rowStart, nextState } = continuationOf(mdp);
  const pairs = [...startPairs(pomdp, windows).keys()];
  const seen = new Set(pairs);
  const met = new Set<number>();
  const edges: { from: number; observation: number; to: number }[] = [];
  for (let i = 0; i < pairs.length; i++) {
    const state = pairs[i] % mdp.numStates;
    const from = (pairs[i] - state) / mdp.numStates;
    const action = actionOf(from);
    met.add(from);
    const row = state * mdp.numActions + action;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      const observation = observations[nextState[k]];
      const to = windows.next(from, action, observation);
      edges.push({ from, observation, to });
      const pair = to * mdp.numStates + nextState[k];
      if (seen.has(pair)) continue;
      seen.add(pair);
      pairs.push(pair);
    }
  }
  return { met: [...met], edges };
}

function windowController(pomdp: Pomdp, windows: Windows, actionOf: ActionOf): Controller {
  const { mdp, observations, numObservations } = pomdp;
  const { met, edges } = reachable(pomdp, windows, actionOf);
  const nodeOf = new Map(met.map((window, node) => [window, node]));
  const start = new Int32Array(numObservations).fill(-1);
  for (const pair of startPairs(pomdp, windows).keys()) {
    const window = Math.floor(pair / mdp.numStates);
    start[observations[pair % mdp.numStates]] = nodeOf.get(window) as number;
  }
  const next = new Int32Array(met.length * numObservations).fill(-1);
  for (const { from, observation, to } of edges) {
    next[(nodeOf.get(from) as number) * numObservations + observation] = nodeOf.get(to) as number;
  }
  return { start, action: Int32Array.from(met, actionOf), next };
}
