import type { Preset } from "../../core/index.js";

/** Settings known to work, by environment. */
export const controlVariateAcPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: "chosen here; bench/learning",
    config: { totalSteps: 200_000, learningRate: { from: 3e-3, to: 0 } },
  },
  "Pendulum-v1": {
    source:
      "chosen here: small steps, of four episodes each (with two, a seed may fail in most starts), and observations of one scale, or some seeds settle for spinning; bench/learning",
    config: {
      totalSteps: 1_000_000,
      numEnvs: 4,
      numEpisodes: 4,
      variate: "conservative",
      discount: 0.9,
      gaeLambda: 0.9,
      learningRate: { from: 3e-3, to: 0 },
      valueEpochs: 10,
      gradientSteps: 50,
      orthogonalInit: false,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
};
