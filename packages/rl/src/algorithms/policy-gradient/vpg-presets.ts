import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const vpgPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here: Spinning Up's batches of 4000 steps leave too few updates; bench/learning",
    config: {
      totalSteps: 300_000,
      numEnvs: 8,
      numSteps: 128,
      learningRate: { from: 3e-3, to: 0 },
      valueEpochs: 20,
    },
  },
};
