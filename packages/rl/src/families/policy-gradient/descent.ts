import { optim, type Params } from "@advantage/engine";
import { requireFiniteUpdate } from "../../core/finite.js";
import { choice, optional, real } from "../../core/schema.js";

/** Settings of gradient steps: their rule, and a limit of the gradient. */
export const descentSettings = {
  optimiser: choice(["adam", "sgd"], { default: "adam", help: "the rule of the gradient steps" }),
  maxGradNorm: optional(real({ above: 0, help: "limit of the gradient's global norm; absent: none" })),
};

export interface DescentConfig {
  readonly optimiser: "adam" | "sgd";
  readonly maxGradNorm?: number;
}

/** Of the rule that the config names. */
export type DescentState = optim.AdamState | optim.SgdState;

const rules = { adam: optim.adam(), sgd: optim.sgd() };

function ruleOf({ optimiser }: DescentConfig): optim.Optimiser<DescentState> {
  return rules[optimiser] as optim.Optimiser<DescentState>;
}

export function initDescent(config: DescentConfig, params: Params): DescentState {
  return ruleOf(config).init(params);
}

/** One step along a gradient. */
export interface Descent {
  readonly params: Params;
  readonly optimiser: DescentState;
  readonly loss: number;
  readonly gradient: Params;
  readonly learningRate: number;
  /** Environment steps done, for the error where it diverges. */
  readonly step: number;
}

/**
 * θ ← θ − α ∇loss by the config's rule, stopped before it would make the parameters no numbers.
 *
 * @returns the gradient's norm before it is limited
 */
export function descend(config: DescentConfig, { params, optimiser, learningRate, ...update }: Descent): number {
  const { gradient } = update;
  const norm = optim.globalNorm(gradient);
  requireFiniteUpdate({ ...update, norm });
  const gradientScale = config.maxGradNorm === undefined ? 1 : optim.clipScale(norm, config.maxGradNorm);
  ruleOf(config).update(params, gradient, optimiser, { learningRate, gradientScale });
  return norm;
}
