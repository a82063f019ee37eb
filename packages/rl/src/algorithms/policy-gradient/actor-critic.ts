/**
 * Actor-critic: policy gradients in which a learned value function stands for what an action led to. Online, with a step of both networks
 * after each step of the environment, or in batches of whole episodes.
 *
 * Barto, Sutton & Anderson 1983, "Neuronlike adaptive elements that can solve difficult learning control problems"; Sutton & Barto 2018, 13.5.
 * Notes: H 2.6 (one-step, online), C 4.1 (batch), 4.2.1 (the forms of the advantage), 4.4.1 (shared or separate networks); L.
 *
 *     ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) Âₜ,   Âₜ = rₜ + γV_φ(sₜ₊₁) − V_φ(sₜ)  or another of `episodeAdvantages`
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Random, scope } from "@advantage/engine";
import { type Algorithm, ConfigError, type ConfigOf, choice, flag, int, schedule, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { MetricsLine, TrainingEnv } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  gradientVarianceMetric,
  isRecurrent,
  memorySettings,
  networkSettings,
  networksOf,
  plainNetworkSettings,
  requireEpisodeForEach,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
  varianceEvery,
  vectorOf,
} from "../../families/policy-gradient/index.js";
import { type ActorCriticParams, type Trained, untrained } from "../../networks/index.js";
import { trainBatch } from "./actor-critic-batch.js";
import { trainOnline } from "./actor-critic-online.js";
import { actorCriticPresets } from "./actor-critic-presets.js";

const config = schema({
  totalSteps: settings.stepsInBatches,
  seed: settings.seed,
  update: choice(["batch", "online"], {
    default: "batch",
    help: "one step of the policy for each batch of whole episodes, or a step of both networks after each environment step",
  }),
  numEnvs: {
    ...settings.numEnvs,
    help: "environments stepped together; in batches, steps of those that wait for a batch's last episode are lost",
  },
  numEpisodes: int({ default: 10, min: 1, symbol: "m", help: "batch: whole episodes in each" }),
  critic: choice(["td", "n-step", "gae", "monte-carlo"], {
    default: "td",
    help: "what stands for Q(s, a): a reward and the next value, n rewards and a value, their λ-mixture, or the whole return",
  }),
  nStep: int({ default: 5, min: 1, symbol: "n", help: "critic n-step: rewards before the value" }),
  gaeLambda: {
    ...settings.gaeLambda,
    help: "critic gae: 1 is Monte Carlo, 0 is td",
  },
  criticFirst: flag({
    default: false,
    help: "move the critic before the advantages are evaluated with it (C's algorithms 16 to 18), instead of after (W; H's box)",
  }),
  valueTarget: choice(["bootstrapped", "monte-carlo"], {
    default: "bootstrapped",
    help: "batch: what V is fitted to, the critic's own form bootstrapped from V or the rewards to go",
  }),
  discount: settings.discount,
  discountGradient: {
    ...discountGradient,
    help: "weigh step t by γᵗ as well (I in the one-step box): the true gradient of the discounted return",
  },
  optimiser: descentSettings.optimiser,
  learningRate: schedule({ default: 3e-3, min: 0, symbol: "α_θ", help: "step size of the policy" }),
  valueLearningRate: schedule({ default: 3e-3, min: 0, symbol: "α_φ", help: "step size of the value function" }),
  valueEpochs: int({ default: 20, min: 1, help: "batch: gradient steps of the value function on each" }),
  maxGradNorm: descentSettings.maxGradNorm,
  varianceEvery: { ...varianceEvery, help: "batch: how many for one measurement of the gradient's variance; 0: never" },
  logEvery: { ...settings.logEvery, help: `online: ${settings.logEvery.help}` },
  ...plainNetworkSettings,
  sharedNetwork: networkSettings.sharedNetwork,
  ...memorySettings,
});

export type ActorCriticConfig = ConfigOf<typeof config>;

/**
 * Everything that resuming needs: θ and φ, whose hidden layers are the actor's where they are shared, with the optimiser of the policy's steps, and
 * what follows. A parameter that a loss does not touch has gradient 0 and stays where it is.
 */
