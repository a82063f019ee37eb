/**
 * One-point gradient ascent: policy gradient where actions are points and only the reward of the point played is seen. Its natural form learns
 * the shape of the exploration too, and so does not crawl where the reward is steep in one direction and flat in another.
 *
 * Flaxman, Kalai & McMahan 2005; the natural form: Glasmachers et al. 2010. Notes: W, "Review: linear bandits and one-point gradient estimator"
 * (a heading without formulas) and "Optimization over ill-conditioned loss" (a picture).
 *
 * Where it differs from its sources: `deviations`, below.
 */

import { math, Params, type Random } from "@advantage/engine";
import type { Box, Space } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  choice,
  int,
  isLineDue,
  isStopDue,
  optional,
  type Progress,
  RunError,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { PointGame, requireBandit, rewardRange } from "../../families/bandits/index.js";
import {
  addGaussianPoint,
  addSpherePoint,
  identity,
  matrixVector,
  multiplyByExponential,
  onePointRegretBound,
  onePointSteps,
  unitDirection,
} from "../../maths/index.js";
import { type ActorSpec, actor } from "../../networks/index.js";
import { actorPolicy } from "../../policies/index.js";

const config = schema({
  totalSteps: {
    ...settings.totalSteps,
    default: 10_000,
    symbol: "K",
    help: "rounds to play, rounded up to whole steps of n",
  },
  seed: settings.seed,
  update: choice(["gradient", "natural"], {
    default: "gradient",
    help: "the gradient of the mean action, or the natural gradient of a normal distribution's mean and covariance",
  }),
  samples: int({ default: 1, min: 1, symbol: "n", help: "points played for each step; natural needs 2 or more" }),
  learningRate: optional(
    real({
      above: 0,
      symbol: "η",
      help: "step size of the mean; absent: the regret bound's best (gradient), 1 (natural)",
    }),
  ),
  shapeLearningRate: optional(
    real({
      above: 0,
      symbol: "η_M",
      help: "step size of the covariance (natural); absent: 3(3 + log d)/(5d√d), the source's",
    }),
  ),
  radius: optional(
    real({
      above: 0,
      symbol: "δ",
      help: "how far from the mean points are tried, at first (natural); absent: the regret bound's best, or a quarter of the smallest half-width (natural)",
    }),
  ),
  baseline: choice(["middle", "mean", "none"], {
    default: "middle",
    symbol: "b",
    help: "what rewards are compared with (gradient): the middle of their range, their mean so far, or 0",
  }),
  ...rewardRange,
  lipschitz: optional(
    real({ above: 0, symbol: "L", help: "how steep the mean reward can be; absent: what the environment says, or 1" }),
  ),
});

export type OnePointGradientConfig = ConfigOf<typeof config>;

export interface OnePointGradientState {
  readonly game: PointGame;
  /** x, or m: around what actions are tried  [d] */
  readonly mean: Float64Array;
  /** M, covariance MMᵀ; only natural  [d × d] */
  readonly shape?: Float64Array;
  readonly policyRandom: Random;
}

/** Middle and half-widths of the actions, with the radii r and R of balls inside and around. */
function boxOf(space: Space) {
  const { low, high } = space as Box;
  const centre = Float64Array.from(low, (value, i) => (value + high[i]) / 2);
  const halfWidths = Float64Array.from(low, (value, i) => (high[i] - value) / 2);
  const innerRadius = halfWidths.reduce((least, value) => Math.min(least, value), Infinity);
  const outerRadius = Math.sqrt(halfWidths.reduce((sum, value) => sum + value * value, 0));
  return { size: low.length, centre, halfWidths, innerRadius, outerRadius };
}

/** What the theorem speaks of, but for the steps. */
function settingOf({ config: c, env }: Context<OnePointGradientConfig>) {
  const { size: dimensions, innerRadius, outerRadius } = boxOf(env.actionSpace);
  const largest = {
    middle: (c.rewardHigh - c.rewardLow) / 2,
    mean: c.rewardHigh - c.rewardLow,
    none: Math.max(Math.abs(c.rewardLow), Math.abs(c.rewardHigh)),
  }[c.baseline];
  const lipschitz = c.lipschitz ?? (env.make() as { readonly lipschitz?: number }).lipschitz ?? 1;
  return { dimensions, rounds: c.totalSteps, samples: c.samples, largest, lipschitz, innerRadius, outerRadius };
}

/** η, η_M and δ as set, or those of the sources. */
function stepsOf(context: Context<OnePointGradientConfig>) {
  const { config: c } = context;
  const setting = settingOf(context);
  const { dimensions: d, innerRadius } = setting;
  const best = c.update === "gradient" ? onePointSteps(setting) : { radius: innerRadius / 4, learningRate: 1 };
  return {
    radius: c.radius ?? best.radius,
    learningRate: c.learningRate ?? best.learningRate,
    shapeLearningRate: c.shapeLearningRate ?? (3 * (3 + math.log(d))) / (5 * d * Math.sqrt(d)),
  };
}

