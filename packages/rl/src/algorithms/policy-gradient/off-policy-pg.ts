/**
 * Off-policy policy gradient: REINFORCE that uses each batch of episodes for several steps, and goes back to the batches of older policies, with
 * the samples weighed by how much likelier the policy of now makes them.
 *
 * Notes: C 3.2. Precup, Sutton, Singh 2000, "Eligibility traces for off-policy policy evaluation", for the causal form; Degris, White, Sutton 2012,
 * "Off-policy actor-critic" (arXiv:1205.4839), for the per-step one.
 *
 *     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) · Cₜ,   ρₜ = π_θ(aₜ|sₜ)/β(aₜ|sₜ),   β: the policy that chose aₜ
 *
 *     trajectory   Cₜ = (∏_{t′} ρ_{t′}) (R(τ) − bₜ)                                            (3.2.7)
 *     causal       Cₜ = (∏_{t′≤t} ρ_{t′}) (Σ_{t′≥t} γ^{t′−t} r_{t′} ∏_{t<t″≤t′} ρ_{t″} − bₜ)      (3.2.8)
 *     past         Cₜ = (∏_{t′≤t} ρ_{t′}) (Σ_{t′≥t} γ^{t′−t} r_{t′} − bₜ)                         (3.2.9), biased
 *     per-step     Cₜ = ρₜ (Σ_{t′≥t} γ^{t′−t} r_{t′} − bₜ)                                     to first order in θ − θ_β, biased
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Params, type Random, scope, tensor } from "@advantage/engine";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
  int,
  optional,
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
  bothNetworks,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  episodeCollector,
  episodeSequences,
  initPolicyAndRegression,
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
  vectorOf,
  wholeEpisodeSettings,
} from "../../families/policy-gradient/index.js";
import { episodeReturns, explainedVarianceMetric, weightings } from "../../maths/index.js";
import { type ActorParams, optimise, type Trained } from "../../networks/index.js";
import { gradientEstimator, type KeptBatch, keep, weigher, weightMetrics } from "./off-policy-pg-batches.js";
import { offPolicyPgPresets } from "./off-policy-pg-presets.js";

const config = schema({
  totalSteps: settings.stepsInBatches,
  seed: settings.seed,
  ...wholeEpisodeSettings,
  weighting: choice(weightings, {
    default: "causal",
    help: "ratios that a step is weighed by: the whole trajectory's, those up to it and its rewards', those up to it (biased), its own (biased)",
  }),
  epochs: int({ default: 5, min: 1, symbol: "K", help: "gradient steps after each batch" }),
  batchesKept: int({ default: 1, min: 1, help: "batches that a gradient step uses: the newest and those before it" }),
  minEffectiveShare: real({
    default: 0.5,
    min: 0,
    max: 1,
    help: "a batch is left out of a step where its effective sample size is a smaller share of its samples",
  }),
  maxWeight: optional(real({ above: 0, help: "limit of each product of ratios, biased; absent: none" })),
  baseline: choice(["none", "average", "constant", "learned"], {
    default: "learned",
    help: "what is subtracted from the returns: nothing, the other episodes' average at the same time step, their average over all steps, or V(s), with whole returns of the first state",
  }),
  discount: settings.discount,
  discountGradient: {
    ...discountGradient,
    help: "weigh step t by γᵗ as well: the true gradient of the discounted return; whole returns have it anyway",
  },
  optimiser: descentSettings.optimiser,
  learningRate: schedule({ default: 1e-3, min: 0, symbol: "α", help: "step size of the policy" }),
  maxGradNorm: descentSettings.maxGradNorm,
  ...regressionSettings,
  valueEpochs: int({ default: 20, min: 1, help: "gradient steps of the learned baseline on each batch" }),
  ...plainNetworkSettings,
  ...memorySettings,
});

export type OffPolicyPgConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ with what the config's rule remembers, and what follows. */
export interface OffPolicyPgState extends Trained<ActorParams, DescentState> {
  step: number;
  /** Batches done. */
  batch: number;
  /** V_φ; as it was initialised with another baseline than the learned one. */
  readonly critic: Regression;
  /** The newest last; at most `batchesKept`. */
  readonly kept: KeptBatch[];
  readonly env: TrainingEnv;
  readonly policyRandom: Random;
}

