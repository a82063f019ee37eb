import { math, nn, ops, type Random, type Shapes, scope, type Tensor, TensorShape } from "@advantage/engine";
import { type ActionBatch, flatSize, type Space } from "@advantage/envs";
import { type Sequences, sequenceOutputs } from "./cell.js";
import { bernoulli, categorical, type Distribution, diagonalGaussian, multiCategorical } from "./distribution.js";
import {
  type Encoder,
  type EncoderParams,
  type EncoderSpec,
  encoder,
  type Initialisation,
  layerOptions,
  orthogonalFromZero,
} from "./encoder.js";

/**
 * Where σ of real-valued actions comes from: one number for each component, learned as a parameter; a second half of the network's outputs, σ_θ(s);
 * or a plan of the run's, which is not learned.
 */
export const stdSources = ["parameter", "state", "schedule"] as const;

/** Where σ of real-valued actions comes from: a parameter of its own, an output of the network, or a schedule. */
export type StdSource = (typeof stdSources)[number];

/** Everything that determines an actor's structure; part of a policy file. */
export interface ActorSpec extends EncoderSpec {
  readonly actionSpace: Space;
  /** `parameter` if left out. Matters for Box actions only. */
  readonly std?: StdSource;
  /** Exploration noise that depends on the state through the last hidden layer (gSDE). Box actions only. */
  readonly stateDependentExploration: boolean;
}

/** Parameters θ of a policy network. */
export type ActorParams = EncoderParams & {
  /** The last layer; for Box actions whose σ is the network's, the means and beside them what `boundedLogStd` makes ln σ(s) of [features, 2A]. */
  readonly output: nn.LinearParams;
  /** ln σ [A] of Box actions whose σ is not the network's, or [features, A] with state-dependent exploration. */
  readonly logStd?: Tensor;
};

/** π_θ: an encoder, then a linear layer that gives the distribution's parameters. */
export interface Actor extends Omit<Encoder, "init"> {
  init(random: Random): ActorParams;
  /** π_θ(·|s) from the features. */
  distribution(params: ActorParams, features: Tensor): Distribution;
}

/**
 * A policy network: an encoder, and a head for its action space.
 *
 * @param spec            structure: observation size, layers, cell, action space
 * @param initialisation  first values; orthogonal from ln σ = 0 unless given
 */
export function actor(spec: ActorSpec, initialisation = orthogonalFromZero): Actor {
  const body = encoder(spec, initialisation);
  const head = policyHead(spec, body.featureSize, initialisation);
  return {
    ...body,
    shapes: () => ({ ...body.shapes(), ...head.shapes() }),
    init: (random) => ({ ...body.init(random), ...head.init(random) }),
    distribution: head.distribution,
  };
}

type HeadParams = Pick<ActorParams, "output" | "logStd">;

/** The last layer of a policy, from features [B, features] to a distribution over the action space. */
interface PolicyHead {
  shapes(): { readonly [name: string]: Shapes };
  init(random: Random): HeadParams;
  distribution(params: HeadParams, features: Tensor): Distribution;
}

function policyHead(spec: ActorSpec, featureSize: number, initialisation: Initialisation): PolicyHead {
  const { actionSpace } = spec;
  if (actionSpace.kind === "box") return gaussianHead(spec, featureSize, actionSpace.size, initialisation);
  const output = nn.linear(featureSize, flatSize(actionSpace), layerOptions(initialisation.orthogonal, 0.01));
  const logits = ({ output: own }: HeadParams, features: Tensor) => output.apply(own, features);
  const parts = {
    shapes: () => ({ output: output.shapes() }),
    init: (random: Random) => ({ output: output.init(random.fork("output")) }),
  };
  switch (actionSpace.kind) {
    case "discrete":
      return { ...parts, distribution: (params, features) => categorical(logits(params, features)) };
    case "multiDiscrete":
      return {
        ...parts,
        distribution: (params, features) => multiCategorical(logits(params, features), actionSpace.nvec),
      };
    case "multiBinary":
      return { ...parts, distribution: (params, features) => bernoulli(logits(params, features)) };
    case "dict":
      throw new TypeError(
        "a policy cannot act in a dict space; use a discrete, multi-discrete, multi-binary or box space",
      );
  }
}

/** N(μ_θ(s), σ²) with σ as the spec says. */
function gaussianHead(
  { std, stateDependentExploration }: ActorSpec,
  featureSize: number,
  size: number,
  { orthogonal, logStd }: Initialisation,
): PolicyHead {
  const means = nn.linear(featureSize, size, layerOptions(orthogonal, 0.01));
  if (std === "state") {
    const outputs = nn.linear(featureSize, 2 * size);
    return {
      shapes: () => ({ output: outputs.shapes() }),
      init: (random) => ({ output: withLogStd(means.init(random.fork("output")), logStd) }),
      distribution({ output }, features) {
        const y = outputs.apply(output, features);
        return diagonalGaussian(ops.slice(y, 1, 0, size), boundedLogStd(ops.slice(y, 1, size, 2 * size)));
      },
    };
  }
  const dims = stateDependentExploration ? [featureSize, size] : [size];
  return {
    shapes: () => ({ output: means.shapes(), logStd: new TensorShape(dims) }),
    init: (random) => ({ output: means.init(random.fork("output")), logStd: nn.constantValues(dims, logStd) }),
    distribution({ output, logStd: own }, features) {
      const y = means.apply(output, features);
      const values = std === "schedule" ? ops.stopGradient(own!) : own!;
      return diagonalGaussian(y, stateDependentExploration ? stateDependentLogStd(features, values) : values);
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

/**
 * π_θ(·|s) of a batch of observations; with a recurrent cell, of what was seen until then: rows are `sequences`, the actor's numbers the first of
 * their states.
 */
export function policyAt(actor: Actor, params: ActorParams, observations: Tensor, sequences?: Sequences): Distribution {
  const own = (states: Tensor) =>
    actor.cell === undefined || states.shape[1] === actor.cell.stateSize
      ? states
      : ops.slice(states, 1, 0, actor.cell.stateSize);
  return actor.distribution(
    params,
    actor.features(params, sequenceOutputs(actor.cell, params, observations, sequences, own)),
  );
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
