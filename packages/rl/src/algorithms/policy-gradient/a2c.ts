/**
 * Advantage actor-critic: N environments run in step; after every T steps one gradient step on all N·T samples, with the critic's
 * n-step advantages. The synchronous form of A3C.
 *
 * Mnih et al. 2016, "Asynchronous Methods for Deep Reinforcement Learning" (arXiv:1602.01783), algorithm S3. Notes: W, J, L.
 *
 *     ∇_θ 𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ + c₂ H(π_θ(·|sₜ))],   ∇_φ 𝔼ₜ[(R̂ₜ − V_φ(sₜ))²]
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { ops, optim, scope, valueAndGrad } from "@advantage/engine";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
  type Progress,
  schedule,
  scheduleAt,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { MetricsLine, type Rollout } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  discountGradient,
  judgedRollout,
  memorySettings,
  networkSettings,
  networksOf,
  type Rollouts,
  rolloutBuffers,
  rolloutCollector,
  rolloutSteps,
  startRollouts,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
} from "../../families/policy-gradient/index.js";
import { actorCriticLoss, valueLoss } from "../../maths/index.js";
import { type ActorCritic, type ActorCriticParams, optimise, type Trained, untrained } from "../../networks/index.js";
import { a2cPresets } from "./a2c-presets.js";

const config = schema({
  totalSteps: settings.stepsInRollouts,
  seed: settings.seed,
  numEnvs: settings.numEnvs,
  numSteps: { ...settings.numSteps, default: 5 },
  learningRate: schedule({ default: 7e-4, min: 0, symbol: "α", help: "step size of the optimiser" }),
  discount: settings.discount,
  discountGradient,
  gaeLambda: {
    ...settings.gaeLambda,
    default: 1,
    help: "bias–variance trade-off of the advantages: 0 is one-step TD, 1 the n-step return",
  },
  entropyCoef: settings.entropyCoef,
  valueCoef: settings.valueCoef,
  maxGradNorm: settings.maxGradNorm,
  normaliseAdvantage: {
    ...settings.normaliseAdvantage,
    default: false,
    help: "standardise the advantages of each update",
  },
  optimiser: choice(["rmsprop", "adam"], { default: "rmsprop", help: "the rule of the gradient steps" }),
  logEvery: settings.logEvery,
  ...networkSettings,
  ...memorySettings,
});

export type A2cConfig = ConfigOf<typeof config>;

/** Everything that resuming needs: θ and φ with what the config's rule remembers, and what follows. */
export interface A2cState extends Trained<ActorCriticParams, optim.RmsPropState | optim.AdamState>, Rollouts {
  step: number;
  readonly line: MetricsLine;
}

const rules = {
  rmsprop: optim.rmsprop({ alpha: 0.99, epsilon: 1e-5 }),
  adam: optim.adam({ epsilon: 1e-5 }),
};

function ruleOf({ optimiser }: A2cConfig): optim.Optimiser<A2cState["optimiser"]> {
  return rules[optimiser] as optim.Optimiser<A2cState["optimiser"]>;
}

/** −𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ] + c₁ 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²] − c₂ 𝔼ₜ[H(π_θ(·|sₜ))] of a rollout. */
export function a2cLoss(c: A2cConfig, networks: ActorCritic) {
  return (params: ActorCriticParams, rollout: Rollout) => {
    const { pi, logProb, value, advantage, target, metrics } = judgedRollout(c, networks, params, rollout);
    const policyLoss = ops.neg(ops.mean(ops.mul(logProb, advantage)));
    const losses = { policyLoss, valueLoss: valueLoss({ value, target }), entropy: ops.mean(pi.entropy()) };
    return { loss: actorCriticLoss(losses, c), metrics: { ...losses, ...metrics } };
  };
}

function* train(context: Context<A2cConfig>, state: A2cState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const gradientOf = valueAndGrad(a2cLoss(c, networks));
  const rule = ruleOf(c);
  const collect = rolloutCollector(context, networks, state.params.tree, state);
  const rateAt = (step: number) => scheduleAt(c.learningRate, step / c.totalSteps);

  // repeat
  while (state.step < c.totalSteps) {
    //   run π_θ in N environments for T steps
    const rollout = collect(state.step);
    //   R ← V(s_T), or 0 where it ended; accumulate gradients wrt θ and φ
    const step = (params: A2cState["params"]) => gradientOf(params, rollout);
    //   perform one update of θ and φ
    const descent = { rule, learningRate: rateAt(state.step), maxGradNorm: c.maxGradNorm, at: state.step };
    const { loss, metrics, gradNorm } = optimise(state, step, descent);
    state.line.averages.add({ loss, ...metrics, gradNorm });
    state.step += rollout.rewards.length;
    const done = { step: state.step, episodes: state.env.takeFinished() };
    yield state.line.progress(done, c, (start) => ({ learningRate: rateAt(start) }));
  }
}

export const a2c: Algorithm<A2cConfig, A2cState> = {
  id: "a2c",
  title: "Advantage actor-critic",
  summary: "One gradient step on the critic's n-step advantages after every few steps of many environments.",
  family: "policy-gradient",
  papers: [papers.mnih2016],
  notes: ["W", "J", "L"],
  deviations: [
    "Synchronous: one learner and N environments with the same parameters, instead of threads that overwrite each other.",
    "Advantages are generalised (GAE); λ = 1, the default, is the paper's n-step return less the value.",
    "An episode cut by a time limit bootstraps from its true last observation; a finished one does not.",
    "Gradients are means over the samples (the paper sums), clipped to a global norm; RMSProp's ε is 1e-5. Defaults are Stable-Baselines3's.",
    "With recurrent cells (`memory` gru, lstm) the cell reads the observations, in front of the hidden layers; the paper's LSTM stands behind them. Gradients flow back to the beginning of the rollout, as in the paper.",
  ],
  config,
  metrics: {
    loss: { meaning: "the whole objective, to be minimised", healthy: "no absolute scale; must stay finite" },
    ...actorCriticMetrics,
  },
  presets: a2cPresets,
  ...actorCriticKinds,
  needs: ["env"],
  validate: validateNetworks,

  buffers: rolloutBuffers,
  stepsAtOnce: rolloutSteps,

  weights: { actor: "params.actor", critic: "params.critic" },

  init(context) {
    const { config: c, random } = context;
    return {
      ...scope(() => untrained(networksOf(context).init(random.fork("init")), ruleOf(c))),
      step: 0,
      ...startRollouts(context, context.config),
      line: new MetricsLine(),
    };
  },

  train,
  policy: (context, state) => trainedPolicy("a2c", context, state),
  stateValues: stateValuesOf,
};
