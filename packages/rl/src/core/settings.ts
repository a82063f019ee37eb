import { flag, int, optional, real } from "./schema.js";

/*
 * Settings that many algorithms have, ready for their schemas. An algorithm for which one of them differs says in what:
 * `numEnvs: { ...numEnvs, default: 8 }`.
 */

/** Length of the run in environment steps. */
export const totalSteps = int({ default: 100_000, min: 1, help: "environment steps to train for" });

/** Length of the run of an algorithm that learns after rollouts of a fixed length. */
export const stepsInRollouts = { ...totalSteps, help: `${totalSteps.help}, rounded up to whole rollouts` };

/** Length of the run of an algorithm that learns after batches of episodes. */
export const stepsInBatches = { ...totalSteps, help: `${totalSteps.help}, rounded up to whole batches` };

export const seed = int({ default: 1, min: 0, help: "seed of every random stream of the run" });

/** Seed of an algorithm that draws nothing. */
export const unusedSeed = { ...seed, help: "unused: nothing here is random" };

export const discount = real({ default: 0.99, min: 0, max: 1, symbol: "γ", help: "weight of the next step's return" });

/** Discount of an algorithm that has no meaning without one. */
export const discountBelowOne = real({
  default: discount.default as number,
  min: 0,
  below: 1,
  symbol: "γ",
  help: discount.help,
});

export const numEnvs = int({ default: 1, min: 1, symbol: "N", help: "environments stepped together" });

export const numSteps = int({
  default: 2048,
  min: 1,
  symbol: "T",
  help: "rollout length: steps per environment between updates",
});

export const gaeLambda = real({
  default: 0.95,
  min: 0,
  max: 1,
  symbol: "λ",
  help: "bias–variance trade-off of the advantages: 0 is one-step TD, 1 is Monte Carlo",
});

export const normaliseAdvantage = flag({ default: true, help: "standardise the advantages of each rollout" });

export const entropyCoef = real({ default: 0, min: 0, symbol: "c₂", help: "weight of the entropy bonus" });

export const valueCoef = real({ default: 0.5, min: 0, symbol: "c₁", help: "weight of the value loss" });

export const maxGradNorm = real({ default: 0.5, above: 0, help: "limit of the gradient's global norm" });

/** Limit of the gradient's norm where there is usually none. */
export const optionalMaxGradNorm = optional(real({ above: 0, help: `${maxGradNorm.help}; absent: none` }));

/** Steps of a line of metrics. */
export const logEvery = optional(
  int({ min: 1, help: "environment steps per line of metrics; absent: a two-hundredth of the run, at most 10,000" }),
);

/** Steps of the first line of metrics where lines grow with the run. */
export const firstLogEvery = int({
  default: 20,
  min: 1,
  help: "environment steps from one line of the metrics to the next, at first",
});
