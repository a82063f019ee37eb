import type { Preset } from "../../core/index.js";

const source = "chosen here; bench/learning has it over five seeds";

/** Settings known to work, by environment. */
export const actorCriticPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source,
    config: { totalSteps: 300_000, critic: "gae", learningRate: { from: 3e-3, to: 0 } },
  },
  "PuckWorld-v0": {
    source: "chosen here; L's experiment, with a critic of states; bench/learning has it over five seeds",
    config: {
      totalSteps: 300_000,
      update: "online",
      numEnvs: 8,
      discount: 0.9,
      learningRate: { from: 7e-4, to: 0 },
      valueLearningRate: { from: 3e-3, to: 0 },
    },
  },
  // With a policy step for each batch of episodes it learns far too slowly: its episodes have 200 steps, and many small steps are needed.
  "Pendulum-v1": {
    source,
    config: {
      totalSteps: 1_000_000,
      update: "online",
      numEnvs: 8,
      discount: 0.9,
      learningRate: { from: 7e-4, to: 0 },
      valueLearningRate: { from: 3e-3, to: 0 },
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
};
