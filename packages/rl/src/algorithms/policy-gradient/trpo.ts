/**
 * Trust region policy optimisation: the largest step on the surrogate objective that keeps the new policy within a mean KL divergence δ of
 * the policy that collected the data.
 *
 * Schulman, Levine, Moritz, Jordan, Abbeel 2015 (arXiv:1502.05477), with generalised advantage estimation (Schulman et al. 2015,
 * arXiv:1506.02438). Notes: H 2.9, J, L.
 *
 *     max_θ 𝔼ₜ[π_θ(aₜ|sₜ)/π_old(aₜ|sₜ) Âₜ]   subject to   𝔼ₜ[KL(π_old(·|sₜ)‖π_θ(·|sₜ))] ≤ δ
 *
 * Where it differs from its sources: `deviations`, below.
 *
 * Longer than 250 lines: four constraints are one algorithm, and each has settings and metrics of its own.
 */
import { ops, optim, type Params, scope, type Tensor, valueAndGrad } from "@advantage/engine";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
  int,
  type Progress,
  real,
  requireFiniteStep,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import { evaluateRollout, type Samples, sideBySide } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  conjugateGradientSettings,
  criticFit,
  criticSettings,
  gradientAdvantage,
  initSeparate,
  klDirection,
  naturalStep,
  naturalStepMetrics,
  networksOf,
  rolloutBuffers,
  rolloutCollector,
  rolloutSettings,
  rolloutSteps,
  type SeparateState,
  separateSettings,
  stateValuesOf,
  stepsTogether,
  surrogate,
  trainedPolicy,
  treeOf,
  validateSeparate,
} from "../../families/policy-gradient/index.js";
import { backtrackingLineSearch, stepToKl } from "../../maths/index.js";
import { type ActorCritic, type ActorParams, distributionFrom, divergence, optimise } from "../../networks/index.js";
import { trpoPresets } from "./trpo-presets.js";

const config = schema({
  ...rolloutSettings,
  constraint: choice(["trust-region", "penalty", "mean-penalty", "lagrangian"], {
    default: "trust-region",
    help: "a limit of the mean KL divergence, a charge for the largest one or for the mean, or a charge for the mean that adapts to the limit",
  }),
  targetKl: real({
    default: 0.01,
    above: 0,
    symbol: "δ",
    help: "largest mean KL divergence of an update (trust-region, lagrangian)",
  }),
  ...conjugateGradientSettings("trust-region"),
  lineSearchSteps: int({
    default: 10,
    min: 1,
    help: "step lengths tried before the update is given up (trust-region)",
  }),
  lineSearchShrink: real({ default: 0.8, above: 0, below: 1, help: "factor from one to the next (trust-region)" }),
  penaltyCoef: real({
    default: 1,
    min: 0,
    symbol: "C",
    help: "charge for the KL divergence: the largest (penalty), the mean (mean-penalty), or the first λ (lagrangian)",
  }),
  penaltySteps: int({
    default: 20,
    min: 1,
    help: "gradient steps of Adam on each rollout (penalty, mean-penalty, lagrangian)",
  }),
  penaltyLearningRate: real({ default: 1e-3, min: 0, help: "their size (penalty, mean-penalty, lagrangian)" }),
  multiplierLearningRate: real({ default: 10, min: 0, symbol: "α_λ", help: "step size of λ (lagrangian)" }),
  klDirection: klDirection("old-new", "every constraint"),
  ...criticSettings,
  ...separateSettings,
});

export type TrpoConfig = ConfigOf<typeof config>;

export interface TrpoState extends SeparateState {
  /** λ of the Lagrangian; `penaltyCoef` with the other constraints. */
  multiplier: number;
  /** Adam's moments of the policy's gradient steps; null with the trust region. */
  readonly actorOptimiser: optim.AdamState | null;
}

const adam = optim.adam({ epsilon: 1e-5 });

/** −L_θold(θ), π_θ, and KL(π_old(·|s)‖π_θ(·|s)) [B], or the other way round. */
function objectives(
  { config: c, env }: Context<TrpoConfig>,
  networks: ActorCritic,
  actor: ActorParams,
  batch: Samples,
) {
  const { pi, policyLoss } = surrogate(networks, actor, batch);
  return { pi, policyLoss, kl: divergence(c.klDirection, distributionFrom(env.actionSpace, batch.oldPolicy), pi) };
}

