import { grad, type nn, ops, type Params, type Tensor, tensor } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { type ActorParams, type ActorSpec, stateDependentVariance } from "./actor-critic.js";
import type { Distribution } from "./distribution.js";

/** A tangent or cotangent of a policy's distribution: one tensor [B, …] for each of its parameters, by name. */
export type PolicyTangent = Readonly<Record<string, Tensor>>;

/**
 * J = ∂(parameters of π_θ(·|s))/∂θ over a batch of states: the network's activations, computed once, for many products with J and Jᵀ.
 * The logits of a two-way choice matter by their difference alone: there both products leave their mean out.
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

/** The same for the network alone, from its dense layers to its outputs [B, outputs]. */
interface NetworkJacobian {
  times(direction: readonly nn.LinearParams[]): Tensor;
  transposeTimes(cotangent: Tensor, product: readonly nn.LinearParams[]): void;
}

/**
 * Differentiating the KL divergence twice gives the same products of the Fisher matrix at more than twice the cost (`hessianVectorProduct` in
 * the tests).
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
    const { y, slope } = activated(activation, ops.linear(features, layer.weight, layer.bias));
    layers.push({ params: layer, input: features, slope });
    features = y;
  }
  layers.push({ params: params.output, input: features, slope: null });

  const layersOf = (like: ActorParams) => [...(like.hidden as readonly nn.LinearParams[]), like.output];
  const combination = onlyCombination(actionSpace, params.output.bias.size);
  const network = combination === null ? layerwise(layers) : ofOneOutput(layers, combination);
  const deviation = deviationJacobian(params.logStd, features, stateDependentExploration);
  const output = actionSpace.kind === "box" ? "mean" : "logits";
  return {
    times(direction) {
      const moved = { [output]: network.times(layersOf(direction)) };
      return direction.logStd === undefined ? moved : { ...moved, logStd: deviation.times(direction.logStd) };
    },
    transposeTimes(cotangent, { tree }) {
      network.transposeTimes(cotangent[output], layersOf(tree));
      if (tree.logStd !== undefined) tree.logStd.data.set(deviation.transposeTimes(cotangent.logStd).data);
    },
  };
}

/** The one combination of the outputs that the distribution depends on, as their coefficients; null where there are several. */
function onlyCombination({ kind }: Space, outputs: number): readonly number[] | null {
  if (outputs === 1) return [1];
  return outputs === 2 && (kind === "discrete" || kind === "multiDiscrete") ? [-1, 1] : null;
}

/** Forward and reverse mode, layer by layer. */
function layerwise(layers: readonly Layer[]): NetworkJacobian {
  return {
    times(direction) {
      let tangent: Tensor | null = null; // the observations do not move
      for (const [i, { weight, bias }] of direction.entries()) {
        const { params, input, slope } = layers[i];
        let z = ops.linear(input, weight, bias); // dz = h·dW + db + dh·W
        if (tangent !== null) z = ops.add(z, ops.matmul(tangent, params.weight));
        tangent = slope === null ? z : ops.mul(z, slope);
      }
      return tangent as Tensor;
    },
    transposeTimes(cotangent, product) {
      let dy = cotangent;
      for (let i = layers.length - 1; i >= 0; i--) {
        const { params, input, slope } = layers[i];
        const dz = slope === null ? dy : ops.mul(dy, slope);
        product[i].weight.data.set(ops.matmul(input, dz, { a: true }).data);
        product[i].bias.data.set(ops.sum(dz, 0).data);
        if (i > 0) dy = ops.matmul(dz, params.weight, { b: true });
      }
    },
  };
}

/**
 * One output u for each state: its derivatives δ = ∂u/∂z by every layer's z = h·W + b are fixed, and with them a product is half the work,
 * one matrix product a layer:
 *
 *     J v = Σ ⟨δ, h·dW + db⟩,   Jᵀ w = (hᵀ (w∘δ), δᵀ w) in each layer,   row by row of the batch.
 *
 * @param combination  the coefficients c of the outputs in u = ⟨c, outputs⟩
 */
function ofOneOutput(layers: readonly Layer[], combination: readonly number[]): NetworkJacobian {
  const outputs = combination.length;
  const deltas: Tensor[] = [];
  let dy = ops.broadcastTo(tensor([combination]), [layers[0].input.shape[0], outputs]);
  for (let i = layers.length - 1; i >= 0; i--) {
    const { params, slope } = layers[i];
    deltas[i] = slope === null ? dy : ops.mul(dy, slope);
    if (i > 0) dy = ops.matmul(deltas[i], params.weight, { b: true });
  }
  // The outputs' least movement in which u grows by 1, c/‖c‖², and so the part of a cotangent along c.
  const alongOutputs = tensor([combination.map((coefficient) => coefficient / outputs)]); // [1, outputs]
  // Element by element on the narrower side of a layer.
  const narrowInput = layers.map(({ input }, i) => input.shape[1] < deltas[i].shape[1]);
  return {
    times(direction) {
      const parts = direction.flatMap(({ weight, bias }, i) => {
        const [h, delta] = [layers[i].input, deltas[i]];
        if (!narrowInput[i]) return [ops.sum(ops.mul(ops.linear(h, weight, bias), delta), 1, true)];
        const back = ops.matmul(delta, weight, { b: true }); // ⟨δ, h·dW⟩ = ⟨h, δ·dWᵀ⟩
        return [ops.sum(ops.mul(back, h), 1, true), ops.matmul(delta, ops.reshape(bias, [bias.size, 1]))];
      });
      const u = parts.reduce((total, part) => ops.add(total, part)); // [B, 1]
      return ops.matmul(u, alongOutputs);
    },
    transposeTimes(cotangent, product) {
      const w = ops.matmul(cotangent, alongOutputs, { b: true }); // [B, 1]
      for (const [i, { weight, bias }] of product.entries()) {
        const [h, delta] = [layers[i].input, deltas[i]];
        const dW = narrowInput[i]
          ? ops.matmul(ops.mul(h, w), delta, { a: true })
          : ops.matmul(h, ops.mul(delta, w), { a: true });
        weight.data.set(dW.data);
        bias.data.set(ops.matmul(w, delta, { a: true }).data);
      }
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

/** act(z) and act′(z). */
function activated(name: nn.ActivationName, z: Tensor): { y: Tensor; slope: Tensor | null } {
  if (name === "none") return { y: z, slope: null };
  let y = z;
  const [slope] = grad((input) => {
    y = ops[name](input);
    return ops.sum(y);
  })(z);
  return { y, slope };
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
