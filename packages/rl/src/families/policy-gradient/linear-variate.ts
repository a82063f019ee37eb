import { grad, ops, type Random, type Tensor } from "@advantage/engine";
import type { Context } from "../../core/index.js";
import { type CriticParams, type Distribution, type QNetwork, qNetwork } from "../../networks/index.js";
import { actorSpec, inputSize, type NetworkConfig } from "./actor-critic-family.js";

/**
 * A critic of actions Q_w(s, a) as a control variate whose mean over the policy is known: a function linear in features φ(a) of the action,
 *
 *     Ā(s, a) = ⟨g(s), φ(a) − x_θ(s)⟩,   x_θ(s) = 𝔼_{a~π_θ}[φ(a)],   ∇_θ 𝔼_{a~π_θ}[⟨g(s), φ(a)⟩] = ∇_θ ⟨g(s), x_θ(s)⟩.
 *
 *  - Discrete actions: φ(a) the a-th unit vector, x_θ(s) = π_θ(·|s), g(s) = Q_w(s, ·). This is Q_w itself, less its mean.
 *  - Real actions: φ(a) = a, x_θ(s) = μ_θ(s), g(s) = ∇_a Q_w(s, a) at a = μ_θ(s): Q_w to first order around the mean action (Q-Prop, Gu et al. 2017,
 *    arXiv:1611.02247, eqs. 6–8).
 */
export interface LinearVariate {
  init(random: Random): CriticParams;
  /** Q_w(s, a) [B], for its regression; actions as `actionTensor` packs them. */
  value(params: CriticParams, observations: Tensor, actions: Tensor): Tensor;
  /** The policy's value Q_w(s, π) [B], for targets: its mean over discrete actions, that of the mean real one. */
  meanValue(params: CriticParams, observations: Tensor, pi: Distribution): Tensor;
  /** g(s) [B, K] */
  slopes(params: CriticParams, observations: Tensor, pi: Distribution): Tensor;
  /** x_θ(s) [B, K], differentiable in θ. */
  meanFeatures(pi: Distribution): Tensor;
  /** Ā(s, a) [B] and Var_π[Ā(s, ·)] [B] of actions that π chose. */
  advantage(
    slopes: Tensor,
    pi: Distribution,
    actions: Tensor,
  ): { readonly advantage: Tensor; readonly variance: Tensor };
}

/** As wide and deep as the actor, with parameters of its own. */
export function linearVariate(context: Context<NetworkConfig>): LinearVariate {
  const { config, env } = context;
  const network = qNetwork(
    { ...actorSpec(context), observationSize: inputSize(context), memory: undefined },
    env.actionSpace,
    { orthogonal: config.orthogonalInit, logStd: 0 },
  );
  // Drawn as one list of layers, hidden ones and last one alike.
  const init = (random: Random) => network.init(random, random, random.fork(String(config.hiddenSizes.length)));
  return { init, ...(env.actionSpace.kind === "discrete" ? discreteVariate(network) : realVariate(network)) };
}

const dot = (a: Tensor, b: Tensor) => ops.sum(ops.mul(a, b), 1);

/** Q_w(s, ·) has one output for each action. */
function discreteVariate(network: QNetwork): Omit<LinearVariate, "init"> {
  const all = (params: CriticParams, observations: Tensor) => network.at(params, observations).all!;
  const probabilities = (pi: Distribution) => ops.softmax(pi.parameters.logits);
  return {
    value: (params, observations, actions) => network.at(params, observations).of(actions),
    meanValue: (params, observations, pi) => dot(all(params, observations), probabilities(pi)),
    slopes: (params, observations) => all(params, observations),
    meanFeatures: probabilities,
    advantage(slopes, pi, actions) {
      const x = probabilities(pi);
      const centred = ops.sub(slopes, ops.reshape(dot(slopes, x), [slopes.shape[0], 1]));
      return { advantage: ops.pick(centred, actions), variance: dot(x, ops.square(centred)) };
    },
  };
}

/** Q_w takes the action as a further input. */
function realVariate(network: QNetwork): Omit<LinearVariate, "init"> {
  const value = (params: CriticParams, observations: Tensor, actions: Tensor) =>
    network.at(params, observations).of(actions);
  return {
    value,
    meanValue: (params, observations, pi) => value(params, observations, pi.parameters.mean),
    slopes(params, observations, pi) {
      const [slopes] = grad((mean) => ops.sum(value(params, observations, mean)))(pi.parameters.mean);
      return slopes;
    },
    meanFeatures: (pi) => pi.parameters.mean,
    advantage(slopes, pi, actions) {
      const { mean, logStd } = pi.parameters;
      const spread = ops.mul(ops.square(slopes), ops.exp(ops.mul(logStd, 2)));
      return { advantage: dot(slopes, ops.sub(actions, mean)), variance: ops.sum(spread, 1) };
    },
  };
}
