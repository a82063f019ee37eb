/**
 * Asynchronous advantage actor-critic: several actors, each with an environment and a copy of the parameters of its own, compute n-step actor-critic
 * gradients side by side, and each applies its own to the shared parameters as soon as it has them.
 *
 * Mnih et al. 2016, "Asynchronous Methods for Deep Reinforcement Learning" (arXiv:1602.01783), algorithm S3. Notes: W, J, C 4.4.2.
 *
 *     dθ ← ∇_θ′ 𝔼ₜ[log π_θ′(aₜ|sₜ)(Rₜ − V_φ′(sₜ)) + c₂ H(π_θ′(·|sₜ))],   dφ ← ∇_φ′ 𝔼ₜ[(Rₜ − V_φ′(sₜ))²]
 *
 * With threads, the actors are dealt among them and update the shared memory without locks: which gradient comes first is the machine's choice, and
 * such a run is **not reproducible bit for bit**. Without threads the actors take turns, and it is.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  type EpisodeEnd,
  int,
  type Progress,
  schedule,
  scheduleAt,
  schema,
  stepsPerLine,
  type Threads,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { type AverageParts, Averages, MetricsLine } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  discountGradient,
  memorySettings,
  moveStd,
  networkSettings,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
} from "../../families/policy-gradient/index.js";
import { type Actor, actorOf, Counter, learner, paramsOf, type Shared } from "./a3c-actor.js";
import { a3cPresets } from "./a3c-presets.js";

const { hiddenSizes, activation, sharedNetwork, orthogonalInit, std, logStdInit, stdSchedule } = networkSettings;

const config = schema({
  totalSteps: int({
    default: 100_000,
    min: 1,
    max: 2_000_000_000, // the counter that all threads raise has 32 bits
    symbol: "T_max",
    help: "environment steps of all actors to train for, rounded up to whole rollouts",
  }),
  seed: settings.seed,
  numEnvs: {
    ...settings.numEnvs,
    default: 4,
    help: "actors, each with its environment and its copy of the parameters; dealt among the threads",
  },
  numSteps: int({ default: 5, min: 1, symbol: "t_max", help: "steps of an actor between its updates" }),
  learningRate: schedule({ default: { from: 7e-4, to: 0 }, min: 0, symbol: "η", help: "step size of RMSProp" }),
  discount: settings.discount,
  discountGradient,
  gaeLambda: {
    ...settings.gaeLambda,
    default: 1,
    help: "bias–variance trade-off of the advantages: 0 is one-step TD, 1 the n-step return",
  },
  entropyCoef: { ...settings.entropyCoef, default: 0.01 },
  valueCoef: settings.valueCoef,
  maxGradNorm: settings.maxGradNorm,
  logEvery: settings.logEvery,
  hiddenSizes,
  activation,
  sharedNetwork,
  orthogonalInit,
  std,
  logStdInit,
  stdSchedule,
  ...memorySettings,
});

export type A3cConfig = ConfigOf<typeof config>;

export interface A3cState {
  step: number;
  readonly shared: Shared;
  /** Actors that take turns here; threads make their own, anew where a run is resumed. */
  actors: readonly Actor[];
  readonly line: MetricsLine;
  /** The step up to which the ones here have acted: less than `step` after a run in threads. */
  actedTo: number;
}

/** What actors have seen on the way to a line. */
interface Report {
  readonly metrics: AverageParts;
  readonly episodes: readonly EpisodeEnd[];
}

/** What an actor in a thread is given. */
interface ActorShare {
  readonly shared: Shared;
  /** Its actors' numbers. */
  readonly actors: readonly number[];
  /** The step at which the run was started or resumed. */
  readonly start: number;
}

/** Steps of all actors together after which threads wait for each other, so that the run can be stopped or saved. */
const STEPS_BETWEEN_MEETINGS = 2048;

/** Has actors take turns until all actors together have done so many steps; their updates are added to `averages`, or to the report's. */
function inTurns(
  context: Context<A3cConfig>,
  shared: Shared,
  actors: readonly Actor[],
  averages?: Averages,
): (end: number) => Report {
  const learners = actors.map((actor) => learner(context, shared, actor));
  let turn = Atomics.load(shared.counters, Counter.updates); // Whose turn it was when the run was saved.
  return (end) => {
    const own = new Averages();
    for (; Atomics.load(shared.counters, Counter.steps) < end; turn++)
      (averages ?? own).add(learners[turn % learners.length]());
    return { metrics: own.parts(), episodes: actors.flatMap(({ env }) => env.takeFinished()) };
  };
}

