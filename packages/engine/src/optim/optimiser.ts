import { kernels } from "../memory.js";
import { Params } from "../params.js";

/** Options of one step. */
export interface StepOptions {
  readonly learningRate: number;
  /** Multiplies the gradient first: what `clipScale` gives. */
  readonly gradientScale?: number;
}

/**
 * A gradient-descent rule. `update` changes `params` and `state` in place, in one kernel over the contiguous block; the
 * state is plain data and `Params`, all that resuming needs.
 */
export interface Optimiser<State> {
  init(params: Params): State;
  update(params: Params, gradient: Params, state: State, options: StepOptions): void;
}

/**
 * Refuses a gradient or a part of the state that is not of the parameters' size: the kernel would read and write beyond it.
 * `wanted`: whether the optimiser keeps this part at all.
 */
export function requireSize(params: Params, part: Params | null, name: string, wanted = true): void {
  const size = part?.flat.size ?? 0;
  const expected = wanted ? params.flat.size : 0;
  if (size === expected) return;
  throw new Error(
    `${name} must have the parameters' structure, ${wanted ? `${params.count} numbers` : "here none"}, got ${part?.count ?? "none"}; take the state from this optimiser's init(), the gradient from these parameters`,
  );
}

/** ‖g‖₂ over all parameters. */
export function globalNorm(gradient: Params): number {
  if (!(gradient instanceof Params)) throw new TypeError("globalNorm() needs Params, as valueAndGrad() gives them");
  return Math.sqrt(kernels.sumSquares(gradient.flat.size, gradient.flat.pointer));
}

/** The factor that brings a gradient of this norm to at most `maxNorm`: min(1, maxNorm/(norm + 1e-6)), as PyTorch clips. */
export function clipScale(norm: number, maxNorm: number): number {
  // A NaN norm gives a NaN factor: the step must fail loudly, not be scaled away.
  return Math.min(1, maxNorm / (norm + 1e-6));
}
