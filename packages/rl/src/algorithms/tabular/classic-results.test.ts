/**
 * The figures that every course shows, held to their levels and orders: Sutton & Barto 2018, "Reinforcement Learning: An Introduction",
 * examples 6.2 and 7.1 (random walks), 6.6 (cliff), 6.7 (maximisation bias) and 8.1 (Dyna maze).
 */
import { Random } from "@advantage/engine";
import { cliffWalking, dynaMaze, maximizationBias, randomWalk, randomWalk19 } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm, EpisodeEnd } from "../../core/algorithm.js";
import type { EnvLike } from "../../runner/env-source.js";
import { prepareRun } from "../../runner/prepare.js";
import { doubleQLearning } from "./double-q-learning.js";
import { dynaQ } from "./dyna-q.js";
import { mcIncremental } from "./mc-incremental.js";
import { nStepTd } from "./n-step-td.js";
import { qLearning } from "./q-learning.js";
import { sarsa } from "./sarsa.js";
import { tdLambda } from "./td-lambda.js";
import { td0 } from "./td0.js";

type Learner<State> = Algorithm<never, State>;

/** Runs so many episodes; `each` sees the state at the end of each. */
function forEpisodes<State>(
  algorithm: Learner<State>,
  env: EnvLike,
  settings: Readonly<Record<string, unknown>>,
  episodes: number,
  each: (state: State, episode: EpisodeEnd, index: number) => void,
): void {
  const all = { totalSteps: 1e9, logEvery: 1, discount: 1, ...settings };
  const { context } = prepareRun(algorithm, env, all, { preset: "none" });
  const state = algorithm.init(context);
  let index = 0;
  for (const progress of algorithm.train(context, state) as Generator<{ episodes: readonly EpisodeEnd[] }>)
    for (const episode of progress.episodes) {
      each(state, episode, index);
      index += 1;
      if (index === episodes) return;
    }
}

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** RMS error over the walk's states at the end of each episode, averaged over runs. */
function walkErrors(
  algorithm: Learner<{ readonly values: Float64Array }>,
  { walk, exact, runs, episodes }: { walk: EnvLike; exact: readonly number[]; runs: number; episodes: number },
  settings: Readonly<Record<string, unknown>>,
): Float64Array {
  const errors = new Float64Array(episodes);
  for (let seed = 0; seed < runs; seed++)
    forEpisodes(algorithm, walk, { seed, ...settings }, episodes, ({ values }, _, index) => {
      const squares = exact.map((value, i) => (values[i + 1] - value) ** 2);
      errors[index] += Math.sqrt(mean(squares)) / runs;
    });
  return errors;
}

describe("random walk of 5 states (example 6.2): RMS error over 100 runs, from V = ½", () => {
  const five = { walk: randomWalk, exact: [1, 2, 3, 4, 5].map((i) => i / 6), runs: 100, episodes: 100 };
  const errorsOf = (algorithm: Learner<{ readonly values: Float64Array }>, learningRate: number) =>
    walkErrors(algorithm, five, { learningRate, initialValue: 0.5 });
  const td = [0.05, 0.1, 0.15].map((alpha) => errorsOf(td0 as never, alpha));
  const mc = [0.01, 0.02, 0.03, 0.04].map((alpha) => errorsOf(mcIncremental as never, alpha));
  const at = (curves: Float64Array[], episode: number) => curves.map((errors) => errors[episode - 1]);

  it("starts near √((2·⅓² + 2·⅙²)/5) = 0.236", () => {
    for (const error of at([...td, ...mc], 1)) expect(Math.abs(error - 0.23)).toBeLessThan(0.02);
  });

  it("TD(0): small steps end lower, large ones fall faster and level off", () => {
    const [slow, middle, fast] = at(td, 100);
    expect(slow).toBeLessThan(0.045);
    expect(Math.abs(middle - 0.053)).toBeLessThan(0.01);
    expect(Math.abs(fast - 0.065)).toBeLessThan(0.012);
    expect(at(td, 10)[2]).toBeLessThan(at(td, 10)[1]);
    expect(at(td, 10)[1]).toBeLessThan(at(td, 10)[0]);
  });

  it("constant-α Monte Carlo ends between 0.065 and 0.11, worse than every TD(0)", () => {
    for (const error of at(mc, 100)) {
      expect(error).toBeGreaterThan(0.065);
      expect(error).toBeLessThan(0.115);
      expect(error).toBeGreaterThan(Math.max(...at(td, 100)));
    }
    expect(Math.min(...mc.map(mean))).toBeGreaterThan(Math.max(...td.map(mean)) + 0.02);
  });
});

describe("random walk of 19 states (example 7.1): RMS error over the first 10 episodes", () => {
  const exact = Array.from({ length: 19 }, (_, i) => (i + 1) / 10 - 1);
  const nineteen = { walk: randomWalk19, exact, runs: 30, episodes: 10 };
  const best = (algorithm: Learner<{ readonly values: Float64Array }>, steps: readonly number[], settings: object) =>
    Math.min(...steps.map((learningRate) => mean(walkErrors(algorithm, nineteen, { learningRate, ...settings }))));

  it("n-step TD is best at an n in between", () => {
    const of = (returnSteps: number, steps: readonly number[]) => best(nStepTd as never, steps, { returnSteps });
    const [one, four, many] = [of(1, [0.6, 0.8, 1]), of(4, [0.3, 0.4, 0.5]), of(64, [0.05, 0.1, 0.2])];
    expect(Math.abs(four - 0.275)).toBeLessThan(0.02); // figure 7.2
    expect(one).toBeGreaterThan(four + 0.05);
    expect(many).toBeGreaterThan(four + 0.1);
  });

  it("TD(λ) is best at a λ in between", () => {
    const of = (lambda: number, steps: readonly number[]) => best(tdLambda as never, steps, { lambda });
    const [zero, between, one] = [of(0, [0.6, 0.8, 1]), of(0.8, [0.2, 0.3, 0.4]), of(1, [0.01, 0.02, 0.05])];
    expect(between).toBeLessThan(0.31); // figure 12.6
    expect(zero).toBeGreaterThan(between + 0.04);
    expect(one).toBeGreaterThan(between + 0.1);
  });
});

