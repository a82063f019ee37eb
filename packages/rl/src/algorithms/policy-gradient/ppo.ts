/**
 * Proximal policy optimisation: many small gradient steps on a surrogate objective that forbids, or charges for, moving
 * far from the policy that collected the data.
 *
 * Schulman, Wolski, Dhariwal, Radford, Klimov 2017 (arXiv:1707.06347), with generalised advantage estimation (Schulman et
 * al. 2015, arXiv:1506.02438). Notes: H 2.10, W, J, L (PPO).
 *
 * Where it differs from its sources: `deviations`, below.
 *
 * Longer than 250 lines: four surrogates share one loss, and each has settings and metrics of its own.
 */
import { constant, ops, optim, type Random, scope, valueAndGrad } from "@advantage/engine";
import { actionSize } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  int,
  optional,
  type Progress,
  real,
  requireFiniteStep,
  type Schedule,
  schedule,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { Averages, evaluateRollout, meanKl, type Samples, take } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  discountGradient,
  gradientAdvantage,
  inputSize,
  isRecurrent,
  klDirection,
  memorySettings,
  minibatchesOf,
  networkSettings,
  networksOf,
  type Rollouts,
  rolloutCollector,
  rolloutSteps,
  sequenceLength,
  startRollouts,
  stateValuesOf,
  stepsTogether,
  trainedPolicy,
  validateNetworks,
  validateSequences,
} from "../../families/policy-gradient/index.js";
import {
  actorCriticLoss,
  approximateKl,
  clippedSurrogate,
  clippedValueLoss,
  policyGradientSurrogate,
  probabilityRatio,
  valueLoss,
} from "../../maths/index.js";
import {
  type ActorCritic,
  type ActorCriticParams,
  distributionFrom,
  divergence,
  type Optimised,
  optimise,
  type Trained,
  untrained,
} from "../../networks/index.js";
import { ppoPresets } from "./ppo-presets.js";

const config = schema({
  totalSteps: settings.stepsInRollouts,
  seed: settings.seed,
  numEnvs: settings.numEnvs,
  numSteps: settings.numSteps,
  minibatchSize: int({ default: 64, min: 1, symbol: "M", help: "samples per gradient step" }),
  epochs: int({ default: 10, min: 1, symbol: "K", help: "passes over each rollout" }),
  learningRate: schedule({ default: 3e-4, min: 0, symbol: "α", help: "step size of Adam" }),
  discount: settings.discount,
  discountGradient,
  gaeLambda: settings.gaeLambda,
  surrogate: choice(["clip", "fixed-kl", "adaptive-kl", "none"], {
    default: "clip",
    help: "what keeps the new policy near the old one",
  }),
  clip: schedule({
    default: 0.2,
    min: 0,
    symbol: "ε",
    help: "how far the probability ratio may move (surrogate clip)",
  }),
  klCoef: real({
    default: 1,
    min: 0,
    symbol: "β",
    help: "weight of the KL penalty (fixed-kl), or its first value (adaptive-kl)",
  }),
  klTarget: real({ default: 0.01, above: 0, symbol: "d_targ", help: "KL per iteration that adaptive-kl aims at" }),
  klDirection: klDirection("old-new", "fixed-kl, adaptive-kl"),
  targetKl: optional(real({ above: 0, help: "stop an iteration's epochs once the approximate KL exceeds 1.5 × this" })),
  valueClip: optional(
    schedule({ min: 0, symbol: "ε_V", help: "how far value predictions may move; depends on the reward's scale" }),
  ),
  normaliseAdvantage: { ...settings.normaliseAdvantage, help: "standardise the advantages of each minibatch" },
  entropyCoef: settings.entropyCoef,
  valueCoef: settings.valueCoef,
  maxGradNorm: settings.maxGradNorm,
  ...networkSettings,
  ...memorySettings,
  sequenceLength,
});

export type PpoConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ and φ with Adam's moments, and what follows. */
export interface PpoState extends Trained<ActorCriticParams>, Rollouts {
  step: number;
  /** β of the KL penalty; moves with adaptive-kl. */
  klCoef: number;
  /** Order of the samples. */
  readonly shuffleRandom: Random;
}

const adam = optim.adam({ epsilon: 1e-5 });

/** Whether the surrogate charges for the KL divergence from the old policy. */
function penalised({ surrogate }: PpoConfig): boolean {
  return surrogate === "fixed-kl" || surrogate === "adaptive-kl";
}

/** What an iteration is learned with: α, ε of the ratio and of the value prediction, β. */
interface Rates {
  readonly learningRate: number;
  readonly clip: number;
  readonly valueClip: number | undefined;
  readonly klCoef: number;
}

