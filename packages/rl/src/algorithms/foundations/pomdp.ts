/**
 * What memory is worth in a partially observed MDP: the exact values of the best policy of the last observation, of the last k, and of the whole
 * history, beside that of the hidden state.
 *
 *     a_t ~ π(·|h_t),   h_t = (o₀, a₀, o₁, a₁, …, a_{t−1}, o_t)
 *
 * Kaelbling, Littman & Cassandra 1998 (beliefs); Littman 1994 and Singh, Jaakkola & Jordan 1994 (policies of the last observation). Notes: H 1.5, C 3.1.1.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import type { Random } from "@advantage/engine";
import type { Env, Pomdp } from "@advantage/envs";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  type CurvesFigure,
  type EnvSource,
  type Figure,
  flag,
  int,
  optional,
  type Progress,
  RunError,
  real,
  schema,
  type TableFigure,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { startValue, valueFigures } from "../../families/tabular/index.js";
import {
  bestStochasticMemoryless,
  bestWindowPolicy,
  type Controller,
  controllerChain,
  controllerOf,
  exactValues,
  expectedReturn,
  historyValue,
  optimalValues,
  policyChain,
  runningStart,
  sampleRow,
  statePolicy,
  type WindowActions,
  type WindowShape,
} from "../../maths/index.js";
import { stateCount, stateIndex, type TableSpace, tabularPolicy } from "../../policies/index.js";
import { pomdpPresets } from "./pomdp-presets.js";

const config = schema({
  totalSteps: {
    ...settings.totalSteps,
    default: 50,
    help: "iterations: one for each history length, then one for each round of episodes",
  },
  seed: settings.seed,
  discount: optional(
    real({
      min: 0,
      below: 1,
      symbol: "γ",
      help: "weight of the next step's return; absent: the problem's own, or 0.99",
    }),
  ),
  historyLength: int({ default: 3, min: 1, symbol: "k", help: "the longest window of observations a policy is given" }),
  historyActions: flag({ default: false, help: "whether the window shows the actions between the observations too" }),
  searchNodes: int({
    default: 100,
    min: 1,
    help: "partial policies that the search of each history length may branch before it settles for a bound",
  }),
  horizon: optional(
    int({ min: 1, symbol: "H", help: "steps for which beliefs are followed; absent: until no new one is reached" }),
  ),
  maxBeliefs: int({ default: 2000, min: 1, help: "beliefs that are followed, at most" }),
  episodes: int({ default: 20, min: 2, help: "episodes of each policy in a round" }),
});

export type PomdpConfig = ConfigOf<typeof config>;

/** A policy that was found, and how it has done in the environment. */
interface Found {
  readonly label: string;
  readonly sees: "window" | "last observation" | "history";
  /** k: observations that it sees; 0 where they are not counted. */
  readonly length: number;
  /** Its exact value. */
  readonly value: number;
  /** No policy that sees as much is worth more; the value itself where nothing is known. */
  readonly bound: number;
  /** Partial policies branched, or beliefs followed. */
  readonly work: number;
  /** Its value over the episode as it is played: cut at the problem's horizon. */
  readonly cutValue: number;
  /** Deterministic with a memory … */
  readonly controller?: Controller;
  /** … or π(a|o) of the last observation  [O·A]. */
  readonly probabilities?: Float64Array;
  /** Episodes played, the mean of their discounted returns and the sum of squared distances from it (Welford 1962). */
  episodes: number;
  mean: number;
  squares: number;
}

export interface PomdpState {
  step: number;
  /** Stream of the environment, over all episodes, and of the policies that draw. */
  readonly random: Random;
  /** The best policy of the last window length, by window: where the next search begins. */
  actions: WindowActions;
  /** π(a|o) of the best policy found of the last observation, which is the one that acts; uniform at first  [O·A] */
  readonly memoryless: Float64Array;
  /** Σ_s ρ₀(s) V*(s) of the hidden state. */
  fullyObserved: number;
  readonly found: Found[];
}

function* train(
  { config: c, env: source, random }: Context<PomdpConfig>,
  state: PomdpState,
): Generator<Progress, void, void> {
  const pomdp = pomdpOf(source);
  const env = source.make();
  const discount = discountOf(pomdp, c);
  while (state.step < c.totalSteps) {
    const length = state.step + 1;
    let metrics: Record<string, number>;
    if (length <= c.historyLength) {
      metrics = extendWindow(pomdp, c, discount, state, length); //   the best policy of o_{t−k+1} … o_t
      if (length === 1) Object.assign(metrics, compareWith(pomdp, c, discount, state, random));
    } else metrics = playRound(pomdp, c, discount, state, env);
    state.step = length;
    yield { step: state.step, episodes: [], metrics };
  }
}

