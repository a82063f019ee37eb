import { kernels } from "../memory.js";
import type { Params } from "../params.js";

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

/** ‖g‖₂ over all parameters. */
export function globalNorm(gradient: Params): number {
  return Math.sqrt(kernels.sumSquares(gradient.flat.size, gradient.flat.pointer));
}

/** The factor that brings a gradient of this norm to at most `maxNorm`: min(1, maxNorm/(norm + 1e-6)), as PyTorch clips. */
export function clipScale(norm: number, maxNorm: number): number {
  // A NaN norm gives a NaN factor: the step must fail loudly, not be scaled away.
  return Math.min(1, maxNorm / (norm + 1e-6));
}