/** b for the draws to come; a mean of no rewards is the middle. */
function baselineOf({ baseline, rewardLow, rewardHigh }: OnePointGradientConfig, game: PointGame): number {
  if (baseline === "none") return 0;
  if (baseline === "middle" || game.rounds === 0) return (rewardLow + rewardHigh) / 2;
  return game.rewardSum / game.rounds;
}

/** x ← Π(x + ηg), g = (1/n) Σᵢ (d/δ)(rᵢ − b)uᵢ; Π onto the box less δ/r of its width. */
function gradientStep(context: Context<OnePointGradientConfig>, { game, mean, policyRandom }: OnePointGradientState) {
  const { config: c, env } = context;
  const { size, centre, halfWidths, innerRadius } = boxOf(env.actionSpace);
  const { radius, learningRate } = stepsOf(context);
  const shrunk = 1 - radius / innerRadius;
  const direction = new Float64Array(size);
  const gradient = new Float64Array(size);
  const action = new Float32Array(size);
  return () => {
    const baseline = baselineOf(c, game);
    gradient.fill(0);
    for (let draw = 0; draw < c.samples; draw++) {
      unitDirection(policyRandom, direction);
      for (let i = 0; i < size; i++) action[i] = mean[i] + radius * direction[i];
      const reward = game.play(action) - baseline;
      addSpherePoint({ direction, reward, radius, weight: 1 / c.samples }, gradient);
    }
    for (let i = 0; i < size; i++) {
      const limit = shrunk * halfWidths[i];
      mean[i] = centre[i] + Math.min(Math.max(mean[i] + learningRate * gradient[i] - centre[i], -limit), limit);
    }
  };
}

/** m ← m + ηM·g_m, M ← M exp(½η_M G_M), both of the n points' standardised rewards. */
function naturalStep(
  context: Context<OnePointGradientConfig>,
  { game, mean, shape, policyRandom }: OnePointGradientState,
) {
  const { config: c, env } = context;
  const { size, centre, halfWidths } = boxOf(env.actionSpace);
  const { learningRate, shapeLearningRate } = stepsOf(context);
  const matrix = shape!;
  const draws = Array.from({ length: c.samples }, () => new Float64Array(size));
  const rewards = new Float64Array(c.samples);
  const moved = new Float64Array(size);
  const action = new Float32Array(size);
  const meanGradient = new Float64Array(size);
  const shapeGradient = new Float64Array(size * size);
  return () => {
    for (const [k, draw] of draws.entries()) {
      for (let i = 0; i < size; i++) draw[i] = policyRandom.normal();
      matrixVector(matrix, draw, moved);
      for (let i = 0; i < size; i++) action[i] = mean[i] + moved[i];
      rewards[k] = game.play(action);
    }
    if (!standardise(rewards)) return; // nothing to tell the points apart
    meanGradient.fill(0);
    shapeGradient.fill(0);
    for (const [k, draw] of draws.entries()) {
      addGaussianPoint({ draw, reward: rewards[k], weight: 1 / c.samples }, meanGradient, shapeGradient);
    }
    matrixVector(matrix, meanGradient, moved);
    for (let i = 0; i < size; i++) {
      const limit = halfWidths[i];
      mean[i] = centre[i] + Math.min(Math.max(mean[i] + learningRate * moved[i] - centre[i], -limit), limit);
    }
    for (let i = 0; i < shapeGradient.length; i++) shapeGradient[i] *= shapeLearningRate / 2;
    multiplyByExponential(matrix, shapeGradient);
  };
}

/** Mean 0 and deviation 1; false where all are equal, or as good as. */
function standardise(values: Float64Array): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(variance);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(deviation > 8 * Number.EPSILON * largest)) return false;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / deviation;
  return true;
}

function* train(context: Context<OnePointGradientConfig>, state: OnePointGradientState): Generator<Progress> {
  const { config: c } = context;
  const { game, mean } = state;
  const { radius, learningRate } = stepsOf(context);
  const step = c.update === "gradient" ? gradientStep(context, state) : naturalStep(context, state);
  const theorem = { ...settingOf(context), radius, learningRate };
  while (game.rounds < c.totalSteps) {
    // for k = 1, 2, …: play n points around the mean; a step along their estimate of the gradient
    const before = game.rounds;
    step();
    if (isLineDue(before, game.rounds, c.totalSteps)) {
      const bound = c.update === "gradient" ? onePointRegretBound({ ...theorem, rounds: game.rounds }) : undefined;
      yield {
        step: game.rounds,
        episodes: game.takeEnded(),
        metrics: { ...game.report(mean, bound), deviation: deviationOf(state, radius) },
      };
    } else if (isStopDue(before, game.rounds, 1)) {
      yield { step: game.rounds, episodes: game.takeEnded(), betweenLines: true };
    }
  }
}

