/**
 * Actor-critic with a critic of actions: the policy is followed in the direction in which Q_φ(s, a) says that its actions get better.
 *
 * Sutton, McAllester, Singh & Mansour 2000, "Policy gradient methods for reinforcement learning with function approximation"; for the sum over
 * actions also Allen et al. 2017, "Mean actor critic" (arXiv:1709.00503) and Ciosek & Whiteson 2018, "Expected policy gradients"
 * (arXiv:1706.05374). Notes: W, "Actor-Critic with Q_ϕ"; L, "Actor-Critic: Training".
 *
 *     sampled     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) (Q_φ(sₜ, aₜ) − b(sₜ)),   b(s) = Σ_a π_θ(a|s) Q_φ(s, a) or 0
 *     all-action  ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ Σ_a ∇_θ π_θ(a|sₜ) Q_φ(sₜ, a)
 *
 * Where this differs from the notes:
 *  1. L writes J(θ) = 𝔼[π_θ(a|s) Q_Φ(s, a)] under s, a ~ π, which counts π twice; its gradient on the next line is the right one, of
 *     𝔼_s[Σ_a π_θ(a|s) Q(s, a)] with the states and Q held fixed.
 *  2. The critic's step is repeated K times on each batch, with targets that are computed anew each time; W makes one. Targets may be
 *     λ-returns; λ = 0 is W's one-step target.
 *  3. An episode cut by a time limit bootstraps from Σ_a π(a|s) Q(s, a) of its true last observation, as no action follows it.
 *  4. Discrete actions only: there is one output for each action, and b and the sum over actions are finite sums. For real-valued actions the
 *     sampled gradient would be left, without its b; algorithms that differentiate Q with respect to the action are the way there.
 *  5. Gradients are averaged over episodes, and may be followed by Adam.
 */
import { constant, ops, Params, type Random, scope, tensor, valueAndGrad } from "@advantage/engine";
import type { Algorithm, Context, Progress } from "../../core/algorithm.js";
import { scheduleAt } from "../../core/schedule.js";
import { type ConfigOf, choice, flag, int, real, schedule, schema } from "../../core/schema.js";
import { collectEpisodes, type Episodes } from "../../data/episodes.js";
import { actionTensor, rowsTensor } from "../../data/rollout.js";
import { TrainingEnv } from "../../data/training-env.js";
import { type ActionCritic, actionCriticOf } from "../../families/policy-gradient/action-critic.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  networksOf,
  plainNetworkSettings,
  policyOf,
} from "../../families/policy-gradient/actor-critic-family.js";
import { type DescentState, descend, descentSettings, initDescent } from "../../families/policy-gradient/descent.js";
import { episodeGradient, gradientVarianceMetric } from "../../families/policy-gradient/episode-gradient.js";
import { requireEpisodeForEach, wholeEpisodeSettings } from "../../families/policy-gradient/whole-episodes.js";
import { episodeEnds, successors } from "../../maths/episode-advantages.js";
import { stepDiscounts } from "../../maths/episode-returns.js";
import { explainedVarianceMetric } from "../../maths/explained-variance.js";
import { lambdaReturns } from "../../maths/returns.js";
import { valueLoss } from "../../maths/surrogates.js";
import type { Actor, ActorParams, CriticParams } from "../../policies/actor-critic.js";
import { explorer } from "../../policies/explorer.js";
import { standardise } from "../../policies/normaliser.js";
import { qActorCriticPresets } from "./q-actor-critic-presets.js";

const { std: _source, logStdInit: _first, stdSchedule: _plan, ...discreteNetworkSettings } = plainNetworkSettings;

