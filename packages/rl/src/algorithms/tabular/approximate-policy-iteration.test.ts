import { type FiniteMdp, frozenLake, garnet, randomMdp, sampleEnv } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { EnvLike } from "../../runner/env-source.js";
import { trials } from "../../testing/trials.js";
import { approximatePolicyIteration } from "./approximate-policy-iteration.js";
import { exponentialWeightsMdp } from "./exponential-weights-mdp.js";
import { policyIteration } from "./policy-iteration.js";

// biome-ignore lint/suspicious/noExplicitAny: any algorithm
function trained(algorithm: any, mdp: FiniteMdp, { iterations, ...given }: Record<string, unknown>) {
  const { samplesPerPair = 10 } = given as { samplesPerPair?: number };
  const sweeps =
    iterations === undefined ? {} : { samplesPerPair, totalSteps: samplesPerPair * (iterations as number) };
  const settings = { ...given, ...sweeps };
  const env = (() => sampleEnv(mdp, { id: "Test-v0" })) as EnvLike;
  // biome-ignore lint/suspicious/noExplicitAny: of any algorithm
  const { state, events } = trials<any, any>(algorithm).trained(env, settings);
  return { state, lines: events.flatMap(({ metrics }) => (metrics === undefined ? [] : [metrics])) };
}

/** Small random MDPs of both kinds. */
const problem = (seed: number) =>
  seed % 2 === 0
    ? randomMdp({ states: 3 + (seed % 4), actions: 2 + (seed % 3), seed })
    : garnet({ states: 5, actions: 3, branching: 2, seed });

const estimators = ["monte-carlo", "td"] as const;
const improvements = ["greedy", "exponential-weights", "npg"] as const;

describe("error propagation", () => {
  it.each(improvements)("%s never crosses its bound, with few samples or many", (improvement) => {
    for (let seed = 0; seed < 24; seed++) {
      const settings = {
        improvement,
        estimator: estimators[seed % 2],
        samplesPerPair: [1, 5, 30][seed % 3],
        rolloutSteps: [5, 60][(seed >> 1) % 2],
        learningRate: [0.1, 1, 10][(seed >> 2) % 3],
        discount: [0.5, 0.9][(seed >> 1) % 2],
        iterations: 15,
        seed,
      };
      const { lines } = trained(approximatePolicyIteration, problem(seed), settings);
      expect(lines).toHaveLength(15);
      for (const line of lines) {
        if (improvement === "greedy") expect(line.gap).toBeLessThanOrEqual(line.gapBound + 1e-10);
        else expect(line.regret).toBeLessThanOrEqual(line.regretBound + 1e-10);
      }
    }
  });

  it("the bound of the greedy form is met exactly where there is no error and every step gains what it can", () => {
    const { lines } = trained(approximatePolicyIteration, problem(1), { estimator: "exact", iterations: 12 });
    for (const line of lines) expect(line.error).toBe(0);
    expect(lines.at(-1)?.gap).toBeLessThan(1e-12);
  });
});

describe("with samples, to the exact form", () => {
  it.each(estimators)("%s: the error falls with the number of samples", (estimator) => {
    const errorOf = (samplesPerPair: number) => {
      const { lines } = trained(approximatePolicyIteration, problem(3), {
        estimator,
        samplesPerPair,
        rolloutSteps: 60,
        iterations: 8,
        improvement: "exponential-weights",
        learningRate: 0.1,
      });
      return lines.reduce((sum, line) => sum + line.error / 8, 0);
    };
    const [few, many] = [errorOf(20), errorOf(500)];
    // 1/√n is 5 for Monte Carlo; TD's step sizes of 1/n^0.6 leave 25^0.3 = 2.6.
    expect(few / many).toBeGreaterThan(estimator === "monte-carlo" ? 3.3 : 2);
  });

  it("the greedy form ends at the optimum of policy iteration, exponential weights at that of its exact row", () => {
    for (const seed of [0, 2, 3, 4, 5]) {
      const settings = { samplesPerPair: 200, rolloutSteps: 60, iterations: 6 };
      const { state, lines } = trained(approximatePolicyIteration, problem(seed), settings);
      const { actions } = trained(policyIteration, problem(seed), { discount: 0.9 }).state;
      expect(lines.at(-1)?.gap).toBeLessThan(1e-12);
      for (let s = 0; s < actions.length; s++)
        expect(state.policy[s * (state.policy.length / actions.length) + actions[s]]).toBe(1);
    }

    const mdp = frozenLake().mdp();
    const settings = { discount: 0.9, totalSteps: 40, learningRate: 1 };
    const weights = { ...settings, improvement: "exponential-weights", estimator: "exact", samplesPerPair: 1 };
    const approximate = trained(approximatePolicyIteration, mdp, weights).lines.at(-1)?.value as number;
    expect(approximate).toBeCloseTo(trained(exponentialWeightsMdp, mdp, settings).lines.at(-1)?.value as number, 12);
  });

  it("npg and exponential weights make the same policies of the same estimates", () => {
    const of = (improvement: string) =>
      trained(approximatePolicyIteration, problem(5), {
        improvement,
        iterations: 5,
        samplesPerPair: 20,
        learningRate: 0.5,
      }).state.policy;
    const [npg, weights] = [of("npg"), of("exponential-weights")];
    npg.forEach((p: number, i: number) => {
      expect(p).toBeCloseTo(weights[i], 12);
    });
  });
});
