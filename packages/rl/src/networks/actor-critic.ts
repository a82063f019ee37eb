import { math, nn, ops, type Random, scope, type Tensor, type Tree } from "@advantage/engine";
import type { ActionBatch, Space } from "@advantage/envs";
import { type Cell, type Sequences, unroll } from "./cell.js";
import { bernoulli, categorical, type Distribution, diagonalGaussian, multiCategorical } from "./distribution.js";
import { cellOf, inputSizeOf, type MemorySpec } from "./memory.js";

/** A multi-layer perceptron on flattened observations; with a memory, on the last few of them or on what a recurrent cell makes of them. */
export interface NetworkSpec {
  /** Numbers of one observation. */
  readonly observationSize: number;
  /** None if left out. */
  readonly memory?: MemorySpec;
  readonly hiddenSizes: readonly number[];
  readonly activation: nn.ActivationName;
}

/**
 * Where σ of real-valued actions comes from: one number for each component, learned as a parameter; a second half of the network's outputs, σ_θ(s);
 * or a plan of the run's, which is not learned.
 */
export const stdSources = ["parameter", "state", "schedule"] as const;
export type StdSource = (typeof stdSources)[number];

/** Everything that determines an actor's structure; part of a policy file. */
export interface ActorSpec extends NetworkSpec {
  readonly actionSpace: Space;
  /** `parameter` if left out. Matters for Box actions only. */
  readonly std?: StdSource;
  /** Exploration noise that depends on the state through the last hidden layer (gSDE). Box actions only. */
  readonly stateDependentExploration: boolean;
}

export type ActorParams = {
  /** Of the recurrent cell in front of the hidden layers. */
  readonly memory?: nn.RecurrentParams;
  readonly hidden: readonly Tree[];
  /** Box actions whose σ is the network's: the means, and beside them what `boundedLogStd` makes ln σ(s) of [features, 2A]. */
  readonly output: nn.LinearParams;
  /** Box actions whose σ is not: ln σ [A], or [features, A] with state-dependent exploration. */
  readonly logStd?: Tensor;
};

export type CriticParams = {
  readonly memory?: nn.RecurrentParams;
  readonly hidden: readonly Tree[];
  readonly output: nn.LinearParams;
};

export interface Initialisation {
  /** Orthogonal weights with zero biases (gain √2 hidden, 0.01 for the policy's output, 1 for the value's), or PyTorch's defaults. */
  readonly orthogonal: boolean;
  /** First ln σ of Box actions. */
  readonly logStd: number;
}

const orthogonalFromZero: Initialisation = { orthogonal: true, logStd: 0 };

/** π_θ: hidden layers, then a linear layer that gives the distribution's parameters. */
export interface Actor {
  /** Numbers that it is given of each step: an observation, or a history of them. */
  readonly observationSize: number;
  readonly featureSize: number;
  /** Reads the observations in front of the hidden layers, which then see its outputs in their place. */
  readonly cell?: Cell;
  init(random: Random): ActorParams;
  /** The last hidden layer's values [B, features]; of observations or, with a cell, of its outputs. */
  features(params: ActorParams, observations: Tensor): Tensor;
  /** π_θ(·|s) from the features. */
  distribution(params: ActorParams, features: Tensor): Distribution;
}

export function actor(spec: ActorSpec, initialisation = orthogonalFromZero): Actor {
  const { actionSpace, std, stateDependentExploration } = spec;
  const outputs = outputSize(actionSpace);
  const { cell, hidden, featureSize } = layersOf(spec, initialisation);
  const output = nn.linear(featureSize, outputs, layerOptions(initialisation, 0.01));
  return {
    observationSize: inputSizeOf(spec.observationSize, spec.memory),
    featureSize,
    cell,
    init(random) {
      const layers = {
        ...memoryParams(cell, random),
        hidden: hidden.init(random.fork("hidden")),
        output: output.init(random.fork("output")),
      };
      if (actionSpace.kind !== "box") return layers;
      if (std === "state") return { ...layers, output: withLogStd(layers.output, initialisation.logStd) };
      const shape = stateDependentExploration ? [featureSize, outputs] : [outputs];
      return { ...layers, logStd: nn.constantValues(shape, initialisation.logStd) };
    },
    features: (params, observations) => hidden.apply(params.hidden, observations),
    distribution(params, features) {
      const y = output.apply(params.output, features);
      switch (actionSpace.kind) {
        case "discrete":
          return categorical(y);
        case "multiDiscrete":
          return multiCategorical(y, actionSpace.nvec);
        case "multiBinary":
          return bernoulli(y);
        default: {
          if (std === "state") {
            const raw = ops.slice(y, 1, outputs, 2 * outputs);
            return diagonalGaussian(ops.slice(y, 1, 0, outputs), boundedLogStd(raw));
          }
          const logStd = std === "schedule" ? ops.stopGradient(params.logStd!) : params.logStd!;
          return diagonalGaussian(y, stateDependentExploration ? stateDependentLogStd(features, logStd) : logStd);
        }
      }
    },
  };
}

