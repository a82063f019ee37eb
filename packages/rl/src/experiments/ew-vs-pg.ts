import { largest, math, Random, smallest } from "@advantage/engine";
import type { CurvesFigure, TableFigure } from "../core/figure.js";
import { addToLogits, rowMean, softmaxFisherProduct, softmaxPolicy } from "../maths/softmax-policy.js";

export interface EwVsPgOptions {
  /** Chance of each arm to pay 1. Default: [0.6, 0.4]. */
  readonly means?: readonly number[];
  /** π₁. Default: [0.0001, 0.9999]. */
  readonly initialPolicy?: readonly number[];
  /** Default: 1000. */
  readonly rounds?: number;
  /** η. Default: four for each power of ten from 0.001 to 10,000. */
  readonly learningRates?: readonly number[];
  /** Runs for each η, all with the same rewards for all η and methods. Default: 100. */
  readonly seeds?: number;
  /** Seed of the first. Default: 1. */
  readonly seed?: number;
}

/** The total rewards of one method. */
export interface EwVsPgMethod {
  readonly id: "exponential-weights" | "expert-npg" | "expert-pg";
  readonly label: string;
  /** Mean over the seeds, for each η. */
  readonly mean: readonly number[];
  /** Half the width of its 95 % confidence interval, 1.96·s/√n, for each η. */
  readonly halfWidth: readonly number[];
}

export interface EwVsPg {
  readonly learningRates: readonly number[];
  readonly seeds: number;
  readonly rounds: number;
  readonly methods: readonly EwVsPgMethod[];
  readonly figure: CurvesFigure;
  readonly table: TableFigure;
  /** What the numbers say, in a sentence or two. */
  readonly conclusion: string;
}

/** θ ← θ + η·x with x made of π and the round's rewards; written to `x`. */
type Direction = (policy: Float64Array, rewards: Float64Array, x: Float64Array) => Float64Array;

const methods: readonly { id: EwVsPgMethod["id"]; label: string; direction: Direction }[] = [
  { id: "exponential-weights", label: "exponential weights: π exp(ηr)", direction: (_policy, rewards) => rewards },
  {
    id: "expert-npg",
    label: "natural policy gradient: θ + ηA",
    direction(policy, rewards, x) {
      const value = rowMean(policy, rewards, 0, rewards.length);
      for (let a = 0; a < x.length; a++) x[a] = rewards[a] - value;
      return x;
    },
  },
  {
    id: "expert-pg",
    label: "policy gradient: θ + ηπA",
    direction: (policy, rewards, x) => softmaxFisherProduct(policy, rewards, rewards.length, x),
  },
];

/**
 * The note's experiment in the expert setting: the total reward of exponential weights (which is natural policy gradient) and of
 * policy gradient over the step size η, from a policy that all but ignores the better arm. In every round an arm is drawn from the policy and earns
 * its reward, and the rewards of all arms are shown. Notes: W, "Experiments".
 *
 * The note names neither the grid of η nor the number of runs; these are ours. Wherever it writes γ for the step size it means η.
 *
 * @throws RangeError in one sentence if the options do not fit
 */
export function ewVsPg(options: EwVsPgOptions = {}): EwVsPg {
  const { means = [0.6, 0.4], initialPolicy = [0.0001, 0.9999], rounds = 1000, seeds = 100, seed = 1 } = options;
  const { learningRates = powersOfTen(-3, 4, 4) } = options;
  requireOptions({ means, initialPolicy, rounds, seeds, learningRates });
  const arms = means.length;
  const sums = methods.map(() => new Float64Array(learningRates.length));
  const squares = methods.map(() => new Float64Array(learningRates.length));
  const start = Float64Array.from(initialPolicy, math.log);

  const rewards = Array.from({ length: rounds }, () => new Float64Array(arms));
  const draws = new Float64Array(rounds);
  const logits = new Float64Array(arms);
  const policy = new Float64Array(arms);
  const x = new Float64Array(arms);
  for (let run = 0; run < seeds; run++) {
    const random = Random.fromSeed(seed + run);
    const rewardRandom = random.fork("rewards");
    for (const row of rewards) for (let a = 0; a < arms; a++) row[a] = rewardRandom.uniform() < means[a] ? 1 : 0;
    random.fork("policy").fillUniform(draws);
    for (const [which, { direction }] of methods.entries()) {
      for (const [i, eta] of learningRates.entries()) {
        logits.set(start);
        softmaxPolicy(logits, arms, policy);
        let total = 0;
        for (let k = 0; k < rounds; k++) {
          total += rewards[k][drawn(policy, draws[k])]; // aₖ ~ πₖ earns rₖ(aₖ)
          addToLogits(logits, arms, eta, direction(policy, rewards[k], x)); // θₖ₊₁
          softmaxPolicy(logits, arms, policy);
        }
        sums[which][i] += total;
        squares[which][i] += total * total;
      }
    }
  }
  const measured = methods.map(({ id, label }, which) => {
    const mean = Array.from(sums[which], (sum) => sum / seeds);
    const halfWidth = mean.map((m, i) => {
      const variance = Math.max(0, squares[which][i] - seeds * m * m) / Math.max(1, seeds - 1);
      return 1.96 * Math.sqrt(variance / seeds);
    });
    return { id, label, mean, halfWidth };
  });
  const about = { learningRates, seeds, rounds, methods: measured };
  return {
    ...about,
    figure: figureOf(about, means, initialPolicy),
    table: tableOf(about),
    conclusion: conclusionOf(about, means),
  };
}

