/**
 * Actor-critic with a control variate: an action-dependent baseline Q_w(s, a), learned off-policy, that takes variance out of the policy gradient
 * and gives back what it takes of the gradient itself. Q-Prop.
 *
 * Gu, Lillicrap, Ghahramani, Turner, Levine 2017, "Q-Prop: Sample-efficient policy gradient with an off-policy critic" (arXiv:1611.02247). Notes:
 * C 4.2.1.
 *
 *     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ [∇_θ log π_θ(aₜ|sₜ) (Âₜ − ηₜ Ā(sₜ, aₜ)) + ηₜ ∇_θ 𝔼_{a~π_θ}[Q̄_w(sₜ, a)]]
 *
 * Discrete actions: Q̄_w = Q_w, and the mean is a sum over them (C 4.2.6). Real actions: Q̄_w is Q_w to first order around μ_θ(s), so that
 * Ā = ∇_a Q_w · (a − μ_θ) and the correction is ∇_a Q_w ∇_θ μ_θ.
 *
 * Where it differs from its sources: `deviations`, below.
 *
 * Longer than 250 lines: a policy, its value function and a critic of actions are learned here, each with settings and metrics of its own.
 */
import { type optim, Params, type Random, scope, tensor } from "@advantage/engine";
import type { SpaceKind } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  int,
  type Progress,
  real,
  schedule,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { addEpisodes, Replay, replayBytes, rowsTensor, TrainingEnv } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  bothNetworks,
  criticValuesOf,
  discountGradient,
  episodeCollector,
  gradientVarianceMetric,
  initRegression,
  inputSize,
  isRecurrent,
  linearVariate,
  memorySettings,
  networksOf,
  plainNetworkSettings,
  type Regression,
  regressionSettings,
  requireEpisodeForEach,
  requireOtherEpisodes,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
  valueRegression,
  varianceEvery,
  variateGradient,
  vectorOf,
  wholeEpisodeSettings,
  withVariate,
} from "../../families/policy-gradient/index.js";
import { covarianceSources, explainedVarianceMetric, variateCoefficients, variateForms } from "../../maths/index.js";
import { type ActorParams, type CriticParams, optimise, type Trained } from "../../networks/index.js";
import { adam, plainVariance, replayOf, variateFit, variateMetrics } from "./control-variate-ac-critic.js";
import { controlVariateAcPresets } from "./control-variate-ac-presets.js";

const config = schema({
  totalSteps: { ...settings.stepsInBatches, default: 200_000 },
  seed: settings.seed,
  ...wholeEpisodeSettings,
  variate: choice(variateForms, {
    default: "adaptive",
    symbol: "η",
    help: "how much of the control variate is used: nothing, all, Cov/Var, all or nothing by the sign of Cov, all or its opposite",
  }),
  covariance: choice(covarianceSources, {
    default: "others",
    help: "what η's covariance is estimated from: the batch's other episodes, or each step itself, as in the paper (biased)",
  }),
  discount: settings.discount,
  gaeLambda: {
    ...settings.gaeLambda,
    default: 1,
    help: "bias–variance trade-off of the advantages: 1 the reward to go less the value, unbiased; 0 one-step TD",
  },
  discountGradient: {
    ...discountGradient,
    help: "weigh step t by γᵗ as well: the true gradient of the discounted return",
  },
  learningRate: schedule({ default: 3e-3, min: 0, symbol: "α", help: "step size of the policy's Adam" }),
  maxGradNorm: { ...settings.optionalMaxGradNorm, help: "limit of the policy gradient's global norm; absent: none" },
  ...regressionSettings,
  valueEpochs: int({ default: 20, min: 1, help: "gradient steps of the value function on each batch" }),
  criticLearningRate: real({ default: 1e-3, above: 0, symbol: "α_w", help: "step size of Q_w's Adam" }),
  gradientSteps: int({ default: 100, min: 1, help: "gradient steps of Q_w after each batch" }),
  batchSize: int({ default: 64, min: 1, help: "transitions in a gradient step of Q_w" }),
  bufferSize: int({ default: 50_000, min: 1, help: "transitions kept for Q_w" }),
  polyak: real({ default: 0.01, above: 0, max: 1, symbol: "τ", help: "share of Q_w in each move of its target" }),
  varianceEvery,
  ...plainNetworkSettings,
  ...memorySettings,
});