function* train(context: Context<OffPolicyPgConfig>, state: OffPolicyPgState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const weigh = weigher(context, networks);
  const gradientOf = gradientEstimator(context, networks);
  const fitValues = valueRegression(networks, c);
  const collect = episodeCollector(context, state, networks.actor, state.params.tree);
  const rule = descentRule(c);

  // for iteration = 1, 2, … do
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    //   collect trajectories {τⁱ} by running β = π_θ; keep them, forget the oldest
    const episodes = collect();
    const newest = keep(context, networks, state, episodes);
    state.kept.push(newest);
    if (state.kept.length > c.batchesKept) state.kept.shift();

    const metrics = scope(() => {
      let seen: Record<string, number> = {};
      //   for k = 1, …, K do
      for (let epoch = 0; epoch < c.epochs; epoch++) {
        //     weigh the trajectories by π_θ/β; leave out batches of too few effective samples
        const weighed = weigh(state.params, state.kept);
        //     (not one whose weights are no numbers any more: its loss is none either, and ends the run)
        const used = weighed.filter(({ share }) => !(share < c.minEffectiveShare));
        if (used.length === 0) break;
        //     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ Cₜ ∇_θ log π_θ(aₜ|sₜ)
        const step = (params: Params<ActorParams>) => gradientOf(params, used);
        //     θ ← θ + α ∇_θ J
        const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
        const { loss, metrics, gradNorm } = optimise(state, step, descent);
        const own = { policyLoss: loss, ...metrics, gradNorm };
        seen = { ...own, ...weightMetrics(weighed, used), gradientSteps: epoch + 1 };
      }
      if (c.baseline !== "learned") return seen;
      //   fit V_φ to the newest rewards to go: after the policy's steps, for what this batch taught must not weigh this batch
      const { rewards, starts } = newest;
      const returns = episodeReturns({ rewards, starts, discount: c.discount, causality: true });
      const observations = rowsTensor(newest.observations, state.env.observationSize);
      const tree = { actor: state.params.tree, critic: state.critic.params.tree };
      const sequences = episodeSequences(networks.stateSize, starts);
      const values = networks.value(tree, observations, sequences).values();
      const target = tensor(Float32Array.from(returns));
      const regression = { observations, target, sequences, step: state.step };
      const valueLoss = fitValues(state.critic, state.params.tree, regression);
      return { ...seen, valueLoss, ...explainedVarianceMetric(values, returns) };
    });

    state.step += episodes.steps;
    state.batch += 1;
    yield { step: state.step, episodes: episodes.finished, metrics: { ...metrics, learningRate } };
  }
}

export const offPolicyPg: Algorithm<OffPolicyPgConfig, OffPolicyPgState> = {
  id: "off-policy-pg",
  title: "Off-policy policy gradient",
  summary:
    "Takes several gradient steps on each batch of episodes, weighed by how likely the policy of now makes them.",
  family: "policy-gradient",
  papers: [papers.precup2000, papers.degris2012],
  notes: ["C 3.2"],
  deviations: [
    'In (3.2.8) the ratios of the rewards begin at t (in print "t″ ≠ t"); ρₜ stands in the product before it already, and counted twice it biases the gradient. They begin after t here.',
    "The notes end with (3.2.9) and call it reasonable to leave the rewards' ratios out. It is biased, and so is the shorter per-step form that practice uses.",
    "The sums of the notes are undiscounted and without baseline: that is `--discount 1 --baseline none`.",
    "Baselines are made before a batch is learnt from and kept with it. A value function that was fitted to the batch would know its actions. The learned baseline of whole returns is V_φ(s₀), that of the others V_φ(sₜ).",
    "A batch is left out once its weights have become too uneven (`minEffectiveShare`), and weights may be truncated (`maxWeight`).",
    "Only a batch's first step has an unbiased estimate. For every later one θ itself was made from the batch, and weighing for it looks on the batch more kindly than a new one would: `minEffectiveShare` keeps this small.",
    "An episode cut by a time limit has the return it got up to there; with the learned baseline the value of its true last state is added.",
    "With `normaliseObservation` old batches keep the observations as their policy saw them.",
    "With a recurrent cell (`memory` gru, lstm) the cell of now is run along the kept episodes from their first steps: what it remembers is its own, not what the policy of then remembered. The ratio of the two policies' probabilities given the history is what the formulas ask for.",
  ],
  config,
  metrics: {
    ...actorCriticMetrics,
    effectiveShare: {
      meaning:
        "effective sample size of the importance weights as a share of the samples, mean over the batches kept, at the iteration's last gradient step",
      healthy: "0.5–1; near 0 a few samples are all that counts",
      range: { from: 0.5, to: 1, below: 0.05 },
    },
    largestWeight: {
      meaning: "the largest importance weight of the iteration's last gradient step",
      healthy: "below 10; it grows with epochs, batchesKept and the episodes' length",
      range: { to: 10 },
      logarithmic: true,
    },
    batchesUsed: {
      meaning: "batches in the iteration's last gradient step",
      healthy: "batchesKept; fewer where minEffectiveShare left some out",
    },
    gradientSteps: {
      meaning: "gradient steps of the iteration",
      healthy: "epochs; fewer where minEffectiveShare ended them",
    },
  },
  presets: offPolicyPgPresets,
  ...actorCriticKinds,
  needs: ["env"],

  validate(context) {
    const { config: c } = context;
    validateNetworks(context);
    if (c.baseline !== "none" && c.baseline !== "learned") requireOtherEpisodes(c, `baseline ${c.baseline}`);
    requireEpisodeForEach(c);
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
      kept: [],
      env: new TrainingEnv(vectorOf(context), random.fork("env"), c),
      policyRandom: random.fork("policy"),
    };
  },

  train,
  policy: (context, state) => trainedPolicy("off-policy-pg", context, bothNetworks(state)),
  stateValues: (context, state) =>
    context.config.baseline === "learned" ? stateValuesOf(context, bothNetworks(state)) : undefined,
};
