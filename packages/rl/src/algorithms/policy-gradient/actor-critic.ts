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
import { constant, ops, type Random, scope, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import { allocateActions, toEnvironment } from "@advantage/envs";
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
import { actionTensor, type Episodes, explorer, MetricsLine, rowsTensor, TrainingEnv } from "../../data/index.js";
import {
  actorCriticKinds,
  actorCriticMetrics,
  type DescentState,
  descentRule,
  descentSettings,
  discountGradient,
  episodeCollector,
  episodeGradient,
  episodeSequences,
  episodeValues,
  gradientVarianceMetric,
  isRecurrent,
  lastValuesOf,
  memorySettings,
  moveStd,
  networkSettings,
  networksOf,
  plainNetworkSettings,
  requireEpisodeForEach,
  spreadOf,
  stateValuesOf,
  trainedPolicy,
  validateNetworks,
  varianceEvery,
  vectorOf,
  type WeightedEpisodes,
  weightedScores,
} from "../../families/policy-gradient/index.js";
import {
  type AdvantageForm,
  episodeAdvantages,
  explainedVarianceMetric,
  stepDiscounts,
  valueLoss,
} from "../../maths/index.js";
import { type ActorCritic, type ActorCriticParams, optimise, type Trained, untrained } from "../../networks/index.js";
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

/** One-step actor-critic, online (H 2.6's box; with `criticFirst` C's algorithm 18). */
function* trainOnline(context: Context<ActorCriticConfig>, state: ActorCriticState): Generator<Progress, void, void> {
  const { config: c, env } = context;
  const { actionSpace } = env;
  const networks = networksOf(context);
  const { numEnvs, observationSize } = state.env;
  const rates = () => ({
    learningRate: scheduleAt(c.learningRate, state.step / c.totalSteps),
    valueLearningRate: scheduleAt(c.valueLearningRate, state.step / c.totalSteps),
  });
  /** ½ 𝔼[δ²], the target held fixed: its negative gradient is 𝔼[δ ∇v̂(S, w)]. */
  const valueGradient = valueAndGrad((params: ActorCriticParams, observations: Tensor, target: Tensor) => {
    const error = valueLoss({ value: networks.value(params, observations), target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  /** −𝔼[I δ log π(A|S, θ)] */
  const policyGradient = valueAndGrad(
    (params: ActorCriticParams, observations: Tensor, actions: Tensor, weight: Tensor) => {
      const pi = networks.actor.distribution(params.actor, networks.actor.features(params.actor, observations));
      const policyLoss = ops.neg(ops.mean(ops.mul(pi.logProb(actions), weight)));
      return { loss: policyLoss, metrics: { policyLoss, ...spreadOf(pi) } };
    },
  );
  const act = explorer(networks.actor, state.params.tree.actor, state.policyRandom, {
    numEnvs,
    actionSpace,
  });
  const rule = descentRule(c);
  const chosen = allocateActions(actionSpace, numEnvs);
  const limited = allocateActions(actionSpace, numEnvs);
  const before = new Float32Array(numEnvs * observationSize);
  const target = new Float32Array(numEnvs);
  const weight = new Float32Array(numEnvs);

  // Loop for each time step:
  while (state.step < c.totalSteps) {
    const { learningRate, valueLearningRate } = rates();
    moveStd(context, state.params.tree.actor, state.step);
    //   A ~ π(·|S, θ);  take action A, observe S′, R
    before.set(state.env.observation);
    act(before, chosen, 0);
    toEnvironment(actionSpace, chosen, limited);
    state.env.step(limited, state.step);
    const { reward, terminated, truncated, nextObservation } = state.env;

    const metrics = scope(() => {
      const params = state.params.tree;
      const observations = rowsTensor(before, observationSize);
      const evaluate = () => {
        const values = networks.value(params, observations).values();
        const nextValues = networks.value(params, rowsTensor(nextObservation, observationSize)).values();
        for (let i = 0; i < numEnvs; i++) {
          //   δ ← R + γ v̂(S′, w) − v̂(S, w)    (if S′ is terminal, then v̂(S′, w) = 0)
          target[i] = reward[i] + (terminated[i] === 1 ? 0 : c.discount * nextValues[i]);
          weight[i] = (c.discountGradient ? state.stepDiscount[i] : 1) * (target[i] - values[i]);
        }
      };
      evaluate();
      //   w ← w + α^w δ ∇v̂(S, w)
      const values = { params: state.params, optimiser: state.valueOptimiser };
      const descent = { rule, maxGradNorm: c.maxGradNorm, at: state.step };
      const value = optimise(values, (both) => valueGradient(both, observations, tensor(target)), {
        ...descent,
        learningRate: valueLearningRate,
      });
      //   (C's algorithm 18: Â(s, a) = r + γ V̂(s′) − V̂(s) with the V̂ that has just been updated)
      if (c.criticFirst) evaluate();
      //   θ ← θ + α^θ I δ ∇ ln π(A|S, θ)
      const actions = actionTensor(actionSpace, chosen, numEnvs);
      const ascent = (both: ActorCriticState["params"]) => policyGradient(both, observations, actions, tensor(weight));
      const policy = optimise(state, ascent, { ...descent, learningRate });
      for (let i = 0; i < numEnvs; i++) {
        //   I ← γ I
        const over = terminated[i] === 1 || truncated[i] === 1;
        state.stepDiscount[i] = over ? 1 : c.discount * state.stepDiscount[i];
      }
      return { ...policy.metrics, ...value.metrics, gradNorm: policy.gradNorm };
    });
    state.line.averages.add(metrics);
    state.step += numEnvs;
    const done = { step: state.step, episodes: state.env.takeFinished() };
    yield state.line.progress(done, c, () => ({ learningRate: rates().learningRate }));
  }
}

/** The batch's estimate of −∇_θ J by its weights:  −(1/m) Σᵢ Σₜ wₜ Âₜ ∇_θ log π_θ(aₜ|sₜ). */
export function advantageGradient({ env }: Context<ActorCriticConfig>, { actor }: ActorCritic) {
  const loss = weightedScores(env.actionSpace, actor);
  return episodeGradient((params: ActorCriticParams, batch: WeightedEpisodes, from: number, to: number) =>
    loss(params.actor, batch, from, to),
  );
}

/** Âₜ of a batch by the given form, from V(sₜ) and the values of the episodes' last observations  [B]. */
function advantagesBy(
  form: AdvantageForm,
  c: ActorCriticConfig,
  batch: Episodes,
  values: Float32Array,
  lastValues: Float32Array,
): Float64Array {
  return episodeAdvantages({ ...c, ...batch, form, values, lastValues });
}

/** The weight of each step's score, wₜÂₜ, by the value function as it is  [B]. */
export function advantageWeights(
  { config: c }: Context<ActorCriticConfig>,
  networks: ActorCritic,
  params: ActorCriticParams,
  batch: Episodes,
): Float64Array {
  const { values, lastValues } = episodeValues(networks, params, batch);
  const advantages = advantagesBy(c.critic, c, batch, values, lastValues);
  if (!c.discountGradient) return advantages;
  const discounts = stepDiscounts({ ...c, starts: batch.starts });
  return advantages.map((advantage, row) => discounts[row] * advantage);
}

/**
 * φ ← argmin ½ 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²] by K gradient steps on the whole batch. Bootstrapped targets are computed anew for each step, from the
 * V of the steps before: K steps of semi-gradient TD. Gives the loss before the first, and what the values explained of the targets then.
 */
function criticFit({ config: c }: Context<ActorCriticConfig>, networks: ActorCritic, state: ActorCriticState) {
  const form = c.valueTarget === "monte-carlo" ? "monte-carlo" : c.critic;
  const { observationSize } = state.env;
  const targetsOf = (params: ActorCriticParams, batch: Episodes, values: Float32Array) => {
    const lastValues = lastValuesOf(networks, params, batch);
    const advantages = advantagesBy(form, c, batch, values, lastValues);
    return Float32Array.from(advantages, (advantage, row) => advantage + values[row]);
  };
  const predicted = (params: ActorCriticParams, { observations, starts }: Episodes) =>
    networks.value(params, rowsTensor(observations, observationSize), episodeSequences(networks.stateSize, starts));
  const gradientOf = valueAndGrad((params: ActorCriticParams, batch: Episodes) => {
    const value = predicted(params, batch);
    const target = constant(() => tensor(targetsOf(params, batch, value.values())));
    const error = valueLoss({ value, target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  const rule = descentRule(c);
  const fitted = { params: state.params, optimiser: state.valueOptimiser };
  return (batch: Episodes, learningRate: number): Record<string, number> => {
    const params = state.params.tree;
    const values = predicted(params, batch).values();
    const explained = explainedVarianceMetric(values, targetsOf(params, batch, values));
    let first: Readonly<Record<string, number>> = {};
    for (let epoch = 0; epoch < c.valueEpochs; epoch++) {
      const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { metrics } = optimise(fitted, (both) => gradientOf(both, batch), descent);
      if (epoch === 0) first = metrics;
    }
    return { ...first, ...explained };
  };
}

/** Batch actor-critic (C 4.1): with `criticFirst` algorithm 16, and 17 where γ < 1. */
function* trainBatch(context: Context<ActorCriticConfig>, state: ActorCriticState): Generator<Progress, void, void> {
  const { config: c } = context;
  const networks = networksOf(context);
  const gradientOf = advantageGradient(context, networks);
  const fitCritic = criticFit(context, networks, state);
  const collect = episodeCollector(context, state, networks.actor, state.params.tree.actor);
  const rule = descentRule(c);

  // repeat
  while (state.step < c.totalSteps) {
    const learningRate = scheduleAt(c.learningRate, state.step / c.totalSteps);
    const valueLearningRate = scheduleAt(c.valueLearningRate, state.step / c.totalSteps);
    //   sample {τⁱ} from π_θ(a|s) (run the policy)
    const batch = collect();
    const metrics = scope(() => {
      //   fit V_φ to sampled reward sums, or to bootstrapped targets: here in C's algorithms
      const before = c.criticFirst ? fitCritic(batch, valueLearningRate) : {};
      //   evaluate Â(sₜ, aₜ) = rₜ + γV_φ(sₜ₊₁) − V_φ(sₜ), or another form
      const weights = advantageWeights(context, networks, state.params.tree, batch);
      //   ∇_θ J ≈ (1/m) Σᵢ Σₜ wₜ ∇_θ log π_θ(aₜ|sₜ) Âₜ
      const measured = c.varianceEvery > 0 && state.batch % c.varianceEvery === 0;
      const step = (both: ActorCriticState["params"]) => gradientOf(both, { ...batch, weights }, measured);
      //   θ ← θ + α ∇_θ J
      const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { loss, metrics: seen, gradNorm } = optimise(state, step, descent);
      const own = { policyLoss: loss, ...seen, gradNorm };
      //   fit V_φ here otherwise: what this batch taught does not weigh this batch
      return { ...own, ...before, ...(c.criticFirst ? {} : fitCritic(batch, valueLearningRate)) };
    });
    state.step += batch.steps;
    state.batch += 1;
    yield { step: state.step, episodes: batch.finished, metrics: { ...metrics, learningRate } };
  }
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
