import { kernels } from "../memory.js";
import { Params } from "../params.js";
import { type Optimiser, requireSize } from "./optimiser.js";

/** ε of the denominator and weight decay of AdaGrad. */
export interface AdaGradOptions {
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

/** State of AdaGrad: Σ g² of each parameter. */
export interface AdaGradState {
  readonly sumOfSquares: Params;
}

/** AdaGrad. Duchi et al. 2011, JMLR 12. */
export function adagrad(options: AdaGradOptions = {}): Optimiser<AdaGradState> {
  const { epsilon = 1e-10, weightDecay = 0 } = options;
  return {
    init: (params) => ({ sumOfSquares: Params.zerosLike(params) }),
    update(params, gradient, state, { learningRate, gradientScale = 1 }) {
      requireSize(params, gradient, "gradient");
      requireSize(params, state.sumOfSquares, "sumOfSquares");
      kernels.adagrad(
        params.flat.size,
        params.flat.pointer,
        gradient.flat.pointer,
        state.sumOfSquares.flat.pointer,
        learningRate,
        epsilon,
        weightDecay,
        gradientScale,
      );
    },
  };
}