/** L = L^surrogate + c₁·L^VF − c₂·H (eq. 9, signs turned to minimise). */
function ppoLoss({ config: c, env }: Context<PpoConfig>, networks: ActorCritic) {
  return (params: ActorCriticParams, batch: Samples, { clip, valueClip, klCoef }: Rates) => {
    const { pi, value } = networks.both(params, batch.observations, batch.sequences);
    const logProb = pi.logProb(batch.actions);
    const ratio = probabilityRatio({ logProb, oldLogProb: batch.oldLogProb }); // ρₜ = π_θ / π_old
    const advantage = constant(() => gradientAdvantage(batch, c));

    const clipped = c.surrogate === "clip";
    const policyLoss = (clipped ? clippedSurrogate : policyGradientSurrogate)({ ratio, advantage, epsilon: clip });
    const old = () => distributionFrom(env.actionSpace, batch.oldPolicy);
    const kl = penalised(c) ? ops.mean(divergence(c.klDirection, old(), pi)) : null;

    const target = batch.target;
    const valueError =
      valueClip === undefined
        ? valueLoss({ value, target })
        : clippedValueLoss({ value, oldValue: batch.oldValue, target, epsilon: valueClip });
    const losses = { policyLoss, valueLoss: valueError, entropy: ops.mean(pi.entropy()) };
    const unpenalised = actorCriticLoss(losses, c);
    const loss = kl === null ? unpenalised : ops.add(unpenalised, ops.mul(kl, klCoef));
    const metrics = constant(() => ({
      ...losses,
      approximateKl: approximateKl({ ratio, logRatio: ops.sub(logProb, batch.oldLogProb) }),
      clipFraction: ops.mean(ops.greater(ops.abs(ops.sub(ratio, 1)), clip)),
    }));
    return { loss, metrics: kl === null ? metrics : { ...metrics, kl } };
  };
}

/** β ← β/2 where the policy moved less than d_targ/1.5, 2β where it moved more than 1.5·d_targ (section 4). */
export function adaptedKlCoef(klCoef: number, kl: number, klTarget: number): number {
  if (kl < klTarget / 1.5) return klCoef / 2;
  if (kl > klTarget * 1.5) return klCoef * 2;
  return klCoef;
}

/** β after an iteration: by how far the policy has moved from π_old on its samples. */
function adaptKlCoef({ config: c, env }: Context<PpoConfig>, networks: ActorCritic, state: PpoState, batch: Samples) {
  const kl = meanKl(networks, state.params.tree, batch, env.actionSpace, c.klDirection);
  requireFiniteStep({ step: state.step, name: "the KL divergence from the old policy", value: kl });
  state.klCoef = adaptedKlCoef(state.klCoef, kl, c.klTarget);
}

/** The schedules' values of an iteration, and β. */
function ratesAt(c: PpoConfig, { step, klCoef }: PpoState): Rates {
  const at = (schedule: Schedule) => scheduleAt(schedule, step / c.totalSteps);
  const valueClip = c.valueClip === undefined ? undefined : at(c.valueClip);
  return { learningRate: at(c.learningRate), clip: at(c.clip), valueClip, klCoef };
}

/** How each minibatch is followed, and where the epochs end: once the policy has moved too far from π_old. */
function descentOf({ maxGradNorm, targetKl }: PpoConfig) {
  const tooFar = ({ metrics }: Optimised) => targetKl !== undefined && metrics.approximateKl > 1.5 * targetKl;
  return { rule: adam, maxGradNorm, unless: tooFar };
}

function* train(context: Context<PpoConfig>, state: PpoState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const gradientOf = valueAndGrad(ppoLoss(context, networks));
  const descent = descentOf(c);
  const collect = rolloutCollector(context, networks, state.params.tree, state, stepsTogether(c));
  const drawMinibatches = minibatchesOf(c, c.epochs, state.shuffleRandom);

  // for iteration = 1, 2, … do
  while (state.step < c.totalSteps) {
    const rates = ratesAt(c, state);
    //   run π_old in N environments for T steps
    const rollout = collect(state.step);
    const metrics = scope(() => {
      //   compute Â₁ … Â_T (GAE, eq. 11)
      const batch = evaluateRollout(networks, state.params.tree, rollout, c, penalised(c));
      const averages = new Averages();
      //   for K epochs and minibatches of M ≤ N·T samples: one step of Adam on L (eq. 9)
      for (const rows of drawMinibatches()) {
        const step = (params: PpoState["params"]) => gradientOf(params, take(batch, rows), rates);
        const { loss, metrics, gradNorm, applied } = optimise(state, step, { ...descent, ...rates, at: state.step });
        averages.add({ loss, ...metrics, gradNorm });
        if (!applied) break;
      }
      if (c.surrogate === "adaptive-kl") adaptKlCoef(context, networks, state, batch);
      return { ...averages.means(), ...batch.metrics };
    });
    //   θ_old ← θ
    state.step += rollout.rewards.length;
    const { learningRate, clip, klCoef } = rates;
    const now = { ...metrics, learningRate, clip, ...(penalised(c) ? { klCoef } : {}) };
    yield { step: state.step, episodes: state.env.takeFinished(), metrics: now };
  }
}

