import type { Preset } from "../../core/algorithm.js";

/** Settings known to work, by environment. */
export const reinforcePresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here for every baseline; bench/learning has the learned one",
    config: { totalSteps: 300_000, learningRate: { from: 3e-3, to: 0 } },
  },
  "PuckWorld-v0": {
    source: "chosen here; L's experiment",
    config: { totalSteps: 600_000, baseline: "learned", discount: 0.98 },
  },
};
