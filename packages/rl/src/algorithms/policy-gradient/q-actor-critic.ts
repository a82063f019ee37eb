/**
 * Actor-critic with a critic of actions: the policy is followed in the direction in which Q_φ(s, a) says that its actions get better.
 *
 * Sutton, McAllester, Singh & Mansour 2000, "Policy gradient methods for reinforcement learning with function approximation"; for the sum over
 * actions also Allen et al. 2017, "Mean actor critic" (arXiv:1709.00503) and Ciosek & Whiteson 2018, "Expected policy gradients"
 * (arXiv:1706.05374); for its form with real actions Heess et al. 2015, "Learning continuous control policies by stochastic value gradients"
 * (arXiv:1510.09142). Notes: W, "Possible estimators for A", "Actor-Critic with Q_ϕ"; L, "Actor-Critic: Training".
 *
 *     sampled     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) (Σₖ₌₀ⁿ⁻¹ γᵏ rₜ₊ₖ + γⁿ Q_φ(sₜ₊ₙ, aₜ₊ₙ) − b(sₜ)),   b(s) = 𝔼_{a~π}[Q_φ(s, a)] or 0
 *     all-action  ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ 𝔼_{a~π_θ}[Q_φ(sₜ, a)]
 *                       = (1/m) Σᵢ Σₜ wₜ Σ_a ∇_θ π_θ(a|sₜ) Q_φ(sₜ, a)                          discrete actions
 *                       ≈ (1/m) Σᵢ Σₜ wₜ (1/K) Σₖ ∇_θ Q_φ(sₜ, μ_θ(sₜ) + σ_θ(sₜ) εₖ)             real ones, εₖ ~ N(0, 1)
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { constant, ops, Params, type Random, scope, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  flag,
  int,
  type Progress,
  real,
  schedule,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { actionTensor, type Episodes, rowsTensor, TrainingEnv } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  episodeCollector,
  episodeGradient,
  episodeSequences,
  gradientVarianceMetric,
  memorySettings,
  networksOf,
  plainNetworkSettings,
  qNetworkOf,
  readLast,
  requireEpisodeForEach,
  spreadOf,
  trainedPolicy,
  validateNetworks,
  varianceEvery,
  vectorOf,
  wholeEpisodeSettings,
} from "../../families/policy-gradient/index.js";
import {
  episodeEnds,
  explainedVarianceMetric,
  lambdaReturns,
  nStepReturns,
  standardise,
  stepDiscounts,
  successors,
  valueLoss,
} from "../../maths/index.js";
import {
  type ActionValues,
  type Actor,
  type ActorParams,
  type Choices,
  type CriticParams,
  type Distribution,
  optimise,
  policyAt,
  type QNetwork,
} from "../../networks/index.js";
import { qActorCriticPresets } from "./q-actor-critic-presets.js";

const config = schema({
  totalSteps: { ...settings.stepsInBatches, default: 200_000 },
  seed: settings.seed,
  ...wholeEpisodeSettings,
  gradient: choice(["all-action", "sampled"], {
    default: "all-action",
    help: "of the policy's mean of Q: the sum over all discrete actions, or through drawn real ones; or the score of the action that was taken",
  }),
  nStep: int({
    default: 0,
    min: 0,
    symbol: "n",
    help: "rewards before Q in what the action taken is judged by (gradient sampled): 0 is Q(s, a) itself",
  }),
  baseline: flag({
    default: true,
    help: "subtract V(s), the policy's mean of Q(s, a), from what the action is judged by; nothing changes with gradient all-action",
  }),
  actionSamples: int({ default: 8, min: 1, help: "real-valued actions drawn for a mean of Q over the policy" }),
  bootstrap: choice(["expected-sarsa", "sarsa"], {
    default: "expected-sarsa",
    help: "the next value of the critic's target: the policy's mean of Q(s′, a), or Q(s′, a′) of the action taken",
  }),
  lambda: real({
    default: 0.9,
    min: 0,
    max: 1,
    symbol: "λ",
    help: "the critic's target: 0 one reward and the next value, 1 the whole return",
  }),
  discount: settings.discount,
  discountGradient: {
    ...discountGradient,
    help: "weigh step t by γᵗ as well: the true gradient of the discounted return",
  },
  optimiser: descentSettings.optimiser,
  learningRate: schedule({ default: 3e-3, min: 0, symbol: "η", help: "step size of the policy" }),
  valueLearningRate: schedule({ default: 3e-3, min: 0, symbol: "α_φ", help: "step size of the critic" }),
  valueEpochs: int({ default: 40, min: 1, symbol: "K", help: "gradient steps of the critic on each batch" }),
  maxGradNorm: descentSettings.maxGradNorm,
  varianceEvery,
  ...plainNetworkSettings,
  ...memorySettings,
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

/** Whole episodes, and what the policy that ran them would have done in each of their states. */
export interface ChosenEpisodes extends Episodes {
  /** At every step [B]. */
  readonly choices: Choices;
  /** At the episodes' last observations [m]. */
  readonly lastChoices: Choices;
  /** εₖ of real-valued actions at every step, K times [B × A]. */
  readonly noise: readonly Float32Array[];
}

