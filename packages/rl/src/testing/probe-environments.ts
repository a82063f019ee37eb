import { Random } from "@advantage/engine";
import { box, dict, discrete, type Env, multiBinary, multiDiscrete, type Space } from "@advantage/envs";

/**
 * Environments with known answers, each of which asks one thing of a learner. They train in a second, and the one that fails says
 * where to look: constant reward, the value function; identity, the policy gradient; two steps, the credit for what comes later.
 */

/** An environment as pure functions of a JSON-able state. */
interface Probe<State, Observation, Action> {
  readonly id: string;
  readonly observationSpace: Space<Observation>;
  readonly actionSpace: Space<Action>;
  start(random: Random): State;
  observe(state: State): Observation;
  step(state: State, action: Action): { state: State; reward: number; terminated?: boolean; truncated?: boolean };
  /** Games: what may be done, and by whom. */
  legalActions?(state: State): readonly Action[];
  toMove?(state: State): number;
  /** Tasks with goals. */
  computeReward?(achieved: unknown, desired: unknown): number;
}

function probe<State, Observation, Action>(is: Probe<State, Observation, Action>): Env<Observation, Action> {
  let state = is.start(Random.fromSeed(0));
  const { legalActions, toMove, computeReward } = is;
  return {
    id: is.id,
    observationSpace: is.observationSpace,
    actionSpace: is.actionSpace,
    reset(random) {
      state = is.start(random);
      return is.observe(state);
    },
    step(action) {
      const { reward, terminated = false, truncated = false, ...next } = is.step(state, action);
      state = next.state;
      return { observation: is.observe(state), reward, terminated, truncated };
    },
    snapshot: () => structuredClone(state),
    restore(snapshot) {
      state = structuredClone(snapshot) as State;
    },
    fresh: () => probe(is),
    ...(legalActions && { legalActions: () => legalActions(state) }),
    ...(toMove && { toMove: () => toMove(state) }),
    ...(computeReward && { computeReward }),
  };
}

const real = () => box({ low: -1, high: 1, shape: [1] });

/** One step, reward 1 whatever is done: V = 1. */
export function constantReward(): Env<Float32Array, number> {
  return probe({
    id: "ConstantReward-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: () => 0,
    observe: () => Float32Array.of(0),
    step: (state) => ({ state, reward: 1, terminated: true }),
  });
}

/** One step, the reward is the observation, −1 or 1: V(s) = s. */
export function observationReward(): Env<Float32Array, number> {
  return probe({
    id: "ObservationReward-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: (random) => 2 * random.int(2) - 1,
    observe: (sign) => Float32Array.of(sign),
    step: (sign) => ({ state: sign, reward: sign, terminated: true }),
  });
}

/** Two steps, reward 0 and then 1: V(0) = γ, V(1) = 1. */
export function delayedReward(): Env<Float32Array, number> {
  return probe({
    id: "DelayedReward-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: () => 0,
    observe: (step) => Float32Array.of(Math.min(step, 1)),
    step: (step) => ({ state: step + 1, reward: step, terminated: step === 1 }),
  });
}

/** One step, reward 1 for action 1 and −1 for action 0. */
export function actionReward(): Env<Float32Array, number> {
  return probe({
    id: "ActionReward-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: () => 0,
    observe: () => Float32Array.of(0),
    step: (state, action) => ({ state, reward: 2 * action - 1, terminated: true }),
  });
}

/** Two steps: the first action leads to −1 or 1, which is the reward of the second, whatever is done there. V(0) = γ for the best. */
export function twoStepCredit(): Env<Float32Array, number> {
  return probe({
    id: "TwoStepCredit-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: () => 0,
    observe: (side) => Float32Array.of(side),
    step: (side, action) =>
      side === 0 ? { state: 2 * action - 1, reward: 0 } : { state: side, reward: side, terminated: true },
  });
}

