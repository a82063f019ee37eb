import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cases } from "../bench/learning/cases.mjs";
import { algorithms, makeEnv, prepareRun } from "../packages/advantage/src/index.js";

interface Result {
  readonly name: string;
  readonly algorithm: string;
  readonly environment: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly threshold: { readonly rule: "≥" | "≤"; readonly value: number; readonly within: number };
  readonly seeds: readonly { readonly seed: number; readonly steps: number; readonly deterministic: number }[];
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

  test(`was trained as the preset says today, else: npm run bench:learning -- ${name}`, () => {
    expect({ algorithm: id, environment, settings, threshold }).toEqual((cases as Record<string, unknown>)[name]);
    if (!algorithm) throw new Error(`there is no algorithm ${id}`);
    const { seed: _, ...now } = prepareRun(algorithm, makeEnv(environment), settings).context.config as typeof config;
    expect(config).toEqual(now);
  });
});
