import { optim } from "@advantage/engine";
import { choice } from "../../core/index.js";
import * as settings from "../../core/settings.js";

/** Settings of gradient steps: their rule, and a limit of the gradient. */
export const descentSettings = {
  optimiser: choice(["adam", "sgd"], { default: "adam", help: "the rule of the gradient steps" }),
  maxGradNorm: settings.optionalMaxGradNorm,
};

/** Settings of plain or Adam's descent. */
export interface DescentConfig {
  readonly optimiser: "adam" | "sgd";
  readonly maxGradNorm?: number;
}

/** What the rule that the config names remembers. */
export type DescentState = optim.AdamState | optim.SgdState;

const rules = { adam: optim.adam(), sgd: optim.sgd() };

/** The rule that the config names. */
export function descentRule({ optimiser }: DescentConfig): optim.Optimiser<DescentState> {
  return rules[optimiser] as optim.Optimiser<DescentState>;
}