/** Bounds of ln σ(s) as a network's output, which neither lets the noise die nor the divergences overflow: Yarats & Kostrikov 2020, `pytorch_sac`. */
export const logStdRange = { low: -5, high: 2 };
const [centre, half] = [(logStdRange.low + logStdRange.high) / 2, (logStdRange.high - logStdRange.low) / 2];

/** ln σ(s) = c + h·tanh((y − c)/h) of a network's output y: y itself in the middle of the range c ± h, and with a gradient everywhere. */
function boundedLogStd(y: Tensor): Tensor {
  return ops.add(ops.mul(ops.tanh(ops.div(ops.sub(y, centre), half)), half), centre);
}

/** d(ln σ)/dy = 1 − tanh²((y − c)/h). */
export function boundedLogStdSlope(y: Tensor): Tensor {
  return ops.sub(1, ops.square(ops.tanh(ops.div(ops.sub(y, centre), half))));
}

/** The layer of the means [features, A] with that of ln σ beside it [features, 2A], which starts as the same number in all states. */
function withLogStd({ weight, bias }: nn.LinearParams, logStd: number): nn.LinearParams {
  const z = (logStd - centre) / half;
  const start = centre + (half / 2) * (math.log1p(z) - math.log1p(-z)); // artanh
  return {
    weight: ops.concat([weight, nn.constantValues(weight.shape, 0)], 1),
    bias: ops.concat([bias, nn.constantValues(bias.shape, start)], 0),
  };
}

/**
 * ln σ(s) of state-dependent exploration: the noise is ε·h(s) with ε ~ N(0, diag exp(2·logStd)), so σᵢ²(s) = Σⱼ hⱼ² exp(2·logStdⱼᵢ).
 * The features get no gradient through it. Raffin et al. 2021 (arXiv:2005.05719), eq. 5.
 */
function stateDependentLogStd(features: Tensor, logStd: Tensor): Tensor {
  return ops.mul(ops.log(stateDependentVariance(features, logStd)), 0.5);
}

/** σ²(s) of state-dependent exploration [B, A], kept above 0. */
export function stateDependentVariance(features: Tensor, logStd: Tensor): Tensor {
  const variance = ops.matmul(ops.square(ops.stopGradient(features)), ops.exp(ops.mul(logStd, 2)));
  return ops.add(variance, 1e-6);
}

/** V_φ: hidden layers and one linear output. */
export interface Critic {
  readonly cell?: Cell;
  init(random: Random): CriticParams;
  /** V(s) [B], of observations, of the cell's outputs, or of the actor's features where the networks share their hidden layers. */
  value(params: CriticParams, inputs: Tensor): Tensor;
}

export function critic(spec: NetworkSpec, initialisation = orthogonalFromZero): Critic {
  const { cell, hidden, featureSize } = layersOf(spec, initialisation);
  const output = nn.linear(featureSize, 1, layerOptions(initialisation, 1));
  return {
    cell,
    init: (random) => ({
      ...memoryParams(cell, random),
      hidden: hidden.init(random.fork("hidden")),
      output: output.init(random.fork("output")),
    }),
    value(params, inputs) {
      const y = output.apply(params.output, hidden.apply(params.hidden, inputs));
      return ops.reshape(y, [y.size]);
    },
  };
}

export type ActorCriticParams = { readonly actor: ActorParams; readonly critic: CriticParams };

/**
 * π_θ and V_φ of one state; with recurrent cells, of what was seen until then: rows are `sequences`, and a state of both is the actor's numbers
 * beside the critic's, or the actor's alone where the critic shares its layers.
 */
export interface ActorCritic {
  readonly actor: Actor;
  /** Numbers that the cells remember of an episode; 0 without any. */
  readonly stateSize: number;
  init(random: Random): ActorCriticParams;
  /** π(·|s) and V(s) [B] of a batch of observations. */
  both(
    params: ActorCriticParams,
    observations: Tensor,
    sequences?: Sequences,
  ): { readonly pi: Distribution; readonly value: Tensor };
  /** V(s) [B]. */
  value(params: ActorCriticParams, observations: Tensor, sequences?: Sequences): Tensor;
  /** One step of both cells: the states [B × stateSize] after seeing the observations, and what the actor's hidden layers read of them. */
  remember(
    params: ActorCriticParams,
    observations: Tensor,
    states: Tensor,
  ): { readonly states: Tensor; readonly read: Tensor };
}

