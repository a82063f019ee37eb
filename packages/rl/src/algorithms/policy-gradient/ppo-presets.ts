import type { Preset } from "../../core/index.js";

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
    // The zoo's rollouts of 16 steps leave some seeds at −125; longer ones and a falling step size bring all to −114 or better.
    source: "tuned here from RL Baselines3 Zoo; bench/learning",
    config: {
      totalSteps: 1_000_000,
      numEnvs: 16,
      numSteps: 64,
      minibatchSize: 128,
      gaeLambda: 0.98,
      epochs: 4,
      learningRate: { from: 5e-4, to: 0 },
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "MountainCarContinuous-v0": {
    // The zoo's settings (rollouts of 8 steps) reach the goal within 10,000 steps on most seeds, and then often lose the policy again. These
    // keep its exploration, and take larger rollouts and a falling step size: 93 to 94 on each of eight seeds.
    source: "tuned here from RL Baselines3 Zoo; bench/learning",
    config: {
      totalSteps: 150_000,
      numEnvs: 4,
      numSteps: 512,
      minibatchSize: 128,
      epochs: 10,
      entropyCoef: 0.00429,
      learningRate: { from: 3e-4, to: 0 },
      discount: 0.9999,
      gaeLambda: 0.9,
      clip: 0.1,
      maxGradNorm: 5,
      valueCoef: 0.19,
      logStdInit: -1,
      stateDependentExploration: true,
      noiseEvery: 64,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "Acrobot-v1": {
    source: `${zoo}; its budget of 1,000,000 steps cut, since 400,000 are enough`,
    config: {
      totalSteps: 400_000,
      numEnvs: 16,
      numSteps: 256,
      gaeLambda: 0.94,
      epochs: 4,
      normaliseObservation: true,
      normaliseReward: true,
    },
  },
  "Pendulum-v1": {
    // With the zoo's constant step size up to 11 of 1,000 starts failed on one of five seeds, with a falling one up to 4.
    source: `${zoo}; the falling step size tuned here: bench/learning`,
    config: {
      totalSteps: 100_000,
      numEnvs: 4,
      numSteps: 1024,
      gaeLambda: 0.95,
      discount: 0.9,
      learningRate: { from: 1e-3, to: 0 },
      stateDependentExploration: true,
      noiseEvery: 4,
    },
  },
  "PuckWorld-v0": {
    source: "chosen here; bench/learning",
    config: {
      totalSteps: 100_000,
      numEnvs: 8,
      numSteps: 128,
      minibatchSize: 128,
      discount: 0.98,
      learningRate: { from: 1e-3, to: 0 },
    },
  },
  "TMaze-v0": {
    source: "tuned here; bench/learning",
    config: {
      totalSteps: 100_000,
      numEnvs: 16,
      numSteps: 64,
      minibatchSize: 256,
      epochs: 8,
      learningRate: { from: 2e-3, to: 0 },
      discount: 0.98,
      entropyCoef: 0.01,
      hiddenSizes: [32],
      memory: "gru",
      memorySize: 32,
      sequenceLength: 16,
    },
  },
  "CartPoleMasked-v1": {
    // Velocities are small differences of positions, hence the normalisation; without that of rewards the value's gradients take all of maxGradNorm.
    source: "tuned here; bench/learning",
    config: {
      totalSteps: 150_000,
      numEnvs: 16,
      numSteps: 64,
      minibatchSize: 256,
      epochs: 8,
      learningRate: { from: 2e-3, to: 0 },
      hiddenSizes: [64],
      normaliseObservation: true,
      normaliseReward: true,
      memory: "gru",
      sequenceLength: 16,
    },
  },
};
