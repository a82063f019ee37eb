import { optim, Params, scope, type Tree, type ValueAndGrad } from "@advantage/engine";
import { requireFiniteUpdate } from "../core/finite.js";
import { pulse } from "../core/pulse.js";

/** Parameters that are learned, and what their optimiser remembers of the steps before. */
export interface Trained<T extends Tree = Tree, OptimiserState = optim.AdamState> {
  readonly params: Params<T>;
  readonly optimiser: OptimiserState;
}

/** Freshly made parameters in a block of their own, with the optimiser as it begins. */
export function untrained<T extends Tree, OptimiserState>(
  tree: T,
  rule: optim.Optimiser<OptimiserState>,
): Trained<T, OptimiserState> {
  const params = Params.pack(tree);
  return { params, optimiser: rule.init(params) };
}

/** A loss and its gradient, as `valueAndGrad` gives them. */
export type GradientStep<T extends Tree> = Pick<ValueAndGrad<T>, "value" | "gradient" | "metrics"> &
  Partial<Pick<ValueAndGrad<T>, "aux">>;

/** How a step of optimisation is made: rule, step size, limit of the gradient, and when it is left out. */
export interface OptimiseOptions<OptimiserState> {
  /** The rule that `optimiser` is the state of: Adam, RMSProp, … */
  readonly rule: Pick<optim.Optimiser<OptimiserState>, "update">;
  readonly learningRate: number;
  /** Limit of the gradient's global norm; absent: none. */
  readonly maxGradNorm?: number;
  /** Steps of the run that are done, for the error where the loss or the gradient is no number. */
  readonly at: number;
  /** Whether what was seen forbids the step: the parameters then stay as they are. */
  readonly unless?: (seen: Optimised) => boolean;
}

/** What was seen at the parameters before the step. */
export interface Optimised {
  readonly loss: number;
  /** Global norm of the gradient before it is limited. */
  readonly gradNorm: number;
  /** Scalars that the loss reports. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Arrays that the loss reports, of its samples. */
  readonly aux: Readonly<Record<string, Float32Array>>;
  /** False where `unless` forbade the step. */
  readonly applied: boolean;
}

/**
 * One gradient step: θ ← θ − α ∇loss by the rule, the gradient cut to a norm. What `step` computes on the way ends with it.
 *
 * @param step  the loss and its gradient at these parameters
 * @throws RunError before the parameters change if the loss or its gradient is no number; it names the tensor and the step
 */
export function optimise<T extends Tree, OptimiserState>(
  { params, optimiser }: Trained<T, OptimiserState>,
  step: (params: Params<T>) => GradientStep<T>,
  { rule, learningRate, maxGradNorm, at, unless }: OptimiseOptions<OptimiserState>,
): Optimised {
  const { value: loss, gradient, metrics, aux = {} } = scope(() => step(params));
  const gradNorm = optim.globalNorm(gradient);
  requireFiniteUpdate({ step: at, loss, gradient, norm: gradNorm });
  const seen = { loss, gradNorm, metrics, aux, applied: true };
  if (unless?.(seen)) return { ...seen, applied: false };
  const gradientScale = maxGradNorm === undefined ? 1 : optim.clipScale(gradNorm, maxGradNorm);
  rule.update(params, gradient, optimiser, { learningRate, gradientScale });
  pulse();
  return seen;
}
