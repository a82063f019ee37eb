import type { Random } from "@advantage/engine";
import type { SpaceKind } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type Context,
  choice,
  type Figure,
  type Metric,
  type Policy,
  type Progress,
  real,
  type Schedule,
  schedule,
  stepsPerLine,
} from "../../core/index.js";
import * as settings from "../../core/settings.js";
import { Exploration, rowMax, type StepSizeRule, StepSizes, stepSizeRules } from "../../maths/index.js";
import { stateCount, type TableSpace, tabularPolicy } from "../../policies/index.js";
import { TableEnv } from "./table-env.js";
import { valueFigures } from "./value-figure.js";

/** The spaces whose elements can be counted. */
export const tableKinds: { observationKinds: readonly SpaceKind[]; actionKinds: readonly SpaceKind[] } = {
  observationKinds: ["discrete", "multiDiscrete"],
  actionKinds: ["discrete"],
};

/** The settings of every tabular learner. */
export const learnerFields = {
  totalSteps: settings.totalSteps,
  seed: settings.seed,
  discount: settings.discount,
  stepSize: choice(stepSizeRules, {
    default: "constant",
    help: "how far an entry moves towards its n-th sample: α, 1/n, or 1/n^ω",
  }),
  learningRate: schedule({ default: 0.1, above: 0, max: 1, symbol: "α", help: "constant step size" }),
  stepSizeExponent: real({ default: 0.8, above: 0.5, max: 1, symbol: "ω", help: "exponent of polynomial step sizes" }),
  initialValue: real({ default: 0, symbol: "Q₀", help: "first value of every entry of the table" }),
  logEvery: {
    ...settings.logEvery,
    help: "environment steps per line of metrics; absent: a hundredth of the run, at most 10,000",
  },
} as const;

/** The settings of every tabular learner that acts by its own action values. */
export const controlFields = {
  ...learnerFields,
  exploration: choice(["epsilon-greedy", "boltzmann"], { default: "epsilon-greedy", help: "how actions are chosen" }),
  epsilon: schedule({ default: 0.1, min: 0, max: 1, symbol: "ε", help: "share of random actions (epsilon-greedy)" }),
  temperature: schedule({ default: 1, above: 0, symbol: "τ", help: "temperature of the softmax (boltzmann)" }),
  initialValue: real({
    default: 0,
    symbol: "Q₀",
    help: "first value of every entry; above what is possible it makes the learner try everything",
  }),
} as const;

/** Settings of every learner with a table: length, discount, first value, step sizes. */
export interface LearnerConfig {
  readonly totalSteps: number;
  readonly seed: number;
  readonly discount: number;
  readonly stepSize: StepSizeRule;
  readonly learningRate: Schedule;
  readonly stepSizeExponent: number;
  readonly initialValue: number;
  readonly logEvery: number | undefined;
}

/** Settings of a control learner: those of every learner with a table, and its exploration. */
export interface ControlConfig extends LearnerConfig {
  readonly exploration: "epsilon-greedy" | "boltzmann";
  readonly epsilon: Schedule;
  readonly temperature: Schedule;
}

/** What every control learner's state has. */
export interface ControlState {
  step: number;
  readonly env: TableEnv;
  /** Q(s, a) at s·A + a  [S·A] */
  readonly q: Float64Array;
  /** How often each entry has been updated  [S·A] */
  readonly counts: Int32Array;
  /** Draws of the behaviour. */
  readonly policyRandom: Random;
}

const controlMetrics: Readonly<Record<string, Metric>> = {
  tdError: { meaning: "mean |δ| of the updates since the line before", healthy: "falls; to 0 where nothing is random" },
  coverage: {
    meaning: "share of all pairs (s, a) that have been tried",
    healthy: "rises to the share that can be reached",
  },
  epsilon: { meaning: "ε now (epsilon-greedy)", healthy: "as scheduled" },
  temperature: { meaning: "τ now (boltzmann)", healthy: "as scheduled" },
};

/** Tables beyond this size want a function approximator. */
export const maxEntries = 2 ** 26;

/** Refuses tables that cannot be held; the number of entries S·A. */
export function requireTable({ env }: Context<LearnerConfig>): number {
  const space = env.observationSpace as TableSpace;
  const numActions = env.actionSpace.kind === "discrete" ? env.actionSpace.n : 0;
  const entries = stateCount(space) * numActions;
  if (entries > maxEntries)
    throw new ConfigError([
      `a table of ${env.id} must have at most ${maxEntries} entries, got ${stateCount(space)} states × ${numActions} actions; use an algorithm with a network`,
    ]);
  return entries;
}

