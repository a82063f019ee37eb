import { ops, type Tensor } from "@advantage/engine";
import { equalUpToRounding } from "./rounding.js";

/**
 * (A − mean A)/(std A + 1e-8) of a minibatch's advantages [B], with the sample's standard deviation (n − 1), as PyTorch takes it. Zeros where
 * they differ by rounding alone, which would be brought to deviation 1.
 */
export function standardised(advantage: Tensor): Tensor {
  if (advantage.size < 2) return advantage;
  if (equalUpToRounding(advantage.data)) return ops.mul(advantage, 0);
  const centred = ops.sub(advantage, ops.mean(advantage));
  const deviation = ops.sqrt(ops.div(ops.sum(ops.square(centred)), advantage.size - 1));
  return ops.div(centred, ops.add(deviation, 1e-8));
}
