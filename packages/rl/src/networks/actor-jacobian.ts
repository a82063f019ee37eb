import { grad, leavesOf, type nn, ops, type Params, type Tensor, tensor, zeros } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import {
  type ActorParams,
  type ActorSpec,
  actor,
  boundedLogStdSlope,
  policyAt,
  stateDependentVariance,
} from "./actor.js";
import type { Sequences } from "./cell.js";

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

/** Products with the Jacobian of the network alone, from its dense layers to its outputs [B, outputs]. */
interface NetworkJacobian {
  times(direction: readonly nn.LinearParams[]): Tensor;
  transposeTimes(cotangent: Tensor, product: readonly nn.LinearParams[]): void;
}

/**
 * Differentiating the KL divergence twice gives the same products of the Fisher matrix at more than twice the cost (`hessianVectorProduct` in
 * the tests).
 *
 * @param observations  [B, observationSize]
 * @param sequences     what the rows are, where a recurrent cell reads them
 */
export function actorJacobian(
  spec: ActorSpec,
  params: ActorParams,
  observations: Tensor,
  sequences?: Sequences,
): ActorJacobian {
  if (params.memory !== undefined) return jacobianThroughTime(spec, params, observations, sequences);
  const { activation, actionSpace, std, stateDependentExploration } = spec;
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
  if (actionSpace.kind === "box" && std === "state")
    return withBoundedLogStd(network, layersOf, layers[layers.length - 1]);
  const deviation =
    std === "schedule" ? unlearned(features) : deviationJacobian(params.logStd, features, stateDependentExploration);
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

/**
 * Jacobian through a recurrent cell: products with Jᵀ by back-propagation along the sequences, and Jv as the gradient in u of ⟨Jᵀu, v⟩, which is
 * linear in u. Each runs the cell along the sequences anew.
 */
function jacobianThroughTime(
  spec: ActorSpec,
  params: ActorParams,
  observations: Tensor,
  sequences: Sequences | undefined,
): ActorJacobian {
  const network = actor(spec);
  const leaves = leavesOf(params).map(({ tensor }) => tensor);
  const rows = observations.shape[0];
  /** One row of the distribution's parameters for each observation. */
  const outputs = () =>
    Object.entries(policyAt(network, params, observations, sequences).parameters).map(([name, values]) => ({
      name,
      values: ops.broadcastTo(values, [rows, values.shape[values.shape.length - 1]]),
    }));
  const inner = (cotangent: PolicyTangent) =>
    outputs()
      .map(({ name, values }) => ops.sum(ops.mul(values, cotangent[name])))
      .reduce((sum, part) => ops.add(sum, part));
  const shapes = outputs().map(({ name, values }) => [name, values.shape] as const);
  return {
    times(direction) {
      const along = leavesOf(direction).map(({ tensor }) => tensor);
      const names = shapes.map(([name]) => name);
      const moved = grad((...cotangents) =>
        grad(() => inner(Object.fromEntries(names.map((name, i) => [name, cotangents[i]]))))(...leaves)
          .map((values, i) => ops.sum(ops.mul(values, along[i])))
          .reduce((sum, part) => ops.add(sum, part)),
      )(...shapes.map(([, shape]) => zeros(shape)));
      return Object.fromEntries(names.map((name, i) => [name, moved[i]]));
    },
    transposeTimes(cotangent, product) {
      for (const [i, values] of grad(() => inner(cotangent))(...leaves).entries())
        product.leaves[i].data.set(values.data);
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
 * One output u = ⟨c, y⟩ for each state: its derivatives δ = ∂u/∂z by the z = h·W + b of every hidden layer are fixed, and with them a product is
 * half the work, one matrix product a layer. Row by row of the batch,
 *
 *     J v = Σ ⟨δ, h·dW + db⟩ + ⟨c, h·dW + db⟩,   Jᵀ w = (hᵀ (w∘δ), δᵀ w) in the hidden layers, (hᵀ w cᵀ, Σ w c) in the last one.
 *
 * @param combination  c, of the network's outputs y
 */
function ofOneOutput(layers: readonly Layer[], combination: readonly number[]): NetworkJacobian {
  const hidden = layers.slice(0, -1);
  const last = layers[hidden.length];
  const c = tensor([combination]); // [1, outputs]
  const deltas: Tensor[] = [];
  let dy = ops.matmul(c, last.params.weight, { b: true }); // the same row for each state, down to the first slope
  for (let i = hidden.length - 1; i >= 0; i--) {
    const { params, slope, input } = hidden[i];
    const delta = slope === null ? dy : ops.mul(slope, dy);
    deltas[i] = ops.broadcastTo(delta, [input.shape[0], params.bias.size]);
    if (i > 0) dy = ops.matmul(deltas[i], params.weight, { b: true });
  }
  // The outputs' least movement in which u grows by 1, c/‖c‖², and so the part of a cotangent along c.
  const outputsAlong = ops.div(c, ops.sum(ops.square(c)));
  // Element by element on the narrower side of a layer.
  const narrowInput = hidden.map(({ input, params }) => input.shape[1] < params.bias.size);
  return {
    times(direction) {
      const { weight, bias } = direction[hidden.length];
      const ofLast = ops.linear(last.input, ops.matmul(weight, c, { b: true }), ops.sum(ops.mul(bias, c), 1));
      const u = hidden.reduce((total, { input: h }, i) => {
        const [delta, { weight, bias }] = [deltas[i], direction[i]];
        if (!narrowInput[i]) return ops.add(total, ops.sum(ops.mul(ops.linear(h, weight, bias), delta), 1, true));
        const back = ops.matmul(delta, weight, { b: true }); // ⟨δ, h·dW⟩ = ⟨h, δ·dWᵀ⟩
        const ofBias = ops.matmul(delta, ops.reshape(bias, [bias.size, 1]));
        return ops.add(ops.add(total, ofBias), ops.sum(ops.mul(back, h), 1, true));
      }, ofLast); // [B, 1]
      return ops.matmul(u, outputsAlong);
    },
    transposeTimes(cotangent, product) {
      const w = ops.matmul(cotangent, outputsAlong, { b: true }); // [B, 1]
      for (const [i, { input: h }] of hidden.entries()) {
        const delta = deltas[i];
        const [left, right] = narrowInput[i] ? [ops.mul(h, w), delta] : [h, ops.mul(delta, w)];
        product[i].weight.data.set(ops.matmul(left, right, { a: true }).data);
        product[i].bias.data.set(ops.matmul(w, delta, { a: true }).data);
      }
      const { weight, bias } = product[hidden.length];
      weight.data.set(ops.matmul(ops.matmul(last.input, w, { a: true }), c).data);
      bias.data.set(ops.mul(c, ops.sum(w)).data);
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

/** Jacobian of a deviation that no parameter moves. */
function unlearned(features: Tensor) {
  return {
    times: (direction: Tensor) => ops.mul(ops.broadcastTo(direction, [features.shape[0], direction.size]), 0),
    transposeTimes: (cotangent: Tensor) => ops.mul(ops.sum(cotangent, 0), 0),
  };
}

/** Jacobian of a network whose outputs are the means and, beside them, what ln σ(s) is made of. */
function withBoundedLogStd(
  network: NetworkJacobian,
  layersOf: (like: ActorParams) => readonly nn.LinearParams[],
  { params, input }: Layer,
): ActorJacobian {
  const both = params.bias.size;
  const slope = boundedLogStdSlope(ops.slice(ops.linear(input, params.weight, params.bias), 1, both / 2, both));
  return {
    times(direction) {
      const moved = network.times(layersOf(direction));
      const logStd = ops.mul(ops.slice(moved, 1, both / 2, both), slope);
      return { mean: ops.slice(moved, 1, 0, both / 2), logStd };
    },
    transposeTimes({ mean, logStd }, { tree }) {
      network.transposeTimes(ops.concat([mean, ops.mul(logStd, slope)], 1), layersOf(tree));
    },
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
