/**
 * REINFORCE: run whole episodes, make each action more likely in proportion to the return that followed it, and throw the episodes away.
 *
 * Williams 1992, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine Learning 8. Notes: H 2.3
 * (whole returns), 2.4 (causality), 2.5 (baselines); C 3.1, 4.1.4 (discounts); J; L.
 *
 *     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) (Gₜ − bₜ)
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Params, type Random, scope, tensor } from "@advantage/engine";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  flag,
  int,
  type Progress,
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
  bothNetworks,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  episodeSequences,
  gradientVarianceMetric,
  initPolicyAndRegression,
  isRecurrent,
  memorySettings,
  networksOf,
  plainNetworkSettings,
  type Regression,
  regressionSettings,
  requireEpisodeForEach,
  requireOtherEpisodes,
  stateValuesOf,
  stepByStep,
  trainedPolicy,
  validateNetworks,
  valueRegression,
  varianceEvery,
  vectorOf,
  wholeEpisodeSettings,
} from "../../families/policy-gradient/index.js";
import { explainedVarianceMetric } from "../../maths/index.js";
import { type ActorParams, optimise, type Trained } from "../../networks/index.js";
import { collector, gradientEstimator, weightsOf } from "./reinforce-estimate.js";
import { reinforcePresets } from "./reinforce-presets.js";

const config = schema({
  totalSteps: settings.stepsInBatches,
  seed: settings.seed,
  ...wholeEpisodeSettings,
  update: choice(["batch", "step"], {
    default: "batch",
    help: "one step of the policy for each batch, or one (and one of a learned baseline) for every step of its episodes, in their order",
  }),
  rollouts: int({
    default: 1,
    min: 1,
    symbol: "N",
    help: "returns for each state and action, the others from the environment put back to them: their mean stands for the return",
  }),
  causality: flag({
    default: true,
    help: "weigh an action by the rewards that follow it, instead of by the whole episode's",
  }),
  baseline: choice(["none", "average", "constant", "optimal", "learned"], {
    default: "none",
    help: "what is subtracted from the returns: nothing, the other episodes' average at the same time step, their average over all steps, the number of least variance for each parameter, or V(s), with whole returns of the first state",
  }),
  discount: settings.discount,
  discountGradient: {
    ...discountGradient,
    help: "weigh step t by γᵗ as well: the true gradient of the discounted return; whole returns have it anyway",
  },
  optimiser: descentSettings.optimiser,
  learningRate: schedule({ default: 3e-3, min: 0, symbol: "α", help: "step size of the policy" }),
  maxGradNorm: descentSettings.maxGradNorm,
  ...regressionSettings,
  valueEpochs: int({ default: 20, min: 1, help: "gradient steps of the learned baseline on each batch" }),
  varianceEvery,
  ...plainNetworkSettings,
  ...memorySettings,
});

export type ReinforceConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ with what the config's rule remembers, and what follows. */
export interface ReinforceState extends Trained<ActorParams, DescentState> {
  step: number;
  /** Batches done. */
  batch: number;
  /** V_φ; as it was initialised with another baseline than the learned one. */
  readonly critic: Regression;
  readonly env: TrainingEnv;
  readonly policyRandom: Random;
  /** What the rule remembers of the learned baseline's steps; only with `update step`. */
  readonly valueOptimiser?: DescentState;
}

function* train(context: Context<ReinforceConfig>, state: ReinforceState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const estimate = gradientEstimator(context, networks);
  const fitValues = valueRegression(networks, c);
  const collect = collector(context, networks, state);
  const rule = descentRule(c);
  const stepped = stepByStep(c, context.env.actionSpace, networks, state);

  // for iteration = 1, 2, … do
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    //   collect a set of trajectories {τⁱ} by running the policy π_θ(aₜ|sₜ)
    const batch = collect();

    const metrics = scope(() => {
      //   for each trajectory and each time step: compute Gₜ and bₜ
      const weights = weightsOf(context, networks, state, batch);
      if (c.update === "step") {
        //   θ and w move at each of them
        const explained = explainedVarianceMetric(weights.values, weights.target);
        return { ...stepped(batch, weights, { ...c, learningRate }), ...explained };
      }
      //   ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) (Gₜ − bₜ)
      const measured = c.varianceEvery > 0 && state.batch % c.varianceEvery === 0;
      const step = (params: Params<ActorParams>) => estimate(params, batch, weights, measured);
      //   θ ← θ + α ∇_θ J
      const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { loss, metrics: seen, gradNorm } = optimise(state, step, descent);
      const own = { policyLoss: loss, ...seen, gradNorm };
      if (c.baseline !== "learned") return own;
      //   fit V_φ to the rewards to go: after the policy's step, for what this batch taught must not weigh this batch
      const observations = rowsTensor(batch.observations, state.env.observationSize);
      const target = tensor(Float32Array.from(weights.target));
      const sequences = episodeSequences(networks.stateSize, batch.starts);
      const regression = { observations, target, sequences, step: state.step };
      const valueLoss = fitValues(state.critic, state.params.tree, regression);
      return { ...own, valueLoss, ...explainedVarianceMetric(weights.values, weights.target) };
    });

    state.step += batch.steps;
    state.batch += 1;
    yield { step: state.step, episodes: batch.finished, metrics: { ...metrics, learningRate } };
  }
}

