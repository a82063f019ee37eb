import { math } from "@advantage/engine";
import { quadraticBandit } from "@advantage/envs";
import { type OnePointGradientState, onePointGradient } from "../algorithms/bandits/one-point-gradient.js";
import type { CurvesFigure, TableFigure } from "../core/figure.js";
import { prepareRun } from "../runner/prepare.js";

export interface IllConditionedOptions {
  /** κ: steepest over flattest curvature. Default: 1, 10, 100, 1000. */
  readonly conditionNumbers?: readonly number[];
  /** η of the gradient, of which the best is shown for each κ. Default: 0.02 to 2 in five steps. */
  readonly learningRates?: readonly number[];
  /** How near the best action the mean has to come. Default: 0.05. */
  readonly within?: number;
  /** Rounds after which a run has failed. Default: 50,000. */
  readonly mostRounds?: number;
  /** Default: 5. */
  readonly seeds?: number;
  /** Seed of the first. Default: 1. */
  readonly seed?: number;
}

export interface IllConditioned {
  readonly conditionNumbers: readonly number[];
  /** Median of the rounds needed, for each κ; `mostRounds` where most runs failed. */
  readonly gradient: readonly number[];
  readonly natural: readonly number[];
  /** Steps of the exact gradient with the step size that suits the steepest direction, for each κ. */
  readonly exact: readonly number[];
  readonly figure: CurvesFigure;
  readonly table: TableFigure;
  /** What the numbers say, in a sentence. */
  readonly conclusion: string;
}

/** Points played for each step, by all. */
const SAMPLES = 10;

/**
 * The loss on which policy gradient crawls and natural policy gradient does not: the rounds that the one-point gradient and its natural form need
 * to find the best point of a square, over the condition number of the reward. The note shows it as a picture without numbers (W, "Optimization
 * over ill-conditioned loss"); the setting is ours.
 *
 * The exact gradient with η = 1/λ_max leaves (1 − 1/κ)ᵏ of the distance along the flattest axis after k steps.
 */
export function illConditioned(options: IllConditionedOptions = {}): IllConditioned {
  const { conditionNumbers = [1, 10, 100, 1000], learningRates = [0.02, 0.063, 0.2, 0.63, 2] } = options;
  const { within = 0.05, mostRounds = 50_000, seeds = 5, seed = 1 } = options;

  const roundsNeeded = (kappa: number, settings: Readonly<Record<string, unknown>>) => {
    const env = () => quadraticBandit({ curvatures: [1, kappa] });
    const rounds = Array.from({ length: seeds }, (_, run) => {
      const all = { totalSteps: mostRounds, samples: SAMPLES, seed: seed + run, ...settings };
      const { context } = prepareRun(onePointGradient, env, all, { preset: "none" });
      const state = onePointGradient.init(context) as OnePointGradientState;
      for (const { step, metrics } of onePointGradient.train(context, state) as Generator<{
        step: number;
        metrics?: Readonly<Record<string, number>>;
      }>) {
        if (metrics !== undefined && metrics.distance <= within) return step;
      }
      return mostRounds;
    });
    return rounds.sort((a, b) => a - b)[seeds >> 1];
  };
  const gradient = conditionNumbers.map((kappa) =>
    learningRates
      .map((learningRate) => roundsNeeded(kappa, { learningRate, radius: 0.1, baseline: "mean" }))
      .reduce((least, rounds) => Math.min(least, rounds)),
  );
  const natural = conditionNumbers.map((kappa) => roundsNeeded(kappa, { update: "natural" }));
  const exact = conditionNumbers.map((kappa) => stepsOfExactGradient(kappa, within));

  const reached = (rounds: readonly number[]) => {
    const found = rounds.map((value, i) => [conditionNumbers[i], value]).filter(([, value]) => value < mostRounds);
    return { x: found.map(([kappa]) => kappa), y: found.map(([, value]) => value) };
  };
  const figure: CurvesFigure = {
    kind: "curves",
    title: "Rounds to find the best action",
    caption: `Until the mean action is within ${within} of the best: median of ${seeds} seeds, ${SAMPLES} points a step, the gradient with the best of ${learningRates.length} step sizes for each point; not drawn where most runs had not found it after ${mostRounds.toLocaleString("en")} rounds. Dashed: the exact gradient's steps, times ${SAMPLES}.`,
    xLabel: "condition number κ",
    yLabel: "rounds",
    xLog: true,
    yLog: true,
    curves: [
      { label: "one-point gradient", ...reached(gradient) },
      { label: "natural", ...reached(natural) },
      {
        label: "exact gradient",
        x: [...conditionNumbers],
        y: exact.map((steps) => steps * SAMPLES),
        reference: true,
      },
    ],
  };
  const inWords = (rounds: number) =>
    rounds < mostRounds ? rounds.toLocaleString("en") : `> ${mostRounds.toLocaleString("en")}`;
  const table: TableFigure = {
    kind: "table",
    title: "Rounds needed",
    caption: "The exact gradient sees the whole reward: its steps are counted, not rounds.",
    columns: ["κ", "one-point gradient", "natural", "exact gradient, steps"],
    rows: conditionNumbers.map((kappa, i) => [kappa, inWords(gradient[i]), inWords(natural[i]), exact[i]]),
  };
  const last = conditionNumbers.length - 1;
  const conclusion = `From κ = ${conditionNumbers[0]} to ${conditionNumbers[last]} the gradient's rounds go from ${inWords(gradient[0])} to ${inWords(gradient[last])}, the natural gradient's from ${inWords(natural[0])} to ${inWords(natural[last])}.`;
  return { conditionNumbers, gradient, natural, exact, figure, table, conclusion };
}

/** k with 0.6·(1 − 1/κ)ᵏ ≤ within, along the flattest axis: the steepest is there after one step. */
function stepsOfExactGradient(kappa: number, within: number): number {
  return Math.max(1, Math.ceil(math.log(within / 0.6) / math.log(1 - 1 / kappa)));
}
