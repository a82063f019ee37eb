import type { Preset } from "../../core/algorithm.js";

const source = "rollouts and value function of RL Baselines3 Zoo, hyperparams/trpo.yml; bench/learning";

/** Settings known to work, by environment. */
export const npgPresets: Readonly<Record<string, Preset>> = {
  "CartPole-v1": {
    source: `${source}; the value function's rate falls, or its last steps may spoil a policy that is solved`,
    config: {
      totalSteps: 200_000,
      numEnvs: 2,
      numSteps: 512,
      minibatchSize: 512,
      gaeLambda: 0.98,
      criticEpochs: 20,
      learningRate: { from: 1e-3, to: 0 },
    },
  },
  "Acrobot-v1": {
    source,
    config: { totalSteps: 100_000, numEnvs: 2, numSteps: 1024, normaliseObservation: true, normaliseReward: true },
  },
  "Pendulum-v1": {
    source,
    config: {
      totalSteps: 200_000,
      numEnvs: 2,
      numSteps: 1024,
      discount: 0.9,
      criticEpochs: 15,
      stateDependentExploration: true,
      noiseEvery: 4,
    },
  },
};
