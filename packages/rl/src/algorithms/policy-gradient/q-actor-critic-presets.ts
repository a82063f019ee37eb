import type { Preset } from "../../core/algorithm.js";

/** Settings known to work, by environment. */
export const qActorCriticPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here; bench/learning has it over five seeds",
    config: { totalSteps: 300_000, discount: 0.95, learningRate: { from: 3e-3, to: 0 } },
  },
};
