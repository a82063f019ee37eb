import { ops, type Random, type Tensor } from "@advantage/engine";
import type { ActionBatch, Space } from "@advantage/envs";
import * as maths from "../maths/distributions.js";
import { bernoulliFisher, categoricalFisher, gaussianFisher } from "../maths/fisher-information.js";

/**
 * π(·|s) for a batch of B states: what a network's outputs mean. Probabilities are differentiable tensors [B]; `mode` and
 * `sample` write plain numbers, B actions one behind the other.
 */
export interface Distribution {
  /** The tensors that define it, row by row. */
  readonly parameters: Readonly<Record<string, Tensor>>;
  /** log π(a|s) [B]; actions as `actionTensor` packs them. */
  logProb(actions: Tensor): Tensor;
  /** H(π(·|s)), [B] or one value for all. */
  entropy(): Tensor;
  /** KL(self‖other) [B]. */
  kl(other: Distribution): Tensor;
  /** F·tangent, F the Fisher information in the parameters: tangents by the parameters' names, each [B, …]. */
  fisher(tangent: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>;
  /** The most probable actions. */
  mode(actions: ActionBatch): void;
  sample(random: Random, actions: ActionBatch): void;
}

/** One choice among `logits.shape[1]`; actions are indices [B]. */
export function categorical(logits: Tensor): Distribution {
  const [rows, choices] = logits.shape;
  return {
    parameters: { logits },
    logProb: (actions) => maths.categoricalLogProb({ logits, actions }),
    entropy: () => maths.categoricalEntropy({ logits }),
    kl: (other) => maths.categoricalKl({ logitsP: logits, logitsQ: other.parameters.logits }),
    fisher: (tangent) => ({ logits: categoricalFisher({ logits, tangent: tangent.logits }) }),
    mode: (actions) => actions.set(ops.argmax(logits).indexData),
    sample(random, actions) {
      const probabilities = ops.softmax(logits).data;
      for (let row = 0; row < rows; row++) actions[row] = draw(random, probabilities, row * choices, choices);
    },
  };
}

/** The index at which the running sum of probabilities passes a uniform number. */
function draw(random: Random, probabilities: Float32Array, start: number, count: number): number {
  let left = random.uniform();
  for (let choice = 0; choice < count - 1; choice++) {
    left -= probabilities[start + choice];
    if (left < 0) return choice;
  }
  // Rounding may leave a remainder: it falls to the last choice that can happen.
  let last = count - 1;
  while (last > 0 && probabilities[start + last] === 0) last--;
  return last;
}

/** Several independent choices; logits side by side [B, Σ sizes], actions [B, sizes.length] packed as indices. */
export function multiCategorical(logits: Tensor, sizes: ArrayLike<number>): Distribution {
  const parts = partsOf(logits, sizes);
  const total = (values: readonly Tensor[]) => values.reduce((sum, value) => ops.add(sum, value));
  const column = (actions: Tensor, part: number) => actionColumn(actions, part, parts.length);
  const each = (actions: ActionBatch, act: (part: Distribution, own: ActionBatch) => void) => {
    for (const [i, part] of parts.entries()) {
      const own = new Int32Array(logits.shape[0]);
      act(part, own);
      for (let row = 0; row < own.length; row++) actions[row * parts.length + i] = own[row];
    }
  };
  return {
    parameters: { logits },
    logProb: (actions) => total(parts.map((part, i) => part.logProb(column(actions, i)))),
    entropy: () => total(parts.map((part) => part.entropy())),
    kl: (other) => {
      const others = partsOf(other.parameters.logits, sizes);
      return total(parts.map((part, i) => part.kl(others[i])));
    },
    fisher(tangent) {
      const tangents = columnsOf(tangent.logits, sizes);
      const products = parts.map((part, i) => part.fisher({ logits: tangents[i] }).logits);
      return { logits: ops.concat(products, 1) };
    },
    mode: (actions) => each(actions, (part, own) => part.mode(own)),
    sample: (random, actions) => each(actions, (part, own) => part.sample(random, own)),
  };
}

function partsOf(logits: Tensor, sizes: ArrayLike<number>): Distribution[] {
  return columnsOf(logits, sizes).map(categorical);
}

/** Columns side by side [B, Σ sizes], taken apart. */
function columnsOf(values: Tensor, sizes: ArrayLike<number>): Tensor[] {
  let start = 0;
  return Array.from(sizes, (size) => {
    start += size;
    return ops.slice(values, 1, start - size, start);
  });
}

/** Column `part` of an index tensor [B, count]. */
function actionColumn(actions: Tensor, part: number, count: number): Tensor {
  return ops.reshape(ops.slice(ops.reshape(actions, [-1, count]), 1, part, part + 1), [-1]);
}

/** Independent bits; logits [B, n], actions [B, n] of zeros and ones. */
export function bernoulli(logits: Tensor): Distribution {
  return {
    parameters: { logits },
    logProb: (actions) => maths.bernoulliLogProb({ logits, actions }),
    entropy: () => maths.bernoulliEntropy({ logits }),
    kl: (other) => maths.bernoulliKl({ logitsP: logits, logitsQ: other.parameters.logits }),
    fisher: (tangent) => ({ logits: bernoulliFisher({ logits, tangent: tangent.logits }) }),
    mode(actions) {
      const values = logits.data;
      for (let i = 0; i < values.length; i++) actions[i] = values[i] > 0 ? 1 : 0;
    },
    sample(random, actions) {
      const probabilities = ops.sigmoid(logits).data;
      for (let i = 0; i < probabilities.length; i++) actions[i] = random.uniform() < probabilities[i] ? 1 : 0;
    },
  };
}

/** N(μ, diag σ²): mean [B, A], logStd [B, A] or [A]; actions [B, A]. */
export function diagonalGaussian(mean: Tensor, logStd: Tensor): Distribution {
  const [rows, size] = mean.shape;
  return {
    parameters: { mean, logStd },
    logProb: (actions) => maths.gaussianLogProb({ mean, logStd, actions }),
    entropy: () => maths.gaussianEntropy({ logStd }),
    kl: ({ parameters: q }) => maths.gaussianKl({ meanP: mean, logStdP: logStd, meanQ: q.mean, logStdQ: q.logStd }),
    fisher: (tangent) => gaussianFisher({ logStd, tangent: { mean: tangent.mean, logStd: tangent.logStd } }),
    mode: (actions) => actions.set(mean.data),
    sample(random, actions) {
      const std = ops.exp(logStd);
      const [centre, spread] = [mean.data, std.data];
      const perRow = std.size === size && rows !== 1 ? 0 : size;
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < size; i++) {
          actions[row * size + i] = centre[row * size + i] + spread[row * perRow + i] * random.normal();
        }
      }
    },
  };
}