type Measured = Pick<EwVsPg, "learningRates" | "seeds" | "rounds" | "methods">;

function figureOf(
  { learningRates, seeds, rounds, methods }: Measured,
  means: readonly number[],
  initialPolicy: readonly number[],
): CurvesFigure {
  const x = [...learningRates];
  const level = (label: string, y: number) => ({ label, x, y: x.map(() => y), reference: true });
  return {
    kind: "curves",
    title: "Exponential weights against policy gradient from a bad start",
    caption: `Total reward in ${rounds} rounds over the step size, arms ${means.map((mean) => `Ber(${mean})`).join(" and ")}, first policy [${initialPolicy.join(", ")}]; means of ${seeds} runs with 95 % intervals. Natural policy gradient is exponential weights. Notes W.`,
    xLabel: "step size η",
    yLabel: "total reward",
    xLog: true,
    curves: [
      ...methods.map(({ label, mean, halfWidth }) => ({
        label,
        x,
        y: [...mean],
        low: mean.map((m, i) => m - halfWidth[i]),
        high: mean.map((m, i) => m + halfWidth[i]),
      })),
      level("always the best arm", rounds * largest(means)),
      level("always the worst arm", rounds * smallest(means)),
    ],
  };
}

function tableOf({ learningRates, methods }: Measured): TableFigure {
  const [ew, npg, pg] = methods;
  const shown = (method: EwVsPgMethod, i: number) => `${method.mean[i].toFixed(1)} ± ${method.halfWidth[i].toFixed(1)}`;
  return {
    kind: "table",
    title: "Total reward by step size",
    caption: "Means over the runs with 95 % intervals.",
    columns: ["η", "exponential weights", "natural policy gradient", "policy gradient"],
    rows: learningRates.map((eta, i) => [Number(eta.toPrecision(3)), shown(ew, i), shown(npg, i), shown(pg, i)]),
  };
}

/** Recovered: at least three quarters of the way from the worst arm's reward to the best one's. Stuck: at most a twentieth of it. */
function conclusionOf({ learningRates, rounds, methods }: Measured, means: readonly number[]): string {
  const worst = rounds * smallest(means);
  const gap = rounds * largest(means) - worst;
  const eta = (i: number) => `η = ${Number(learningRates[i].toPrecision(2))}`;
  const say = ({ mean }: EwVsPgMethod) => {
    const moved = mean.findIndex((total) => total > worst + 0.05 * gap);
    const first = mean.findIndex((total) => total >= worst + 0.75 * gap);
    const best = mean.indexOf(largest(mean));
    const stuck = moved === 0 ? "" : `are stuck on it up to ${eta(moved < 0 ? mean.length - 1 : moved - 1)} and `;
    const recover = first < 0 ? "recover at no η" : `recover from ${eta(first)} on`;
    return `${stuck}${recover}: best ${mean[best].toFixed(0)} at ${eta(best)}`;
  };
  const [ew, , pg] = methods;
  return `From a policy that plays the worse arm, exponential weights ${say(ew)}; policy gradient's steps, scaled by each arm's probability, ${say(pg)}.`;
}

function drawn(policy: Float64Array, uniform: number): number {
  let left = uniform;
  for (let a = 0; a < policy.length - 1; a++) {
    left -= policy[a];
    if (left < 0) return a;
  }
  return policy.length - 1;
}

/** `perDecade` numbers for each power of ten, the last included. */
function powersOfTen(from: number, to: number, perDecade: number): number[] {
  return Array.from({ length: (to - from) * perDecade + 1 }, (_, i) => math.pow(10, from + i / perDecade));
}

function requireOptions(options: Required<Omit<EwVsPgOptions, "seed">>): void {
  const { means, initialPolicy, rounds, seeds, learningRates } = options;
  if (means.length === 0 || !means.every((mean) => mean >= 0 && mean <= 1)) {
    throw new RangeError(`means must be at least one number in [0, 1], got [${means.join(", ")}]`);
  }
  const sum = initialPolicy.reduce((total, probability) => total + probability, 0);
  const distribution = initialPolicy.every((probability) => probability > 0) && Math.abs(sum - 1) <= 1e-9;
  if (initialPolicy.length !== means.length || !distribution) {
    throw new RangeError(
      `initialPolicy must be ${means.length} probabilities above 0 that sum to 1, got [${initialPolicy.join(", ")}]`,
    );
  }
  for (const [name, count] of Object.entries({ rounds, seeds })) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new RangeError(`${name} must be an integer >= 1, got ${count}`);
  }
  if (learningRates.length === 0 || !learningRates.every((eta) => eta > 0 && eta < Infinity)) {
    throw new RangeError(`learningRates must be at least one number above 0, got [${learningRates.join(", ")}]`);
  }
}