const config = schema({
  totalSteps: int({ default: 200_000, min: 1, help: "environment steps to train for, rounded up to whole batches" }),
  seed: int({ default: 1, min: 0, help: "seed of every random stream of the run" }),
  ...wholeEpisodeSettings,
  gradient: choice(["all-action", "sampled"], {
    default: "all-action",
    help: "the sum over all actions, weighed by the policy, or the score of the action that was taken",
  }),
  baseline: flag({
    default: true,
    help: "subtract V(s) = Σ π(a|s) Q(s, a) from Q(s, a); nothing changes with gradient all-action",
  }),
  bootstrap: choice(["expected-sarsa", "sarsa"], {
    default: "expected-sarsa",
    help: "the next value of the critic's target: the policy's mean Σ π(a|s′) Q(s′, a), or Q(s′, a′) of the action taken",
  }),
  lambda: real({
    default: 0.9,
    min: 0,
    max: 1,
    symbol: "λ",
    help: "the critic's target: 0 one reward and the next value, 1 the whole return",
  }),
  discount: real({ default: 0.99, min: 0, max: 1, symbol: "γ", help: "weight of the next step's return" }),
  discountGradient: flag({
    default: false,
    help: "weigh step t by γᵗ as well: the true gradient of the discounted return",
  }),
  optimiser: descentSettings.optimiser,
  learningRate: schedule({ default: 3e-3, min: 0, symbol: "η", help: "step size of the policy" }),
  valueLearningRate: schedule({ default: 3e-3, min: 0, symbol: "α_φ", help: "step size of the critic" }),
  valueEpochs: int({ default: 40, min: 1, symbol: "K", help: "gradient steps of the critic on each batch" }),
  maxGradNorm: descentSettings.maxGradNorm,
  varianceEvery: int({ default: 10, min: 0, help: "batches per measurement of the gradient's variance; 0: never" }),
  ...discreteNetworkSettings,
});

export type QActorCriticConfig = ConfigOf<typeof config>;

export interface QActorCriticState {
  step: number;
  /** Batches done. */
  batch: number;
  /** θ */
  readonly actor: Params<ActorParams>;
  readonly optimiser: DescentState;
  /** φ */
  readonly critic: Params<CriticParams>;
  readonly criticOptimiser: DescentState;
  readonly env: TrainingEnv;
  readonly policyRandom: Random;
}

/** The policy needs no ln σ. */
function actorOf(context: Context<QActorCriticConfig>): Actor {
  return networksOf({ ...context, config: { ...context.config, logStdInit: 0 } }).actor;
}

/** Whole episodes, with what the critic says of every action in them. */
export interface ValuedEpisodes extends Episodes {
  /** wₜ: 1, or γᵗ  [B] */
  readonly step: Float64Array;
  /** Q_φ(sₜ, ·), less V(sₜ) with a baseline  [B × A] */
  readonly actionValues: Float32Array;
}

/** The batch's estimate of −∇_θ J. */
export function policyGradientEstimator({ config: c, env }: Context<QActorCriticConfig>, actor: Actor) {
  return episodeGradient((params: ActorParams, batch: ValuedEpisodes, from: number, to: number) => {
    const rows = batch.rewards.length;
    const size = batch.observations.length / rows;
    const numActions = batch.actionValues.length / rows;
    const observations = rowsTensor(batch.observations.subarray(from * size, to * size), size);
    const values = rowsTensor(batch.actionValues.subarray(from * numActions, to * numActions), numActions);
    const weight = tensor(Float32Array.from(batch.step.subarray(from, to)));
    const pi = actor.distribution(params, actor.features(params, observations));
    const actions = actionTensor(env.actionSpace, batch.actions.subarray(from, to), to - from);
    const objective =
      c.gradient === "sampled"
        ? ops.mul(pi.logProb(actions), ops.pick(values, actions))
        : ops.sum(ops.mul(ops.softmax(pi.parameters.logits), values), 1);
    const entropy = constant(() => ops.mean(pi.entropy()));
    return { loss: ops.neg(ops.sum(ops.mul(objective, weight))), metrics: { entropy } };
  });
}

/** π(·|s) of the batch's observations and of the episodes' last ones, one behind the other. */
interface Probabilities {
  /** [B × A] */
  readonly taken: Float32Array;
  /** [m × A] */
  readonly last: Float32Array;
}

function probabilitiesOf(actor: Actor, params: ActorParams, batch: Episodes): Probabilities {
  const size = batch.observations.length / batch.rewards.length;
  const at = (flat: Float32Array) => {
    const pi = actor.distribution(params, actor.features(params, rowsTensor(flat, size)));
    return ops.softmax(pi.parameters.logits).values();
  };
  return { taken: at(batch.observations), last: at(batch.lastObservations) };
}

/** V(s) = Σ_a π(a|s) Q(s, a)  [rows × A] each → [rows]. */
function means(probabilities: Float32Array, actionValues: Float32Array, numActions: number): Float64Array {
  const values = new Float64Array(actionValues.length / numActions);
  for (let i = 0; i < actionValues.length; i++) {
    values[Math.floor(i / numActions)] += probabilities[i] * actionValues[i];
  }
  return values;
}

