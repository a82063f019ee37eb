import type { Random, RandomState } from "@advantage/engine";
import type { Env } from "@advantage/envs";
import { type CurvesFigure, type EpisodeEnd, RunError } from "../../core/index.js";

/** An environment that tells what every action pays on average, and which pays most. */
interface ShowsMeans {
  meanReward?(action: ArrayLike<number>): number;
  readonly bestAction?: ArrayLike<number>;
}

interface Curves {
  readonly round: number[];
  readonly regret: number[];
  readonly bound: number[];
  readonly distance: number[];
}

interface Books {
  /** k: rounds played. */
  rounds: number;
  rewardSum: number;
  /** Σₖ r(a*) − 𝔼[r|aₖ] */
  regret: number;
  episodeReturn: number;
  episodeLength: number;
  /** Whether some reward was outside the range it was said to lie in: the theorem's bound does not hold then. */
  outOfRange: boolean;
}

interface GameSnapshot {
  readonly env: unknown;
  readonly random: RandomState;
  readonly books: Books;
  readonly ended: EpisodeEnd[];
  readonly curves: Curves;
}

/**
 * A bandit whose actions are points, being played, with its books. The books see what every action pays on average where the environment
 * tells it; a learner sees what `play` returns.
 */
export class PointGame {
  readonly #env: Env<unknown, Float32Array> & ShowsMeans;
  readonly #random: Random;
  readonly #range: { readonly rewardLow: number; readonly rewardHigh: number };
  readonly #books: Books = {
    rounds: 0,
    rewardSum: 0,
    regret: 0,
    episodeReturn: 0,
    episodeLength: 0,
    outOfRange: false,
  };
  #ended: EpisodeEnd[] = [];
  #curves: Curves = { round: [], regret: [], bound: [], distance: [] };

  /** @param range what the rewards are said to lie in */
  constructor(env: Env, random: Random, range: { readonly rewardLow: number; readonly rewardHigh: number }) {
    this.#env = env as Env<unknown, Float32Array> & ShowsMeans;
    this.#random = random;
    this.#range = range;
    env.reset(random);
  }

  /** k: rounds played so far. */
  get rounds(): number {
    return this.#books.rounds;
  }

  /** Σₖ rₖ */
  get rewardSum(): number {
    return this.#books.rewardSum;
  }

  /**
   * Plays a point and keeps the books.
   *
   * @returns rₖ
   * @throws RunError if the reward is not finite
   */
  play(action: Float32Array): number {
    const env = this.#env;
    const books = this.#books;
    const { reward, terminated, truncated } = env.step(action);
    books.rounds += 1;
    if (!Number.isFinite(reward)) {
      throw new RunError(
        `the reward of ${env.id} was ${reward} in round ${books.rounds}: training stopped at that step; rewards must be finite`,
      );
    }
    if (reward < this.#range.rewardLow || reward > this.#range.rewardHigh) books.outOfRange = true;
    if (env.meanReward !== undefined && env.bestAction !== undefined) {
      books.regret += env.meanReward(env.bestAction) - env.meanReward(action);
    }
    books.rewardSum += reward;
    books.episodeReturn += reward;
    books.episodeLength += 1;
    if (terminated || truncated) {
      this.#ended.push({ step: books.rounds, return: books.episodeReturn, length: books.episodeLength });
      books.episodeReturn = 0;
      books.episodeLength = 0;
      env.reset(this.#random);
    }
    return reward;
  }

  /**
   * One line of metrics, which is also put on the curves.
   *
   * @param mean  the point around which actions are tried  [d]
   */
  report(mean: Float64Array, regretBound?: number): Record<string, number> {
    const { bestAction, meanReward } = this.#env;
    const { rounds, rewardSum, regret, outOfRange } = this.#books;
    if (bestAction === undefined || meanReward === undefined) return { rewardSum };
    const bound = outOfRange ? undefined : regretBound;
    let squares = 0;
    for (let i = 0; i < mean.length; i++) squares += (mean[i] - bestAction[i]) ** 2;
    const distance = Math.sqrt(squares);
    this.#curves.round.push(rounds);
    this.#curves.regret.push(regret);
    if (bound !== undefined) this.#curves.bound.push(bound);
    this.#curves.distance.push(distance);
    return { rewardSum, regret, ...(bound === undefined ? {} : { regretBound: bound }), distance };
  }

  /** The episodes that ended since the last call. */
  takeEnded(): readonly EpisodeEnd[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  figures(theorem: string): readonly CurvesFigure[] {
    const { round, regret, bound, distance } = this.#curves;
    if (round.length === 0) return [];
    const bounded = bound.length > 0;
    return [
      {
        kind: "curves",
        title: "Distance from the best action",
        caption: "How far the mean of the actions is from the best one.",
        xLabel: "round",
        yLabel: "distance",
        yLog: true,
        curves: [{ label: "distance", x: round.slice(), y: distance.slice() }],
      },
      {
        kind: "curves",
        title: bounded ? "Regret and its bound" : "Regret",
        caption: `What the best action would have earned, less what the actions played earn on average.${bounded ? ` Dashed: ${theorem}.` : ""}`,
        xLabel: "round",
        yLabel: "regret",
        curves: [
          { label: "regret", x: round.slice(), y: regret.slice() },
          ...(bounded ? [{ label: "bound", x: round.slice(0, bound.length), y: bound.slice(), reference: true }] : []),
        ],
      },
    ];
  }

  snapshot(): GameSnapshot {
    const env = this.#env;
    if (!env.snapshot) throw new Error(`${env.id} has no snapshot(): the run cannot be saved`);
    return {
      env: env.snapshot(),
      random: this.#random.snapshot(),
      books: { ...this.#books },
      ended: this.#ended.slice(),
      curves: structuredClone(this.#curves),
    };
  }

  restore(snapshot: unknown): void {
    const saved = snapshot as GameSnapshot;
    const env = this.#env;
    if (!env.restore) throw new Error(`${env.id} has no restore(): the run cannot be resumed`);
    this.#random.restore(saved.random);
    env.restore(saved.env, this.#random);
    Object.assign(this.#books, saved.books);
    this.#ended = saved.ended.slice();
    this.#curves = structuredClone(saved.curves);
  }
}
