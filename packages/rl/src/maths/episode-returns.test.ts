import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { averageBaseline, constantBaseline, episodeReturns, stepDiscounts, valueBaseline } from "./episode-returns.js";

// Three episodes, of 3, 1 and 2 steps.
const starts = Int32Array.of(0, 3, 4, 6);
const rewards = Float64Array.of(1, 2, 4, 8, 16, 32);

it("rewards to go, by hand", () => {
  const returns = episodeReturns({ rewards, starts, discount: 0.5, causality: true });
  expect([...returns]).toEqual([3, 4, 4, 8, 32, 32]);
  expect([...rewards]).toEqual([1, 2, 4, 8, 16, 32]);
});

it("whole returns stand at every step", () => {
  const returns = episodeReturns({ rewards, starts, discount: 0.5, causality: false });
  expect([...returns]).toEqual([3, 3, 3, 8, 32, 32]);
});

it("an episode that was cut goes on with its bootstrap", () => {
  const bootstrap = [0, 4, 0];
  const returns = episodeReturns({ rewards, starts, bootstrap, discount: 0.5, causality: true });
  expect([...returns]).toEqual([3, 4, 4, 10, 32, 32]);
});

it("γᵗ counts from each episode's first step", () => {
  expect([...stepDiscounts({ starts, discount: 0.5 })]).toEqual([1, 0.5, 0.25, 1, 1, 0.5]);
  expect([...stepDiscounts({ starts, discount: 0 })]).toEqual([1, 0, 0, 1, 1, 0]);
});

it("the average at each time step is of the other episodes that got so far", () => {
  const returns = Float64Array.of(3, 4, 4, 8, 32, 32);
  // t = 0: of {3, 8, 32}; t = 1: of {4, 32}; t = 2: nobody else.
  expect([...averageBaseline({ returns, starts, causality: true })]).toEqual([20, 32, 0, 17.5, 5.5, 4]);
});

it("the average of whole returns is of all other episodes, whatever their length", () => {
  const returns = Float64Array.of(3, 3, 3, 8, 32, 32);
  expect([...averageBaseline({ returns, starts, causality: false })]).toEqual([20, 20, 20, 17.5, 5.5, 5.5]);
});

it("one number is the mean of all steps of the other episodes, of whole returns that of the episodes", () => {
  const returns = Float64Array.of(3, 4, 4, 8, 32, 32);
  expect([...constantBaseline({ returns, starts, causality: true })]).toEqual(
    [24, 24, 24, 15, 15, 15].map((x, i) => (i > 3 ? 19 / 4 : x)),
  );
  const whole = Float64Array.of(3, 3, 3, 8, 32, 32);
  expect([...constantBaseline({ returns: whole, starts, causality: false })]).toEqual([20, 20, 20, 17.5, 5.5, 5.5]);
  expect([
    ...constantBaseline({ returns: Float64Array.of(3, 2), starts: Int32Array.of(0, 2), causality: true }),
  ]).toEqual([0, 0]);
});