/** Rebuilds a distribution of the action space from parameters that were kept. */
export function distributionFrom(space: Space, parameters: Readonly<Record<string, Tensor>>): Distribution {
  switch (space.kind) {
    case "discrete":
      return categorical(parameters.logits);
    case "multiDiscrete":
      return multiCategorical(parameters.logits, space.nvec);
    case "multiBinary":
      return bernoulli(parameters.logits);
    case "box":
      return diagonalGaussian(parameters.mean, parameters.logStd);
    case "dict":
      throw new TypeError(
        "actions of a dict space have no distribution here; use a discrete, multi-discrete, multi-binary or box space",
      );
  }
}

/** Which of two policies a divergence is an expectation over: the old one's, KL(π_old‖π_θ), or the new one's, KL(π_θ‖π_old). */
export const klDirections = ["old-new", "new-old"] as const;

/** Which way round a KL divergence is taken: KL(π_old‖π_θ) is `"old-new"`, KL(π_θ‖π_old) is `"new-old"`. */
export type KlDirection = (typeof klDirections)[number];

/** The divergence between an old policy and a new one in each state [B]. */
export function divergence(direction: KlDirection, old: Distribution, now: Distribution): Tensor {
  return direction === "old-new" ? old.kl(now) : now.kl(old);
}
