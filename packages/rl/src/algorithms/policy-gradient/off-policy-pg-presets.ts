import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const offPolicyPgPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here: ten steps for each batch, on the batches of four policies; bench/learning",
    config: { totalSteps: 200_000, epochs: 10, batchesKept: 4, learningRate: { from: 2e-3, to: 0 } },
  },
};