function validateSteps(c: ReinforceConfig): void {
  if (c.update !== "step") return;
  if (c.baseline === "optimal") {
    throw new ConfigError([
      "baseline must be none, average, constant or learned with update step, got optimal: it is made of the gradients of whole episodes",
    ]);
  }
  if (isRecurrent(c)) {
    throw new ConfigError([
      `memory must be none or history with update step, got ${c.memory}: what a cell remembers would be that of parameters which every step changes; set update batch`,
    ]);
  }
}

function validateRollouts({ config: c, env }: Context<ReinforceConfig>): void {
  const wrong = (rule: string) => new ConfigError([`${rule} with rollouts ${c.rollouts}`]);
  if (!c.causality) throw wrong("causality must be on: rollouts from a state tell nothing of the rewards before it");
  if (c.numEnvs > 1) throw wrong(`numEnvs must be 1, got ${c.numEnvs}: the episodes are run one by one`);
  if (c.memory !== "none")
    throw wrong(`memory must be none, got ${c.memory}: what was seen before a state is not put back with it`);
  if (c.normaliseObservation || c.normaliseReward)
    throw wrong(
      "normaliseObservation and normaliseReward must be off: their statistics would be of the rollouts as well",
    );
  const { snapshot, restore } = env.make();
  if (snapshot === undefined || restore === undefined)
    throw wrong(`${env.id} must have snapshot() and restore(), to be put back to a state`);
}

export const reinforce: Algorithm<ReinforceConfig, ReinforceState> = {
  id: "reinforce",
  title: "REINFORCE",
  summary: "Runs whole episodes and makes each action more likely in proportion to the return that followed it.",
  family: "policy-gradient",
  papers: [papers.williams1992, papers.greensmith2004],
  notes: ["H 2.3", "H 2.4", "H 2.5", "C 3.1", "C 4.1.4", "J", "L"],
  deviations: [
    "Averages that serve as baselines leave the episode's own return out. With it, as in H 2.5 and C 3.1.11, the baseline depends on the episode's actions and the expected gradient is too small by the factor 1 − 1/m.",
    "With rewards to go the average is one for each time step, over the episodes that got so far, or (`constant`) one for all steps. The notes' single number, the mean of whole returns, is far too large for late steps.",
    "The optimal baseline is Prop. 9's, one number for each parameter, from the gradients of single episodes. That of rewards to go is kept within the range of the other episodes' returns; with few episodes the fraction could run away.",
    "An episode that is cut by a time limit has the return it got up to there. With the learned baseline the value of its true last state is added: a bias as large as the value's error.",
    "The learned baseline of whole returns is V_φ(s₀), what they were expected to be. With V_φ(sₜ) the gradient would be right as well, but R(τ) holds the rewards before t, which V_φ(sₜ) knows nothing of, and the variance would be larger.",
    "Gradients are the notes' sums over time steps, averaged over episodes, and followed by Adam; `--optimiser sgd` is plain ascent. The learned baseline is fitted by Adam on the whole batch, after the policy's step: before it, the baseline would know the batch's actions.",
    "`update` step is H's second box and L's: θ and w move at every step of an episode. With `numEpisodes` 1 and sgd it is that box; later steps use scores of a policy that has moved since the episode was run, a bias of the order of the step size. It may run several episodes before it moves, and follow Adam.",
    "`rollouts` is L's multi-rollout G̃ₜ = (1/N) Σ Gₜ⁽ⁱ⁾: the environment is put back to sₜ and takes aₜ, N − 1 times more.",
    "A recurrent cell (`memory` gru, lstm) is run along each episode from its first step, and gradients flow back to there, however long it is. With `update` step there is none, as every step changes what the cell would remember; with `rollouts` there is no memory at all, as the past of a state is not put back with it.",
    "Whole episodes from several environments: which ones count is settled when they start. The first m to end would favour short ones. What an environment does after its last episode of a batch is thrown away, and its steps count; with `numEnvs` 1 nothing is lost.",
  ],
  config,
  metrics: {
    ...actorCriticMetrics,
    gradientVariance: gradientVarianceMetric,
  },
  presets: reinforcePresets,
  ...actorCriticKinds,
  needs: ["env"],

  validate(context) {
    const { config: c } = context;
    validateNetworks(context);
    if (c.baseline !== "none" && c.baseline !== "learned") requireOtherEpisodes(c, `baseline ${c.baseline}`);
    requireEpisodeForEach(c);
    validateSteps(c);
    if (c.rollouts > 1) validateRollouts(context);
  },

  weights: { actor: "params", critic: "critic.params" },

  init(context) {
    const { config: c, random } = context;
    const { params, critic } = initPolicyAndRegression(context);
    return {
      step: 0,
      batch: 0,
      params,
      optimiser: descentRule(c).init(params),
      critic,
      env: new TrainingEnv(vectorOf(context), random.fork("env"), c),
      policyRandom: random.fork("policy"),
      ...(c.update === "step" ? { valueOptimiser: descentRule(c).init(critic.params) } : {}),
    };
  },

  train,
  policy: (context, state) => trainedPolicy("reinforce", context, bothNetworks(state)),
  stateValues: (context, state) =>
    context.config.baseline === "learned" ? stateValuesOf(context, bothNetworks(state)) : undefined,
};