/** Where an update has led to. */
function measured(context: Context<TrpoConfig>, networks: ActorCritic, actor: ActorParams, batch: Samples) {
  return scope(() => {
    const { pi, policyLoss, kl } = objectives(context, networks, actor, batch);
    const entropy = ops.mean(pi.entropy()).item();
    return { policyLoss: policyLoss.item(), kl: ops.mean(kl).item(), maxKl: ops.max(kl).item(), entropy };
  });
}

/** One update of θ on a rollout; gives what to log. */
type PolicyUpdate = (batch: Samples) => Readonly<Record<string, number>>;

/** The constrained step: natural gradient, scaled to the trust region's border, then backwards until both conditions hold. */
function trustRegionUpdate(context: Context<TrpoConfig>, networks: ActorCritic, state: TrpoState): PolicyUpdate {
  const { config: c } = context;
  const solve = naturalStep(context, state, "exact");
  const theta = state.actor.flat;
  return (batch) => {
    //   x ≈ F⁻¹g by conjugate gradient, β = √(2δ / xᵀFx)
    const { direction: x, curvature, residual, loss: oldLoss, gradNorm } = solve(batch, state.step);
    const beta = stepToKl(c.targetKl, curvature);

    //   θ ← θ_old + αʲβx for the smallest j with KL ≤ δ and a better surrogate
    const old = theta.values();
    const here = () => measured(context, networks, state.actor.tree, batch);
    let after: Readonly<Record<string, number>> = {};
    const stepFraction = backtrackingLineSearch(
      (fraction) => {
        theta.set(old.map((value, i) => value + fraction * beta * x[i]));
        after = here();
        return after.kl <= c.targetKl && after.policyLoss < oldLoss;
      },
      { shrink: c.lineSearchShrink, iterations: c.lineSearchSteps },
    );
    if (stepFraction === 0) {
      theta.set(old);
      after = here();
    }
    return { ...after, gradNorm, stepFraction, cgResidual: residual };
  };
}

/** λ ← [λ + α_λ(𝔼[KL] − δ)]₊: dual ascent, which charges more where the last update went too far, and less where it did not. */
export function adaptedMultiplier(
  multiplier: number,
  { kl, targetKl, learningRate }: { readonly kl: number; readonly targetKl: number; readonly learningRate: number },
): number {
  return Math.max(0, multiplier + learningRate * (kl - targetKl));
}

/** Gradient steps on L_θold(θ) − C·max_s KL, on L_θold(θ) − C·𝔼[KL], or on L_θold(θ) − λ(𝔼[KL] − δ), whose λ then moves. */
function penaltyUpdate(context: Context<TrpoConfig>, networks: ActorCritic, state: TrpoState): PolicyUpdate {
  const { config: c } = context;
  const { actor, actorOptimiser } = state;
  const policy = { params: actor, optimiser: actorOptimiser! };
  const gradientOf = valueAndGrad((params: ActorParams, batch: Samples, charge: number): Tensor => {
    const { policyLoss, kl } = objectives(context, networks, params, batch);
    return ops.add(policyLoss, ops.mul(c.constraint === "penalty" ? ops.max(kl) : ops.mean(kl), charge));
  });
  return (batch) => {
    let gradNorm = 0;
    for (let step = 0; step < c.penaltySteps; step++) {
      const gradient = (params: Params<ActorParams>) => gradientOf(params, batch, state.multiplier);
      const descent = { rule: adam, learningRate: c.penaltyLearningRate, at: state.step };
      gradNorm += optimise(policy, gradient, descent).gradNorm / c.penaltySteps;
    }
    const after = measured(context, networks, actor.tree, batch);
    requireFiniteStep({ step: state.step, name: "the KL divergence from the old policy", value: after.kl });
    if (c.constraint !== "lagrangian") return { ...after, gradNorm };
    const { multiplier } = state;
    const dual = { kl: after.kl, targetKl: c.targetKl, learningRate: c.multiplierLearningRate };
    state.multiplier = adaptedMultiplier(multiplier, dual);
    return { ...after, gradNorm, multiplier };
  };
}

