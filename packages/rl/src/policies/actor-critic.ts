import { nn, ops, type Random, type Tensor, type Tree } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { bernoulli, categorical, type Distribution, diagonalGaussian, multiCategorical } from "./distribution.js";

/** A multi-layer perceptron on flattened observations. */
export interface NetworkSpec {
  readonly observationSize: number;
  readonly hiddenSizes: readonly number[];
  readonly activation: nn.ActivationName;
}

/** Everything that determines an actor's structure; part of a policy file. */
export interface ActorSpec extends NetworkSpec {
  readonly actionSpace: Space;
  /** Exploration noise that depends on the state through the last hidden layer (gSDE). Box actions only. */
  readonly stateDependentExploration: boolean;
}

export type ActorParams = {
  readonly hidden: readonly Tree[];
  readonly output: nn.LinearParams;
  /** Box actions: ln σ [A], or [features, A] with state-dependent exploration. */
  readonly logStd?: Tensor;
};

export type CriticParams = { readonly hidden: readonly Tree[]; readonly output: nn.LinearParams };

export interface Initialisation {
  /** Orthogonal weights with zero biases (gain √2 hidden, 0.01 for the policy's output, 1 for the value's), or PyTorch's defaults. */
  readonly orthogonal: boolean;
  /** First ln σ of Box actions. */
  readonly logStd: number;
}

const orthogonalFromZero: Initialisation = { orthogonal: true, logStd: 0 };

/** π_θ: hidden layers, then a linear layer that gives the distribution's parameters. */
export interface Actor {
  readonly observationSize: number;
  readonly featureSize: number;
  init(random: Random): ActorParams;
  /** The last hidden layer's values [B, features]. */
  features(params: ActorParams, observations: Tensor): Tensor;
  /** π_θ(·|s) from the features. */
  distribution(params: ActorParams, features: Tensor): Distribution;
}

export function actor(spec: ActorSpec, initialisation = orthogonalFromZero): Actor {
  const { actionSpace, stateDependentExploration } = spec;
  const outputs = outputSize(actionSpace);
  const featureSize = spec.hiddenSizes[spec.hiddenSizes.length - 1] ?? spec.observationSize;
  const hidden = hiddenLayers(spec, initialisation);
  const output = nn.linear(featureSize, outputs, layerOptions(initialisation, 0.01));
  return {
    observationSize: spec.observationSize,
    featureSize,
    init(random) {
      const layers = { hidden: hidden.init(random.fork("hidden")), output: output.init(random.fork("output")) };
      if (actionSpace.kind !== "box") return layers;
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
          const logStd = params.logStd!;
          return diagonalGaussian(y, stateDependentExploration ? stateDependentLogStd(features, logStd) : logStd);
        }
      }
    },
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
  init(random: Random): CriticParams;
  /** V(s) [B], of observations, or of the actor's features where the networks share their hidden layers. */
  value(params: CriticParams, inputs: Tensor): Tensor;
}

export function critic(spec: NetworkSpec, initialisation = orthogonalFromZero): Critic {
  const featureSize = spec.hiddenSizes[spec.hiddenSizes.length - 1] ?? spec.observationSize;
  const hidden = hiddenLayers(spec, initialisation);
  const output = nn.linear(featureSize, 1, layerOptions(initialisation, 1));
  return {
    init: (random) => ({ hidden: hidden.init(random.fork("hidden")), output: output.init(random.fork("output")) }),
    value(params, inputs) {
      const y = output.apply(params.output, hidden.apply(params.hidden, inputs));
      return ops.reshape(y, [y.size]);
    },
  };
}

export type ActorCriticParams = { readonly actor: ActorParams; readonly critic: CriticParams };

/** π_θ and V_φ of one state. */
export interface ActorCritic {
  readonly actor: Actor;
  init(random: Random): ActorCriticParams;
  /** π(·|s) and V(s) [B] of a batch of observations. */
  both(params: ActorCriticParams, observations: Tensor): { pi: Distribution; value: Tensor };
  /** V(s) [B]. */
  value(params: ActorCriticParams, observations: Tensor): Tensor;
}

/** Actor and critic side by side or, `shared`, the critic as a second output on the actor's hidden layers. */
export function actorCritic(
  spec: ActorSpec,
  { shared, ...initialisation }: Initialisation & { readonly shared: boolean },
): ActorCritic {
  const policy = actor(spec, initialisation);
  const onFeatures = { ...spec, observationSize: policy.featureSize, hiddenSizes: [] };
  const baseline = critic(shared ? onFeatures : spec, initialisation);
  return {
    actor: policy,
    init: (random) => ({ actor: policy.init(random.fork("actor")), critic: baseline.init(random.fork("critic")) }),
    both(params, observations) {
      const features = policy.features(params.actor, observations);
      return {
        pi: policy.distribution(params.actor, features),
        value: baseline.value(params.critic, shared ? features : observations),
      };
    },
    value: (params, observations) =>
      baseline.value(params.critic, shared ? policy.features(params.actor, observations) : observations),
  };
}

function layerOptions({ orthogonal }: Initialisation, gain: number): nn.LinearOptions {
  return orthogonal ? { weight: nn.orthogonal(gain), bias: 0 } : {};
}

function hiddenLayers({ observationSize, hiddenSizes, activation }: NetworkSpec, initialisation: Initialisation) {
  const sizes = [observationSize, ...hiddenSizes];
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
