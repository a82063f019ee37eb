import type { Preset } from "../../core/algorithm.js";

const zoo = "RL Baselines3 Zoo, hyperparams/ppo.yml";

/** Settings known to work, by environment. */
export const ppoPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: zoo,
    config: {
      totalSteps: 100_000,
      numEnvs: 8,
      numSteps: 32,
      minibatchSize: 256,
      gaeLambda: 0.8,
      discount: 0.98,
      epochs: 20,
      learningRate: { from: 1e-3, to: 0 },
      clip: { from: 0.2, to: 0 },
    },
  },
  "MountainCar-v0": {
    source: zoo,
    config: {
      totalSteps: 1_000_000,
      numEnvs: 16,
      numSteps: 16,
      gaeLambda: 0.98,
      epochs: 4,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "MountainCarContinuous-v0": {
    source: zoo,
    config: {
      totalSteps: 20_000,
      numEnvs: 1,
      numSteps: 8,
      minibatchSize: 8,
      epochs: 10,
      entropyCoef: 0.00429,
      learningRate: 7.77e-5,
      discount: 0.9999,
      gaeLambda: 0.9,
      clip: 0.1,
      maxGradNorm: 5,
      valueCoef: 0.19,
      logStdInit: -3.29,
      orthogonalInit: false,
      stateDependentExploration: true,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "Acrobot-v1": {
    source: zoo,
    config: {
      totalSteps: 500_000,
      numEnvs: 16,
      numSteps: 256,
      gaeLambda: 0.94,
      epochs: 4,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "Pendulum-v1": {
    source: zoo,
    config: {
      totalSteps: 100_000,
      numEnvs: 4,
      numSteps: 1024,
      gaeLambda: 0.95,
      discount: 0.9,
      learningRate: 1e-3,
      stateDependentExploration: true,
      noiseEvery: 4,
    },
  },
};