/** Root mean square of the actions' deviations along the axes. */
function deviationOf({ mean, shape }: OnePointGradientState, radius: number): number {
  if (shape === undefined) return radius / Math.sqrt(mean.length);
  return Math.sqrt(shape.reduce((sum, value) => sum + value * value, 0) / mean.length);
}

const theorem = "on the expected regret: nR²/(2η) + ηK(dC/δ)²/2 + 3δLK + 2(δ/r)CK (Flaxman, Kalai & McMahan 2005)";

export const onePointGradient: Algorithm<OnePointGradientConfig, OnePointGradientState> = {
  id: "one-point-gradient",
  title: "One-point gradient",
  summary:
    "Policy gradient for bandits whose actions are points: the gradient is estimated from rewards at single points around the mean.",
  family: "bandits",
  papers: [papers.flaxman2005, papers.glasmachers2010],
  notes: ["W"],
  deviations: [
    "Rewards are compared with a baseline, by default the middle of their range: half the length of the gradients for nothing. The paper has none.",
    "A step may be made of several points (n); the paper plays one.",
    "Natural: rewards are standardised among the n points of a step (the paper ranks them), so that no step depends on their scale.",
    "The policy that is saved samples from a normal distribution of the same deviations, where training drew from the sphere.",
    "The note only names the estimator as a review, and shows the ill-conditioned loss as a picture: the setting is ours.",
  ],
  config,
  metrics: {
    rewardSum: { meaning: "sum of the rewards received so far", healthy: "rises as fast as the best action pays" },
    regret: {
      meaning:
        "what the best action would have earned, less what the actions played earn on average; absent where the environment does not tell",
      healthy: "grows slower than the rounds: its slope falls",
      bound: "regretBound",
    },
    regretBound: {
      meaning: `the theorem's bound ${theorem}; a single run may cross it, the mean over seeds may not; absent with update natural, and once a reward was outside its range`,
      healthy: "above the regret",
    },
    distance: {
      meaning: "distance of the mean action from the best; absent where the environment does not tell",
      healthy: "falls; stays near radius (gradient)",
      logarithmic: true,
    },
    deviation: {
      meaning: "standard deviation of the actions along an axis, root mean square over the axes",
      healthy: "constant (gradient); falls as the best action is found (natural)",
      logarithmic: true,
    },
  },
  presets: {},
  observationKinds: ["discrete"],
  actionKinds: ["box"],
  unit: "round",
  needs: ["env"],
  validate(context) {
    const { config: c, env } = context;
    requireBandit("one-point-gradient", context);
    const { innerRadius } = boxOf(env.actionSpace);
    if (!(innerRadius > 0 && innerRadius < Infinity)) {
      throw new RunError(
        `one-point-gradient needs actions between finite bounds, ${env.id} has low ${(env.actionSpace as Box).low} and high ${(env.actionSpace as Box).high}`,
      );
    }
    if (c.update === "natural" && c.samples < 2) {
      throw new ConfigError([
        `samples must be at least 2 with update natural, which compares the points of a step, got ${c.samples}; 4 + 3·log d is usual`,
      ]);
    }
    if (c.update === "gradient" && stepsOf(context).radius > innerRadius) {
      throw new ConfigError([
        `radius must be at most ${innerRadius}, half of the actions' smallest width, got ${c.radius}`,
      ]);
    }
  },
  init(context) {
    const { config: c, env, random } = context;
    const { size, centre } = boxOf(env.actionSpace);
    const { radius } = stepsOf(context);
    return {
      game: new PointGame(env.make(), random.fork("env"), c),
      mean: centre,
      ...(c.update === "natural" ? { shape: identity(size).map((value) => value * radius) } : {}),
      policyRandom: random.fork("policy"),
    };
  },
  stepsAtOnce: ({ config: c }) => c.samples,
  train,
  policy(context, state) {
    const { env, random } = context;
    const { mean, shape } = state;
    const size = mean.length;
    const spec: ActorSpec = {
      observationSize: 1,
      actionSpace: env.actionSpace,
      hiddenSizes: [],
      activation: "tanh",
      stateDependentExploration: false,
    };
    const params = Params.pack(actor(spec).init(random.fork("unused")));
    params.tree.output.weight.data.fill(0);
    params.tree.output.bias.data.set(mean);
    const { radius } = stepsOf(context);
    for (let i = 0; i < size; i++) {
      const variance = shape?.subarray(i * size, (i + 1) * size).reduce((sum, value) => sum + value * value, 0);
      params.tree.logStd!.data[i] = math.log(variance === undefined ? radius / Math.sqrt(size) : Math.sqrt(variance));
    }
    return actorPolicy({
      algorithm: "one-point-gradient",
      environment: env.id,
      observationSpace: env.observationSpace,
      spec,
      params,
      normaliser: null,
    });
  },
  figures: (_context, { game }) => game.figures(theorem),
};
