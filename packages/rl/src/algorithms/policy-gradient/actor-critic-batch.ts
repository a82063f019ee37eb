/**
 * Actor-critic, in batches: a step of the policy for each batch of whole episodes, and the value function fitted to it. The settings, the state and
 * what is said of the algorithm are in `actor-critic.ts`.
 */
import { constant, ops, scope, tensor, valueAndGrad } from "@advantage/engine";
import { type Context, type Progress, scheduleAt } from "../../core/index.js";
import { type Episodes, rowsTensor } from "../../data/index.js";
import {
  descentRule,
  episodeCollector,
  episodeGradient,
  episodeSequences,
  episodeValues,
  lastValuesOf,
  networksOf,
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
import { type ActorCritic, type ActorCriticParams, optimise } from "../../networks/index.js";
import type { ActorCriticConfig, ActorCriticState } from "./actor-critic.js";

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
export function* trainBatch(
  context: Context<ActorCriticConfig>,
  state: ActorCriticState,
): Generator<Progress, void, void> {
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