function extendWindow(pomdp: Pomdp, c: PomdpConfig, discount: number, state: PomdpState, length: number) {
  const shape = { length, withActions: c.historyActions };
  const best = bestWindowPolicy(pomdp, { ...shape, discount, maxNodes: c.searchNodes, atLeast: state.actions });
  state.actions = best.actions;
  const controller = controllerOf(pomdp, shape, best.actions);
  state.found.push({
    ...unplayed(windowLabel(shape), best.value, best.upperBound, best.nodes),
    sees: "window",
    length,
    controller,
    cutValue: expectedReturn(controllerChain(pomdp, controller), discount, playedSteps(pomdp, discount)),
  });
  return { windowValue: best.value, windowBound: best.upperBound, searchNodes: best.nodes };
}

/** The other policies: stochastic without memory, of the whole history, of the hidden state. */
function compareWith(pomdp: Pomdp, c: PomdpConfig, discount: number, state: PomdpState, random: Random) {
  const { mdp, numObservations } = pomdp;
  const steps = playedSteps(pomdp, discount);
  state.fullyObserved = startValue(mdp, optimalValues(mdp, discount));

  const actions = Int32Array.from({ length: numObservations }, (_, o) => state.actions[o] ?? 0);
  const deterministic = new Float64Array(numObservations * mdp.numActions);
  actions.forEach((action, o) => {
    deterministic[o * mdp.numActions + action] = 1;
  });
  const stochastic = bestStochasticMemoryless(pomdp, {
    discount,
    random: random.fork("starts"),
    also: [deterministic],
  });
  const better = stochastic.value > state.found[0].value + 1e-9 * Math.abs(stochastic.value);
  state.memoryless.set(better ? stochastic.policy : deterministic);
  const chain = policyChain(mdp, statePolicy(pomdp, stochastic.policy));
  state.found.push({
    ...unplayed("last observation, stochastic", stochastic.value, stochastic.value, 0),
    sees: "last observation",
    probabilities: stochastic.policy,
    cutValue: expectedReturn({ chain, start: runningStart(mdp) }, discount, steps),
  });

  const whole = historyValue(pomdp, {
    discount,
    maxBeliefs: c.maxBeliefs,
    afterwards: actions,
    afterwardsValues: exactValues(mdp, statePolicy(pomdp, deterministic), discount),
    ...(c.horizon !== undefined && { horizon: c.horizon }),
  });
  state.found.push({
    ...unplayed("whole history", whole.value, whole.upperBound, whole.beliefs),
    sees: "history",
    controller: whole.controller,
    cutValue: expectedReturn(controllerChain(pomdp, whole.controller), discount, steps),
  });
  return {
    stochasticValue: stochastic.value,
    historyValue: whole.value,
    historyBound: whole.upperBound,
    beliefs: whole.beliefs,
    fullyObservedValue: state.fullyObserved,
  };
}

const unplayed = (label: string, value: number, bound: number, work: number) => ({
  label,
  length: 0,
  value,
  bound,
  work,
  episodes: 0,
  mean: 0,
  squares: 0,
});

function windowLabel({ length, withActions }: WindowShape): string {
  if (length === 1) return "last observation";
  const between = length === 2 ? " and the action between" : ` and the ${length - 1} actions between`;
  return `last ${length} observations${withActions ? between : ""}`;
}

/** Episodes of every policy in the environment itself, against its exact value. */
function playRound(pomdp: Pomdp, c: PomdpConfig, discount: number, state: PomdpState, env: Env) {
  const steps = playedSteps(pomdp, discount);
  const reward = pomdp.mdp.expectedReward.reduce((most, r) => Math.max(most, Math.abs(r)), 0);
  let deviation = 0;
  let largest = 0;
  for (const found of state.found) {
    for (let episode = 0; episode < c.episodes; episode++) {
      const sum = play(pomdp, found, env, state.random, discount, steps);
      found.episodes += 1;
      const difference = sum - found.mean;
      found.mean += difference / found.episodes;
      found.squares += difference * (sum - found.mean);
    }
    const error = Math.abs(found.mean - found.cutValue);
    // Where all returns are equal there is rounding alone.
    const rounding = 1e-9 * Math.max(reward, Math.abs(found.value));
    deviation = Math.max(deviation, error === 0 ? 0 : error / Math.max(standardError(found), rounding));
    largest = Math.max(largest, error);
  }
  return { simulationError: largest, deviation };
}

