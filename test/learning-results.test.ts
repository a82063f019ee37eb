import { readdirSync, readFileSync } from "node:fs";
import { algorithms, makeEnv } from "advantage";
import { prepareRun } from "advantage/runner";
import { describe, expect, test } from "vitest";
import { cases, failureBelow } from "../bench/learning/cases.mjs";

interface Result {
  readonly name: string;
  readonly algorithm: string;
  readonly environment: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly threshold: { readonly rule: "≥" | "≤"; readonly value: number; readonly within: number };
  readonly starts: { readonly episodes: number; readonly seed: number; readonly failureBelow: number };
  readonly seeds: readonly {
    readonly seed: number;
    readonly steps: number;
    readonly deterministic: number;
    readonly starts: {
      readonly mean: number;
      readonly median: number;
      readonly q05: number;
      readonly failures: number;
    };
  }[];
}

const folder = new URL("../bench/learning/results/", import.meta.url);
const results: readonly Result[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")));

test("there are recorded results", () => expect(results.length).toBeGreaterThanOrEqual(8));

describe.each(results.map((result) => [result.name, result] as const))("%s", (name, result) => {
  const { algorithm: id, environment, settings, config, threshold, seeds } = result;
  const algorithm = algorithms.find((each) => each.id === id);

  test("reaches its level on every seed, within its steps", () => {
    expect(seeds.map(({ seed }) => seed)).toEqual(seeds.map((_, i) => i + 1));
    expect(seeds.length).toBeGreaterThanOrEqual(5);
    expect(config.totalSteps).toBeLessThanOrEqual(threshold.within);
    for (const { seed, steps, deterministic } of seeds) {
      if (threshold.rule === "≤") expect(deterministic, `seed ${seed}`).toBeLessThanOrEqual(threshold.value);
      else expect(deterministic, `seed ${seed}`).toBeGreaterThanOrEqual(threshold.value);
      expect(steps, `seed ${seed}`).toBeLessThan(1.01 * threshold.within); // whole rollouts, whole episodes
    }
  });

  test("counts the failures among further starts by today's level, beside what the mean hides", () => {
    const { episodes, failureBelow: below } = result.starts;
    expect(below).toBe((failureBelow as Record<string, number>)[environment]);
    for (const { seed, starts } of seeds) {
      const { median, q05, failures } = starts;
      expect(q05, `seed ${seed}`).toBeLessThanOrEqual(median);
      // Where the quantile 5 % is a failure a twentieth of the starts are, or more; where it is none, no more than that.
      if (q05 < below) expect(failures, `seed ${seed}`).toBeGreaterThan(0.05 * (episodes - 1));
      else expect(failures, `seed ${seed}`).toBeLessThanOrEqual(Math.ceil(0.05 * (episodes - 1)));
    }
  });

  test(`was trained as the preset says today, else: npm run bench:learning -- ${name}`, () => {
    expect({ algorithm: id, environment, settings, threshold }).toEqual((cases as Record<string, unknown>)[name]);
    if (!algorithm) throw new Error(`there is no algorithm ${id}`);
    const { seed: _, ...now } = prepareRun(algorithm, makeEnv(environment), settings).context.config as typeof config;
    expect(config).toEqual(now);
  });
});
