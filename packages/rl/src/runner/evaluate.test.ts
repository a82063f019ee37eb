import { describe, expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { box } from "../../../envs/src/spaces/box.js";
import { discrete } from "../../../envs/src/spaces/discrete.js";
import type { Space } from "../../../envs/src/spaces/space.js";
import { RunError } from "../core/errors.js";
import type { Memory, Policy } from "../core/policy.js";
import { EpisodeMemory } from "../networks/memory.js";
import { evaluate } from "./evaluate.js";
import { run } from "./run.js";

/** Episode k of an environment lasts and returns k: 1, 2, 3, … */
function growing() {
  let episode = 0;
  let elapsed = 0;
  return {
    id: "Growing-v0",
    observationSpace: box({ low: 0, high: 1, shape: [1] }),
    actionSpace: discrete(2),
    reset() {
      episode += 1;
      elapsed = 0;
      return Float32Array.of(0);
    },
    step() {
      elapsed += 1;
      return { observation: Float32Array.of(0), reward: 1, terminated: elapsed === episode, truncated: false };
    },
  };
}

/** Every second episode ends, after 3 steps; the others never do. Observations are numbers of `discrete(1)` or arrays. */
const endless = (observations: "discrete" | "box") => () => {
  let episode = 0;
  let elapsed = 0;
  const observe = () => (observations === "discrete" ? 0 : Float32Array.of(0));
  return {
    id: "Endless-v0",
    observationSpace: observations === "discrete" ? discrete(1) : box({ low: 0, high: 1, shape: [1] }),
    actionSpace: discrete(2),
    reset() {
      episode += 1;
      elapsed = 0;
      return observe();
    },
    step() {
      elapsed += 1;
      return { observation: observe(), reward: 1, terminated: elapsed === 3 && episode % 2 === 1, truncated: false };
    },
  };
};

/** Episodes of 3 steps; reward 1 for action 1 at the first step and for action 0 at the others. */
const firstStep = (observations: "discrete" | "box") => () => {
  let elapsed = 0;
  const observe = () => (observations === "discrete" ? 0 : Float32Array.of(0));
  return {
    id: "FirstStep-v0",
    observationSpace: observations === "discrete" ? discrete(1) : box({ low: 0, high: 1, shape: [1] }),
    actionSpace: discrete(2),
    reset() {
      elapsed = 0;
      return observe();
    },
    step(action: number) {
      const reward = (action === 1) === (elapsed === 0) ? 1 : 0;
      elapsed += 1;
      return { observation: observe(), reward, terminated: elapsed === 3, truncated: false };
    },
  };
};

/** Chooses action 1 where its memory is empty. */
function remembering(observations: "discrete" | "box"): Policy {
  const { observationSpace, actionSpace } = firstStep(observations)();
  const chosen = (memory: Memory | undefined, row: number) => {
    const { fresh } = memory as EpisodeMemory;
    const action = fresh[row];
    fresh[row] = 0;
    return action;
  };
  return {
    observationSpace: observationSpace as Space,
    actionSpace: actionSpace as Space,
    memory: (count) => new EpisodeMemory(count, 1),
    act: (_, { memory } = {}) => chosen(memory, 0),
    actBatch(_, count, actions, { memory } = {}) {
      for (let i = 0; i < count; i++) actions[i] = chosen(memory, i);
    },
    save: () => new Uint8Array(),
  };
}

describe("evaluate", () => {
  it.each(["discrete", "box"] as const)("begins each episode with an empty memory, %s observations", async (kind) => {
    // 250 episodes: one after the other in some of the environments.
    expect(await evaluate(remembering(kind), firstStep(kind), { episodes: 250 })).toMatchObject({ min: 3, max: 3 });
    const cut = await evaluate(remembering(kind), firstStep(kind), { episodes: 250, maxSteps: 2 });
    expect(cut).toMatchObject({ min: 2, max: 2, cut: { episodes: 250, steps: 2 } });
  });

  it("gives each environment its share of the episodes, however short they are", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    // 250 episodes on 100 environments: the first 50 play episodes 1, 2, 3, the others 1, 2.
    const result = await evaluate(policy, growing, { episodes: 250 });
    const mean = (50 * (1 + 2 + 3) + 50 * (1 + 2)) / 250;
    const squares = (50 * (1 + 4 + 9) + 50 * (1 + 4)) / 250;
    expect(result).toMatchObject({ episodes: 250, min: 1, max: 3, deterministic: true });
    expect(result.mean).toBeCloseTo(mean, 12);
    // Sorted: 100 ones, 100 twos, 50 threes; the quantile p lies at 249p.
    expect(result).toMatchObject({ median: 2, quantiles: { q05: 1, q25: 1, q75: 2, q95: 3 } });
    expect(result).not.toHaveProperty("below");
    expect(result.std).toBeCloseTo(Math.sqrt(squares - mean * mean), 12);
  });

  it("interpolates quantiles linearly, and counts what is below a threshold, not at it", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    // One environment plays 1, 2, 3, 4: the quantile p lies at 3p in the sorted returns, as numpy.quantile has it.
    const numbered = { ...policy, observationSpace: discrete(1) };
    const { reset, step, ...rest } = growing();
    const one = () => ({
      ...rest,
      observationSpace: discrete(1),
      reset() {
        reset();
        return 0;
      },
      step: () => ({ ...step(), observation: 0 }),
    });
    const result = await evaluate(numbered, one, { episodes: 4, threshold: 3 });
    expect(result).toMatchObject({ min: 1, max: 4, median: 2.5, below: { threshold: 3, share: 0.5 } });
    const { q05, q25, q75, q95 } = result.quantiles!;
    for (const [value, expected] of [
      [q05, 1.15],
      [q25, 1.75],
      [q75, 3.25],
      [q95, 3.85],
    ])
      expect(value).toBeCloseTo(expected, 12);
    await expect(evaluate(policy, walk(), { threshold: Number.NaN })).rejects.toThrow(
      "threshold must be a finite number, got NaN",
    );
  });

  it("is reproduced by its seed", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    const by = (seed: number) => evaluate(policy, () => walk(), { episodes: 20, seed, deterministic: false });
    expect(await by(1)).toEqual(await by(1));
    expect(await by(1)).not.toEqual(await by(2));
  });

  it("cuts episodes that never end, and says so", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    // 120 episodes on 100 environments: the first of each ends, then 20 do not.
    const together = await evaluate(policy, endless("box"), { episodes: 120, maxSteps: 50 });
    expect(together).toMatchObject({ episodes: 120, min: 3, max: 50, cut: { episodes: 20, steps: 50 } });
    expect(together.mean).toBeCloseTo((100 * 3 + 20 * 50) / 120, 12);
    // One after the other: the first ends, the second does not, …
    const numbered = { ...policy, observationSpace: discrete(1) };
    const alone = await evaluate(numbered, endless("discrete"), { episodes: 5 });
    expect(alone).toMatchObject({ episodes: 5, min: 3, max: 10_000, cut: { episodes: 2, steps: 10_000 } });
    expect(await evaluate(numbered, endless("discrete"), { episodes: 1 })).not.toHaveProperty("cut");
    // After a cut all start anew: 3 rounds of one environment, of which the second is cut.
    expect(await evaluate(policy, endless("box"), { episodes: 300, maxSteps: 9 })).toMatchObject({ episodes: 300 });
    await expect(evaluate(policy, walk(), { maxSteps: 0 })).rejects.toThrow(
      "maxSteps must be a whole number of at least 1, got 0",
    );
  });

  it("says in a sentence what the environment did wrong", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    const broken = () => ({ ...walk(), step: () => ({ observation: [0], reward: "1" }) as never });
    const error = await evaluate(policy, broken, { episodes: 1 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RunError);
    expect((error as Error).message).toBe("Walk-v0: environment 0, step 1: reward must be a finite number, got '1'");
  });

  it("refuses another environment's policy", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    await expect(evaluate(policy, "CartPole-v1")).rejects.toThrow(
      "the policy takes observations Box [1] in [-3, 3], those of CartPole-v1 are Box [4]: it was trained on another environment",
    );
    const other = { ...policy, actionSpace: discrete(3) };
    await expect(evaluate(other, walk())).rejects.toThrow(
      "the policy gives actions Discrete(3), those of Walk-v0 are Discrete(2): it was trained on another environment",
    );
  });

  it("refuses a number of episodes that is none", async () => {
    const { policy } = await run(counter, walk(), { totalSteps: 10, evaluationEpisodes: 0 });
    await expect(evaluate(policy, growing, { episodes: 0 })).rejects.toThrow(
      "episodes must be a whole number of at least 1, got 0",
    );
  });
});