export interface ActorCriticState extends Trained<ActorCriticParams, DescentState> {
  step: number;
  /** Batches done. */
  batch: number;
  /** What the rule remembers of the value function's steps. */
  readonly valueOptimiser: DescentState;
  readonly env: TrainingEnv;
  readonly policyRandom: Random;
  /** Online only. */
  readonly line: MetricsLine;
  /** I = γᵗ of each environment's running episode; online only. [N] */
  readonly stepDiscount: Float64Array;
}

export const actorCritic: Algorithm<ActorCriticConfig, ActorCriticState> = {
  id: "actor-critic",
  title: "Actor-critic",
  summary: "A policy gradient whose returns are judged by a learned value function, one step at a time or in batches.",
  family: "policy-gradient",
  papers: [papers.barto1983, papers.sutton2000],
  notes: ["H 2.6", "C 4.1", "C 4.2.1", "C 4.4.1", "L"],
  deviations: [
    "By default the critic moves after the policy's step in a batch, as W does it, and online δ is that of the V before its step, as in H's box. C's algorithms 16 and 17 (batch) and 18 (online) move it first and evaluate Â with the new V: `criticFirst`. Fitted to the very returns that it is subtracted from it is no longer a baseline, and the Monte Carlo form no longer unbiased.",
    "The critic makes K = `valueEpochs` steps on each batch; bootstrapped targets are computed anew for each of them (semi-gradient TD), so that K = 1 is W's update.",
    "H 2.6 and C 4.1.5 leave γ out of the bootstrapped target; it is there, as in H's box. C's formula of Â lacks its minus sign.",
    "An episode cut by a time limit bootstraps from its true last observation, also in the Monte Carlo form: a bias as large as the value's error there.",
    "Online, `numEnvs` environments may be stepped together (C 4.4.2), their gradients averaged; 1 is the box.",
    "Gradients may be followed by Adam instead of plain ascent, and limited in norm. Shared hidden layers (`sharedNetwork`, C 4.4.1) are moved by both steps.",
    "A recurrent cell is run along each episode from its first step; online there is none, as gradients would flow back one step only and it could not learn what to keep.",
  ],
  config,
  metrics: { ...actorCriticMetrics, gradientVariance: gradientVarianceMetric },
  presets: actorCriticPresets,
  ...actorCriticKinds,
  needs: ["env"],

  validate(context) {
    const { config: c } = context;
    validateNetworks(context);
    if (c.update === "online" && c.critic !== "td") {
      throw new ConfigError([
        `critic must be td with update online, which has seen one reward when it learns, got ${c.critic}; set critic td, or update batch`,
      ]);
    }
    if (c.update === "online" && isRecurrent(c)) {
      throw new ConfigError([
        `memory must be none or history with update online, got ${c.memory}: a cell learns what to keep over the steps of an episode, and online there is one; set update batch`,
      ]);
    }
    if (c.update === "batch") requireEpisodeForEach(c);
  },

  weights: { actor: "params.actor", critic: "params.critic" },

  init(context) {
    const { config: c, random } = context;
    const rule = descentRule(c);
    const both = scope(() => untrained(networksOf(context).init(random.fork("init")), rule));
    return {
      ...both,
      step: 0,
      batch: 0,
      valueOptimiser: rule.init(both.params),
      env: new TrainingEnv(vectorOf(context), random.fork("env"), c),
      policyRandom: random.fork("policy"),
      line: new MetricsLine(),
      stepDiscount: new Float64Array(c.numEnvs).fill(1),
    };
  },

  train: (context, state) =>
    context.config.update === "online" ? trainOnline(context, state) : trainBatch(context, state),
  policy: (context, state) => trainedPolicy("actor-critic", context, state),
  stateValues: stateValuesOf,
};