/** The batch with what the gradient is made of, by the critic as the batches before left it. */
export function withActionValues(
  { config: c }: Context<QActorCriticConfig>,
  critic: ActionCritic,
  params: CriticParams,
  batch: Episodes,
  { taken }: Probabilities,
): ValuedEpisodes {
  const { numActions } = critic;
  const rows = batch.rewards.length;
  const step = c.discountGradient ? stepDiscounts({ ...c, starts: batch.starts }) : new Float64Array(rows).fill(1);
  const actionValues = critic.values(params, rowsTensor(batch.observations, batch.observations.length / rows)).values();
  if (c.baseline) {
    const baseline = means(taken, actionValues, numActions);
    for (let i = 0; i < actionValues.length; i++) actionValues[i] -= baseline[Math.floor(i / numActions)];
  }
  return { ...batch, step, actionValues };
}

/**
 * What Q(sₜ, aₜ) is fitted to  [B]: λ-returns that bootstrap from the action taken next or from the mean over the policy's. Sutton & Barto
 * 2018, 12.8.
 */
export function criticTargets(
  { bootstrap, discount, lambda }: Pick<QActorCriticConfig, "bootstrap" | "discount" | "lambda">,
  batch: Pick<Episodes, "rewards" | "starts" | "cut">,
  values: {
    /** Q(sₜ, aₜ)  [B] */
    readonly taken: ArrayLike<number>;
    /** Σ_a π(a|sₜ) Q(sₜ, a)  [B] */
    readonly mean: ArrayLike<number>;
    /** The same at the episodes' last observations  [m] */
    readonly last: ArrayLike<number>;
  },
): Float64Array {
  const after = bootstrap === "sarsa" ? values.taken : values.mean;
  const nextValues = successors({ values: after, starts: batch.starts, lastValues: values.last });
  return lambdaReturns({ rewards: batch.rewards, nextValues, ...episodeEnds(batch), discount, lambda });
}

