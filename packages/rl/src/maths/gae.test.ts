import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generalisedAdvantage } from "./gae.js";

type Matrix = number[][];
type Case = Record<
  | "rewards"
  | "values"
  | "next_values"
  | "terminated"
  | "truncated"
  | "advantages"
  | "returns"
  | "advantages_truncation_as_termination",
  Matrix
> & { gamma: number; lambda: number };
const golden: { cases: Case[] } = JSON.parse(
  readFileSync(new URL("../../../../test/golden/maths/gae.json", import.meta.url), "utf8"),
);

const inputsOf = (c: Case, Floats: typeof Float64Array | typeof Float32Array = Float64Array) => ({
  rewards: Float64Array.from(c.rewards.flat()),
  values: Floats.from(c.values.flat()),
  nextValues: Floats.from(c.next_values.flat()),
  terminated: Uint8Array.from(c.terminated.flat().map(Number)),
  truncated: Uint8Array.from(c.truncated.flat().map(Number)),
  numSteps: c.rewards.length,
  numEnvs: c.rewards[0].length,
  discount: c.gamma,
  gaeLambda: c.lambda,
  advantages: new Floats(c.rewards.flat().length),
  returns: new Floats(c.rewards.flat().length),
});

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(tolerance);
}

describe("recorded values", () => {
  it.each(golden.cases)("γ = $gamma, λ = $lambda", (c) => {
    const inputs = inputsOf(c);
    generalisedAdvantage(inputs);
    expectClose(inputs.advantages, c.advantages.flat(), 1e-12);
    expectClose(inputs.returns, c.returns.flat(), 1e-12);
  });

  it.each(golden.cases)("truncation taken for termination, γ = $gamma, λ = $lambda", (c) => {
    const inputs = inputsOf(c);
    const terminated = inputs.terminated.map((flag, i) => flag | inputs.truncated[i]);
    generalisedAdvantage({ ...inputs, terminated });
    expectClose(inputs.advantages, c.advantages_truncation_as_termination.flat(), 1e-12);
  });

  it("in single precision", () => {
    for (const c of golden.cases) {
      const inputs = inputsOf(c, Float32Array);
      generalisedAdvantage(inputs);
      expectClose(inputs.advantages, c.advantages.flat(), 1e-5);
    }
  });
});

describe("by hand", () => {
  const inputs = {
    rewards: Float64Array.of(1, 2, 4),
    values: Float64Array.of(10, 20, 40),
    nextValues: Float64Array.of(20, 40, 80),
    terminated: new Uint8Array(3),
    truncated: new Uint8Array(3),
    numSteps: 3,
    numEnvs: 1,
    discount: 0.5,
    gaeLambda: 0.5,
    advantages: new Float64Array(3),
  };

  it("three steps, γ = λ = ½: δ = 1, 2, 4", () => {
    generalisedAdvantage(inputs);
    expect(inputs.advantages).toEqual(Float64Array.of(1.75, 3, 4)); // 4; 2 + ¼·4; 1 + ¼·3
  });

  it("a step that terminates has no value after it, and the sum stops", () => {
    generalisedAdvantage({ ...inputs, terminated: Uint8Array.of(0, 1, 0) });
    expect(inputs.advantages).toEqual(Float64Array.of(-3.5, -18, 4)); // 2 − 20; 1 + ¼·(−18)
  });

  it("a step that is cut keeps its value, and the sum stops", () => {
    generalisedAdvantage({ ...inputs, truncated: Uint8Array.of(0, 1, 0) });
    expect(inputs.advantages).toEqual(Float64Array.of(1.5, 2, 4)); // 2; 1 + ¼·2
  });

  it("a step that is both terminates", () => {
    generalisedAdvantage({ ...inputs, terminated: Uint8Array.of(0, 1, 0), truncated: Uint8Array.of(0, 1, 0) });
    expect(inputs.advantages).toEqual(Float64Array.of(-3.5, -18, 4));
  });
});

describe("limiting cases", () => {
  const [c] = golden.cases;
  it("λ = 0 is the one-step error", () => {
    const inputs = inputsOf({ ...c, lambda: 0 });
    generalisedAdvantage(inputs);
    const { rewards, values, nextValues, terminated } = inputs;
    const delta = rewards.map((r, i) => r + c.gamma * (1 - terminated[i]) * nextValues[i] - values[i]);
    expectClose(inputs.advantages, delta, 1e-13);
  });

  it("λ = 1 is the Monte Carlo return less the value", () => {
    const inputs = { ...inputsOf({ ...c, lambda: 1 }), truncated: new Uint8Array(48), terminated: new Uint8Array(48) };
    const { rewards, values, nextValues, numSteps: T, numEnvs: N } = inputs;
    for (let t = 0; t < T - 1; t++) for (let n = 0; n < N; n++) nextValues[t * N + n] = values[(t + 1) * N + n];
    generalisedAdvantage(inputs);
    for (let n = 0; n < N; n++) {
      let g = nextValues[(T - 1) * N + n];
      for (let t = T - 1; t >= 0; t--) {
        g = rewards[t * N + n] + c.gamma * g;
        expect(inputs.advantages[t * N + n]).toBeCloseTo(g - values[t * N + n], 12);
      }
    }
  });

  it("truncation probe: reward 1 for ever, cut every 5 steps, V at its fixed point: every advantage is 0", () => {
    const [T, N, discount] = [23, 3, 0.99];
    const value = 1 / (1 - discount);
    for (const gaeLambda of [0, 0.5, 0.95, 1]) {
      const advantages = new Float64Array(T * N);
      generalisedAdvantage({
        rewards: new Float64Array(T * N).fill(1),
        values: new Float64Array(T * N).fill(value),
        nextValues: new Float64Array(T * N).fill(value),
        terminated: new Uint8Array(T * N),
        truncated: Uint8Array.from({ length: T * N }, (_, i) => (Math.floor(i / N) % 5 === 4 ? 1 : 0)),
        numSteps: T,
        numEnvs: N,
        discount,
        gaeLambda,
        advantages,
      });
      expectClose(advantages, new Float64Array(T * N), 1e-12);
    }
  });
});

describe("errors", () => {
  const good = inputsOf(golden.cases[0]);
  it("name the array, the rule and the value", () => {
    expect(() => generalisedAdvantage({ ...good, values: new Float64Array(47) })).toThrow(
      "values must hold numSteps × numEnvs = 48 elements, got 47",
    );
    expect(() => generalisedAdvantage({ ...good, truncated: new Uint8Array(3) })).toThrow("truncated must hold");
    expect(() => generalisedAdvantage({ ...good, returns: new Float64Array(3) })).toThrow("returns must hold");
    expect(() => generalisedAdvantage({ ...good, discount: 1.2 })).toThrow("discount must be in [0, 1], got 1.2");
    expect(() => generalisedAdvantage({ ...good, gaeLambda: -1 })).toThrow("gaeLambda must be in [0, 1], got -1");
  });
});