/** Deals the actors among threads. */
function inThreads(
  { config: c, env }: Context<A3cConfig>,
  { shared, step: start }: A3cState,
  threads: Threads,
): (end: number) => Promise<readonly Report[]> {
  const numbers = Array.from({ length: c.numEnvs }, (_, i) => i);
  const count = Math.min(threads.count, c.numEnvs);
  const shares = Array.from({ length: count }, (_, thread): ActorShare => {
    return { shared, actors: numbers.filter((i) => i % count === thread), start };
  });
  const running = threads.startActors({ algorithm: "a3c", environmentId: env.id, config: c, shared: shares });
  return async (end) => (await Promise.all(running.map((thread) => thread.runTo(end)))) as readonly Report[];
}

/** Has the actors here take turns; new ones, where threads have taken the run on from where they were. */
function here(context: Context<A3cConfig>, state: A3cState): (end: number) => readonly Report[] {
  if (state.actedTo !== state.step) state.actors = state.actors.map((_, i) => actorOf(context, i, state.step));
  const runTo = inTurns(context, state.shared, state.actors, state.line.averages);
  return (end) => {
    const report = runTo(end);
    state.actedTo = Atomics.load(state.shared.counters, Counter.steps);
    return [report];
  };
}

async function* train(context: Context<A3cConfig>, state: A3cState): AsyncGenerator<Progress, void, void> {
  const { config: c, threads } = context;
  const { shared } = state;
  const runTo = threads === undefined ? here(context, state) : inThreads(context, state, threads);
  const atOnce = threads === undefined ? c.numSteps * c.numEnvs : STEPS_BETWEEN_MEETINGS;

  // repeat until T > T_max
  while (state.step < c.totalSteps) {
    const lineEnd = Math.min(state.line.start + stepsPerLine(c), c.totalSteps);
    const reports = await runTo(Math.min(state.step + atOnce, lineEnd));
    for (const { metrics } of reports) state.line.averages.addAll(metrics);
    state.step = Atomics.load(shared.counters, Counter.steps);
    const episodes = reports.flatMap((report) => report.episodes).sort((a, b) => a.step - b.step);
    yield state.line.progress({ step: state.step, episodes }, c, (start) => ({
      learningRate: scheduleAt(c.learningRate, start / c.totalSteps),
    }));
  }
}

/** The shared parameters as networks take them, with an environment's statistics, of which there are none. */
function networksNow(context: Context<A3cConfig>, { step, shared, actors }: A3cState) {
  const params = paramsOf(context);
  params.flat.data.set(shared.theta);
  moveStd(context, params.tree.actor, step);
  return { params, env: actors[0].env };
}

export const a3c: Algorithm<A3cConfig, A3cState> = {
  id: "a3c",
  title: "Asynchronous advantage actor-critic",
  summary:
    "Actors in threads of their own update shared parameters with n-step actor-critic gradients, without waiting for each other.",
  family: "policy-gradient",
  papers: [papers.mnih2016, papers.recht2011],
  notes: ["W", "J", "C 4.4.2"],
  deviations: [
    "Gradients are means over the steps of a rollout (the paper's are sums), clipped to a global norm.",
    "An actor goes on through the end of an episode within its rollout; the paper's ends the rollout there. The returns stop at it in both.",
    "An episode cut by a time limit bootstraps from its true last observation.",
    "Advantages are generalised (GAE); λ = 1, the default, is the paper's n-step return less the value.",
    "Policy and value have networks of their own unless `sharedNetwork`; the paper's share all but the outputs.",
    "The learning rate falls to 0 over the run, as the paper's does; its value is not drawn from a range.",
    "The paper has an LSTM behind its hidden layers; `memory` gru, lstm stands in front of them. What it remembers was computed by the parameters of the turns before; gradients flow back to the beginning of the turn.",
  ],
  config,
  metrics: {
    loss: { meaning: "the whole objective, to be minimised", healthy: "no absolute scale; must stay finite" },
    ...actorCriticMetrics,
    staleness: {
      meaning: "updates of other actors between an actor's copying of the parameters and its own update of them",
      healthy: "0 in one thread; near the number of threads less 1 in several",
    },
  },
  presets: a3cPresets,
  ...actorCriticKinds,
  needs: ["env"],
  validate: validateNetworks,

  init(context) {
    const { flat } = paramsOf(context);
    const Memory = context.threads === undefined ? ArrayBuffer : SharedArrayBuffer;
    const theta = new Float32Array(new Memory(4 * flat.size));
    theta.set(flat.data);
    return {
      step: 0,
      shared: {
        theta,
        squares: new Float32Array(new Memory(4 * flat.size)),
        counters: new Int32Array(new Memory(8)),
      },
      actors: Array.from({ length: context.config.numEnvs }, (_, i) => actorOf(context, i)),
      line: new MetricsLine(),
      actedTo: 0,
    };
  },

  train,

  actor(context, share) {
    const { shared, actors, start } = share as ActorShare;
    return inTurns(
      context,
      shared,
      actors.map((index) => actorOf(context, index, start)),
    );
  },

  policy: (context, state) => trainedPolicy("a3c", context, networksNow(context, state)),
  stateValues: (context, state) => stateValuesOf(context, networksNow(context, state)),
};