/** Whole episodes, with what the critic says of the actions in them. */
export interface ValuedEpisodes extends ChosenEpisodes {
  /** wₜ: 1, or γᵗ  [B] */
  readonly step: Float64Array;
  /** Gradient sampled: what the action taken is judged by, less V(sₜ) with a baseline  [B] */
  readonly advantages: Float32Array;
  /** Gradient all-action of discrete actions: Q_φ(sₜ, ·), less V(sₜ) with a baseline  [B × A] */
  readonly actionValues: Float32Array;
}

/** The batch with π(·|s) of its states: probabilities, or K real-valued actions μ + σε for each. */
export function withChoices(
  { config: c, env }: Context<QActorCriticConfig>,
  actor: Actor,
  params: ActorParams,
  batch: Episodes,
  random: Random,
): ChosenEpisodes {
  const size = batch.observations.length / batch.rewards.length;
  const sequences = episodeSequences(actor.cell?.stateSize ?? 0, batch.starts);
  const pi = policyAt(actor, params, rowsTensor(batch.observations, size), sequences);
  const lastPi = actor.distribution(params, actor.features(params, readLast(actor.cell, params, batch)));
  if (env.actionSpace.kind === "discrete") {
    const probabilities = ({ parameters }: Distribution) => ops.softmax(parameters.logits).values();
    const choices = { probabilities: probabilities(pi) };
    return { ...batch, choices, lastChoices: { probabilities: probabilities(lastPi) }, noise: [] };
  }
  const draw = ({ parameters: { mean } }: Distribution) =>
    Array.from({ length: c.actionSamples }, () => Float32Array.from({ length: mean.size }, () => random.normal()));
  const [noise, lastNoise] = [draw(pi), draw(lastPi)];
  return {
    ...batch,
    choices: { drawn: noise.map((epsilon) => reparametrised(pi, epsilon)) },
    lastChoices: { drawn: lastNoise.map((epsilon) => reparametrised(lastPi, epsilon)) },
    noise,
  };
}

/** μ_θ(s) + σ_θ(s) ε  [B, A] */
function reparametrised({ parameters: { mean, logStd } }: Distribution, epsilon: Float32Array): Tensor {
  return ops.add(mean, ops.mul(ops.exp(logStd), tensor(epsilon, mean.shape)));
}

/** What the critic says of a batch: Q(sₜ, ·), Q(sₜ, aₜ) [B], 𝔼_π[Q(sₜ, ·)] [B], and the same of the last observations [m]. */
function valuesOf({ env }: Context<QActorCriticConfig>, critic: QNetwork, params: CriticParams, batch: ChosenEpisodes) {
  const rows = batch.rewards.length;
  const sequences = episodeSequences(critic.cell?.stateSize ?? 0, batch.starts);
  const read = critic.read(params, rowsTensor(batch.observations, batch.observations.length / rows), sequences);
  const at = critic.at(params, read);
  return {
    at,
    taken: at.of(actionTensor(env.actionSpace, batch.actions, rows)),
    mean: () => at.mean(batch.choices),
    last: () => critic.at(params, readLast(critic.cell, params, batch)).mean(batch.lastChoices),
  };
}

