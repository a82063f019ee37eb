import { hold, math, Params, scope, type Tensor, tensor } from "@advantage/engine";
import { describeSpace, flatSize, type SpaceKind, type VectorEnv } from "@advantage/envs";
import {
  type BaseConfig,
  ConfigError,
  type Context,
  choice,
  flag,
  int,
  type Metric,
  optional,
  type Policy,
  real,
  type Schedule,
  schedule,
  scheduleAt,
  sizes,
} from "../../core/index.js";
import { type TrainingEnv, withHistory } from "../../data/index.js";
import { standardise } from "../../maths/index.js";
import {
  type ActorCritic,
  type ActorCriticParams,
  type ActorParams,
  type ActorSpec,
  actorCriticNetworks,
  EpisodeMemory,
  inputSizeOf,
  logStdRange,
  type MemorySpec,
  type QNetwork,
  qNetwork,
  type StdSource,
  stdSources,
} from "../../networks/index.js";
import { actorPolicy } from "../../policies/index.js";

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
  std: choice(stdSources, {
    default: "parameter",
    help: "the standard deviation of continuous actions: one learned number for each component, an output of the network for each state, or stdSchedule",
  }),
  logStdInit: real({ default: 0, symbol: "ln σ₀", help: "first log standard deviation of continuous actions" }),
  stdSchedule: schedule({
    default: { from: 1, to: 0.1 },
    above: 0,
    symbol: "σ",
    help: "standard deviation of continuous actions over the run, not learned (std schedule)",
  }),
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

/** Settings of policies that remember, for environments whose observations do not tell the whole state. */
export const memorySettings = {
  memory: choice(["none", "history", "gru", "lstm"], {
    default: "none",
    help: "what policy and value know of the past: nothing, the last observations, or the state of a recurrent cell",
  }),
  historyActions: flag({
    default: false,
    help: "each observation of the history with the action that led to it, the first with none (memory history)",
  }),
  historyLength: int({ default: 4, min: 1, symbol: "k", help: "observations stacked (memory history)" }),
  memorySize: int({ default: 64, min: 1, help: "hidden units of each cell (memory gru, lstm)" }),
};

/** A config with `networkSettings`. */
export interface NetworkConfig extends BaseConfig {
  readonly numEnvs: number;
  readonly hiddenSizes: readonly number[];
  readonly activation: ActorSpec["activation"];
  readonly orthogonalInit: boolean;
  readonly logStdInit: number;
  /** `parameter` if left out, and with it the schedule. */
  readonly std?: StdSource;
  readonly stdSchedule?: Schedule;
  /** False if left out. */
  readonly sharedNetwork?: boolean;
  /** False if left out. */
  readonly stateDependentExploration?: boolean;
  /** None if left out, and with it the settings of memories. */
  readonly memory?: "none" | MemorySpec["kind"];
  readonly historyLength?: number;
  readonly historyActions?: boolean;
  readonly memorySize?: number;
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
    range: { below: 0 },
  },
  learningRate: { meaning: "step size now", healthy: "as scheduled" },
  std: {
    meaning: "mean standard deviation of the rollout's continuous actions",
    healthy: "falls slowly from its start",
  },
} satisfies Record<string, Metric>;

function memorySpec({ config, env }: Context<NetworkConfig>): MemorySpec | undefined {
  const { memory, historyLength = 1, historyActions = false, memorySize = 1 } = config;
  if (memory === undefined || memory === "none") return undefined;
  if (memory !== "history") return { kind: memory, size: memorySize };
  return { kind: memory, length: historyLength, ...(historyActions ? { actionSize: flatSize(env.actionSpace) } : {}) };
}

/** Structure of the policy network that a config asks for, on this environment. */
export function actorSpec(context: Context<NetworkConfig>): ActorSpec {
  const { config: c, env } = context;
  const memory = memorySpec(context);
  return {
    observationSize: flatSize(env.observationSpace),
    ...(memory === undefined ? {} : { memory }),
    actionSpace: env.actionSpace,
    hiddenSizes: c.hiddenSizes,
    activation: c.activation,
    ...(c.std === undefined || c.std === "parameter" ? {} : { std: c.std }),
    stateDependentExploration: c.stateDependentExploration ?? false,
  };
}

/** Networks π_θ and V_φ that a config asks for, without parameters: `init` makes those. */
export function networksOf(context: Context<NetworkConfig>): ActorCritic {
  const { orthogonalInit: orthogonal, logStdInit, sharedNetwork: shared = false } = context.config;
  return actorCriticNetworks(actorSpec(context), {
    shared,
    orthogonal,
    logStd: scheduledLogStd(context, 0) ?? logStdInit,
  });
}

