import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const reinforcePresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here for every baseline; bench/learning has the learned one",
    config: { totalSteps: 300_000, learningRate: { from: 3e-3, to: 0 } },
  },
  "TMaze-v0": {
    source: "chosen here; bench/learning has it over five seeds",
    config: {
      totalSteps: 200_000,
      numEnvs: 16,
      numEpisodes: 16,
      baseline: "average",
      discount: 0.98,
      learningRate: { from: 1e-2, to: 0 },
      hiddenSizes: [32],
      memory: "gru",
      memorySize: 32,
    },
  },
  "PuckWorld-v0": {
    source: "chosen here; L's experiment",
    config: { totalSteps: 600_000, baseline: "learned", discount: 0.98 },
  },
};