/**
 * What stands for Q(sₜ, aₜ)  [B]:  Σₖ₌₀ⁿ⁻¹ γᵏ rₜ₊ₖ + γⁿ Q(sₜ₊ₙ, aₜ₊ₙ), the rewards alone where the task ends before, and 𝔼_π[Q] of the last observation
 * where it is cut. W's estimators, before the mean is subtracted.
 */
export function actionEstimates(
  { nStep, discount }: Pick<QActorCriticConfig, "nStep" | "discount">,
  batch: Pick<Episodes, "rewards" | "starts" | "cut">,
  values: { readonly taken: ArrayLike<number>; readonly last: ArrayLike<number> },
): Float64Array {
  if (nStep === 0) return Float64Array.from(values.taken);
  const nextValues = successors({ values: values.taken, starts: batch.starts, lastValues: values.last });
  return nStepReturns({ rewards: batch.rewards, nextValues, ...episodeEnds(batch), discount, n: nStep });
}

/** The batch with what the gradient is made of, by the critic as the batches before left it. */
export function withActionValues(
  context: Context<QActorCriticConfig>,
  critic: QNetwork,
  params: CriticParams,
  batch: ChosenEpisodes,
): ValuedEpisodes {
  const { config: c } = context;
  const rows = batch.rewards.length;
  const step = c.discountGradient ? stepDiscounts({ ...c, starts: batch.starts }) : new Float64Array(rows).fill(1);
  const { at, taken, mean, last } = valuesOf(context, critic, params, batch);
  const baseline = c.baseline ? mean() : new Float64Array(rows);
  const none = new Float32Array(0);
  if (c.gradient === "sampled") {
    const estimates = actionEstimates(c, batch, { taken: taken.data, last: c.nStep === 0 ? none : last() });
    const advantages = Float32Array.from(estimates, (estimate, row) => estimate - baseline[row]);
    return { ...batch, step, advantages, actionValues: none };
  }
  const numActions = (at.all?.size ?? 0) / rows;
  const actionValues = Float32Array.from(
    at.all?.data ?? none,
    (value, i) => value - baseline[Math.floor(i / numActions)],
  );
  return { ...batch, step, advantages: none, actionValues };
}