/** Reward 1 for ever, cut every 5 steps, which the observation does not tell: V = 1/(1 − γ). */
export function endlessReward(): Env<Float32Array, number> {
  return probe({
    id: "EndlessReward-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: () => 0,
    observe: () => Float32Array.of(0),
    step: (elapsed) => ({ state: elapsed + 1, reward: 1, truncated: elapsed + 1 === 5 }),
  });
}

/**
 * Reward −1 or 1 for ever, as the observation says, cut at each step: V(s) = s/(1 − γ). The next episode starts with either sign:
 * going on from its first observation instead of the true successor would give V(s) = s.
 */
export function endlessSign(): Env<Float32Array, number> {
  return probe({
    id: "EndlessSign-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: (random) => 2 * random.int(2) - 1,
    observe: (sign) => Float32Array.of(sign),
    step: (sign) => ({ state: sign, reward: sign, truncated: true }),
  });
}

/** Four steps, each with a new symbol: reward 1 for naming it. */
function copying<Element>(id: string, space: Space<Element>, share: (shown: Element, named: Element) => number) {
  return mirror(id, space, space, (shown) => shown, share);
}

/** Shows an element of `shown`; `wanted` says which action it asks for, `share` how much of it an action has, in [0, 1]. */
function mirror<Shown, Action>(
  id: string,
  shown: Space<Shown>,
  actionSpace: Space<Action>,
  wanted: (shown: Shown) => Action,
  share: (wanted: Action, action: Action) => number,
): Env<Shown, Action> {
  // The symbols of an episode are drawn at its start: the state is all that a snapshot needs.
  return probe<{ symbols: Shown[]; at: number }, Shown, Action>({
    id,
    observationSpace: shown,
    actionSpace,
    start: (random) => ({ symbols: Array.from({ length: 5 }, () => shown.sample(random) as Shown), at: 0 }),
    observe: ({ symbols, at }) => symbols[at],
    step: ({ symbols, at }, action) => ({
      state: { symbols, at: at + 1 },
      reward: share(wanted(symbols[at]), action),
      terminated: at + 1 === 4,
    }),
  });
}

/**
 * Shows −1 or 1, then 0 for `delay` steps: reward 1 for naming the sign with the last action (0 for −1, 1 for 1), reward 0 for everything else.
 * With a memory the best return is 1, without one it is ½ on average.
 */
export function recall(delay = 3): Env<Float32Array, number> {
  return probe<{ sign: number; step: number }, Float32Array, number>({
    id: "Recall-v0",
    observationSpace: real(),
    actionSpace: discrete(2),
    start: (random) => ({ sign: 2 * random.int(2) - 1, step: 0 }),
    observe: ({ sign, step }) => Float32Array.of(step === 0 ? sign : 0),
    step: ({ sign, step }, action) => {
      const last = step === delay;
      return { state: { sign, step: step + 1 }, reward: last && 2 * action - 1 === sign ? 1 : 0, terminated: last };
    },
  });
}

const equal = (a: number, b: number) => (a === b ? 1 : 0);
const equalParts = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, part, i) => sum + equal(part, b[i]), 0) / a.length;

/** Name the symbol, one of `n`. The best return is 4. */
export function identity(n = 3): Env<number, number> {
  return copying("Identity-v0", discrete(n), equal);
}

/** Name the symbols of two alphabets. The best return is 4. */
export function multiDiscreteIdentity(): Env<Int32Array, Int32Array> {
  return copying("MultiDiscreteIdentity-v0", multiDiscrete([2, 3]), equalParts);
}

/** Repeat three bits. The best return is 4. */
export function bitIdentity(): Env<Uint8Array, Uint8Array> {
  return copying("BitIdentity-v0", multiBinary(3), equalParts);
}

/** Name the symbol, counted from 5, and ignore the noise beside it. The best return is 4. */
export function dictIdentity(): Env<unknown, number> {
  const shown = dict({ symbol: discrete(3, 5), noise: box({ low: -1, high: 1, shape: [2] }) });
  return mirror("DictIdentity-v0", shown, discrete(3, 5), ({ symbol }) => symbol, equal) as Env<unknown, number>;
}