/** Q(s, a) as wide and deep as the actor, with parameters of its own. */
export function qNetworkOf(context: Context<NetworkConfig>): QNetwork {
  return qNetwork(actorSpec(context), context.env.actionSpace, {
    orthogonal: context.config.orthogonalInit,
    logStd: 0,
  });
}

/** ln σ of the schedule after so many steps of the run; undefined where σ has none. */
function scheduledLogStd({ config: c }: Context<NetworkConfig>, step: number): number | undefined {
  if (c.std !== "schedule" || c.stdSchedule === undefined) return undefined;
  return math.log(scheduleAt(c.stdSchedule, Math.min(step / c.totalSteps, 1)));
}

/** Gives the policy the σ that its schedule has after so many steps, where it has one; before each rollout. */
export function moveStd(context: Context<NetworkConfig>, { logStd }: ActorParams, step: number): void {
  const now = scheduledLogStd(context, step);
  if (now !== undefined) logStd?.data.fill(now);
}

/** The environments as the networks see them: observations stacked where the last few are the memory. */
export function vectorOf(context: Context<NetworkConfig>, numEnvs = context.config.numEnvs, first?: number): VectorEnv {
  const { env } = context;
  const vector = first === undefined ? env.vector(numEnvs) : env.vector(numEnvs, first);
  const memory = memorySpec(context);
  return memory?.kind === "history" ? withHistory(vector, memory.length, memory.actionSize) : vector;
}

/** Numbers that the networks are given of each step of an environment. */
export function inputSize(context: Context<NetworkConfig>): number {
  return inputSizeOf(flatSize(context.env.observationSpace), memorySpec(context));
}

/** Whether observations are read by recurrent cells. */
export function isRecurrent({ memory }: Pick<NetworkConfig, "memory">): boolean {
  return memory === "gru" || memory === "lstm";
}

/** What networks with recurrent cells remember of each environment's episode, as part of a training state; nothing without cells. */
export function memoryState(
  context: Context<NetworkConfig>,
  numEnvs = context.config.numEnvs,
): { readonly memory?: EpisodeMemory } {
  if (!isRecurrent(context.config)) return {};
  return { memory: new EpisodeMemory(numEnvs, networksOf(context).stateSize) };
}

/** One step of the cells in all environments: gives what the actor's hidden layers read, and moves the memory on. */
export function rememberer(
  networks: ActorCritic,
  { params, memory }: { readonly params: ActorCriticTree; readonly memory?: EpisodeMemory },
): ((observations: Tensor) => Tensor) | undefined {
  if (memory === undefined) return undefined;
  return (observations) => {
    const before = tensor(memory.state, [memory.count, memory.size]);
    const { states, read } = networks.remember(params.tree, observations, before);
    memory.state.set(states.data);
    memory.fresh.fill(0);
    return read;
  };
}

/** Refuses deviations of actions that have none, and state-dependent exploration where there is nothing for it to depend on. */
export function validateNetworks({ config: c, env }: Context<NetworkConfig>): void {
  if (c.std === "state" || c.std === "schedule") validateStd(c, env);
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

function validateStd(c: NetworkConfig, { id, actionSpace }: Context<NetworkConfig>["env"]): void {
  if (actionSpace.kind !== "box") {
    throw new ConfigError([
      `std must be parameter without real-valued (box) actions, got ${c.std}: ${id} has ${describeSpace(actionSpace)}; leave it out`,
    ]);
  }
  if (c.stateDependentExploration) {
    throw new ConfigError([
      `std must be parameter with stateDependentExploration, got ${c.std}: that noise has a deviation of its own in each state; leave one of them out`,
    ]);
  }
  const { low, high } = logStdRange;
  if (c.std === "state" && !(c.logStdInit > low && c.logStdInit < high)) {
    throw new ConfigError([
      `logStdInit must be in (${low}, ${high}) with std state, the range of the network's ln σ, got ${c.logStdInit}`,
    ]);
  }
}

/** Both networks in one set of parameters, or in two. */
export type ActorCriticTree = Pick<Params<ActorCriticParams>, "tree">;

/** The actor as it is now, with the statistics that its observations are normalised by. */
export function trainedPolicy(
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

/**
 * V(s) as the critic says now, in the rewards that it learns from: scaled ones with `normaliseReward`. Nothing with a memory: the value is then
 * that of a history, and one observation has none.
 */
export function stateValuesOf(
  context: Context<NetworkConfig>,
  { params, env }: { readonly params: ActorCriticTree; readonly env: TrainingEnv },
): ((observations: Float32Array, count: number) => Float32Array) | undefined {
  if (memorySpec(context) !== undefined) return undefined;
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