export const ppo: Algorithm<PpoConfig, PpoState> = {
  id: "ppo",
  title: "Proximal policy optimisation",
  summary: "Policy gradient in small, repeated steps that a clipped ratio or a KL penalty keeps near the old policy.",
  family: "policy-gradient",
  papers: [papers.schulman2017, papers.schulman2015gae, papers.raffin2021],
  notes: ["H 2.10", "W", "J", "L"],
  deviations: [
    "Networks start orthogonal (gain √2 for hidden layers, 0.01 for the policy's output, 1 for the value's), biases at 0. `--no-orthogonal-init` for PyTorch's uniform ones.",
    'Advantages are standardised per minibatch, gradients clipped to a global norm, Adam\'s ε is 1e-5 (Huang et al. 2022, "The 37 implementation details of PPO").',
    "An episode cut by a time limit bootstraps from its true last observation; a finished one does not.",
    "Log-probabilities and values of a rollout are computed in one batch at its end, not step by step: the same numbers, since the policy does not change in between.",
    "The value loss has no ½, as in Stable-Baselines3, whose defaults these are; policy and value have networks of their own unless `sharedNetwork`.",
    "Options that are not in the paper: `valueClip` (OpenAI Baselines), `targetKl` (an early stop of the epochs at 1.5 × the target, as in Stable-Baselines3), schedules, normalisation of observations and rewards, and state-dependent exploration (Raffin et al.).",
    "With recurrent cells (`memory` gru, lstm) minibatches are made of whole sequences of L steps, each run from the state that was remembered when it was collected: as old as the rollout, as the stored states of Kapturowski et al. 2019 (R2D2) are. No gradient flows beyond it.",
  ],
  config,
  metrics: {
    loss: { meaning: "the whole objective, to be minimised", healthy: "no absolute scale; must stay finite" },
    ...actorCriticMetrics,
    approximateKl: {
      meaning: "estimated KL divergence from the old policy",
      healthy: "0.003–0.03; above 0.1 the steps are too large",
      range: { from: 0.003, to: 0.03, above: 0.1 },
    },
    clipFraction: {
      meaning: "share of samples whose ratio left 1 ± ε",
      healthy: "0.05–0.3; above 0.5 the steps are too large",
      range: { from: 0.05, to: 0.3, above: 0.5 },
    },
    kl: {
      meaning: "KL divergence from the old policy in the penalty's samples (fixed-kl, adaptive-kl)",
      healthy: "near klTarget with adaptive-kl; steady with fixed-kl",
    },
    clip: { meaning: "ε of the ratio now", healthy: "as scheduled" },
    klCoef: {
      meaning: "β of the KL penalty now (fixed-kl, adaptive-kl)",
      healthy: "settles; runaway doubling means steps too large",
    },
  },
  presets: ppoPresets,
  ...actorCriticKinds,
  needs: ["env"],

  validate(context) {
    const { config: c } = context;
    validateNetworks(context);
    if (c.surrogate === "adaptive-kl" && c.klCoef === 0) {
      throw new ConfigError(["klCoef must be above 0 with surrogate adaptive-kl, which doubles and halves it, got 0"]);
    }
    if (c.minibatchSize > c.numSteps * c.numEnvs) {
      throw new ConfigError([
        `minibatchSize must be at most numSteps × numEnvs = ${c.numSteps * c.numEnvs}, got ${c.minibatchSize}`,
      ]);
    }
    validateSequences(c);
  },

  buffers(context) {
    const { config: c, env } = context;
    const rows = c.numSteps * c.numEnvs;
    // Once as it is collected, once where the kernels read it; and five numbers a row that the epochs hold fixed.
    const rollout = rows * (8 * inputSize(context) + 8 * actionSize(env.actionSpace) + 14 + 4 * 11);
    const states = 8 * networksOf(context).stateSize * (rows / stepsTogether(c));
    return { rollout, ...(isRecurrent(c) ? { states } : {}) };
  },

  stepsAtOnce: rolloutSteps,

  weights: { actor: "params.actor", critic: "params.critic" },

  init(context) {
    const { config: c, random } = context;
    return {
      ...scope(() => untrained(networksOf(context).init(random.fork("init")), adam)),
      step: 0,
      klCoef: c.klCoef,
      ...startRollouts(context, context.config),
      shuffleRandom: random.fork("shuffle"),
    };
  },

  train,

  policy: (context, state) => trainedPolicy("ppo", context, state),
  stateValues: stateValuesOf,
};