/** The batch's estimate of −∇_θ J; of the critic it needs the gradient in the actions where these are real. */
export function actionValueGradient(
  { config: c, env }: Context<QActorCriticConfig>,
  actor: Actor,
  critic: QNetwork,
  criticParams: CriticParams,
) {
  return episodeGradient((params: ActorParams, batch: ValuedEpisodes, from: number, to: number) => {
    const rows = batch.rewards.length;
    /** Those of the rows from … to − 1. */
    const own = <T extends { readonly length: number; subarray(start: number, end: number): T }>(flat: T): T =>
      flat.subarray((from * flat.length) / rows, (to * flat.length) / rows);
    const part = (flat: Float32Array) => rowsTensor(own(flat), flat.length / rows);
    const observations = part(batch.observations);
    const pi = policyAt(
      actor,
      params,
      observations,
      episodeSequences(actor.cell?.stateSize ?? 0, batch.starts, from, to),
    );
    const objective = () => {
      if (c.gradient === "sampled") {
        const actions = actionTensor(env.actionSpace, own(batch.actions as Float32Array), to - from);
        return ops.mul(pi.logProb(actions), tensor(own(batch.advantages)));
      }
      if (env.actionSpace.kind === "discrete")
        return ops.sum(ops.mul(ops.softmax(pi.parameters.logits), part(batch.actionValues)), 1);
      const sequences = episodeSequences(critic.cell?.stateSize ?? 0, batch.starts, from, to);
      const at: ActionValues = critic.at(criticParams, critic.read(criticParams, observations, sequences));
      const drawn = batch.noise.map((epsilon) => at.of(reparametrised(pi, own(epsilon))));
      return ops.div(
        drawn.reduce((sum, values) => ops.add(sum, values)),
        drawn.length,
      );
    };
    const weight = tensor(Float32Array.from(own(batch.step)));
    return { loss: ops.neg(ops.sum(ops.mul(objective(), weight))), metrics: spreadOf(pi) };
  });
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
    /** 𝔼_{a~π}[Q(sₜ, a)]  [B] */
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
function criticFit(context: Context<QActorCriticConfig>, critic: QNetwork, state: QActorCriticState) {
  const { config: c } = context;
  const targetsOf = (batch: ChosenEpisodes, { taken, mean, last }: ReturnType<typeof valuesOf>) =>
    criticTargets(c, batch, {
      taken: taken.values(),
      mean: c.bootstrap === "sarsa" ? [] : mean(),
      last: last(),
    });
  const gradientOf = valueAndGrad((params: CriticParams, batch: ChosenEpisodes) => {
    const values = valuesOf(context, critic, params, batch);
    const target = constant(() => tensor(Float32Array.from(targetsOf(batch, values))));
    const error = valueLoss({ value: values.taken, target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  const rule = descentRule(c);
  const fitted = { params: state.critic, optimiser: state.criticOptimiser };
  return (batch: ChosenEpisodes, learningRate: number): Record<string, number> => {
    const values = valuesOf(context, critic, state.critic.tree, batch);
    const explained = explainedVarianceMetric(values.taken.values(), targetsOf(batch, values));
    let first: Readonly<Record<string, number>> = {};
    for (let epoch = 0; epoch < c.valueEpochs; epoch++) {
      const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { metrics } = optimise(fitted, (params) => gradientOf(params, batch), descent);
      if (epoch === 0) first = metrics;
    }
    return { ...first, ...explained };
  };
}

function* train(context: Context<QActorCriticConfig>, state: QActorCriticState): Generator<Progress, void, void> {
  const { config: c, random } = context;
  const { actor } = networksOf(context);
  const critic = qNetworkOf(context);
  const gradientOf = actionValueGradient(context, actor, critic, state.critic.tree);
  const fitCritic = criticFit(context, critic, state);
  const collect = episodeCollector(context, state, actor, state.actor.tree);
  const rule = descentRule(c);
  const policy = { params: state.actor, optimiser: state.optimiser };

  // For k = 1, 2, …
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    const valueLearningRate = scheduleAt(c.valueLearningRate, state.step / c.totalSteps);
    //   use π_θk to collect n trajectories
    const episodes = collect();
    const metrics = scope(() => {
      //   define g = (1/n) Σ Σ ∇ log π(aₜ|sₜ) Q_φk(sₜ, aₜ)  or  (1/n) Σ Σ Σ_a ∇π(a|sₜ) Q_φk(sₜ, a)
      const draws = random.fork("choices").fork(String(state.batch));
      const batch = withChoices(context, actor, state.actor.tree, episodes, draws);
      const rows = withActionValues(context, critic, state.critic.tree, batch);
      const measured = c.varianceEvery > 0 && state.batch % c.varianceEvery === 0;
      const step = (params: Params<ActorParams>) => gradientOf(params, rows, measured);
      //   θ_{k+1} ← θ_k + η g
      const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { loss, metrics: seen, gradNorm } = optimise(policy, step, descent);
      //   φ_{k+1} ← φ_k − λ ∇_φ Σ Σ (Q_φ(sₜ, aₜ) − rₜ − γQ_φk(sₜ₊₁, aₜ₊₁))²
      return { policyLoss: loss, ...seen, gradNorm, ...fitCritic(batch, valueLearningRate) };
    });
    state.step += episodes.steps;
    state.batch += 1;
    yield { step: state.step, episodes: episodes.finished, metrics: { ...metrics, learningRate } };
  }
}

export const qActorCritic: Algorithm<QActorCriticConfig, QActorCriticState> = {
  id: "q-actor-critic",
  title: "Q actor-critic",
  summary:
    "A policy gradient on the critic's values of actions: of the one that was taken, or of all, weighed by the policy.",
  family: "policy-gradient",
  papers: [papers.sutton2000, papers.allen2017],
  notes: ["W", "L"],
  deviations: [
    "L writes J(θ) = 𝔼[π_θ(a|s) Q_Φ(s, a)] under s, a ~ π, which counts π twice; its gradient on the next line is the right one, of 𝔼_s[Σ_a π_θ(a|s) Q(s, a)] with the states and Q held fixed.",
    "The critic makes K = `valueEpochs` steps on each batch, with targets computed anew for each; W makes one.",
    "Targets may be λ-returns, and bootstrap from the policy's mean instead of the action taken next; λ = 0 is W's one-step target.",
    "An episode cut by a time limit bootstraps from 𝔼_{a~π}[Q(s, a)] of its true last observation, as no action follows it.",
    "Discrete actions have one output each, and exact sums over them. Real-valued ones are a further input of Q, as the policy gave them, before they are limited to their box; means over the policy are then means over `actionSamples` draws. L does not say how its PuckWorld critic is used; both gradients are there.",
    "A recurrent cell of the policy's and one of the critic's are run along each episode from its first step (`memory` gru, lstm).",
    "The gradient is averaged over episodes; both networks may be followed by Adam.",
  ],
  config,
  metrics: { ...actorCriticMetrics, gradientVariance: gradientVarianceMetric },
  presets: qActorCriticPresets,
  observationKinds: actorCriticKinds.observationKinds,
  actionKinds: ["discrete", "box"],
  needs: ["env"],

  validate(context) {
    const { config: c } = context;
    validateNetworks(context);
    if (c.gradient === "all-action" && c.nStep > 0) {
      throw new ConfigError([
        `nStep must be 0 with gradient all-action, which asks Q of actions that were not taken and have no rewards, got ${c.nStep}; set gradient sampled`,
      ]);
    }
    requireEpisodeForEach(c);
  },

  init(context) {
    const { config: c, random } = context;
    const { actor, critic } = scope(() => ({
      actor: Params.pack(networksOf(context).actor.init(random.fork("init").fork("actor"))),
      critic: Params.pack(qNetworkOf(context).init(random.fork("init").fork("critic"))),
    }));
    return {
      step: 0,
      batch: 0,
      actor,
      optimiser: descentRule(c).init(actor),
      critic,
      criticOptimiser: descentRule(c).init(critic),
      env: new TrainingEnv(vectorOf(context), random.fork("env"), c),
      policyRandom: random.fork("policy"),
    };
  },

  train,

  policy: (context, { actor, critic, env }) =>
    trainedPolicy("q-actor-critic", context, { params: { tree: { actor: actor.tree, critic: critic.tree } }, env }),

  /** V(s) = Σ_a π(a|s) Q(s, a); of real-valued actions Q(s, μ(s)). */
  stateValues(context, { actor, critic, env }) {
    if (context.config.memory !== "none") return undefined;
    const policy = networksOf(context).actor;
    const network = qNetworkOf(context);
    const normaliser = env.frozenNormaliser();
    return (observations, count) =>
      scope(() => {
        const input = rowsTensor(observations, observations.length / count);
        if (normaliser !== null) standardise(observations, input.data, count, normaliser);
        const { parameters } = policyAt(policy, actor.tree, input);
        const choices =
          parameters.mean === undefined
            ? { probabilities: ops.softmax(parameters.logits).values() }
            : { drawn: [parameters.mean] };
        return Float32Array.from(network.at(critic.tree, network.read(critic.tree, input)).mean(choices));
      }) as Float32Array;
  },
};
