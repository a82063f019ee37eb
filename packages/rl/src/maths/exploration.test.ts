import { Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import {
  boltzmannProbabilities,
  Exploration,
  epsilonGreedy,
  epsilonGreedyProbabilities,
  epsilonGreedyValue,
  rowArgmax,
  rowMax,
  sampleRow,
} from "./exploration.js";

const q = Float64Array.of(9, 9, 9, 1, 3, 3, 2); // a row of four at 3: 1, 3, 3, 2

/** Shares of the actions in 40,000 draws, each within four standard errors of what is expected. */
function expectShares(draw: (random: Random) => number, expected: readonly number[]) {
  const random = Random.fromSeed(3);
  const counts = new Float64Array(expected.length);
  for (let i = 0; i < 40_000; i++) counts[draw(random)] += 1;
  expected.forEach((p, i) => {
    expect(Math.abs(counts[i] / 40_000 - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / 40_000));
  });
}

it("the best of a row, the first of equals", () => {
  expect(rowMax(q, 3, 4)).toBe(3);
  expect(rowArgmax(q, 3, 4)).toBe(1);
  expect(rowArgmax(q, 0, 3)).toBe(0);
});

describe("ε-greedy", () => {
  it("gives every action ε/A, and the greedy ones the rest in equal shares", () => {
    const out = new Float64Array(7);
    epsilonGreedyProbabilities(q, 3, 4, 0.2, out, 3);
    expect([...out]).toEqual([0, 0, 0, 0.05, 0.45, 0.45, 0.05]);
  });

  it.each([
    [0, [0, 0.5, 0.5, 0]],
    [0.2, [0.05, 0.45, 0.45, 0.05]],
    [1, [0.25, 0.25, 0.25, 0.25]],
  ])("draws with those probabilities, ε = %d", (epsilon, expected) => {
    expectShares((random) => epsilonGreedy(q, 3, 4, epsilon, random), expected);
  });

  it("takes one draw", () => {
    const [a, b] = [Random.fromSeed(1), Random.fromSeed(1)];
    for (let i = 0; i < 100; i++) {
      epsilonGreedy(q, 3, 4, 0.5, a);
      b.uint32();
    }
    expect(a.snapshot()).toEqual(b.snapshot());
  });

  it("its value is the mean under its probabilities", () => {
    expect(epsilonGreedyValue(q, 3, 4, 0.2)).toBeCloseTo(0.05 * 1 + 0.45 * 3 + 0.45 * 3 + 0.05 * 2, 14);
  });
});

describe("Boltzmann", () => {
  it("weighs by exp(Q/τ), also of large values", () => {
    const values = Float64Array.of(1000, 1000 + Math.LN2, 1000 + 2 * Math.LN2);
    const out = new Float64Array(3);
    boltzmannProbabilities(values, 0, 3, 1, out);
    [1 / 7, 2 / 7, 4 / 7].forEach((p, i) => {
      expect(out[i]).toBeCloseTo(p, 12);
    });
    boltzmannProbabilities(values, 0, 3, 0.5, out); // half the temperature squares the ratios
    [1 / 21, 4 / 21, 16 / 21].forEach((p, i) => {
      expect(out[i]).toBeCloseTo(p, 12);
    });
  });

  it("draws from a row", () => {
    const row = Float64Array.of(7, 0.2, 0, 0.8);
    expectShares((random) => sampleRow(random, row, 1, 3), [0.2, 0, 0.8]);
  });
});

describe("exploration over a run", () => {
  const random = () => Random.fromSeed(5);
  const table = Float64Array.of(0, 1, 2, 0); // two states of two actions

  it("follows its schedule", () => {
    const rule = "epsilon-greedy";
    const explore = new Exploration({ rule, parameter: { from: 1, to: 0.2 }, totalSteps: 100, numActions: 2 });
    expect(explore.parameter).toBe(1);
    explore.moveTo(50);
    expect(explore.parameter).toBeCloseTo(0.6, 14);
    explore.moveTo(100);
    expect(explore.parameter).toBeCloseTo(0.2, 14);
    [0.1, 0.9, 0.9, 0.1].forEach((p, i) => {
      expect(explore.probabilities(table)[i]).toBeCloseTo(p, 14);
    });
    expect(explore.value(table, 2)).toBeCloseTo(1.8, 14);
  });

  it("meets the end of its schedule exactly", () => {
    for (const totalSteps of [3, 7, 49, 1_000_003]) {
      const parameter = { from: 0.3, to: 0 };
      const explore = new Exploration({ rule: "epsilon-greedy", parameter, totalSteps, numActions: 2 });
      explore.moveTo(totalSteps);
      expect(explore.parameter).toBe(0);
      explore.moveTo(totalSteps - 1);
      expect(explore.parameter).toBeGreaterThan(0);
    }
  });

  it.each(["epsilon-greedy", "boltzmann"] as const)("draws what its table says: %s", (rule) => {
    const explore = new Exploration({ rule, parameter: 0.5, totalSteps: 100, numActions: 2 });
    const p = explore.probabilities(table)[2];
    const stream = random();
    let count = 0;
    for (let i = 0; i < 20_000; i++) if (explore.choose(table, 2, stream) === 0) count++;
    expect(Math.abs(count / 20_000 - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 20_000));
    expect(explore.value(table, 2)).toBeCloseTo(2 * p, 14);
  });
});
