import { kernels } from "../memory.js";
import { Params } from "../params.js";
import { type Optimiser, requireSize } from "./optimiser.js";

/** Decay, ε, momentum and form of RMSProp. */
export interface RmsPropOptions {
  /** α, decay of the second moment. */
  readonly alpha?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  /** Subtract the squared mean gradient. */
  readonly centred?: boolean;
  readonly weightDecay?: number;
  /** TensorFlow's form, which the A2C results were made with: ε inside the root, and the second moment starts at 1. */
  readonly tensorFlowStyle?: boolean;
}

/** State of RMSProp: the running mean of g², of g where it is centred, and the velocity where it has momentum. */
export interface RmsPropState {
  readonly secondMoment: Params;
  readonly mean: Params | null;
  readonly velocity: Params | null;
}

/** RMSProp. Tieleman & Hinton 2012, lecture 6.5; centred: Graves 2013 (arXiv:1308.0850). */
export function rmsprop(options: RmsPropOptions = {}): Optimiser<RmsPropState> {
  const {
    alpha = 0.99,
    epsilon = 1e-8,
    momentum = 0,
    centred = false,
    weightDecay = 0,
    tensorFlowStyle = false,
  } = options;
  return {
    init(params) {
      const secondMoment = Params.zerosLike(params);
      if (tensorFlowStyle) secondMoment.flat.data.fill(1);
      return {
        secondMoment,
        mean: centred ? Params.zerosLike(params) : null,
        velocity: momentum === 0 ? null : Params.zerosLike(params),
      };
    },
    update(params, gradient, state, { learningRate, gradientScale = 1 }) {
      requireSize(params, gradient, "gradient");
      requireSize(params, state.secondMoment, "secondMoment");
      requireSize(params, state.mean, "mean", centred);
      requireSize(params, state.velocity, "velocity", momentum !== 0);
      kernels.rmsprop(
        params.flat.size,
        params.flat.pointer,
        gradient.flat.pointer,
        state.secondMoment.flat.pointer,
        state.mean?.flat.pointer ?? 0,
        state.velocity?.flat.pointer ?? 0,
        learningRate,
        alpha,
        epsilon,
        momentum,
        weightDecay,
        +tensorFlowStyle,
        gradientScale,
      );
    },
  };
}
