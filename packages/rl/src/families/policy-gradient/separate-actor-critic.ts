import { ops, optim, Params, type Random, scope, type Tensor } from "@advantage/engine";
import { ConfigError, type Context, flag, int, schedule } from "../../core/index.js";
import * as settings from "../../core/settings.js";
import { type Samples, take } from "../../data/index.js";
import type { ActorCritic, ActorCriticParams, ActorParams, CriticParams } from "../../networks/index.js";
import {
  memorySettings,
  type NetworkConfig,
  networkSettings,
  networksOf,
  validateNetworks,
} from "./actor-critic-family.js";
import { discountGradient } from "./gradient-advantage.js";
import { minibatchesOf, sequenceLength, validateSequences } from "./rollout-sequences.js";
import { type Rollouts, startRollouts } from "./rollouts.js";
import { regressionStep } from "./value-regression.js";

/**
 * What the algorithms with second-order steps share around their loops: a policy and a value function with parameters of their own, and the
 * value function fitted to each rollout by minibatches of Adam.
 */

/** Settings of the run and of its rollouts. */
export const rolloutSettings = {
  totalSteps: settings.stepsInRollouts,
  seed: settings.seed,
  numEnvs: settings.numEnvs,
  numSteps: settings.numSteps,
  discount: settings.discount,
  discountGradient,
  gaeLambda: settings.gaeLambda,
  normaliseAdvantage: settings.normaliseAdvantage,
};

/** Settings of the networks; a step of the policy alone is meaningless where they share layers. */
export const separateSettings = {
  ...networkSettings,
  ...memorySettings,
  sequenceLength,
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
  readonly sequenceLength?: number;
  readonly numSteps: number;
  readonly minibatchSize: number;
  readonly discount: number;
  readonly normaliseObservation: boolean;
  readonly normaliseReward: boolean;
}

/** Everything that resuming needs, but what an algorithm adds. */
export interface SeparateState extends Rollouts {
  step: number;
  /** θ */
  readonly actor: Params<ActorParams>;
  /** φ */
  readonly critic: Params<CriticParams>;
  readonly criticOptimiser: optim.AdamState;
  /** Order of the samples. */
  readonly shuffleRandom: Random;
}

const adam = optim.adam({ epsilon: 1e-5 });

/**
 * Refuses shared layers, which a step measured in policies must not move.
 *
 * @throws ConfigError if policy and value function are to share layers
 */
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
  validateSequences(c);
}

/** First state of an algorithm whose policy and value function are trained apart. */
export function initSeparate(context: Context<SeparateConfig>): SeparateState {
  const { random } = context;
  const [actor, critic] = scope(() => {
    const tree = networksOf(context).init(random.fork("init"));
    return [Params.pack(tree.actor), Params.pack(tree.critic)] as const;
  });
  return {
    step: 0,
    actor,
    critic,
    criticOptimiser: adam.init(critic),
    ...startRollouts(context, context.config),
    shuffleRandom: random.fork("shuffle"),
  };
}

/** Both networks' parameters under the names of an actor-critic. */
export function treeOf({ actor, critic }: SeparateState): ActorCriticParams {
  return { actor: actor.tree, critic: critic.tree };
}

/** Fits V_φ to the targets R̂ by K epochs of minibatches of Adam. Returns a function of the samples, which gives the mean loss. */
export function criticFit(
  { config: c }: Context<{ readonly criticEpochs: number; readonly minibatchSize: number } & SeparateConfig>,
  networks: ActorCritic,
  state: SeparateState,
): (samples: Samples, learningRate: number) => number {
  const regression = { params: state.critic, optimiser: state.criticOptimiser };
  const fitStep = regressionStep(networks, adam);
  const drawMinibatches = minibatchesOf(c, c.criticEpochs, state.shuffleRandom);
  return (samples, learningRate) => {
    const losses: number[] = [];
    for (const rows of drawMinibatches()) {
      const loss = scope(() => {
        const at = (values: Tensor) => ops.gatherRows(values, rows);
        const { observations, target, sequences } =
          samples.recall === undefined
            ? { observations: at(samples.observations), target: at(samples.target), sequences: undefined }
            : take(samples, rows);
        const minibatch = { observations, target, sequences, step: state.step };
        return fitStep(regression, state.actor.tree, minibatch, learningRate);
      });
      losses.push(loss);
    }
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
}
