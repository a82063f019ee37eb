import { hold, Params, scope } from "@advantage/engine";
import { describeSpace, flatSize, type SpaceKind } from "@advantage/envs";
import type { BaseConfig, Context, Metric } from "../../core/algorithm.js";
import { ConfigError } from "../../core/errors.js";
import type { Policy } from "../../core/policy.js";
import { choice, flag, int, optional, real, sizes } from "../../core/schema.js";
import type { TrainingEnv } from "../../data/training-env.js";
import { type ActorCritic, type ActorCriticParams, type ActorSpec, actorCritic } from "../../policies/actor-critic.js";
import { actorPolicy } from "../../policies/actor-policy.js";
import { standardise } from "../../policies/normaliser.js";

/** What the on-policy actor-critic algorithms have in common around their loops: settings of the networks, metrics, the policy. */

/** The spaces that these algorithms can use. */
export const actorCriticKinds: {
  readonly observationKinds: readonly SpaceKind[];
  readonly actionKinds: readonly SpaceKind[];
} = {
  observationKinds: ["box", "discrete", "multiDiscrete", "multiBinary", "dict"],
  actionKinds: ["discrete", "multiDiscrete", "multiBinary", "box"],
};

/** Settings of the networks, of exploration and of normalisation. */
export const networkSettings = {
  hiddenSizes: sizes({ default: [64, 64], help: "widths of the hidden layers" }),
  activation: choice(["tanh", "relu", "elu", "gelu", "silu"], {
    default: "tanh",
    help: "activation of the hidden layers",
  }),
  sharedNetwork: flag({ default: false, help: "policy and value share their hidden layers" }),
  orthogonalInit: flag({ default: true, help: "start from orthogonal weights; otherwise PyTorch's uniform ones" }),
  logStdInit: real({ default: 0, symbol: "ln σ₀", help: "first log standard deviation of continuous actions" }),
  stateDependentExploration: flag({
    default: false,
    help: "exploration noise as a function of the state (gSDE), continuous actions only",
  }),
  noiseEvery: optional(int({ min: 1, help: "steps between new noise functions of gSDE; absent: once per rollout" })),
  normaliseObservation: flag({
    default: false,
    help: "standardise observations by running statistics, which travel with the policy",
  }),
  normaliseReward: flag({ default: false, help: "scale rewards by the running deviation of the discounted return" }),
};

const { sharedNetwork: _shared, stateDependentExploration: _noise, noiseEvery: _every, ...plain } = networkSettings;

/** The settings of algorithms whose networks are separate and whose actions are always drawn from the policy itself. */
export const plainNetworkSettings = plain;

/** A config with `networkSettings`. */
export interface NetworkConfig extends BaseConfig {
  readonly numEnvs: number;
  readonly hiddenSizes: readonly number[];
  readonly activation: ActorSpec["activation"];
  readonly orthogonalInit: boolean;
  readonly logStdInit: number;
  /** False if left out. */
  readonly sharedNetwork?: boolean;
  /** False if left out. */
  readonly stateDependentExploration?: boolean;
}

/** What all of them log. */
export const actorCriticMetrics = {
  policyLoss: { meaning: "surrogate objective, sign turned", healthy: "small, around 0, noisy" },
  valueLoss: {
    meaning: "squared error of the value predictions",
    healthy: "falls, or grows with the returns and levels off",
  },
  entropy: {
    meaning: "mean entropy of the policy in nats",
    healthy: "falls slowly; near 0 early means that exploration died",
  },
  gradNorm: {
    meaning: "global norm of the gradient before clipping",
    healthy: "steady; peaks are cut to maxGradNorm",
  },
  explainedVariance: {
    meaning: "share of the returns' variance that the value function predicts; absent where all returns are equal",
    healthy: "rises towards 1; below 0 is worse than a constant",
  },
  learningRate: { meaning: "step size now", healthy: "as scheduled" },
  std: {
    meaning: "mean standard deviation of the rollout's continuous actions",
    healthy: "falls slowly from its start",
  },
} satisfies Record<string, Metric>;

export function actorSpec({ config: c, env }: Context<NetworkConfig>): ActorSpec {
  return {
    observationSize: flatSize(env.observationSpace),
    actionSpace: env.actionSpace,
    hiddenSizes: c.hiddenSizes,
    activation: c.activation,
    stateDependentExploration: c.stateDependentExploration ?? false,
  };
}

export function networksOf(context: Context<NetworkConfig>): ActorCritic {
  const { orthogonalInit: orthogonal, logStdInit: logStd, sharedNetwork: shared = false } = context.config;
  return actorCritic(actorSpec(context), { shared, orthogonal, logStd });
}

/** Refuses state-dependent exploration where there is nothing for it to depend on. */
export function validateNetworks({ config: c, env }: Context<NetworkConfig>): void {
  if (!c.stateDependentExploration) return;
  if (env.actionSpace.kind !== "box") {
    throw new ConfigError([
      `stateDependentExploration needs real-valued (box) actions, ${env.id} has ${describeSpace(env.actionSpace)}; leave it off`,
    ]);
  }
  if (c.hiddenSizes.length === 0) {
    throw new ConfigError(["stateDependentExploration needs at least one hidden layer, got hiddenSizes = none"]);
  }
}

/** Both networks in one set of parameters, or in two. */
export type ActorCriticTree = Pick<Params<ActorCriticParams>, "tree">;

/** The actor as it is now, with the statistics that its observations are normalised by. */
export function policyOf(
  algorithm: string,
  context: Context<NetworkConfig>,
  { params, env }: { readonly params: ActorCriticTree; readonly env: TrainingEnv },
): Policy {
  return actorPolicy({
    algorithm,
    environment: context.env.id,
    observationSpace: context.env.observationSpace,
    spec: actorSpec(context),
    params: Params.pack(params.tree.actor),
    normaliser: env.frozenNormaliser(),
  });
}

/** V(s) as the critic says now, in the rewards that it learns from: scaled ones with `normaliseReward`. */
export function stateValuesOf(
  context: Context<NetworkConfig>,
  { params, env }: { readonly params: ActorCriticTree; readonly env: TrainingEnv },
): (observations: Float32Array, count: number) => Float32Array {
  const networks = networksOf(context);
  const normaliser = env.frozenNormaliser();
  return (observations, count) => {
    const input = hold([count, flatSize(context.env.observationSpace)]);
    if (normaliser === null) input.data.set(observations);
    else standardise(observations, input.data, count, normaliser);
    const values = new Float32Array(count);
    scope(() => values.set(networks.value(params.tree, input).data));
    return values;
  };
}