export type ControlVariateAcConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ with Adam's moments, and what follows. */
export interface ControlVariateAcState extends Trained<ActorParams> {
  step: number;
  /** Batches done. */
  batch: number;
  /** V_φ */
  readonly critic: Regression;
  /** w */
  readonly variate: Params<CriticParams>;
  readonly variateOptimiser: optim.AdamState;
  /** w′, which follows w. */
  readonly variateTarget: Params<CriticParams>;
  readonly replay: Replay;
  readonly env: TrainingEnv;
  readonly policyRandom: Random;
  /** Transitions for Q_w. */
  readonly replayRandom: Random;
}

function* train(
  context: Context<ControlVariateAcConfig>,
  state: ControlVariateAcState,
): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const variate = linearVariate(context);
  const estimate = variateGradient(context, networks, variate);
  const fitValues = valueRegression(networks, c);
  const fitVariate = variateFit(context, networks, variate, state);
  const collect = episodeCollector(context, state, networks.actor, state.params.tree);

  // repeat
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    //   run m episodes of π_θ, add them to the replay buffer R
    const batch = collect();
    addEpisodes(state.replay, batch);

    const metrics = scope(() => {
      //   compute Âₜ by GAE with V_φ, Ā(sₜ, aₜ) with Q_w, and η
      const values = criticValuesOf(context, networks, variate, state, batch);
      const { starts } = batch;
      const eta = variateCoefficients({ ...values, starts, form: c.variate, covariance: c.covariance });
      const rows = withVariate(context, batch, values, eta);
      //   ĝ ← Σₜ ∇_θ log π_θ(aₜ|sₜ) (Âₜ − η Ā) + η ∇_a Q_w(sₜ, μ_θ(sₜ)) ∇_θ μ_θ(sₜ)
      const measured = c.varianceEvery > 0 && state.batch % c.varianceEvery === 0;
      // Before the estimate itself, which goes into the same buffer.
      const plain = measured
        ? estimate(state.params, withVariate(context, batch, values, new Float64Array(eta.length)), true).metrics
        : {};
      const gradient = (params: Params<ActorParams>) => estimate(params, rows, measured);
      //   θ ← θ + α ĝ
      const descent = { rule: adam, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { loss, gradNorm, metrics: seen } = optimise(state, gradient, descent);
      //   fit V_φ to V_φ + Â, Q_w by temporal differences to R
      const targets = values.advantages.map((advantage, row) => advantage + values.values[row]);
      const observations = rowsTensor(batch.observations, inputSize(context));
      const target = tensor(Float32Array.from(targets));
      const regressionLoss = fitValues(state.critic, state.params.tree, { observations, target, step: state.step });
      return {
        policyLoss: loss,
        ...seen,
        ...plainVariance(plain),
        gradNorm,
        ...variateMetrics(values, eta),
        valueLoss: regressionLoss,
        ...explainedVarianceMetric(values.values, targets),
        criticLoss: fitVariate(),
      };
    });

    state.step += batch.steps;
    state.batch += 1;
    yield { step: state.step, episodes: batch.finished, metrics: { ...metrics, learningRate } };
  }
}

const actionKinds: readonly SpaceKind[] = ["discrete", "box"];

