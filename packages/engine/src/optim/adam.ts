import { kernels } from "../memory.js";
import { Params } from "../params.js";
import { type Optimiser, requireSize } from "./optimiser.js";

/** Decay of the moments, ε and weight decay of Adam. */
export interface AdamOptions {
  /** β₁, decay of the first moment. */
  readonly beta1?: number;
  /** β₂, decay of the second moment. */
  readonly beta2?: number;
  /** ε, added to √v̂. */
  readonly epsilon?: number;
  /** λ of the L2 penalty, added to the gradient. */
  readonly weightDecay?: number;
  /** λ of decoupled decay: p ← p − lr·λ·p. */
  readonly decoupledDecay?: number;
  /** Keep the largest second moment (AMSGrad). */
  readonly amsgrad?: boolean;
}

/** State of Adam: both moments of each parameter, and what corrects their bias. */
export interface AdamState {
  /** β₁ᵗ and β₂ᵗ as running products: the same bits in every engine, unlike Math.pow. */
  beta1Power: number;
  beta2Power: number;
  readonly firstMoment: Params;
  readonly secondMoment: Params;
  /** AMSGrad's maximum; null without it. */
  readonly largestSecondMoment: Params | null;
}

/** Adam. Kingma & Ba 2015 (arXiv:1412.6980), algorithm 1; AMSGrad: Reddi et al. 2018 (arXiv:1904.09237). */
export function adam(options: AdamOptions = {}): Optimiser<AdamState> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decoupledDecay = 0, amsgrad = false } = options;
  return {
    init: (params) => ({
      beta1Power: 1,
      beta2Power: 1,
      firstMoment: Params.zerosLike(params),
      secondMoment: Params.zerosLike(params),
      largestSecondMoment: amsgrad ? Params.zerosLike(params) : null,
    }),
    update(params, gradient, state, { learningRate, gradientScale = 1 }) {
      requireSize(params, gradient, "gradient");
      requireSize(params, state.firstMoment, "firstMoment");
      requireSize(params, state.secondMoment, "secondMoment");
      requireSize(params, state.largestSecondMoment, "largestSecondMoment", amsgrad);
      state.beta1Power *= beta1;
      state.beta2Power *= beta2;
      kernels.adam(
        params.flat.size,
        params.flat.pointer,
        gradient.flat.pointer,
        state.firstMoment.flat.pointer,
        state.secondMoment.flat.pointer,
        state.largestSecondMoment?.flat.pointer ?? 0,
        learningRate,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        decoupledDecay,
        1 - state.beta1Power,
        1 - state.beta2Power,
        gradientScale,
      );
    },
  };
}

/** Adam with decoupled weight decay. Loshchilov & Hutter 2019 (arXiv:1711.05101). */
export function adamW(options: Omit<AdamOptions, "decoupledDecay"> = {}): Optimiser<AdamState> {
  const { weightDecay = 0.01, ...rest } = options;
  return adam({ ...rest, decoupledDecay: weightDecay });
}
