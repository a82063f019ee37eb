import { ops, type Tensor } from "@advantage/engine";
import { flag } from "../../core/index.js";
import { standardised } from "../../maths/index.js";

/** Setting of the algorithms that learn from rollouts: how much a step counts in the gradient. */
export const discountGradient = flag({
  default: false,
  help: "weigh the advantage of an episode's step t by γᵗ: the true gradient of the discounted return; usual is to leave it out",
});

/**
 * γᵗÂₜ as a gradient takes it [B]: standardised where asked for, and then weighed where steps are.
 *
 * @param weight  γᵗ  [B]
 */
export function gradientAdvantage(
  { advantage, weight }: { readonly advantage: Tensor; readonly weight?: Tensor },
  { normaliseAdvantage }: { readonly normaliseAdvantage?: boolean },
): Tensor {
  const own = normaliseAdvantage ? standardised(advantage) : advantage;
  return weight === undefined ? own : ops.mul(own, weight);
}