function standardError({ squares, episodes }: Found): number {
  return Math.sqrt(squares / (episodes * Math.max(1, episodes - 1)));
}

/** One episode's discounted return. */
function play(pomdp: Pomdp, found: Found, env: Env, random: Random, discount: number, steps: number): number {
  const { numObservations, mdp } = pomdp;
  const { controller, probabilities } = found;
  const space = env.observationSpace as TableSpace;
  const firstAction = env.actionSpace.kind === "discrete" ? env.actionSpace.start : 0;
  let observation = stateIndex(space, env.reset(random));
  let node = controller?.start[observation] ?? 0;
  let weight = 1;
  let sum = 0;
  for (let t = 0; t < steps; t++) {
    const action = controller
      ? controller.action[node]
      : sampleRow(random, probabilities as Float64Array, observation * mdp.numActions, mdp.numActions);
    const step = env.step(firstAction + action);
    sum += weight * step.reward;
    weight *= discount;
    if (step.terminated || step.truncated) break;
    observation = stateIndex(space, step.observation);
    if (controller) node = controller.next[node * numObservations + observation];
    if (node < 0) throw new RunError(`${env.id}: observation ${observation} came where its POMDP allows none`);
  }
  return sum;
}

/** Steps of an episode: up to the problem's horizon, and as long as they weigh anything. */
function playedSteps({ mdp: { horizon = Number.POSITIVE_INFINITY } }: Pomdp, discount: number): number {
  let steps = 0;
  for (let weight = 1; steps < horizon && weight > 1e-12; steps++) weight *= discount;
  return steps;
}

/** The environment's POMDP. */
function pomdpOf(env: EnvSource): Pomdp {
  const pomdp = env.make().pomdp?.();
  if (pomdp === undefined) throw new RunError(`${env.id} does not expose its POMDP`);
  const observations = stateCount(env.observationSpace as TableSpace);
  if (pomdp.numObservations !== observations) {
    throw new RunError(
      `${env.id}: its POMDP must have its ${observations} observations, got one of ${pomdp.numObservations}`,
    );
  }
  return pomdp;
}

function discountOf({ mdp }: Pomdp, { discount = mdp.discount ?? 0.99 }: PomdpConfig): number {
  if (discount < 1) return discount;
  throw new RunError(`discount must be below 1: the problem's own is ${discount}, set another`);
}

/** Significant digits of a table's numbers. */
const shown = (value: number) => Number(value.toPrecision(6));

function table(c: PomdpConfig, { found, fullyObserved }: PomdpState): TableFigure {
  const inOrder = [
    ...found.filter(({ sees }) => sees !== "history"),
    ...found.filter(({ sees }) => sees === "history"),
  ];
  const rows = inOrder.map((policy) => {
    const { label, value, bound, work, cutValue, episodes, mean } = policy;
    const interval = `${shown(mean)} ± ${(1.96 * standardError(policy)).toPrecision(2)}`;
    const ofController = policy.probabilities === undefined;
    return [
      label,
      shown(value),
      ofController ? shown(bound) : "—",
      ofController ? work : "—",
      shown(cutValue),
      episodes > 0 ? interval : "—",
    ];
  });
  return {
    kind: "table",
    title: "What a policy sees, and what it is worth",
    caption: `The value of the best policy found, exactly; no policy that sees as much is worth more than the next column says (of stochastic ones a bound is not known). Then the partial policies branched, or beliefs followed; the value of the episodes as they are played, up to their time limit; and the mean of ${c.episodes} episodes a round with its 95 % confidence interval.`,
    columns: ["policy of the", "value", "at most", "work", "value, as played", "simulated"],
    rows: [...rows, ["hidden state", shown(fullyObserved), shown(fullyObserved), "—", "—", "—"]],
  };
}

function curves({ found, fullyObserved }: PomdpState): CurvesFigure {
  const windows = found.filter(({ sees }) => sees === "window");
  const x = windows.map(({ length }) => length);
  const level = (label: string, y: number) => ({ label, x, y: x.map(() => y), reference: true });
  const others = found.filter(({ sees }) => sees !== "window").map(({ label, value }) => level(label, value));
  return {
    kind: "curves",
    title: "The value of memory",
    caption:
      "The best deterministic policy of the last k observations: the line is the best one found, the band reaches to what no policy can exceed; without a band it is proven the best. Dashed: the best policies found of the last observation if they may draw their actions, of the whole history, and of the hidden state.",
    xLabel: "observations that the policy sees, k",
    yLabel: "expected discounted return",
    curves: [
      {
        label: "last k observations",
        x,
        y: windows.map(({ value }) => value),
        low: windows.map(({ value }) => value),
        high: windows.map(({ bound }) => bound),
      },
      ...others,
      level("hidden state", fullyObserved),
    ],
  };
}

