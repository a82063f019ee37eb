import type { Random, RandomState } from "@advantage/engine";
import type { Env, Space } from "@advantage/envs";
import { type CurvesFigure, type EpisodeEnd, RunError } from "../../core/index.js";
import { policyEntropy } from "../../maths/index.js";

/** An environment that shows what every arm would have paid. */
interface ShowsRewards {
  /** rₖ(a) of the round just played  [A] */
  roundRewards?(): ArrayLike<number>;
}

/** More curves than this cannot be told apart. */
const DRAWN_ARMS = 8;

interface Curves {
  readonly round: number[];
  readonly regret: number[];
  readonly bound: number[];
  /** One list for each arm. */
  readonly probability: number[][];
}

interface Books {
  /** k: rounds played. */
  rounds: number;
  /** Rounds of which the environment showed all rewards. */
  shown: number;
  /** Σₖ rₖ(aₖ) */
  rewardSum: number;
  /** Σₖ ⟨πₖ, rₖ⟩ */
  expectedSum: number;
  /** Return of the running episode. */
  episodeReturn: number;
  episodeLength: number;
  /** Whether some reward was outside the range it was said to lie in: the theorems' bounds do not hold then. */
  outOfRange: boolean;
}

interface GameSnapshot {
  readonly env: unknown;
  readonly random: RandomState;
  readonly books: Books;
  readonly sums: Float64Array;
  readonly ended: EpisodeEnd[];
  readonly curves: Curves;
}

/**
 * A bandit being played, with its books: what was earned, what every arm would have earned, and the curves of both. The books see all
 * rewards where the environment shows them; a learner sees what `play` returns, and in the expert setting `rewards`.
 */
