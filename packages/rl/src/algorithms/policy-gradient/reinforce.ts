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
import { type Params, type Random, scope, type Tensor, tensor } from "@advantage/engine";
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
import {
  type Continuations,
  type ContinuedEpisodes,
  continuationLanes,
  continuedEpisodes,
  type Episodes,
  explorer,
  rowsTensor,
  TrainingEnv,
} from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  bothNetworks,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  episodeCollector,
  episodeGradients,
  episodeSequences,
  episodeValues,
  gradientVarianceMetric,
  initPolicyAndRegression,
  isRecurrent,
  memorySettings,
  moveStd,
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
  weightedScores,
  wholeEpisodeSettings,
} from "../../families/policy-gradient/index.js";
import {
  baselineOfOthers,
  covarianceTrace,
  episodeReturns,
  explainedVarianceMetric,
  meanOfRows,
  optimalBaselineEstimates,
  stepDiscounts,
  valueBaseline,
} from "../../maths/index.js";
import { type ActorCritic, type ActorParams, type GradientStep, optimise, type Trained } from "../../networks/index.js";
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
  /** Of the learned baseline's steps; only with `update step`. */
  readonly valueOptimiser?: DescentState;
}

/** What the gradient of a batch is made of, and what the learned baseline is fitted to. */
interface Weights {
  /** wₜ: 1, or γᵗ  [B] */
  readonly step: Float64Array;
  /** Gₜ  [B] */
  readonly returns: Float64Array;
  /** bₜ  [B]; zeros with the optimal one, which is different for each parameter */
  readonly baseline: Float64Array;
  /** V(sₜ)  [B]; empty unless the baseline is learned */
  readonly values: Float32Array;
  /** Rewards to go  [B]; empty unless the baseline is learned */
  readonly target: Float64Array;
}

/** wₜ, Gₜ and bₜ of a batch, from the value function as the batches before it left it. */
export function weightsOf(
  { config: c }: Context<ReinforceConfig>,
  networks: ActorCritic,
  state: Pick<ReinforceState, "params" | "critic">,
  batch: Episodes & Partial<ContinuedEpisodes>,
): Weights {
  const { rewards, starts } = batch;
  const rows = rewards.length;
  const step = c.discountGradient && c.causality ? stepDiscounts({ ...c, starts }) : new Float64Array(rows).fill(1);
  const options = { rewards, starts, discount: c.discount };
  const params = { actor: state.params.tree, critic: state.critic.params.tree };
  const mean = (returns: Float64Array, bootstrapped: boolean) =>
    batch.continuations === undefined
      ? returns
      : meanOfRollouts(returns, batch.continuations, (observations) =>
          bootstrapped ? networks.value(params, observations).data : new Float32Array(observations.shape[0]),
        );
  if (c.baseline !== "learned") {
    const returns = mean(episodeReturns({ ...options, causality: c.causality }), false);
    const baseline = baselineOfOthers(c.baseline, { ...c, returns, starts });
    return { step, returns, baseline, values: new Float32Array(0), target: new Float64Array(0) };
  }
  const { values, lastValues } = episodeValues(networks, params, batch);
  const bootstrap = lastValues.map((value, i) => value * batch.cut[i]);
  const target = mean(episodeReturns({ ...options, bootstrap, causality: true }), true);
  const returns = c.causality ? target : episodeReturns({ ...options, bootstrap, causality: false });
  return { step, returns, baseline: valueBaseline({ ...c, values, starts }), values, target };
}

/** G̃ₜ = (1/N) Σᵢ Gₜ⁽ⁱ⁾  [B]; the values of the states in which rollouts were cut are added where there are any. */
function meanOfRollouts(
  returns: Float64Array,
  { rollouts, returns: others, cuts }: Continuations,
  valuesOf: (observations: Tensor) => ArrayLike<number>,
): Float64Array {
  const sums = returns.map((own, row) => own + others[row]);
  if (cuts.length > 0) {
    const size = cuts[0].observation.length;
    const observations = new Float32Array(cuts.length * size);
    for (const [i, { observation }] of cuts.entries()) observations.set(observation, i * size);
    const values = valuesOf(rowsTensor(observations, size));
    for (const [i, { row, weight }] of cuts.entries()) sums[row] += weight * values[i];
  }
  return sums.map((sum) => sum / rollouts);
}

/** Runs the next batch: whole episodes, or those with further rollouts from each of their states. */
function collector(context: Context<ReinforceConfig>, { actor }: ActorCritic, state: ReinforceState) {
  const { config: c, env, random } = context;
  if (c.rollouts === 1) return episodeCollector(context, state, actor, state.params.tree);
  const acting = (numEnvs: number) =>
    explorer(actor, state.params.tree, state.policyRandom, { numEnvs, actionSpace: env.actionSpace });
  const [act, acts] = [acting(1), acting(continuationLanes)];
  return () => {
    moveStd(context, state.params.tree, state.step);
    return continuedEpisodes(env, act, acts, {
      ...{ numEpisodes: c.numEpisodes, rollouts: c.rollouts, discount: c.discount, step: state.step },
      random: random.fork("episodes").fork(String(state.batch)),
    });
  };
}

/**
 * The batch's estimate of −∇_θ J, for the baseline that the config names. With `measured`, or where it needs them, from the gradients of
 * single episodes; their covariance's trace is `gradientVariance`.
 */
export function gradientEstimator({ config: c, env }: Context<ReinforceConfig>, { actor }: ActorCritic) {
  const { mean, each } = episodeGradients(weightedScores(env.actionSpace, actor));
  return (
    params: Params<ActorParams>,
    batch: Episodes,
    { step, returns, baseline }: Weights,
    measured: boolean,
  ): GradientStep<ActorParams> => {
    const episodes = batch.starts.length - 1;
    const weighted = { ...batch, weights: returns.map((value, row) => step[row] * (value - baseline[row])) };
    let estimates: Float64Array | null = null;
    if (c.baseline === "optimal") {
      const scores = each(params, { ...batch, weights: step });
      const products = each(params, weighted);
      estimates = optimalBaselineEstimates({ scores, products, ...rangesOf(returns, batch.starts), out: products });
    } else if (measured && episodes > 1) estimates = each(params, weighted);
    const estimate = mean(params, weighted);
    if (c.baseline === "optimal" && estimates !== null)
      estimate.gradient.flat.data.set(meanOfRows(estimates, episodes));
    const variance: Record<string, number> =
      measured && estimates !== null ? { gradientVariance: covarianceTrace(estimates, episodes) } : {};
    return { ...estimate, metrics: { ...estimate.metrics, ...variance } };
  };
}

/** The lowest and the highest return of each episode. */
function rangesOf(returns: Float64Array, starts: Int32Array) {
  const own = Array.from({ length: starts.length - 1 }, (_, i) => returns.subarray(starts[i], starts[i + 1]));
  return {
    lowest: Float64Array.from(own, (values) => values.reduce((low, value) => Math.min(low, value))),
    highest: Float64Array.from(own, (values) => values.reduce((high, value) => Math.max(high, value))),
  };
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
