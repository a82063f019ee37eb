import type { Preset } from "../../core/index.js";

const zoo = "RL Baselines3 Zoo, hyperparams/trpo.yml";

/** Settings known to work, by environment. */
export const trpoPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: zoo,
    config: {
      totalSteps: 100_000,
      numEnvs: 2,
      numSteps: 512,
      minibatchSize: 512,
      cgDamping: 1e-3,
      gaeLambda: 0.98,
      criticEpochs: 20,
    },
  },
  "Acrobot-v1": {
    source: zoo,
    config: { totalSteps: 100_000, numEnvs: 2, numSteps: 1024, normaliseObservation: true, normaliseReward: true },
  },
  "MountainCar-v0": {
    source: zoo,
    config: {
      totalSteps: 100_000,
      numEnvs: 2,
      numSteps: 1024,
      criticEpochs: 20,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "MountainCarContinuous-v0": {
    source: zoo,
    config: {
      totalSteps: 50_000,
      numEnvs: 2,
      stateDependentExploration: true,
      noiseEvery: 4,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "Pendulum-v1": {
    source: zoo,
    config: {
      totalSteps: 100_000,
      numEnvs: 2,
      numSteps: 1024,
      discount: 0.9,
      criticEpochs: 15,
      stateDependentExploration: true,
      noiseEvery: 4,
    },
  },
};
