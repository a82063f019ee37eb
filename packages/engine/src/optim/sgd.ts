import { kernels } from "../memory.js";
import { Params } from "../params.js";
import { type Optimiser, requireSize } from "./optimiser.js";

/** Momentum and weight decay of stochastic gradient descent. */
export interface SgdOptions {
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  /** λ of the L2 penalty, added to the gradient. */
  readonly weightDecay?: number;
}

/** State of stochastic gradient descent: the velocity, and whether a step was made. */
export interface SgdState {
  started: boolean;
  /** The running gradient; null without momentum. */
  readonly velocity: Params | null;
}

/** Stochastic gradient descent, with PyTorch's momentum: b ← μb + (1−d)g, p ← p − lr·b; the first b is g. */
export function sgd(options: SgdOptions = {}): Optimiser<SgdState> {
  const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 } = options;
  return {
    init: (params) => ({ started: false, velocity: momentum === 0 ? null : Params.zerosLike(params) }),
    update(params, gradient, state, { learningRate, gradientScale = 1 }) {
      requireSize(params, gradient, "gradient");
      requireSize(params, state.velocity, "velocity", momentum !== 0);
      kernels.sgd(
        params.flat.size,
        params.flat.pointer,
        gradient.flat.pointer,
        state.velocity?.flat.pointer ?? 0,
        learningRate,
        momentum,
        dampening,
        +nesterov,
        weightDecay,
        state.started ? 0 : 1,
        gradientScale,
      );
      state.started = true;
    },
  };
}