function figures({ config: c, env }: Context<PomdpConfig>, state: PomdpState): readonly Figure[] {
  if (state.found.length === 0) return [];
  const pomdp = pomdpOf(env);
  const discount = discountOf(pomdp, c);
  return [
    curves(state),
    table(c, state),
    ...valueFigures({
      mdp: pomdp.mdp,
      values: optimalValues(pomdp.mdp, discount),
      title: "V* of the hidden states",
      caption: `What could be had if the state were seen, γ = ${discount}.`,
    }),
  ];
}

export const pomdp: Algorithm<PomdpConfig, PomdpState> = {
  id: "pomdp",
  title: "Partially observed MDP",
  summary:
    "What memory is worth: exact values of policies of the last observation, of the last k, and of the whole history.",
  family: "foundations",
  papers: [papers.kaelbling1998, papers.singh1994],
  notes: ["H 1.5", "C 3.1.1"],
  deviations: [
    "The notes let π depend on h_t and stop there. Here the history is also cut to its last k observations (`historyLength`), and shows the actions between them only with `historyActions`: `frameStack` and `memory: history` of the deep algorithms show observations alone by default.",
    'C 3.1.1 says that policy gradients "can be used in partially observed MDPs without modification". So they can, and end no higher than the best policy of what the network is shown: this row says how high that is.',
    "Rewards are no observations: a policy does not learn from them within an episode. Whether the task has ended is seen.",
    "The observation is a function of the state. In the tiger's original a sound is drawn after each action; here it is part of the state, and after a door nothing is heard, which tells as little as the original's coin.",
    "Beliefs that agree to nine decimals are one.",
    "What is saved as the policy is the best one found that remembers nothing: `advantage watch` shows how it fails.",
  ],
  config,
  metrics: {
    windowValue: {
      meaning: "value of the best policy found of the last k observations",
      healthy: "never falls with k",
    },
    windowBound: {
      meaning: "what no deterministic policy of the last k observations exceeds",
      healthy: "windowValue where the search was finished, else below historyBound",
    },
    searchNodes: {
      meaning: "partial policies that were branched",
      healthy: "below searchNodes: the search was finished",
    },
    stochasticValue: {
      meaning: "value of the best stochastic policy found of the last observation",
      healthy: "at least windowValue at k = 1",
    },
    historyValue: { meaning: "value of the best policy found of the whole history", healthy: "at least windowValue" },
    historyBound: {
      meaning: "what no policy of the history exceeds",
      healthy: "historyValue where all beliefs were followed, else above it",
    },
    beliefs: { meaning: "beliefs that were followed", healthy: "below maxBeliefs: they are all that can be reached" },
    fullyObservedValue: { meaning: "Σ_s ρ₀(s) V*(s) of the hidden state", healthy: "at least historyBound" },
    simulationError: {
      meaning: "largest |mean discounted return − exact value| over the policies",
      healthy: "falls like 1/√episodes",
      logarithmic: true,
    },
    deviation: {
      meaning: "the largest such difference in standard errors of its mean",
      healthy: "below 4, without a trend",
      range: { to: 4 },
    },
  },
  presets: pomdpPresets,
  observationKinds: ["discrete", "multiDiscrete"],
  actionKinds: ["discrete"],
  needs: ["pomdp"],
  unit: "iteration",

  validate({ config: c, env }) {
    discountOf(pomdpOf(env), c);
  },

  init({ env, random }) {
    const { mdp, numObservations } = pomdpOf(env);
    return {
      step: 0,
      random: random.fork("env"),
      actions: {},
      memoryless: new Float64Array(numObservations * mdp.numActions).fill(1 / mdp.numActions),
      fullyObserved: 0,
      found: [],
    };
  },

  train,

  /** The best policy that remembers nothing. */
  policy({ env: { id, observationSpace, actionSpace } }, { memoryless }) {
    return tabularPolicy({
      algorithm: "pomdp",
      environment: id,
      observationSpace,
      actionSpace,
      probabilities: memoryless,
    });
  },

  figures,
};
