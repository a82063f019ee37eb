/**
 * Natural policy gradient: steepest ascent where the distance between two policies is their KL divergence, not that of their parameters.
 *
 * Kakade 2001, "A Natural Policy Gradient" (NeurIPS 14); steps of a given KL divergence: Rajeswaran et al. 2017 (arXiv:1703.02660).
 * Notes: H 2.8, W, J, L.
 *
 *     θ ← θ + η F⁻¹ g,   g = 𝔼ₜ[∇log π_θ(aₜ|sₜ) Âₜ],   F = 𝔼ₛ 𝔼_{a∼π}[∇log π_θ(a|s) ∇log π_θ(a|s)ᵀ]
 *
 * Three ways to F⁻¹g (`solver`):
 *  - conjugate-gradient: F x = g, with the exact expectation over the actions in F, which is the Hessian of the mean KL divergence (but with
 *    gSDE, whose σ(s) passes no gradient to the features);
 *  - least-squares: compatible function approximation (Kakade's theorem 1): the w that minimises 𝔼ₜ[(wᵀ∇log π(aₜ|sₜ) − Âₜ)²] is F⁻¹g, with the
 *    expectation over the actions taken;
 *  - regularised: m gradient steps on 𝔼ₜ[π_θ/π_k Âₜ] − (1/η) 𝔼ₛ[KL(π_θ‖π_k)], of which the other two are the quadratic model (notes: W).
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { ops, optim, scope, type Tensor, valueAndGrad } from "@advantage/engine";
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
import { stepToKl } from "../../maths/index.js";
import { type ActorCritic, type ActorParams, distributionFrom, divergence, optimise } from "../../networks/index.js";
import { npgPresets } from "./npg-presets.js";

const config = schema({
  ...rolloutSettings,
  solver: choice(["conjugate-gradient", "least-squares", "regularised"], {
    default: "conjugate-gradient",
    help: "how F⁻¹g is found",
  }),
  stepSize: choice(["kl-radius", "fixed"], {
    default: "kl-radius",
    help: "steps of a KL divergence δ to second order, or of a fixed η (not regularised)",
  }),
  klRadius: real({ default: 0.01, above: 0, symbol: "δ", help: "KL divergence of a step (kl-radius)" }),
  policyLearningRate: real({
    default: 0.1,
    above: 0,
    symbol: "η",
    help: "size of a step (fixed), or inverse weight of the KL divergence (regularised)",
  }),
  ...conjugateGradientSettings("not regularised"),
  innerSteps: int({ default: 20, min: 1, symbol: "m", help: "gradient steps on each rollout (regularised)" }),
  innerLearningRate: real({ default: 0.02, above: 0, help: "their size (regularised)" }),
  klDirection: klDirection("new-old", "regularised"),
  ...criticSettings,
  ...separateSettings,
});

export type NpgConfig = ConfigOf<typeof config>;

export type NpgState = SeparateState;

const sgd = optim.sgd();

/** Where an update has led to. */
function measured({ env }: Context<NpgConfig>, networks: ActorCritic, actor: ActorParams, batch: Samples) {
  return scope(() => {
    const { pi, policyLoss } = surrogate(networks, actor, batch);
    const kl = distributionFrom(env.actionSpace, batch.oldPolicy).kl(pi);
    return { policyLoss: policyLoss.item(), kl: ops.mean(kl).item(), entropy: ops.mean(pi.entropy()).item() };
  });
}

/** One update of θ on a rollout; gives what to log. */
type PolicyUpdate = (batch: Samples) => Readonly<Record<string, number>>;

/** θ ← θ + η F⁻¹g, by conjugate gradient or by least squares. */
function naturalUpdate(context: Context<NpgConfig>, state: NpgState): PolicyUpdate {
  const { config: c } = context;
  // With the actions taken, F w = g are the normal equations of the regression of Â on ∇log π.
  const solve = naturalStep(context, state, c.solver === "least-squares" ? "sampled" : "exact");
  return (batch) => {
    const { direction, curvature, residual, gradNorm } = solve(batch, state.step);
    const eta = c.stepSize === "fixed" ? c.policyLearningRate : stepToKl(c.klRadius, curvature);
    const theta = state.actor.flat.data;
    for (let i = 0; i < theta.length; i++) theta[i] += eta * direction[i];
    return { gradNorm, stepLength: eta, cgResidual: residual };
  };
}