export class BanditGame {
  readonly numArms: number;
  /** rₖ(a) of the last round, if the environment shows them  [A] */
  readonly rewards: Float64Array;
  /** Sums of rₖ(a) over the rounds  [A] */
  readonly #sums: Float64Array;
  readonly #books: Books = {
    rounds: 0,
    shown: 0,
    rewardSum: 0,
    expectedSum: 0,
    episodeReturn: 0,
    episodeLength: 0,
    outOfRange: false,
  };
  readonly #env: Env & ShowsRewards;
  readonly #random: Random;
  readonly #range: { readonly rewardLow: number; readonly rewardHigh: number } | undefined;
  #ended: EpisodeEnd[] = [];
  #curves: Curves;

  /** @param range what the rewards are said to lie in, if anything depends on it */
  constructor(env: Env, random: Random, range?: { readonly rewardLow: number; readonly rewardHigh: number }) {
    this.numArms = armsOf(env);
    this.rewards = new Float64Array(this.numArms);
    this.#sums = new Float64Array(this.numArms);
    this.#env = env;
    this.#random = random;
    this.#range = range;
    this.#curves = { round: [], regret: [], bound: [], probability: Array.from({ length: this.numArms }, () => []) };
    env.reset(random);
  }

  /** k: rounds played so far. */
  get rounds(): number {
    return this.#books.rounds;
  }

  /** Σₖ rₖ(aₖ) */
  get rewardSum(): number {
    return this.#books.rewardSum;
  }

  /**
   * Plays an arm drawn from the policy, and keeps the books.
   *
   * @param arm     in [0, A)
   * @param policy  πₖ, what the arm was drawn from  [A]
   * @returns       rₖ(aₖ)
   * @throws RunError if a reward is not finite
   */
  play(arm: number, policy: Float64Array): number {
    const env = this.#env;
    const books = this.#books;
    const { reward, terminated, truncated } = env.step((env.actionSpace as ArmSpace).start + arm);
    books.rounds += 1;
    this.#check(reward);
    if (env.roundRewards !== undefined) this.#compareArms(env.roundRewards(), policy);
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

  /** The arm that would have earned most so far, the first of equals; undefined if the environment has not shown that. */
  bestArm(): number | undefined {
    const { rounds, shown } = this.#books;
    if (rounds === 0 || shown < rounds) return undefined;
    let best = 0;
    for (let arm = 1; arm < this.numArms; arm++) if (this.#sums[arm] > this.#sums[best]) best = arm;
    return best;
  }

  /** maxₐ Σₖ rₖ(a) − Σₖ ⟨πₖ, rₖ⟩ */
  regret(): number | undefined {
    const best = this.bestArm();
    return best === undefined ? undefined : this.#sums[best] - this.#books.expectedSum;
  }

  /** One line of metrics, which is also put on the curves. */
  report(policy: Float64Array, regretBound?: number): Record<string, number> {
    const best = this.bestArm();
    const regret = this.regret();
    const bound = regret === undefined || this.#books.outOfRange ? undefined : regretBound;
    this.#curves.round.push(this.rounds);
    if (regret !== undefined) this.#curves.regret.push(regret);
    if (bound !== undefined) this.#curves.bound.push(bound);
    this.#curves.probability.forEach((curve, arm) => {
      curve.push(policy[arm]);
    });
    return {
      rewardSum: this.rewardSum,
      ...(regret === undefined ? {} : { regret }),
      ...(bound === undefined ? {} : { regretBound: bound }),
      entropy: policyEntropy(policy, this.numArms),
      ...(best === undefined ? {} : { bestArmProbability: policy[best] }),
    };
  }

  /** The episodes that ended since the last call. */
  takeEnded(): readonly EpisodeEnd[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  figures(theorem?: string): readonly CurvesFigure[] {
    const { round, regret, bound, probability } = this.#curves;
    const bounded = theorem !== undefined && bound.length > 0;
    const shown = probability.map((_, arm) => arm);
    if (shown.length > DRAWN_ARMS) {
      shown.sort((a, b) => (probability[b].at(-1) ?? 0) - (probability[a].at(-1) ?? 0) || a - b);
      shown.length = DRAWN_ARMS;
    }
    const regretFigure: CurvesFigure = {
      kind: "curves",
      title: bounded ? "Regret and its bound" : "Regret",
      caption: `What the best arm in hindsight would have earned, less what the policies were expected to.${bounded ? ` Dashed: ${theorem}.` : ""}`,
      xLabel: "round",
      yLabel: "regret",
      curves: [
        { label: "regret", x: round.slice(0, regret.length), y: regret.slice() },
        ...(bounded ? [{ label: "bound", x: round.slice(0, bound.length), y: bound.slice(), reference: true }] : []),
      ],
    };
    const policyFigure: CurvesFigure = {
      kind: "curves",
      title: "Probabilities of the arms",
      caption: `The policy over the rounds.${probability.length > DRAWN_ARMS ? ` The ${DRAWN_ARMS} arms that are most probable now.` : ""}`,
      xLabel: "round",
      yLabel: "probability",
      curves: shown.map((arm) => ({ label: `arm ${arm}`, x: round.slice(), y: probability[arm].slice() })),
    };
    return regret.length > 0 ? [regretFigure, policyFigure] : [policyFigure];
  }

  snapshot(): GameSnapshot {
    const env = this.#env;
    if (!env.snapshot) throw new Error(`${env.id} has no snapshot(): the run cannot be saved`);
    return {
      env: env.snapshot(),
      random: this.#random.snapshot(),
      books: { ...this.#books },
      sums: this.#sums.slice(),
      ended: this.#ended.slice(),
      curves: structuredClone(this.#curves),
    };
  }

  restore(snapshot: unknown): void {
    const saved = snapshot as GameSnapshot;
    const env = this.#env;
    if (!env.restore) throw new Error(`${env.id} has no restore(): the run cannot be resumed`);
    if (saved.sums.length !== this.numArms) {
      throw new Error(`the saved game has ${saved.sums.length} arms, this one ${this.numArms}`);
    }
    this.#random.restore(saved.random);
    env.restore(saved.env, this.#random);
    Object.assign(this.#books, saved.books);
    this.#sums.set(saved.sums);
    this.#ended = saved.ended.slice();
    this.#curves = structuredClone(saved.curves);
  }

  #compareArms(shown: ArrayLike<number>, policy: Float64Array): void {
    if (shown.length !== this.numArms) {
      throw new RunError(`${this.#env.id}: roundRewards() must give ${this.numArms} rewards, got ${shown.length}`);
    }
    for (let arm = 0; arm < this.numArms; arm++) {
      const reward = shown[arm];
      this.#check(reward);
      this.rewards[arm] = reward;
      this.#sums[arm] += reward;
      this.#books.expectedSum += policy[arm] * reward;
    }
    this.#books.shown += 1;
  }

  #check(reward: number): void {
    if (!Number.isFinite(reward)) {
      throw new RunError(
        `the reward of ${this.#env.id} was ${reward} in round ${this.rounds}: training stopped at that step; rewards must be finite`,
      );
    }
    if (this.#range && (reward < this.#range.rewardLow || reward > this.#range.rewardHigh))
      this.#books.outOfRange = true;
  }
}

interface ArmSpace {
  readonly kind: "discrete";
  readonly n: number;
  readonly start: number;
}

/** The number of arms. */
export function armsOf({ actionSpace }: { readonly actionSpace: Space }): number {
  return (actionSpace as unknown as ArmSpace).n;
}
