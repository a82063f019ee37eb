/**
 * Vanilla policy gradient as in Spinning Up: one policy step on generalised advantages per batch, then many steps of regression that fit the
 * value function to the rewards to go.
 *
 * Achiam 2018, "Spinning Up in Deep Reinforcement Learning", VPG; Schulman et al. 2015 (arXiv:1506.02438) for the advantages. Notes: J, "Vanilla
 * policy gradient", algorithm 1.
 *
 *     ĝ = 𝔼ₜ[∇_θ log π_θ(aₜ|sₜ) Âₜ],   φ ← argmin 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²]
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { constant, ops, optim, scope, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  flag,
  type Progress,
  real,
  schedule,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import {
  actionTensor,
  type Rollout,
  rolloutAdvantages,
  rolloutMetrics,
  rowsTensor,
  stepWeight,
  wholeSequences,
} from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  bothNetworks,
  discountGradient,
  gradientAdvantage,
  initPolicyAndRegression,
  memorySettings,
  networksOf,
  plainNetworkSettings,
  type Regression,
  type Rollouts,
  regressionSettings,
  rolloutBuffers,
  rolloutCollector,
  rolloutSteps,
  startRollouts,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
  valueRegression,
} from "../../families/policy-gradient/index.js";
import {
  type ActorCritic,
  type ActorParams,
  optimise,
  policyAt,
  type Sequences,
  type Trained,
} from "../../networks/index.js";
import { vpgPresets } from "./vpg-presets.js";

const config = schema({
  totalSteps: { ...settings.stepsInRollouts, default: 200_000 },
  seed: settings.seed,
  numEnvs: settings.numEnvs,
  numSteps: { ...settings.numSteps, default: 4000 },
  discount: settings.discount,
  discountGradient,
  gaeLambda: {
    ...settings.gaeLambda,
    default: 0.97,
    help: "bias–variance trade-off of the advantages: 0 is one-step TD, 1 the reward to go less the value",
  },
  learningRate: schedule({ default: 3e-4, min: 0, symbol: "α_θ", help: "step size of the policy's Adam" }),
  ...regressionSettings,
  normaliseAdvantage: { ...settings.normaliseAdvantage, help: "standardise the advantages of each batch" },
  maxGradNorm: { ...settings.optionalMaxGradNorm, help: "limit of the policy gradient's global norm; absent: none" },
  ...plainNetworkSettings,
  ...memorySettings,
  orthogonalInit: flag({ default: false, help: "start from orthogonal weights; otherwise PyTorch's uniform ones" }),
  logStdInit: real({ default: -0.5, symbol: "ln σ₀", help: "first log standard deviation of continuous actions" }),
});

export type VpgConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ with Adam's moments, and what follows. */
export interface VpgState extends Trained<ActorParams>, Rollouts {
  step: number;
  readonly critic: Regression;
}

const adam = optim.adam();

/** A rollout as the two updates take it. */
interface Batch {
  readonly observations: Tensor; // [B, observationSize]
  readonly actions: Tensor; // [B] or [B, actionSize]
  readonly advantage: Tensor; // Âₜ [B]
  readonly target: Tensor; // R̂ₜ [B]
  /** What the rows are to recurrent cells; absent of networks without. */
  readonly sequences?: Sequences;
}

/** Âₜ by GAE, R̂ₜ as rewards to go: both from the values before they are fitted to this batch. */
function batchOf({ config: c }: Context<VpgConfig>, networks: ActorCritic, state: VpgState, rollout: Rollout) {
  const rows = rollout.rewards.length;
  const observations = rowsTensor(rollout.observations, rollout.observations.length / rows);
  const params = { actor: state.params.tree, critic: state.critic.params.tree };
  const sequences = wholeSequences(rollout);
  const { pi, value } = networks.both(params, observations, sequences);
  const values = value.values();
  const { advantages } = rolloutAdvantages(networks, params, rollout, values, c);
  const { targets } = rolloutAdvantages(networks, params, rollout, values, { ...c, gaeLambda: 1 });
  const batch: Batch = {
    observations,
    actions: actionTensor(rollout.actionSpace, rollout.actions, rows),
    advantage: gradientAdvantage({ advantage: tensor(advantages), ...stepWeight(rollout, c) }, c),
    target: tensor(targets),
    sequences,
  };
  return { batch, metrics: rolloutMetrics(value, targets, pi) };
}

function* train(context: Context<VpgConfig>, state: VpgState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  /** −𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ] */
  const gradientOf = valueAndGrad((actor: ActorParams, { observations, actions, advantage, sequences }: Batch) => {
    const pi = policyAt(networks.actor, actor, observations, sequences);
    const loss = ops.neg(ops.mean(ops.mul(pi.logProb(actions), advantage)));
    return { loss, metrics: constant(() => ({ entropy: ops.mean(pi.entropy()) })) };
  });
  const fitValues = valueRegression(networks, c);
  const collect = rolloutCollector(context, networks, bothNetworks(state).params.tree, state);

  // for k = 0, 1, 2, … do
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    //   collect a set of trajectories by running π_k
    const rollout = collect(state.step);

    const metrics = scope(() => {
      //   compute rewards to go R̂ₜ and advantages Âₜ from V_φk
      const { batch, metrics: seen } = batchOf(context, networks, state, rollout);
      //   estimate the policy gradient ĝ; θ_{k+1} ← θ_k + α ĝ, by Adam
      const descent = { rule: adam, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { loss, metrics, gradNorm } = optimise(state, (params) => gradientOf(params, batch), descent);
      //   fit V by regression on the mean squared error
      const valueLoss = fitValues(state.critic, state.params.tree, { ...batch, step: state.step });
      return { policyLoss: loss, valueLoss, ...metrics, gradNorm, ...seen };
    });

    state.step += rollout.rewards.length;
    yield { step: state.step, episodes: state.env.takeFinished(), metrics: { ...metrics, learningRate } };
  }
}

export const vpg: Algorithm<VpgConfig, VpgState> = {
  id: "vpg",
  title: "Vanilla policy gradient",
  summary: "One policy step on generalised advantages for each batch, and a value function fitted to it by regression.",
  family: "policy-gradient",
  papers: [papers.achiam2018, papers.sutton2000, papers.schulman2015gae],
  notes: ["J"],
  deviations: [
    "Environments go on from one batch to the next; theirs start anew, and cut the episode that was running. Both bootstrap there.",
    "An episode cut by a time limit bootstraps from its true last observation.",
    "Several environments may be stepped together; a batch is `numEnvs` × `numSteps` steps.",
    "The gradient is a mean over time steps where the pseudo-code sums over each trajectory, as in their code; Adam does not see the difference.",
    "With a recurrent cell (`memory` gru, lstm) gradients flow back to the beginning of the rollout; with thousands of steps in it that is slow, and `numEnvs` up with `numSteps` down is the way.",
  ],
  config,
  metrics: actorCriticMetrics,
  presets: vpgPresets,
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
      params,
      optimiser: adam.init(params),
      critic,
      ...startRollouts(context, context.config),
    };
  },

  train,
  policy: (context, state) => trainedPolicy("vpg", context, bothNetworks(state)),
  stateValues: (context, state) => stateValuesOf(context, bothNetworks(state)),
};