/** m gradient steps on 𝔼ₜ[π_θ/π_k Âₜ] − (1/η) 𝔼ₛ[KL(π_θ‖π_k)]. */
function regularisedUpdate(
  { config: c, env }: Context<NpgConfig>,
  networks: ActorCritic,
  state: NpgState,
): PolicyUpdate {
  const gradientOf = valueAndGrad((params: ActorParams, batch: Samples): Tensor => {
    const { pi, policyLoss } = surrogate(networks, params, batch);
    const kl = divergence(c.klDirection, distributionFrom(env.actionSpace, batch.oldPolicy), pi);
    const weighed = batch.weight === undefined ? kl : ops.mul(kl, batch.weight);
    return ops.add(policyLoss, ops.mul(ops.mean(weighed), 1 / c.policyLearningRate));
  });
  const policy = { params: state.actor, optimiser: sgd.init(state.actor) };
  return (batch) => {
    let gradNorm = 0;
    for (let inner = 0; inner < c.innerSteps; inner++) {
      const descent = { rule: sgd, learningRate: c.innerLearningRate, at: state.step };
      gradNorm += optimise(policy, (params) => gradientOf(params, batch), descent).gradNorm / c.innerSteps;
    }
    return { gradNorm };
  };
}

function* train(context: Context<NpgConfig>, state: NpgState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const updatePolicy =
    c.solver === "regularised" ? regularisedUpdate(context, networks, state) : naturalUpdate(context, state);
  const fitCritic = criticFit(context, networks, state);
  const collect = rolloutCollector(context, networks, treeOf(state), state, stepsTogether(c));

  // for k = 0, 1, 2, …
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    //   run π_k in N environments for T steps
    const rollout = collect(state.step);
    const metrics = scope(() => {
      //   compute advantages Â
      const evaluated = evaluateRollout(networks, treeOf(state), rollout, c, true);
      const batch = sideBySide({ ...evaluated, advantage: gradientAdvantage(evaluated, c) });
      //   θ ← θ + η F⁻¹ g
      const update = updatePolicy(batch);
      const after = measured(context, networks, state.actor.tree, batch);
      requireFiniteStep({ step: state.step, name: "the KL divergence from the old policy", value: after.kl });
      //   fit V_φ to the returns
      return { ...update, ...after, valueLoss: fitCritic(evaluated, learningRate), ...evaluated.metrics };
    });
    state.step += rollout.rewards.length;
    yield { step: state.step, episodes: state.env.takeFinished(), metrics: { ...metrics, learningRate } };
  }
}

export const npg: Algorithm<NpgConfig, NpgState> = {
  id: "npg",
  title: "Natural policy gradient",
  summary: "Gradient steps measured by how far they move the policy's distributions, not its parameters.",
  family: "policy-gradient",
  papers: [papers.kakade2001, papers.rajeswaran2017],
  notes: ["H 2.8", "W", "J", "L"],
  deviations: [
    "Advantages by GAE from a value function fitted by minibatches of Adam, standardised over the rollout.",
    "The Fisher matrix is damped, and the system solved by conjugate gradients: a ridge regression in the least-squares form.",
    "The step's length is set by default so that its KL divergence is δ to second order, η = √(2δ / xᵀ(F + λI)x), damping included (Rajeswaran et al. 2017, whose normalised step has no 2).",
    "An episode cut by a time limit bootstraps from its true last observation; a finished one does not.",
    "The policy and the value function have networks of their own; shared layers are refused.",
    "With a recurrent cell (`memory` gru, lstm) the rollout is cut into sequences of `sequenceLength` steps, as in PPO, and products with the Fisher matrix go through the cells, by back-propagation along the sequences: exact at θ_old for the states in which the sequences began, which are held fixed.",
  ],
  config,
  metrics: {
    ...actorCriticMetrics,
    learningRate: { meaning: "step size of the value function now", healthy: "as scheduled" },
    kl: {
      meaning: "mean KL divergence of the new policy from the old one, over the rollout",
      healthy: "near klRadius; far above it the quadratic model is wrong there",
    },
    stepLength: { meaning: "η of the step", healthy: "steady; with kl-radius it falls where the gradient is clear" },
    ...naturalStepMetrics,
  },
  presets: npgPresets,
  ...actorCriticKinds,
  needs: ["env"],
  validate: (context) => validateSeparate("npg", context),
  buffers: rolloutBuffers,

  stepsAtOnce: rolloutSteps,

  weights: { actor: "actor", critic: "critic" },

  init: initSeparate,
  train,
  policy: (context, state) => trainedPolicy("npg", context, { params: { tree: treeOf(state) }, env: state.env }),
  stateValues: (context, state) => stateValuesOf(context, { params: { tree: treeOf(state) }, env: state.env }),
};
