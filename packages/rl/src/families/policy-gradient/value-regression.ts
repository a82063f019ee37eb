import { optim, Params, scope, type Tensor, valueAndGrad } from "@advantage/engine";
import { type Context, int, real } from "../../core/index.js";
import type { TrainingEnv } from "../../data/index.js";
import { valueLoss } from "../../maths/index.js";
import {
  type ActorCritic,
  type ActorCriticParams,
  type ActorParams,
  type CriticParams,
  optimise,
  type Sequences,
  type Trained,
  untrained,
} from "../../networks/index.js";
import { type NetworkConfig, networksOf } from "./actor-critic-family.js";

/** Settings of a critic that is fitted by itself, after each batch. */
export const regressionSettings = {
  valueLearningRate: real({ default: 1e-3, above: 0, symbol: "α_φ", help: "step size of the value function's Adam" }),
  valueEpochs: int({ default: 80, min: 1, help: "gradient steps of the value function on each batch" }),
};

const adam = optim.adam();

/** A value function with the optimiser that fits it. */
export type Regression = Trained<CriticParams>;

/** A value function at the beginning of its fit by Adam. */
export function initRegression(critic: CriticParams): Regression {
  return untrained(critic, adam);
}

/** θ and V_φ as they begin, each in a block of its own. */
export function initPolicyAndRegression(context: Context<NetworkConfig>) {
  return scope(() => {
    const { actor, critic } = networksOf(context).init(context.random.fork("init"));
    return { params: Params.pack(actor), critic: initRegression(critic) };
  });
}

/** Policy and regressed critic, as the family's functions take both networks. */
export function bothNetworks({
  params,
  critic,
  env,
}: {
  readonly params: Params<ActorParams>;
  readonly critic: Regression;
  readonly env: TrainingEnv;
}) {
  return { params: { tree: { actor: params.tree, critic: critic.params.tree } }, env };
}

/** What a fit needs beside the critic. */
export interface RegressionBatch {
  readonly observations: Tensor; // [B, observationSize]
  /** R̂ₜ */
  readonly target: Tensor; // [B]
  /** What the rows are to recurrent cells; absent of networks without. */
  readonly sequences?: Sequences;
  /** Environment steps done, for the error where it diverges. */
  readonly step: number;
}

/** One step of Adam on 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²]; gives the loss before it. */
export function regressionStep(
  networks: ActorCritic,
  rule: optim.Optimiser<optim.AdamState>,
): (regression: Regression, actor: ActorCriticParams["actor"], batch: RegressionBatch, learningRate: number) => number {
  const gradientOf = valueAndGrad(
    (critic: CriticParams, actor: ActorCriticParams["actor"], { observations, target, sequences }: RegressionBatch) =>
      valueLoss({ value: networks.value({ actor, critic }, observations, sequences), target }),
  );
  return (regression, actor, batch, learningRate) => {
    const step = (critic: Params<CriticParams>) => gradientOf(critic, actor, batch);
    return optimise(regression, step, { rule, learningRate, at: batch.step }).loss;
  };
}

/** φ ← argmin 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²] by K steps of Adam on the whole batch; gives the loss before the first. */
export function valueRegression(
  networks: ActorCritic,
  { valueLearningRate, valueEpochs }: { readonly valueLearningRate: number; readonly valueEpochs: number },
): (regression: Regression, actor: ActorCriticParams["actor"], batch: RegressionBatch) => number {
  const step = regressionStep(networks, adam);
  return (regression, actor, batch) => {
    const first = step(regression, actor, batch, valueLearningRate);
    for (let epoch = 1; epoch < valueEpochs; epoch++) step(regression, actor, batch, valueLearningRate);
    return first;
  };
}