/** Reward −(a − s)² for a real number s in [−1, 1], four times. The best return is 0; always 0 gives −4/3. */
export function continuousTarget(): Env<Float32Array, Float32Array> {
  return mirror(
    "ContinuousTarget-v0",
    real(),
    box({ low: -2, high: 2, shape: [1] }),
    (shown) => shown,
    ([wanted], [action]) => -(action - wanted) * (action - wanted),
  );
}

/**
 * A pile of stones of which two players take one (action 0) or two (action 1) in turn; who takes the last wins, reward 1 for player 0 and −1 for player 1,
 * and who takes more than there are loses. Who is to move wins from every pile that is no multiple of 3, by leaving one. Shows the pile and the player.
 */
export function takeaway(stones = 4): Env<Int32Array, number> {
  return probe({
    id: "Takeaway-v0",
    observationSpace: multiDiscrete([stones + 1, 2]),
    actionSpace: discrete(2),
    start: () => ({ pile: stones, player: 0 }),
    observe: ({ pile, player }) => Int32Array.of(Math.max(pile, 0), player),
    step({ pile, player }, action) {
      const left = pile - action - 1;
      const winner = left < 0 ? 1 - player : player;
      const over = left <= 0;
      return {
        state: { pile: left, player: 1 - player },
        reward: over ? 1 - 2 * winner : 0,
        terminated: over,
      };
    },
    legalActions: ({ pile }) => (pile > 1 ? [0, 1] : pile === 1 ? [0] : []),
    toMove: ({ player }) => player,
  });
}

/** Three bits, of which each action turns one over: reward 0 and the end where they are those wanted, else −1, cut after four steps. */
export function bitGoal(): Env<unknown, number> {
  const bits = () => multiBinary(3);
  const reward = (achieved: unknown, desired: unknown) =>
    equalParts(achieved as Uint8Array, desired as Uint8Array) === 1 ? 0 : -1;
  return probe({
    id: "BitGoal-v0",
    observationSpace: dict({ observation: bits(), achieved_goal: bits(), desired_goal: bits() }),
    actionSpace: discrete(3),
    start: (random) => ({ is: bits().sample(random), wanted: bits().sample(random), elapsed: 0 }),
    observe: ({ is, wanted }) => ({
      observation: Uint8Array.from(is),
      achieved_goal: Uint8Array.from(is),
      desired_goal: Uint8Array.from(wanted),
    }),
    step({ is, wanted, elapsed }, action) {
      const turned = is.map((bit, i) => (i === action ? 1 - bit : bit));
      const earned = reward(turned, wanted);
      return {
        state: { is: turned, wanted, elapsed: elapsed + 1 },
        reward: earned,
        terminated: earned === 0,
        truncated: elapsed + 1 === 4,
      };
    },
    computeReward: reward,
  }) as Env<unknown, number>;
}

/** All of them, from the simplest question to the hardest. */
export const probeEnvironments = [
  constantReward,
  observationReward,
  delayedReward,
  actionReward,
  twoStepCredit,
  endlessReward,
  endlessSign,
  identity,
  multiDiscreteIdentity,
  bitIdentity,
  dictIdentity,
  continuousTarget,
  recall,
  takeaway,
  bitGoal,
] as const;

/**
 * One step in one of two states s = ±1, reward −k(s)·a² with k(−1) = 8 and k(1) = ½: how dear noise is depends on the state. The Gaussian policy that
 * maximises 𝔼[r + c·H(π(·|s))] has mean 0 and σ²(s) = c/(2k(s)); with one σ for both states it is c/(k(−1) + k(1)).
 */
export function unequalPrecision(): Env<Float32Array, Float32Array> {
  return probe({
    id: "UnequalPrecision-v0",
    observationSpace: real(),
    actionSpace: box({ low: -10, high: 10, shape: [1] }),
    start: (random) => 2 * random.int(2) - 1,
    observe: (sign) => Float32Array.of(sign),
    step: (sign, [action]) => ({ state: sign, reward: (sign < 0 ? -8 : -0.5) * action * action, terminated: true }),
  });
}
