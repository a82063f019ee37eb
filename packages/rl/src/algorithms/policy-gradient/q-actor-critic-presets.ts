import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const qActorCriticPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here; bench/learning has it over five seeds",
    config: { totalSteps: 300_000, discount: 0.95, learningRate: { from: 3e-3, to: 0 } },
  },
  "PuckWorld-v0": {
    source: "chosen here; L's experiment, with its critic Q(s, a); bench/learning has it over five seeds",
    config: {
      totalSteps: 300_000,
      numEnvs: 4,
      numEpisodes: 4,
      actionSamples: 4,
      discount: 0.95,
      learningRate: { from: 3e-3, to: 0 },
      valueEpochs: 20,
    },
  },
};