describe("with lengths that know of no past, mean 20, reward 1, ten episodes", () => {
  // An episode goes on with probability q = 0.95 whatever is done, and each action is one of two with equal probabilities: scores ±½, so that the
  // variance of Σₜ ±½(Gₜ − bₜ) is ¼ 𝔼[Σₜ (Gₜ − bₜ)²] exactly. Gₜ is geometric at every step: mean μ = 1/p, variance q/p².
  const [p, q, m] = [0.05, 0.95, 10];
  const [mean, spread] = [1 / p, q / (p * p)];
  const none = (mean * (spread + mean * mean)) / 4;

  /** The other nine: c of them reach a step with probability qᵗ each, and have a mean of variance spread/c there, or none. */
  function average(): number {
    let total = 0;
    for (let t = 0; t < 2000; t++) {
      const reach = q ** t;
      let step = (1 - reach) ** (m - 1) * (spread + mean * mean);
      let ways = 1;
      for (let c = 1; c < m; c++) {
        ways *= (m - c) / c;
        step += ways * reach ** c * (1 - reach) ** (m - 1 - c) * (spread + spread / c);
      }
      total += reach * step;
    }
    return total / 4;
  }

  /** b = Q/n of nine episodes of n steps together, Q = Σ T(T + 1)/2: its moments by adding the episodes one by one. */
  function constant(): number {
    const most = 600; // steps of nine episodes: more have a probability below 1e-8
    let moments = [
      Float64Array.of(1, ...new Array(most).fill(0)),
      new Float64Array(most + 1),
      new Float64Array(most + 1),
    ];
    for (let j = 1; j < m; j++) {
      const next = moments.map(() => new Float64Array(most + 1));
      for (let length = 1; length <= most; length++) {
        const [weight, own] = [p * q ** (length - 1), (length * (length + 1)) / 2];
        for (let n = length; n <= most; n++) {
          const [zeroth, first, second] = moments.map((values) => values[n - length]);
          next[0][n] += weight * zeroth;
          next[1][n] += weight * (first + own * zeroth);
          next[2][n] += weight * (second + 2 * own * first + own * own * zeroth);
        }
      }
      moments = next;
    }
    let [b, squared] = [0, 0];
    for (let n = 1; n <= most; n++) {
      b += moments[1][n] / n;
      squared += moments[2][n] / (n * n);
    }
    return (mean * (spread + mean * mean - 2 * mean * b + squared)) / 4; // own lengths are independent of b
  }

  /** The same of sampled lengths by the baselines themselves, with its standard error. */
  function sampled(baselineOf: typeof averageBaseline) {
    const random = Random.fromSeed(5);
    const batches = Array.from({ length: 6000 }, () => {
      const ends = new Int32Array(m + 1);
      for (let i = 0; i < m; i++) {
        ends[i + 1] = ends[i] + 1;
        while (random.uniform() < q) ends[i + 1] += 1;
      }
      const rewards = new Float64Array(ends[m]).fill(1);
      const returns = episodeReturns({ rewards, starts: ends, discount: 1, causality: true });
      const baseline = baselineOf({ returns, starts: ends, causality: true });
      return returns.reduce((sum, value, row) => sum + (value - baseline[row]) ** 2, 0) / (4 * m);
    });
    const centre = batches.reduce((sum, value) => sum + value, 0) / batches.length;
    const square = batches.reduce((sum, value) => sum + (value - centre) ** 2, 0) / batches.length;
    return { centre, error: Math.sqrt(square / batches.length) };
  }

  it("one number has less variance than one for each time step, and that less than none", () => {
    expect(none).toBeCloseTo(3900, 6);
    expect(average() / none).toBeCloseTo(0.677, 2);
    expect(constant() / none).toBeCloseTo(0.562, 2);
  });

  it.each([
    ["one for each time step", averageBaseline, average],
    ["one number", constantBaseline, constant],
    ["none", ({ returns }: { readonly returns: Float64Array }) => new Float64Array(returns.length), () => none],
  ] as const)("the baselines have the variance of their formulas: %s", (_, baselineOf, exact) => {
    const { centre, error } = sampled(baselineOf);
    const expected = exact();
    expect(error).toBeLessThan(0.03 * expected);
    expect(Math.abs(centre - expected)).toBeLessThan(4 * error);
  });
});

it("one episode has no others", () => {
  const alone = { returns: Float64Array.of(3, 2), starts: Int32Array.of(0, 2) };
  expect([...averageBaseline({ ...alone, causality: true })]).toEqual([0, 0]);
  expect([...averageBaseline({ ...alone, causality: false })]).toEqual([0, 0]);
});

it("a value function expects of a reward to go what it says of the state, of a whole return what it said of the first", () => {
  const values = Float32Array.of(3, 1, 4, 1.5, 9, 2);
  expect([...valueBaseline({ values, starts, causality: true })]).toEqual([3, 1, 4, 1.5, 9, 2]);
  expect([...valueBaseline({ values, starts, causality: false })]).toEqual([3, 3, 3, 1.5, 9, 9]);
});

it("refuses a discount outside [0, 1]", () => {
  expect(() => episodeReturns({ rewards, starts, discount: 1.2, causality: true })).toThrow(
    "discount must be in [0, 1], got 1.2",
  );
});