/** φ ← φ − α ∇_φ ½ 𝔼ₜ[(Q_φ(sₜ, aₜ) − targetₜ)²], K times. Gives the loss before the first, and what Q explained of the targets then. */
function criticFit(context: Context<QActorCriticConfig>, critic: ActionCritic, state: QActorCriticState) {
  const { config: c, env } = context;
  const { numActions } = critic;
  const size = state.env.observationSize;
  /** Q(sₜ, ·) [B, A] and Q(sₜ, aₜ) [B]. */
  const valuesOf = (params: CriticParams, batch: Episodes) => {
    const all = critic.values(params, rowsTensor(batch.observations, size));
    return { all, taken: ops.pick(all, actionTensor(env.actionSpace, batch.actions, batch.rewards.length)) };
  };
  type Values = ReturnType<typeof valuesOf>;
  const targetsOf = (params: CriticParams, batch: Episodes, { all, taken }: Values, probabilities: Probabilities) => {
    const lastValues = critic.values(params, rowsTensor(batch.lastObservations, size)).values();
    return criticTargets(c, batch, {
      taken: taken.values(),
      mean: means(probabilities.taken, all.values(), numActions),
      last: means(probabilities.last, lastValues, numActions),
    });
  };
  const gradientOf = valueAndGrad((params: CriticParams, batch: Episodes, probabilities: Probabilities) => {
    const values = valuesOf(params, batch);
    const target = constant(() => tensor(Float32Array.from(targetsOf(params, batch, values, probabilities))));
    const error = valueLoss({ value: values.taken, target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  return (batch: Episodes, probabilities: Probabilities, learningRate: number): Record<string, number> => {
    const params = state.critic.tree;
    const values = valuesOf(params, batch);
    const explained = explainedVarianceMetric(values.taken.values(), targetsOf(params, batch, values, probabilities));
    let first: Readonly<Record<string, number>> = {};
    for (let epoch = 0; epoch < c.valueEpochs; epoch++) {
      const { value: loss, gradient, metrics } = gradientOf(state.critic, batch, probabilities);
      descend(c, { ...state, params: state.critic, optimiser: state.criticOptimiser, loss, gradient, learningRate });
      if (epoch === 0) first = { ...metrics };
    }
    return { ...first, ...explained };
  };
}

function* train(context: Context<QActorCriticConfig>, state: QActorCriticState): Generator<Progress, void, void> {
  const { config: c, env, random } = context;
  const actor = actorOf(context);
  const critic = actionCriticOf(context);
  const gradientOf = policyGradientEstimator(context, actor);
  const fitCritic = criticFit(context, critic, state);
  const act = explorer(actor, state.actor.tree, state.policyRandom, {
    numEnvs: c.numEnvs,
    actionSpace: env.actionSpace,
  });

  // For k = 1, 2, …
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    const valueLearningRate = scheduleAt(c.valueLearningRate, state.step / c.totalSteps);
    //   use π_θk to collect n trajectories
    const batch = collectEpisodes(state.env, act, {
      actionSpace: env.actionSpace,
      numEpisodes: c.numEpisodes,
      step: state.step,
      random: random.fork("episodes").fork(String(state.batch)),
    });
    const metrics = scope(() => {
      //   define g = (1/n) Σ Σ ∇ log π(aₜ|sₜ) Q_φk(sₜ, aₜ)  or  (1/n) Σ Σ Σ_a ∇π(a|sₜ) Q_φk(sₜ, a)
      const probabilities = probabilitiesOf(actor, state.actor.tree, batch);
      const rows = withActionValues(context, critic, state.critic.tree, batch, probabilities);
      const measured = c.varianceEvery > 0 && state.batch % c.varianceEvery === 0;
      const { metrics: seen, loss, gradient } = gradientOf(state.actor, rows, measured);
      //   θ_{k+1} ← θ_k + η g
      const gradNorm = descend(c, { ...state, params: state.actor, loss, gradient, learningRate });
      //   φ_{k+1} ← φ_k − λ ∇_φ Σ Σ (Q_φ(sₜ, aₜ) − rₜ − γQ_φk(sₜ₊₁, aₜ₊₁))²
      return { policyLoss: loss, ...seen, gradNorm, ...fitCritic(batch, probabilities, valueLearningRate) };
    });
    state.step += batch.steps;
    state.batch += 1;
    yield { step: state.step, episodes: batch.finished, metrics: { ...metrics, learningRate } };
  }
}

const { std: _std, ...discreteMetrics } = actorCriticMetrics;

export const qActorCritic: Algorithm<QActorCriticConfig, QActorCriticState> = {
  id: "q-actor-critic",
  title: "Q actor-critic",
  summary:
    "A policy gradient on the critic's values of actions: of the one that was taken, or of all, weighed by the policy.",
  family: "policy-gradient",
  papers: [
    {
      title: "Policy Gradient Methods for Reinforcement Learning with Function Approximation",
      authors: "Sutton, McAllester, Singh, Mansour",
      year: 2000,
      url: "https://proceedings.neurips.cc/paper/1999/hash/464d828b85b0bed98e80ade0a5c43b0f-Abstract.html",
    },
    {
      title: "Mean Actor Critic",
      authors: "Allen, Asadi, Roderick, Mohamed, Konidaris, Littman",
      year: 2017,
      url: "https://arxiv.org/abs/1709.00503",
    },
  ],
  notes: ["W", "L"],
  config,
  metrics: { ...discreteMetrics, gradientVariance: gradientVarianceMetric },
  presets: qActorCriticPresets,
  observationKinds: actorCriticKinds.observationKinds,
  actionKinds: ["discrete"],
  learnsFrom: "interaction",

  validate({ config: c }) {
    requireEpisodeForEach(c);
  },

  init(context) {
    const { config: c, env, random } = context;
    const { actor, critic } = scope(() => ({
      actor: Params.pack(actorOf(context).init(random.fork("init").fork("actor"))),
      critic: Params.pack(actionCriticOf(context).init(random.fork("init").fork("critic"))),
    }));
    return {
      step: 0,
      batch: 0,
      actor,
      optimiser: initDescent(c, actor),
      critic,
      criticOptimiser: initDescent(c, critic),
      env: new TrainingEnv(env.vector(c.numEnvs), random.fork("env"), c),
      policyRandom: random.fork("policy"),
    };
  },

  train,

  policy(context, { actor, critic, env }) {
    const whole = { ...context, config: { ...context.config, logStdInit: 0 } };
    return policyOf("q-actor-critic", whole, {
      params: { tree: { actor: actor.tree, critic: critic.tree } },
      env,
    });
  },

  /** V(s) = Σ_a π(a|s) Q(s, a). */
  stateValues(context, { actor, critic, env }) {
    const policy = actorOf(context);
    const network = actionCriticOf(context);
    const normaliser = env.frozenNormaliser();
    return (observations, count) =>
      scope(() => {
        const input = rowsTensor(observations, observations.length / count);
        if (normaliser !== null) standardise(observations, input.data, count, normaliser);
        const pi = policy.distribution(actor.tree, policy.features(actor.tree, input));
        const probabilities = ops.softmax(pi.parameters.logits).values();
        const actionValues = network.values(critic.tree, input).values();
        return Float32Array.from(means(probabilities, actionValues, network.numActions));
      }) as Float32Array;
  },
};
