import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const a3cPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "tuned here",
    config: {
      totalSteps: 500_000,
      numSteps: 32,
      gaeLambda: 0.95,
      learningRate: { from: 1e-3, to: 0 },
      entropyCoef: 0,
    },
  },
};