function* train(context: Context<TrpoConfig>, state: TrpoState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const updatePolicy = (c.constraint === "trust-region" ? trustRegionUpdate : penaltyUpdate)(context, networks, state);
  const fitCritic = criticFit(context, networks, state);
  const collect = rolloutCollector(context, networks, treeOf(state), state, stepsTogether(c));

  // for iteration = 1, 2, … until convergence
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    //   run π_old in N environments for T steps
    const rollout = collect(state.step);
    const metrics = scope(() => {
      //   compute advantages Â
      const batch = evaluateRollout(networks, treeOf(state), rollout, c, true);
      const advantage = gradientAdvantage(batch, c);
      //   solve the constrained problem
      const policy = updatePolicy(sideBySide({ ...batch, advantage }));
      //   fit V_φ to the returns
      return { ...policy, valueLoss: fitCritic(batch, learningRate), ...batch.metrics };
    });
    state.step += rollout.rewards.length;
    yield { step: state.step, episodes: state.env.takeFinished(), metrics: { ...metrics, learningRate } };
  }
}

export const trpo: Algorithm<TrpoConfig, TrpoState> = {
  id: "trpo",
  title: "Trust region policy optimisation",
  summary: "The largest improvement of a surrogate objective within a given KL divergence of the old policy.",
  family: "policy-gradient",
  papers: [papers.schulman2015trpo, papers.schulman2015gae],
  notes: ["H 2.9", "J", "L"],
  deviations: [
    "Advantages by GAE and a value function fitted by minibatches of Adam; the paper takes Monte Carlo returns. Defaults are Stable-Baselines3 Contrib's.",
    "`fisherEvery` thins the samples of the Fisher matrix alone, as the paper does (appendix C); the surrogate and the constraint keep all of them. Stable-Baselines3 Contrib thins both.",
    "The Fisher matrix is damped by λ; the length of the step is computed with the damping in, so that full steps stay a little below δ.",
    "Advantages are standardised over the rollout. Networks start orthogonal.",
    "An episode cut by a time limit bootstraps from its true last observation; a finished one does not.",
    "`constraint` has three more forms, by gradient steps of Adam over the rollout's states: section 3's L(θ) − C·max_s KL (`penalty`, whose gradient flows through the one state that attains the maximum), its mean in the maximum's place (`mean-penalty`; notes: H, eq. 11), and the Lagrangian L(θ) − λ(𝔼[KL] − δ), whose λ ascends after each rollout (`lagrangian`; notes: L).",
    "The policy and the value function have networks of their own: shared layers are refused, since a step measured in policies must not move the value function.",
    "With a recurrent cell (`memory` gru, lstm) the rollout is cut into sequences of `sequenceLength` steps, as in PPO, and products with the Fisher matrix go through the cells, by back-propagation along the sequences: exact at θ_old for the states in which the sequences began, which are held fixed.",
  ],
  config,
  metrics: {
    ...actorCriticMetrics,
    learningRate: { meaning: "step size of the value function now", healthy: "as scheduled" },
    kl: {
      meaning: "mean KL divergence of the new policy from the old one, over the rollout",
      healthy: "just below targetKl; with the trust region never above",
    },
    multiplier: {
      meaning: "λ of the Lagrangian in this update (lagrangian)",
      healthy: "settles where kl is targetKl; 0 for long means that the limit does not bind",
    },
    maxKl: { meaning: "the largest KL divergence of any state", healthy: "a few times the mean" },
    stepFraction: {
      meaning: "share of the full step that the line search took; 0 where it gave up",
      healthy: "0.5–1; often 0 means that the advantages are noise, or cgSteps too few",
      range: { from: 0.5, to: 1 },
    },
    ...naturalStepMetrics,
  },
  presets: trpoPresets,
  ...actorCriticKinds,
  needs: ["env"],
  validate: (context) => validateSeparate("trpo", context),
  buffers: rolloutBuffers,

  stepsAtOnce: rolloutSteps,

  weights: { actor: "actor", critic: "critic" },

  init(context) {
    const state = initSeparate(context);
    const { constraint, penaltyCoef: multiplier } = context.config;
    return { ...state, multiplier, actorOptimiser: constraint === "trust-region" ? null : adam.init(state.actor) };
  },

  train,
  policy: (context, state) => trainedPolicy("trpo", context, { params: { tree: treeOf(state) }, env: state.env }),
  stateValues: (context, state) => stateValuesOf(context, { params: { tree: treeOf(state) }, env: state.env }),
};
