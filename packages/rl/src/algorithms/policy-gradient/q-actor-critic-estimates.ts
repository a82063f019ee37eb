/**
 * What the Q actor-critic makes of a batch of episodes: what the critic says of the actions in it, what an action is judged by, the gradient, and
 * the critic's fit to its targets. The loop is in `q-actor-critic.ts`.
 */
import { constant, ops, type Random, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import type { Context } from "../../core/index.js";
import { actionTensor, type Episodes, rowsTensor } from "../../data/index.js";
import {
  descentRule,
  episodeGradient,
  episodeSequences,
  readLast,
  spreadOf,
} from "../../families/policy-gradient/index.js";
import {
  episodeEnds,
  explainedVarianceMetric,
  lambdaReturns,
  nStepReturns,
  stepDiscounts,
  successors,
  valueLoss,
} from "../../maths/index.js";
import {
  type ActionValues,
  type Actor,
  type ActorParams,
  type Choices,
  type CriticParams,
  type Distribution,
  optimise,
  policyAt,
  type QNetwork,
} from "../../networks/index.js";
import type { QActorCriticConfig, QActorCriticState } from "./q-actor-critic.js";

/** Whole episodes, and what the policy that ran them would have done in each of their states. */
export interface ChosenEpisodes extends Episodes {
  /** At every step [B]. */
  readonly choices: Choices;
  /** At the episodes' last observations [m]. */
  readonly lastChoices: Choices;
  /** εₖ of real-valued actions at every step, K times [B × A]. */
  readonly noise: readonly Float32Array[];
}

/** Whole episodes, with what the critic says of the actions in them. */
export interface ValuedEpisodes extends ChosenEpisodes {
  /** wₜ: 1, or γᵗ  [B] */
  readonly step: Float64Array;
  /** Gradient sampled: what the action taken is judged by, less V(sₜ) with a baseline  [B] */
  readonly advantages: Float32Array;
  /** Gradient all-action of discrete actions: Q_φ(sₜ, ·), less V(sₜ) with a baseline  [B × A] */
  readonly actionValues: Float32Array;
}

/** The batch with π(·|s) of its states: probabilities, or K real-valued actions μ + σε for each. */
export function withChoices(
  { config: c, env }: Context<QActorCriticConfig>,
  actor: Actor,
  params: ActorParams,
  batch: Episodes,
  random: Random,
): ChosenEpisodes {
  const size = batch.observations.length / batch.rewards.length;
  const sequences = episodeSequences(actor.cell?.stateSize ?? 0, batch.starts);
  const pi = policyAt(actor, params, rowsTensor(batch.observations, size), sequences);
  const lastPi = actor.distribution(params, actor.features(params, readLast(actor.cell, params, batch)));
  if (env.actionSpace.kind === "discrete") {
    const probabilities = ({ parameters }: Distribution) => ops.softmax(parameters.logits).values();
    const choices = { probabilities: probabilities(pi) };
    return { ...batch, choices, lastChoices: { probabilities: probabilities(lastPi) }, noise: [] };
  }
  const draw = ({ parameters: { mean } }: Distribution) =>
    Array.from({ length: c.actionSamples }, () => Float32Array.from({ length: mean.size }, () => random.normal()));
  const [noise, lastNoise] = [draw(pi), draw(lastPi)];
  return {
    ...batch,
    choices: { drawn: noise.map((epsilon) => reparametrised(pi, epsilon)) },
    lastChoices: { drawn: lastNoise.map((epsilon) => reparametrised(lastPi, epsilon)) },
    noise,
  };
}

/** μ_θ(s) + σ_θ(s) ε  [B, A] */
function reparametrised({ parameters: { mean, logStd } }: Distribution, epsilon: Float32Array): Tensor {
  return ops.add(mean, ops.mul(ops.exp(logStd), tensor(epsilon, mean.shape)));
}

/** What the critic says of a batch: Q(sₜ, ·), Q(sₜ, aₜ) [B], 𝔼_π[Q(sₜ, ·)] [B], and the same of the last observations [m]. */
export function valuesOf(
  { env }: Context<QActorCriticConfig>,
  critic: QNetwork,
  params: CriticParams,
  batch: ChosenEpisodes,
) {
  const rows = batch.rewards.length;
  const sequences = episodeSequences(critic.cell?.stateSize ?? 0, batch.starts);
  const read = critic.read(params, rowsTensor(batch.observations, batch.observations.length / rows), sequences);
  const at = critic.at(params, read);
  return {
    at,
    taken: at.of(actionTensor(env.actionSpace, batch.actions, rows)),
    mean: () => at.mean(batch.choices),
    last: () => critic.at(params, readLast(critic.cell, params, batch)).mean(batch.lastChoices),
  };
}

/**
 * What stands for Q(sₜ, aₜ)  [B]:  Σₖ₌₀ⁿ⁻¹ γᵏ rₜ₊ₖ + γⁿ Q(sₜ₊ₙ, aₜ₊ₙ), the rewards alone where the task ends before, and 𝔼_π[Q] of the last observation
 * where it is cut. W's estimators, before the mean is subtracted.
 */
export function actionEstimates(
  { nStep, discount }: Pick<QActorCriticConfig, "nStep" | "discount">,
  batch: Pick<Episodes, "rewards" | "starts" | "cut">,
  values: { readonly taken: ArrayLike<number>; readonly last: ArrayLike<number> },
): Float64Array {
  if (nStep === 0) return Float64Array.from(values.taken);
  const nextValues = successors({ values: values.taken, starts: batch.starts, lastValues: values.last });
  return nStepReturns({ rewards: batch.rewards, nextValues, ...episodeEnds(batch), discount, n: nStep });
}

/** The batch with what the gradient is made of, by the critic as the batches before left it. */
export function withActionValues(
  context: Context<QActorCriticConfig>,
  critic: QNetwork,
  params: CriticParams,
  batch: ChosenEpisodes,
): ValuedEpisodes {
  const { config: c } = context;
  const rows = batch.rewards.length;
  const step = c.discountGradient ? stepDiscounts({ ...c, starts: batch.starts }) : new Float64Array(rows).fill(1);
  const { at, taken, mean, last } = valuesOf(context, critic, params, batch);
  const baseline = c.baseline ? mean() : new Float64Array(rows);
  const none = new Float32Array(0);
  if (c.gradient === "sampled") {
    const estimates = actionEstimates(c, batch, { taken: taken.data, last: c.nStep === 0 ? none : last() });
    const advantages = Float32Array.from(estimates, (estimate, row) => estimate - baseline[row]);
    return { ...batch, step, advantages, actionValues: none };
  }
  const numActions = (at.all?.size ?? 0) / rows;
  const actionValues = Float32Array.from(
    at.all?.data ?? none,
    (value, i) => value - baseline[Math.floor(i / numActions)],
  );
  return { ...batch, step, advantages: none, actionValues };
}

/** The batch's estimate of −∇_θ J; of the critic it needs the gradient in the actions where these are real. */
export function actionValueGradient(
  { config: c, env }: Context<QActorCriticConfig>,
  actor: Actor,
  critic: QNetwork,
  criticParams: CriticParams,
) {
  return episodeGradient((params: ActorParams, batch: ValuedEpisodes, from: number, to: number) => {
    const rows = batch.rewards.length;
    /** What of an array belongs to the rows from … to − 1. */
    const own = <T extends { readonly length: number; subarray(start: number, end: number): T }>(flat: T): T =>
      flat.subarray((from * flat.length) / rows, (to * flat.length) / rows);
    const part = (flat: Float32Array) => rowsTensor(own(flat), flat.length / rows);
    const observations = part(batch.observations);
    const pi = policyAt(
      actor,
      params,
      observations,
      episodeSequences(actor.cell?.stateSize ?? 0, batch.starts, from, to),
    );
    const objective = () => {
      if (c.gradient === "sampled") {
        const actions = actionTensor(env.actionSpace, own(batch.actions as Float32Array), to - from);
        return ops.mul(pi.logProb(actions), tensor(own(batch.advantages)));
      }
      if (env.actionSpace.kind === "discrete")
        return ops.sum(ops.mul(ops.softmax(pi.parameters.logits), part(batch.actionValues)), 1);
      const sequences = episodeSequences(critic.cell?.stateSize ?? 0, batch.starts, from, to);
      const at: ActionValues = critic.at(criticParams, critic.read(criticParams, observations, sequences));
      const drawn = batch.noise.map((epsilon) => at.of(reparametrised(pi, own(epsilon))));
      return ops.div(
        drawn.reduce((sum, values) => ops.add(sum, values)),
        drawn.length,
      );
    };
    const weight = tensor(Float32Array.from(own(batch.step)));
    return { loss: ops.neg(ops.sum(ops.mul(objective(), weight))), metrics: spreadOf(pi) };
  });
}

/**
 * What Q(sₜ, aₜ) is fitted to  [B]: λ-returns that bootstrap from the action taken next or from the mean over the policy's. Sutton & Barto
 * 2018, 12.8.
 */
export function criticTargets(
  { bootstrap, discount, lambda }: Pick<QActorCriticConfig, "bootstrap" | "discount" | "lambda">,
  batch: Pick<Episodes, "rewards" | "starts" | "cut">,
  values: {
    /** Q(sₜ, aₜ)  [B] */
    readonly taken: ArrayLike<number>;
    /** 𝔼_{a~π}[Q(sₜ, a)]  [B] */
    readonly mean: ArrayLike<number>;
    /** 𝔼_{a~π}[Q(s, a)] at the episodes' last observations  [m] */
    readonly last: ArrayLike<number>;
  },
): Float64Array {
  const after = bootstrap === "sarsa" ? values.taken : values.mean;
  const nextValues = successors({ values: after, starts: batch.starts, lastValues: values.last });
  return lambdaReturns({ rewards: batch.rewards, nextValues, ...episodeEnds(batch), discount, lambda });
}

/** φ ← φ − α ∇_φ ½ 𝔼ₜ[(Q_φ(sₜ, aₜ) − targetₜ)²], K times. Gives the loss before the first, and what Q explained of the targets then. */
export function criticFit(context: Context<QActorCriticConfig>, critic: QNetwork, state: QActorCriticState) {
  const { config: c } = context;
  const targetsOf = (batch: ChosenEpisodes, { taken, mean, last }: ReturnType<typeof valuesOf>) =>
    criticTargets(c, batch, {
      taken: taken.values(),
      mean: c.bootstrap === "sarsa" ? [] : mean(),
      last: last(),
    });
  const gradientOf = valueAndGrad((params: CriticParams, batch: ChosenEpisodes) => {
    const values = valuesOf(context, critic, params, batch);
    const target = constant(() => tensor(Float32Array.from(targetsOf(batch, values))));
    const error = valueLoss({ value: values.taken, target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  const rule = descentRule(c);
  const fitted = { params: state.critic, optimiser: state.criticOptimiser };
  return (batch: ChosenEpisodes, learningRate: number): Record<string, number> => {
    const values = valuesOf(context, critic, state.critic.tree, batch);
    const explained = explainedVarianceMetric(values.taken.values(), targetsOf(batch, values));
    let first: Readonly<Record<string, number>> = {};
    for (let epoch = 0; epoch < c.valueEpochs; epoch++) {
      const descent = { rule, learningRate, maxGradNorm: c.maxGradNorm, at: state.step };
      const { metrics } = optimise(fitted, (params) => gradientOf(params, batch), descent);
      if (epoch === 0) first = metrics;
    }
    return { ...first, ...explained };
  };
}
