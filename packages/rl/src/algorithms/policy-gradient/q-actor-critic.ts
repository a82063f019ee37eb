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
import { ops, Params, type Random, scope } from "@advantage/engine";
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
import { rowsTensor, TrainingEnv } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  episodeCollector,
  gradientVarianceMetric,
  memorySettings,
  networksOf,
  plainNetworkSettings,
  qNetworkOf,
  requireEpisodeForEach,
  trainedPolicy,
  validateNetworks,
  varianceEvery,
  vectorOf,
  wholeEpisodeSettings,
} from "../../families/policy-gradient/index.js";
import { standardise } from "../../maths/index.js";
import { type ActorParams, type CriticParams, optimise, policyAt } from "../../networks/index.js";
import { actionValueGradient, criticFit, withActionValues, withChoices } from "./q-actor-critic-estimates.js";
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

  weights: { actor: "actor", "critic of actions": "critic" },

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
