/**
 * Actor-critic for tasks that go on for ever: it ascends the average reward per step, with no discount, by differential TD errors.
 *
 * Sutton & Barto 2018, "Reinforcement Learning: An Introduction", section 13.6 and its box "Actor–Critic with Eligibility Traces (continuing)";
 * the theorem: Sutton et al. 2000, "Policy Gradient Methods for Reinforcement Learning with Function Approximation", theorem 1. Notes: L,
 * "Supplementary: Policy gradient with averaged return".
 *
 *     r(π) = lim (1/n) 𝔼[r₀ + … + rₙ₋₁],   δₜ = rₜ − r̄ + V_φ(sₜ₊₁) − V_φ(sₜ),   ∇r(π_θ) ≈ 𝔼ₜ[∇_θ log π_θ(aₜ|sₜ) Âₜ],  Âₜ = Σ_k λᵏ δₜ₊ₖ
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { constant, ops, optim, type Params, scope, valueAndGrad } from "@advantage/engine";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  int,
  type Progress,
  real,
  schedule,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { MetricsLine } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  bothNetworks,
  initPolicyAndRegression,
  memorySettings,
  networksOf,
  plainNetworkSettings,
  type Regression,
  type Rollouts,
  rolloutBuffers,
  rolloutCollector,
  rolloutSteps,
  startRollouts,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
  valueRegression,
} from "../../families/policy-gradient/index.js";
import { standardised } from "../../maths/index.js";
import { type ActorCritic, type ActorParams, optimise, policyAt, type Trained } from "../../networks/index.js";
import { type DifferentialBatch, differentialBatch } from "./average-reward-pg-batch.js";
import { averageRewardPgPresets } from "./average-reward-pg-presets.js";

const { normaliseReward: _discounted, ...networkSettings } = plainNetworkSettings;

const config = schema({
  totalSteps: { ...settings.stepsInRollouts, default: 200_000 },
  seed: settings.seed,
  numEnvs: { ...settings.numEnvs, default: 8 },
  numSteps: { ...settings.numSteps, default: 32 },
  traceDecay: real({
    default: 0.95,
    min: 0,
    max: 1,
    symbol: "λ",
    help: "bias–variance trade-off of the advantages: 0 is the differential TD error, 1 the differential return of the rest of the rollout",
  }),
  averageRewardRate: real({
    default: 0.1,
    min: 0,
    max: 1,
    symbol: "α_r̄",
    help: "step size of the average reward's estimate, per rollout",
  }),
  learningRate: schedule({ default: 1e-3, min: 0, symbol: "α_θ", help: "step size of the policy's Adam" }),
  valueLearningRate: real({ default: 1e-3, above: 0, symbol: "α_φ", help: "step size of the value function's Adam" }),
  valueEpochs: int({ default: 4, min: 1, help: "gradient steps of the value function on each rollout" }),
  entropyCoef: settings.entropyCoef,
  normaliseAdvantage: settings.normaliseAdvantage,
  maxGradNorm: { ...settings.maxGradNorm, help: "limit of the policy gradient's global norm" },
  rewardScale: real({
    default: 1,
    above: 0,
    help: "factor on the rewards that the value function learns from; averageReward stays in the environment's units",
  }),
  logEvery: settings.logEvery,
  ...networkSettings,
  ...memorySettings,
});

export type AverageRewardPgConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ with Adam's moments, and what follows. */
export interface AverageRewardPgState extends Trained<ActorParams>, Rollouts {
  step: number;
  /** r̄, in the environment's rewards */
  averageReward: number;
  readonly critic: Regression;
  readonly line: MetricsLine;
}

const adam = optim.adam({ epsilon: 1e-5 });

/** −𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ] − c₂ 𝔼ₜ[H(π_θ(·|sₜ))] */
export function averageRewardLoss(networks: ActorCritic, entropyCoef: number) {
  return (actor: ActorParams, batch: Omit<DifferentialBatch, "target" | "error">) => {
    const { observations, actions, advantage, sequences } = batch;
    const pi = policyAt(networks.actor, actor, observations, sequences);
    const policyLoss = ops.neg(ops.mean(ops.mul(pi.logProb(actions), advantage)));
    if (entropyCoef === 0) {
      return { loss: policyLoss, metrics: { policyLoss, entropy: constant(() => ops.mean(pi.entropy())) } };
    }
    const entropy = ops.mean(pi.entropy());
    return { loss: ops.sub(policyLoss, ops.mul(entropy, entropyCoef)), metrics: { policyLoss, entropy } };
  };
}

