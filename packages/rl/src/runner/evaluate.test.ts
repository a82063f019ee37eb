import { describe, expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { discrete } from "../../../envs/src/spaces/discrete.js";
import { evaluate } from "./evaluate.js";
import { run } from "./run.js";

/** Episode k of an environment lasts and returns k: 1, 2, 3, … */
function growing() {
  let episode = 0;
  let elapsed = 0;
  return {
    id: "Growing-v0",
    observationSpace: discrete(1),
    actionSpace: discrete(2),
    reset() {
      episode += 1;
      elapsed = 0;
      return 0;
    },
    step() {
      elapsed += 1;
      return { observation: 0, reward: 1, terminated: elapsed === episode, truncated: false };
    },
  };
}

describe("evaluate", () => {
  it("gives each environment its share of the episodes, however short they are", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    // 250 episodes on 100 environments: the first 50 play episodes 1, 2, 3, the others 1, 2.
    const result = await evaluate(policy, growing, { episodes: 250 });
    const mean = (50 * (1 + 2 + 3) + 50 * (1 + 2)) / 250;
    const squares = (50 * (1 + 4 + 9) + 50 * (1 + 4)) / 250;
    expect(result).toMatchObject({ episodes: 250, min: 1, max: 3, deterministic: true });
    expect(result.mean).toBeCloseTo(mean, 12);
    expect(result.std).toBeCloseTo(Math.sqrt(squares - mean * mean), 12);
  });

  it("is reproduced by its seed", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    const by = (seed: number) => evaluate(policy, () => walk(), { episodes: 20, seed, deterministic: false });
    expect(await by(1)).toEqual(await by(1));
    expect(await by(1)).not.toEqual(await by(2));
  });

  it("refuses a number of episodes that is none", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    await expect(evaluate(policy, growing, { episodes: 0 })).rejects.toThrow(
      "episodes must be a whole number of at least 1, got 0",
    );
  });
});
