import { cartPole } from "@advantage/envs";
import { a2c, ppo, run, trpo } from "@advantage/rl";
import { median } from "./timing.mjs";
import { forwardFlops, trainingFlops } from "./update.mjs";

const zoo = { numEnvs: 8, numSteps: 32, minibatchSize: 256, epochs: 20, gaeLambda: 0.8, discount: 0.98 };
const trpoZoo = { numEnvs: 2, numSteps: 512, minibatchSize: 512, cgDamping: 1e-3, gaeLambda: 0.98, criticEpochs: 20 };

/** Whole training loops on one core, with the settings of Stable-Baselines3 and RL Baselines3 Zoo. */
const cases = [
  {
    name: "PPO CartPole, defaults, 1 environment",
    algorithm: ppo,
    env: cartPole,
    settings: {},
    epochs: [10, 10],
    bar: 45_000,
    peer: 3200,
  },
  {
    name: "PPO CartPole, zoo, 8 environments",
    algorithm: ppo,
    env: cartPole,
    settings: zoo,
    epochs: [20, 20],
    bar: 32_000,
    peer: 6400,
  },
  {
    name: "A2C CartPole, zoo, 8 environments",
    algorithm: a2c,
    env: cartPole,
    settings: { numEnvs: 8 },
    epochs: [1, 1],
    bar: 150_000,
    peer: 15_000,
  },
  {
    name: "TRPO CartPole, zoo",
    algorithm: trpo,
    env: cartPole,
    settings: trpoZoo,
    // The policy's Jacobian and its gradient by it, and up to 15 Fisher-vector products, each worth two thirds of a gradient.
    epochs: [1 + (15 * 2) / 3, 20],
    bar: 40_000,
    peer: 6400,
  },
];

export async function* loops(peak) {
  for (const { name, algorithm, env, settings, epochs, bar, peer } of cases) {
    const train = (totalSteps) =>
      run(algorithm, env, { preset: "none", seed: 1, totalSteps, evaluationEpisodes: 1, ...settings });
    await train(30_000);
    const rates = [];
    for (let sample = 0; sample < 3; sample++) rates.push((await train(150_000)).summary.stepsPerSecond);
    const networks = [
      [4, 64, 64, 2],
      [4, 64, 64, 1],
    ];
    // Each step is acted on once, evaluated once at the end of its rollout, and trained on `epochs` times: the policy's, the value's.
    const perStep = networks.reduce(
      (sum, sizes, i) => sum + epochs[i] * trainingFlops(sizes, 1) + forwardFlops(sizes, 1),
      forwardFlops(networks[0], 1),
    );
    yield {
      name,
      value: median(rates),
      unit: "steps/s",
      limit: (peak * 1e9) / perStep,
      bar,
      peer: { name: "Stable-Baselines3", value: peer },
    };
  }
  const { rss, arrayBuffers } = process.memoryUsage();
  yield {
    name: "memory of this process",
    value: rss / 2 ** 20,
    unit: "MiB",
    note: `array buffers ${(arrayBuffers / 2 ** 20) | 0} MiB`,
  };
}