function* train(context: Context<AverageRewardPgConfig>, state: AverageRewardPgState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const gradientOf = valueAndGrad(averageRewardLoss(networks, c.entropyCoef));
  const fitValues = valueRegression(networks, c);
  const params = { actor: state.params.tree, critic: state.critic.params.tree };
  const collect = rolloutCollector(context, networks, params, state);
  const rateAt = (step: number) => scheduleAt(c.learningRate, step / c.totalSteps);

  // loop for ever
  while (state.step < c.totalSteps) {
    //   A ∼ π(·|S, θ), T times in N environments; observe S′, R
    const rollout = collect(state.step);
    scope(() => {
      //   δ ← R − R̄ + v̂(S′, w) − v̂(S, w), summed along the rollout with λ
      const batch = differentialBatch(c, networks, params, rollout, state.averageReward);
      //   R̄ ← R̄ + α^R̄ δ
      state.averageReward += c.averageRewardRate * batch.error;
      //   w ← w + α^w δ ∇v̂(S, w)
      const valueLoss = fitValues(state.critic, state.params.tree, { ...batch, step: state.step });
      //   θ ← θ + α^θ δ ∇ ln π(A|S, θ)
      const advantage = c.normaliseAdvantage ? standardised(batch.advantage) : batch.advantage;
      const step = (policy: Params<ActorParams>) => gradientOf(policy, { ...batch, advantage });
      const descent = { rule: adam, learningRate: rateAt(state.step), maxGradNorm: c.maxGradNorm, at: state.step };
      const { metrics, gradNorm } = optimise(state, step, descent);
      state.line.averages.add({ valueLoss, ...metrics, gradNorm, ...batch.metrics });
    });
    state.step += rollout.rewards.length;
    const done = { step: state.step, episodes: state.env.takeFinished() };
    yield state.line.progress(done, c, (start) => ({
      averageReward: state.averageReward,
      learningRate: rateAt(start),
    }));
  }
}

export const averageRewardPg: Algorithm<AverageRewardPgConfig, AverageRewardPgState> = {
  id: "average-reward-pg",
  title: "Average-reward policy gradient",
  summary:
    "Ascends the average reward per step of a task that goes on for ever, by differential TD errors and no discount.",
  family: "policy-gradient",
  papers: [papers.sectionOf(papers.sutton2018, "13.6"), papers.sutton2000],
  notes: ["L"],
  deviations: [
    "Batches of T steps in N environments instead of single steps, and means over them instead of single errors.",
    "Traces look forward along the batch (λ of the advantages, stopped at its end) instead of back; λ = 0 is the one-step method, λ = 1 the differential return of the rest of the batch.",
    "An episode that ends starts again, and the step to the start state is one like any other: V goes on through it. An episode that a time limit cuts did not end: V goes on from its true last observation, and the start that follows belongs to no step. The book has neither.",
    "Adam in place of plain steps, its clipped norm, and advantages standardised; `rewardScale` brings large rewards into a network's reach without changing what `averageReward` says.",
    "With a recurrent cell (`memory` gru, lstm) gradients flow back to the beginning of the rollout; an episode that ends empties it, and the step to the start state leads to an empty memory.",
  ],
  config,
  metrics: {
    averageReward: {
      meaning: "the estimate r̄ of the reward per step that the policy earns in the long run",
      healthy: "rises, then levels off; where episodes are cut and start again it may differ from rewardPerStep",
    },
    rewardPerStep: { meaning: "mean reward of the rollouts' steps", healthy: "rises, then levels off" },
    ...actorCriticMetrics,
  },
  presets: averageRewardPgPresets,
  ...actorCriticKinds,
  needs: ["env"],
  validate: validateNetworks,

  buffers: rolloutBuffers,
  stepsAtOnce: rolloutSteps,

  weights: { actor: "params", critic: "critic.params" },

  init(context) {
    const { params, critic } = initPolicyAndRegression(context);
    return {
      step: 0,
      averageReward: 0,
      params,
      optimiser: adam.init(params),
      critic,
      ...startRollouts(context, { ...context.config, normaliseReward: false, discount: 1 }),
      line: new MetricsLine(),
    };
  },

  train,
  policy: (context, state) => trainedPolicy("average-reward-pg", context, bothNetworks(state)),
  stateValues: (context, state) => stateValuesOf(context, bothNetworks(state)),
};
