import { ops, optim, Params, type Random, scope, type Tensor, valueAndGrad } from "@advantage/engine";
import type { Context } from "../../core/algorithm.js";
import { ConfigError } from "../../core/errors.js";
import { requireFiniteUpdate } from "../../core/finite.js";
import { flag, int, schedule } from "../../core/schema.js";
import { minibatches, type Samples, take } from "../../data/samples.js";
import { TrainingEnv } from "../../data/training-env.js";
import { valueLoss } from "../../maths/surrogates.js";
import type { ActorCritic, ActorCriticParams, ActorParams, CriticParams } from "../../policies/actor-critic.js";
import type { Distribution } from "../../policies/distribution.js";
import { type NetworkConfig, networkSettings, networksOf, validateNetworks } from "./actor-critic-family.js";

/**
 * What the algorithms with second-order steps share around their loops: a policy and a value function with parameters of their own, and the
 * value function fitted to each rollout by minibatches of Adam.
 */

/** Settings of the networks; a step of the policy alone is meaningless where they share layers. */
export const separateSettings = {
  ...networkSettings,
  sharedNetwork: flag({
    default: false,
    help: "must be off: policy and value are stepped apart, each with its own network",
  }),
};

/** Settings of the value function's fit. */
export const criticSettings = {
  learningRate: schedule({ default: 1e-3, min: 0, symbol: "α", help: "step size of Adam on the value function" }),
  minibatchSize: int({ default: 128, min: 1, symbol: "M", help: "samples per gradient step of the value function" }),
  criticEpochs: int({ default: 10, min: 1, symbol: "K", help: "passes over each rollout to fit the value function" }),
};

interface SeparateConfig extends NetworkConfig {
  readonly numSteps: number;
  readonly minibatchSize: number;
  readonly discount: number;
  readonly normaliseObservation: boolean;
  readonly normaliseReward: boolean;
}

/** Everything that resuming needs, but what an algorithm adds. */
export interface SeparateState {
  step: number;
  /** θ */
  readonly actor: Params<ActorParams>;
  /** φ */
  readonly critic: Params<CriticParams>;
  readonly criticOptimiser: optim.AdamState;
  readonly env: TrainingEnv;
  /** Actions, exploration noise. */
  readonly policyRandom: Random;
  /** Order of the samples. */
  readonly shuffleRandom: Random;
}

const adam = optim.adam({ epsilon: 1e-5 });

export function validateSeparate(algorithm: string, context: Context<SeparateConfig>): void {
  const { config: c } = context;
  validateNetworks(context);
  if (c.sharedNetwork) {
    throw new ConfigError([
      `sharedNetwork must be false for ${algorithm}, got true: its step of the policy must not move the value function; leave it off`,
    ]);
  }
  if (c.minibatchSize > c.numSteps * c.numEnvs) {
    throw new ConfigError([
      `minibatchSize must be at most numSteps × numEnvs = ${c.numSteps * c.numEnvs}, got ${c.minibatchSize}`,
    ]);
  }
}

export function initSeparate(context: Context<SeparateConfig>): SeparateState {
  const { config: c, env, random } = context;
  const [actor, critic] = scope(() => {
    const tree = networksOf(context).init(random.fork("init"));
    return [Params.pack(tree.actor), Params.pack(tree.critic)] as const;
  });
  return {
    step: 0,
    actor,
    critic,
    criticOptimiser: adam.init(critic),
    env: new TrainingEnv(env.vector(c.numEnvs), random.fork("env"), c),
    policyRandom: random.fork("policy"),
    shuffleRandom: random.fork("shuffle"),
  };
}

/** Both networks' parameters under the names of an actor-critic. */
export function treeOf({ actor, critic }: SeparateState): ActorCriticParams {
  return { actor: actor.tree, critic: critic.tree };
}

/** π_θ(·|s) of a batch of observations. */
export function policyAt({ actor }: ActorCritic, params: ActorParams, observations: Tensor): Distribution {
  return actor.distribution(params, actor.features(params, observations));
}

/** Fits V_φ to the targets R̂ by K epochs of minibatches of Adam. Returns a function of the samples, which gives the mean loss. */
export function criticFit(
  { config: c }: Context<{ readonly criticEpochs: number; readonly minibatchSize: number } & SeparateConfig>,
  networks: ActorCritic,
  state: SeparateState,
): (samples: Samples, learningRate: number) => number {
  const gradientOf = valueAndGrad((critic: CriticParams, observations: Tensor, target: Tensor) =>
    valueLoss({ value: networks.value({ actor: state.actor.tree, critic }, observations), target }),
  );
  const order = new Int32Array(c.numSteps * c.numEnvs);
  return ({ observations, target }, learningRate) => {
    let sum = 0;
    let count = 0;
    for (const rows of minibatches(order, { ...c, epochs: c.criticEpochs }, state.shuffleRandom)) {
      const { value: loss, gradient } = scope(() =>
        gradientOf(state.critic, ops.gatherRows(observations, rows), ops.gatherRows(target, rows)),
      );
      requireFiniteUpdate({ step: state.step, loss, gradient, norm: optim.globalNorm(gradient) });
      adam.update(state.critic, gradient, state.criticOptimiser, { learningRate });
      sum += loss;
      count += 1;
    }
    return sum / count;
  };
}

/** Every k-th sample: a Fisher matrix needs fewer than a gradient (Schulman et al. 2015, appendix C). */
export function everyKth(samples: Samples, k: number, rowsOf: (values: number[]) => Tensor): Samples {
  if (k === 1) return samples;
  const rows: number[] = [];
  for (let row = 0; row < samples.target.size; row += k) rows.push(row);
  return take(samples, rowsOf(rows));
}