export const controlVariateAc: Algorithm<ControlVariateAcConfig, ControlVariateAcState> = {
  id: "control-variate-ac",
  title: "Actor-critic with a control variate",
  summary: "Subtracts a learned critic of actions from the advantages and adds the mean it takes away, as in Q-Prop.",
  family: "policy-gradient",
  papers: [papers.gu2017, papers.tucker2018],
  notes: ["C 4.2.1"],
  deviations: [
    "ηₜ comes from the other episodes of the batch. The paper's single-step estimates (`--covariance sample`) depend on the action and bias the gradient.",
    "Neither critic is fitted to a batch before the policy's step on it. Fitted before, it would know the batch's actions.",
    "One step of Adam along the plain gradient for each batch; the paper follows the natural gradient within a trust region as well.",
    "The critic's target takes the next action from the policy of now, not from a slowly following copy of it as in DDPG.",
    "Advantages are not standardised. The paper's code standardised Â − ηĀ but not the correction, which is biased (Tucker et al. 2018, arXiv:1802.10031).",
    'Discrete actions, after the notes. C 4.2.5, the advantage with Q_φ subtracted, "does not work" by itself as the notes say; it exists in the test alone. The correction in (4.2.6) is a gradient of the mean with the states and Q_φ held fixed.',
    "Actions reach Q_w as the policy drew them, before they are limited to the box, so that its slope is that of what the policy does.",
    "With `normaliseObservation` and `normaliseReward` the replay buffer keeps observations and rewards as they were scaled when they were seen, while the statistics move on: Q_w learns from numbers on slightly different scales, the more so the earlier in a run. The gradient stays right on average, whatever Q_w is.",
    "`memory` history only: Q_w learns from single transitions of the replay buffer, which do not hold what a recurrent cell had seen before them.",
  ],
  config,
  metrics: {
    ...actorCriticMetrics,
    gradientVariance: gradientVarianceMetric,
    plainGradientVariance: {
      meaning: "the same without the control variate, on the same episodes",
      healthy: "above gradientVariance: the ratio is what the control variate is worth",
      logarithmic: true,
    },
    variateShare: {
      meaning: "mean η: how much of the control variate is used",
      healthy: "0–1; near 0 where it does not go together with the advantages",
    },
    variateCorrelation: {
      meaning: "correlation of the advantages with the control variate's; absent where one of them is 0",
      healthy: "above 0: its square is the share of the advantages' variance that the control variate takes away",
    },
    criticLoss: { meaning: "squared temporal difference of Q_w", healthy: "falls, or grows with the returns" },
  },
  presets: controlVariateAcPresets,
  observationKinds: actorCriticKinds.observationKinds,
  actionKinds,
  needs: ["env"],

  validate(context) {
    const { config: c } = context;
    validateNetworks(context);
    if (isRecurrent(c)) {
      throw new ConfigError([
        `memory must be none or history for control-variate-ac, got ${c.memory}: Q_w learns from single transitions of a replay buffer, which do not hold what a cell had seen before them`,
      ]);
    }
    const pooled = c.covariance === "others" && c.variate !== "none" && c.variate !== "standard";
    if (pooled) requireOtherEpisodes(c, "covariance others");
    requireEpisodeForEach(c);
  },

  buffers: (context) => ({
    replay: replayBytes(replayOf(context)),
  }),

  weights: { actor: "params", critic: "critic.params" },

  init(context) {
    const { config: c, random } = context;
    const { params, critic, variate } = scope(() => {
      const init = random.fork("init");
      const { actor, critic } = networksOf(context).init(init);
      return {
        params: Params.pack(actor),
        critic: initRegression(critic),
        variate: Params.pack(linearVariate(context).init(init.fork("variate"))),
      };
    });
    return {
      step: 0,
      batch: 0,
      params,
      optimiser: adam.init(params),
      critic,
      variate,
      variateOptimiser: adam.init(variate),
      variateTarget: Params.copyOf(variate),
      replay: new Replay(replayOf(context)),
      env: new TrainingEnv(vectorOf(context), random.fork("env"), c),
      policyRandom: random.fork("policy"),
      replayRandom: random.fork("replay"),
    };
  },

  train,
  policy: (context, state) => trainedPolicy("control-variate-ac", context, bothNetworks(state)),
  stateValues: (context, state) => stateValuesOf(context, bothNetworks(state)),
};
