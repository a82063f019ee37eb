import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const averageRewardPgPresets: Readonly<Record<string, Preset>> = {
  "PuckWorld-v0": {
    source: "chosen here; bench/learning",
    config: { totalSteps: 300_000, learningRate: { from: 1e-3, to: 0 } },
  },
  "Pendulum-v1": {
    // λ from 0.8 to 0.95 learns alike; 0.98 lost one seed of two.
    source: "chosen here; bench/learning",
    config: {
      totalSteps: 500_000,
      numSteps: 64,
      learningRate: { from: 5e-3, to: 0 },
      valueLearningRate: 3e-3,
      valueEpochs: 8,
      rewardScale: 0.1,
    },
  },
};