/** First state of a control learner: its table Q  [S·A], at `initialValue`. */
export function startControl(context: Context<ControlConfig>): ControlState {
  const { config: c, env, random } = context;
  const entries = requireTable(context);
  return {
    step: 0,
    env: new TableEnv(env, random.fork("env")),
    q: new Float64Array(entries).fill(c.initialValue),
    counts: new Int32Array(entries),
    policyRandom: random.fork("policy"),
  };
}

/** The step at which the next line of metrics is due. */
export function nextLine(c: Pick<LearnerConfig, "logEvery" | "totalSteps">, step: number): number {
  return Math.min(step + stepsPerLine(c, 100), c.totalSteps);
}

/** The exploration that a config asks for, over tables of `numActions` actions. */
export function explorationOf(c: ControlConfig, numActions: number): Exploration {
  const parameter = c.exploration === "boltzmann" ? c.temperature : c.epsilon;
  return new Exploration({ rule: c.exploration, parameter, totalSteps: c.totalSteps, numActions });
}

/** The step sizes that a config asks for, by how often each entry was updated. */
export function stepSizesOf(c: LearnerConfig, counts: Int32Array): StepSizes {
  const { stepSize: rule, learningRate: constant, stepSizeExponent: exponent, totalSteps } = c;
  return new StepSizes({ rule, constant, exponent, totalSteps }, counts);
}

/**
 * Learns to the end of the run, and yields a line of metrics now and then.
 *
 * @param learnUntil  runs to a step; gives Σ|δ| of its updates
 * @param counts      how often each entry has been updated, if not `state.counts`  [S·A]
 */
export function* learnByLines(
  c: ControlConfig,
  state: ControlState,
  explore: Exploration,
  learnUntil: (end: number) => number,
  counts: () => Int32Array = () => state.counts,
): Generator<Progress, void, void> {
  while (state.step < c.totalSteps) {
    const start = state.step;
    const tdError = learnUntil(nextLine(c, start)) / (state.step - start);
    const metrics = {
      tdError,
      coverage: shareTried(counts()),
      [c.exploration === "boltzmann" ? "temperature" : "epsilon"]: explore.parameter,
    };
    yield { step: state.step, episodes: state.env.takeFinished(), metrics };
  }
}

function shareTried(counts: Int32Array): number {
  let tried = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] > 0) tried += 1;
  return tried / counts.length;
}

/** The behaviour as it is now: its mode is the greedy policy, its samples explore. */
function behaviourPolicy(
  algorithm: string,
  { config: c, env }: Context<ControlConfig>,
  step: number,
  q: Float64Array,
  numActions: number,
): Policy {
  const explore = explorationOf(c, numActions);
  explore.moveTo(step);
  return tabularPolicy({
    algorithm,
    environment: env.id,
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    probabilities: explore.probabilities(q),
  });
}

/** max_a Q(s, a) on the map, with the greedy actions as arrows. */
function controlFigures({ env }: Context<ControlConfig>, q: Float64Array, numActions: number): readonly Figure[] {
  const mdp = env.make().mdp?.();
  if (mdp === undefined) return [];
  const actionValues = new Float64Array(mdp.numStates * mdp.numActions); // states that are not told apart come last
  actionValues.set(q);
  const values = new Float64Array(mdp.numStates);
  for (let state = 0; state < mdp.numStates; state++)
    values[state] = rowMax(actionValues, state * numActions, numActions);
  return valueFigures({
    mdp,
    values,
    actionValues,
    title: "Learnt values",
    caption: "The largest action value of each state, and the actions that have it.",
  });
}

/** What the control learners have alike, but for what they learn and how. */
export function controlLearner(id: string) {
  return {
    id,
    family: "tabular",
    metrics: controlMetrics,
    ...tableKinds,
    needs: ["env"],
    validate(context) {
      requireTable(context);
    },
    buffers: (context) => ({ table: 12 * requireTable(context) }),
    weights: { "table of action values": "q" },
    policy: (context, { step, q, env }) => behaviourPolicy(id, context, step, q, env.numActions),
    figures: (context, { q, env }) => controlFigures(context, q, env.numActions),
  } satisfies Partial<Algorithm<ControlConfig, ControlState>>;
}
