import { grad, type nn, ops, type Params, type Tensor } from "@advantage/engine";
import { type ActorParams, type ActorSpec, stateDependentVariance } from "./actor-critic.js";
import type { Distribution } from "./distribution.js";

/** A tangent or cotangent of a policy's distribution: one tensor [B, …] for each of its parameters, by name. */
export type PolicyTangent = Readonly<Record<string, Tensor>>;

/**
 * J = ∂(parameters of π_θ(·|s))/∂θ over a batch of states: the network's activations, computed once, for many products with J and Jᵀ.
 * The tensors live as long as the scope in which it was made.
 */
export interface ActorJacobian {
  /** J·v: how the distributions' parameters move where θ moves along v. */
  times(direction: ActorParams): PolicyTangent;
  /** Jᵀ·u, written into `product`. */
  transposeTimes(cotangent: PolicyTangent, product: Params<ActorParams>): void;
}

/** One dense layer as it acted on the batch. */
interface Layer {
  readonly params: nn.LinearParams;
  readonly input: Tensor; // [B, in]
  /** act′(z) [B, out]; null for none. */
  readonly slope: Tensor | null;
}

/**
 * Forward and reverse mode through the actor's dense layers. Differentiating the KL divergence twice gives the same products of the Fisher
 * matrix at more than twice the cost (`hessianVectorProduct` in the tests).
 *
 * @param observations  [B, observationSize]
 */
export function actorJacobian(
  { activation, actionSpace, stateDependentExploration }: ActorSpec,
  params: ActorParams,
  observations: Tensor,
): ActorJacobian {
  const layers: Layer[] = [];
  let features = observations;
  for (const layer of params.hidden as readonly nn.LinearParams[]) {
    const z = ops.linear(features, layer.weight, layer.bias);
    layers.push({ params: layer, input: features, slope: slopeOf(activation, z) });
    features = activationOf(activation)(z);
  }
  layers.push({ params: params.output, input: features, slope: null });

  const layersOf = (like: ActorParams) => [...(like.hidden as readonly nn.LinearParams[]), like.output];
  const deviation = deviationJacobian(params.logStd, features, stateDependentExploration);
  const output = actionSpace.kind === "box" ? "mean" : "logits";
  return {
    times(direction) {
      let tangent: Tensor | null = null; // the observations do not move
      for (const [i, { weight, bias }] of layersOf(direction).entries()) {
        const { params, input, slope } = layers[i];
        let z = ops.linear(input, weight, bias); // dz = h·dW + db + dh·W
        if (tangent !== null) z = ops.add(z, ops.matmul(tangent, params.weight));
        tangent = slope === null ? z : ops.mul(z, slope);
      }
      const moved = { [output]: tangent as Tensor };
      return direction.logStd === undefined ? moved : { ...moved, logStd: deviation.times(direction.logStd) };
    },
    transposeTimes(cotangent, { tree }) {
      let dy = cotangent[output];
      const products = layersOf(tree);
      for (let i = layers.length - 1; i >= 0; i--) {
        const { params, input, slope } = layers[i];
        const dz = slope === null ? dy : ops.mul(dy, slope);
        products[i].weight.data.set(ops.matmul(input, dz, { a: true }).data);
        products[i].bias.data.set(ops.sum(dz, 0).data);
        if (i > 0) dy = ops.matmul(dz, params.weight, { b: true });
      }
      if (tree.logStd !== undefined) tree.logStd.data.set(deviation.transposeTimes(cotangent.logStd).data);
    },
  };
}

/** ∂(ln σ of each row)/∂logStd: the identity, row by row, or the slope of the state-dependent deviation at constant features. */
function deviationJacobian(logStd: Tensor | undefined, features: Tensor, stateDependent: boolean) {
  if (logStd === undefined || !stateDependent) {
    return {
      times: (direction: Tensor) => ops.broadcastTo(direction, [features.shape[0], direction.size]),
      transposeTimes: (cotangent: Tensor) => ops.sum(cotangent, 0),
    };
  }
  // ln σᵢ = ½ ln Σⱼ hⱼ² exp(2·logStdⱼᵢ):  ∂/∂logStdⱼᵢ = hⱼ² exp(2·logStdⱼᵢ)/σᵢ²
  const squares = ops.square(features);
  const scale = ops.exp(ops.mul(logStd, 2));
  const variance = stateDependentVariance(features, logStd);
  return {
    times: (direction: Tensor) => ops.div(ops.matmul(squares, ops.mul(scale, direction)), variance),
    transposeTimes: (cotangent: Tensor) =>
      ops.mul(scale, ops.matmul(squares, ops.div(cotangent, variance), { a: true })),
  };
}

function activationOf(name: nn.ActivationName): (z: Tensor) => Tensor {
  return name === "none" ? (z) => z : ops[name];
}

/** act′(z). */
function slopeOf(name: nn.ActivationName, z: Tensor): Tensor | null {
  if (name === "none") return null;
  return grad((z) => ops.sum(activationOf(name)(z)))(z)[0];
}

/** ∂log π(a|s)/∂(parameters of π(·|s)) [B, …] of each sample. */
export function scoreOf(
  rebuild: (parameters: Readonly<Record<string, Tensor>>) => Distribution,
  parameters: Readonly<Record<string, Tensor>>,
  actions: Tensor,
): PolicyTangent {
  const names = Object.keys(parameters);
  const named = (tensors: readonly Tensor[]) => Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
  const logProb = (...inputs: Tensor[]) => ops.sum(rebuild(named(inputs)).logProb(actions));
  return named(grad(logProb)(...Object.values(parameters)));
}
