import { choice } from "../../core/index.js";
import { type KlDirection, klDirections } from "../../networks/index.js";

/** Setting of a divergence's direction; `where` names the algorithm's variants that it belongs to. */
export const klDirection = (byDefault: KlDirection, where: string) =>
  choice(klDirections, {
    default: byDefault,
    help: `which divergence between old and new policy counts, KL(π_old‖π_θ) or KL(π_θ‖π_old) (${where})`,
  });