describe("cliff (example 6.6)", () => {
  const runs = 20;

  /** Mean online return of episodes 401–500, and of the greedy path from the start, cut after 100 steps. */
  function walk(algorithm: Learner<{ readonly q: Float64Array }>) {
    let online = 0;
    const greedy: number[] = [];
    for (let seed = 0; seed < runs; seed++) {
      let q = new Float64Array(0);
      forEpisodes(algorithm, cliffWalking as EnvLike, { seed, learningRate: 0.5 }, 500, (state, episode, index) => {
        if (index >= 400) online += episode.return / (100 * runs);
        q = state.q as Float64Array<ArrayBuffer>;
      });
      greedy.push(greedyReturn(q));
    }
    return { online, greedy };
  }

  function greedyReturn(q: Float64Array): number {
    const env = cliffWalking();
    let state = env.reset(Random.fromSeed(0));
    let sum = 0;
    for (let t = 0; t < 100; t++) {
      const row = q.subarray(4 * state, 4 * state + 4);
      const step = env.step(row.indexOf(Math.max(...row)));
      sum += step.reward;
      if (step.terminated) break;
      state = step.observation;
    }
    return sum;
  }

  it("Q-learning finds the shortest path along the edge and falls off it; Sarsa goes round", () => {
    const q = walk(qLearning as never);
    const onPolicy = walk(sarsa as never);
    expect(q.greedy).toEqual(new Array(runs).fill(-13));
    expect(q.online).toBeGreaterThan(-60);
    expect(q.online).toBeLessThan(-40);
    expect(onPolicy.online).toBeGreaterThan(-32);
    expect(onPolicy.online).toBeLessThan(-20);
    // Along the top row it takes 17 steps, a row lower 15, and never 13 along the edge. α = 0.5 now and then leaves a loop.
    expect(onPolicy.greedy.filter((sum) => sum <= -15 && sum >= -19).length).toBeGreaterThanOrEqual(16);
    expect(Math.max(...onPolicy.greedy)).toBeLessThanOrEqual(-15);
  });
});

describe("maximisation bias (example 6.7): share of episodes that go left", () => {
  function sharesOfLeft(algorithm: Learner<unknown>): Float64Array {
    const runs = 300;
    const shares = new Float64Array(300);
    for (let seed = 0; seed < runs; seed++)
      forEpisodes(algorithm, maximizationBias as EnvLike, { seed }, 300, (_, episode, index) => {
        if (episode.length === 2) shares[index] += 1 / runs;
      });
    return shares;
  }
  const single = sharesOfLeft(qLearning as never);
  const double = sharesOfLeft(doubleQLearning as never);

  it("Q-learning prefers the worse way for a hundred episodes, and keeps too much of it", () => {
    expect(mean(single.subarray(15, 60))).toBeGreaterThan(0.8);
    expect(mean(single.subarray(200))).toBeGreaterThan(0.12);
  });

  it("Double Q-learning leaves it at once, nearly down to the ε/2 = 5 % of its exploration", () => {
    expect(Math.max(...double.subarray(30))).toBeLessThan(0.65);
    expect(mean(double.subarray(60, 100))).toBeLessThan(mean(single.subarray(60, 100)) / 3);
    expect(mean(double.subarray(200))).toBeGreaterThan(0.04);
    expect(mean(double.subarray(200))).toBeLessThan(0.1);
  });
});

describe("Dyna maze (example 8.1): 0, 5 and 50 planning steps", () => {
  /** Mean length of each of the first 30 episodes over 20 runs. */
  function lengths(planningSteps: number): Float64Array {
    const runs = 20;
    const all = new Float64Array(30);
    for (let seed = 0; seed < runs; seed++)
      forEpisodes(
        dynaQ as never,
        dynaMaze as EnvLike,
        { seed, discount: 0.95, planningSteps },
        30,
        (_, { length }, i) => {
          all[i] += length / runs;
        },
      );
    return all;
  }
  const curves = [0, 5, 50].map(lengths);
  const steps = curves.map((curve) => mean(curve.subarray(1, 10))); // the first episode is blind for all

  it("planning needs far fewer episodes until they take about 14 steps", () => {
    const [none, five, fifty] = curves.map((curve) => curve.findIndex((length) => length < 20) + 1);
    expect(fifty).toBeLessThanOrEqual(3); // the book: about 3, 5 and 25 episodes
    expect(five).toBeGreaterThan(fifty);
    expect(five).toBeLessThanOrEqual(8);
    expect(none === 0 || none > 20).toBe(true);
    for (const curve of curves.slice(1)) expect(mean(curve.subarray(20))).toBeLessThan(19); // ε = 0.1 makes 14 about 17
  });

  it("and far fewer real steps in episodes 2 to 10", () => {
    expect(steps[2]).toBeLessThan(0.75 * steps[1]);
    expect(steps[1]).toBeLessThan(0.3 * steps[0]);
  });

  it("starts alike: nothing is known in the first episode", () => {
    expect(curves[1][0]).toBe(curves[0][0]);
  });
});
