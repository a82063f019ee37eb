/**
 * The critic of actions behind the control variate: what is kept for it, its temporal differences, and what is logged of it. The loop is in `control-variate-ac.ts`.
 */
import { optim, polyakUpdate, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import { actionSize } from "@advantage/envs";
import type { Context } from "../../core/index.js";
import { actionTensor, type ReplayOptions, rowsTensor } from "../../data/index.js";
import { type CriticValues, inputSize, type LinearVariate } from "../../families/policy-gradient/index.js";
import { valueLoss } from "../../maths/index.js";
import { type ActorCritic, type CriticParams, optimise } from "../../networks/index.js";
import type { ControlVariateAcConfig, ControlVariateAcState } from "./control-variate-ac.js";

export const adam = optim.adam();

/** What is kept for Q_w. */
export function replayOf(context: Context<ControlVariateAcConfig>): ReplayOptions {
  const { config: c, env } = context;
  return {
    capacity: c.bufferSize,
    observationSize: inputSize(context),
    actionSize: actionSize(env.actionSpace),
    actions: env.actionSpace.kind === "box" ? "f32" : "i32",
  };
}

/** w ← w − α_w ∇_w 𝔼[(Q_w(s, a) − r − γ Q_w′(s′, π))²] by G steps on transitions of any policy; gives the mean loss. */
export function variateFit(
  context: Context<ControlVariateAcConfig>,
  networks: ActorCritic,
  variate: LinearVariate,
  state: ControlVariateAcState,
): () => number {
  const { config: c, env } = context;
  const { replay, replayRandom } = state;
  const fitted = { params: state.variate, optimiser: state.variateOptimiser };
  const { observationSize: size } = replayOf(context);
  const batch = replay.allocate(c.batchSize);
  const rows = new Int32Array(c.batchSize);
  const gradientOf = valueAndGrad((params: CriticParams, target: Tensor) => {
    const actions = actionTensor(env.actionSpace, batch.actions, c.batchSize);
    return valueLoss({ value: variate.value(params, rowsTensor(batch.observations, size), actions), target });
  });
  const targets = () => {
    const next = rowsTensor(batch.nextObservations, size);
    const actor = state.params.tree;
    const pi = networks.actor.distribution(actor, networks.actor.features(actor, next));
    const after = variate.meanValue(state.variateTarget.tree, next, pi).data;
    const { rewards, terminated } = batch;
    return tensor(Float32Array.from(rewards, (reward, i) => reward + (1 - terminated[i]) * c.discount * after[i]));
  };
  return () => {
    let sum = 0;
    for (let k = 0; k < c.gradientSteps; k++) {
      replay.gather(replay.draw(replayRandom, rows), batch);
      const descent = { rule: adam, learningRate: c.criticLearningRate, at: state.step };
      sum += optimise(fitted, (params) => gradientOf(params, targets()), descent).loss;
      polyakUpdate(state.variateTarget, state.variate, c.polyak);
    }
    return sum / c.gradientSteps;
  };
}

/** The variance that there would be without the control variate. */
export function plainVariance({ gradientVariance }: Readonly<Record<string, number>>): Record<string, number> {
  return gradientVariance === undefined ? {} : { plainGradientVariance: gradientVariance };
}

/** η, and how Â and Ā go together; nothing of the latter where one of them does not vary. */
export function variateMetrics({ advantages, variates }: CriticValues, eta: Float64Array): Record<string, number> {
  const inner = (a: Float64Array, b: ArrayLike<number>) => a.reduce((sum, value, row) => sum + value * b[row], 0);
  const own = Float64Array.from(variates);
  const scale = Math.sqrt(inner(advantages, advantages) * inner(own, own));
  return {
    variateShare: eta.reduce((sum, share) => sum + share, 0) / eta.length,
    ...(scale > 0 ? { variateCorrelation: inner(advantages, variates) / scale } : {}),
  };
}