/** Actor and critic side by side or, `shared`, the critic as a second output on the actor's layers. */
export function actorCritic(
  spec: ActorSpec,
  { shared, ...initialisation }: Initialisation & { readonly shared: boolean },
): ActorCritic {
  const policy = actor(spec, initialisation);
  const onFeatures = { ...spec, observationSize: policy.featureSize, hiddenSizes: [], memory: undefined };
  const baseline = critic(shared ? onFeatures : spec, initialisation);
  const actorSize = policy.cell?.stateSize ?? 0;
  const stateSize = actorSize + (baseline.cell?.stateSize ?? 0);

  const actorStates = (states: Tensor) => (shared ? states : ops.slice(states, 1, 0, actorSize));
  const criticStates = (states: Tensor) => ops.slice(states, 1, actorSize, stateSize);

  const features = ({ actor }: ActorCriticParams, observations: Tensor, sequences?: Sequences) =>
    policy.features(actor, inputs(policy.cell, actor, observations, sequences, actorStates));
  const ownValue = ({ critic }: ActorCriticParams, observations: Tensor, sequences?: Sequences) =>
    baseline.value(critic, inputs(baseline.cell, critic, observations, sequences, criticStates));

  return {
    actor: policy,
    stateSize,
    init: (random) => ({ actor: policy.init(random.fork("actor")), critic: baseline.init(random.fork("critic")) }),
    both(params, observations, sequences) {
      const last = features(params, observations, sequences);
      return {
        pi: policy.distribution(params.actor, last),
        value: shared ? baseline.value(params.critic, last) : ownValue(params, observations, sequences),
      };
    },
    value: (params, observations, sequences) =>
      shared
        ? baseline.value(params.critic, features(params, observations, sequences))
        : ownValue(params, observations, sequences),
    remember(params, observations, states) {
      if (policy.cell === undefined) throw new Error("networks without a recurrent cell remember nothing");
      const next = policy.cell.step(params.actor.memory!, observations, actorStates(states));
      const read = policy.cell.output(next);
      if (baseline.cell === undefined) return { states: next, read };
      const nextOfCritic = baseline.cell.step(params.critic.memory!, observations, criticStates(states));
      return { states: ops.concat([next, nextOfCritic], 1), read };
    },
  };
}

/**
 * π_θ(·|s) of a batch of observations; with a recurrent cell, of what was seen until then: rows are `sequences`, the actor's numbers the first of
 * their states.
 */
export function policyAt(actor: Actor, params: ActorParams, observations: Tensor, sequences?: Sequences): Distribution {
  const own = (states: Tensor) =>
    actor.cell === undefined || states.shape[1] === actor.cell.stateSize
      ? states
      : ops.slice(states, 1, 0, actor.cell.stateSize);
  return actor.distribution(params, actor.features(params, inputs(actor.cell, params, observations, sequences, own)));
}

/** What hidden layers read: the observations, or what the cell in front of them gives along the sequences. */
function inputs(
  cell: Cell | undefined,
  { memory }: { readonly memory?: nn.RecurrentParams },
  observations: Tensor,
  sequences: Sequences | undefined,
  own: (states: Tensor) => Tensor,
): Tensor {
  if (cell === undefined) return observations;
  if (sequences === undefined) throw new Error("networks with a recurrent cell need the sequences that their rows are");
  return unroll(cell, memory!, observations, sequences, own(sequences.states));
}

/** The cell and the hidden layers of a network, and the width of the last. */
function layersOf(spec: NetworkSpec, initialisation: Initialisation) {
  const cell = cellOf(spec.observationSize, spec.memory);
  const inputs = cell?.size ?? inputSizeOf(spec.observationSize, spec.memory);
  const { hiddenSizes } = spec;
  return {
    cell,
    hidden: hiddenLayers(inputs, spec, initialisation),
    featureSize: hiddenSizes[hiddenSizes.length - 1] ?? inputs,
  };
}

function memoryParams(cell: Cell | undefined, random: Random): { memory?: nn.RecurrentParams } {
  return cell === undefined ? {} : { memory: cell.init(random.fork("memory")) };
}

function layerOptions({ orthogonal }: Initialisation, gain: number): nn.LinearOptions {
  return orthogonal ? { weight: nn.orthogonal(gain), bias: 0 } : {};
}

function hiddenLayers(inputs: number, { hiddenSizes, activation }: NetworkSpec, initialisation: Initialisation) {
  const sizes = [inputs, ...hiddenSizes];
  const options = { activation, ...layerOptions(initialisation, Math.SQRT2) };
  return nn.sequential(...hiddenSizes.map((size, i) => nn.linear(sizes[i], size, options)));
}

function outputSize(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return space.n;
    case "multiDiscrete":
      return space.nvec.reduce((total, size) => total + size, 0);
    case "multiBinary":
      return space.n;
    case "box":
      return space.size;
    case "dict":
      throw new TypeError(
        "a policy cannot act in a dict space; use a discrete, multi-discrete, multi-binary or box space",
      );
  }
}

/** Actions for a batch of observations [B, size], sampled from `random` or, with null, the mode; as the network gives them. */
export function actWith(
  network: Actor,
  params: ActorParams,
  observations: Tensor,
  actions: ActionBatch,
  random: Random | null,
): void {
  scope(() => {
    const distribution = network.distribution(params, network.features(params, observations));
    if (random === null) distribution.mode(actions);
    else distribution.sample(random, actions);
  });
}
