import { expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { box } from "../../../envs/src/spaces/box.js";
import { discrete } from "../../../envs/src/spaces/discrete.js";
import { algorithms } from "../catalog.js";
import { ConfigError } from "../core/errors.js";
import { memoryLimit, requireMemory } from "./memory-limit.js";
import { prepareRun } from "./prepare.js";
import { run } from "./run.js";

it("refuses buffers beyond the limit, all of them together, and names the largest", () => {
  expect(() => requireMemory({ replay: 3 * 2 ** 30, rollout: 2 ** 30 }, 4 * 2 ** 30)).not.toThrow();
  expect(() => requireMemory({ rollout: 2 ** 30, replay: 3 * 2 ** 30 }, 3.5 * 2 ** 30)).toThrow(
    "the buffers must fit into the memory there is, 3.5 GB, got 4 GB (most of it replay): lower the settings that size them",
  );
  expect(() => requireMemory({})).not.toThrow();
});

it("knows a limit on every platform", () => {
  expect(memoryLimit()).toBeGreaterThan(2 ** 20);
  expect(memoryLimit()).toBeLessThan(2 ** 53);
});

it("keeps a run with absurd buffers from starting", () => {
  const absurd = { ...counter, buffers: () => ({ rollout: 2 ** 60 }) };
  expect(() => prepareRun(absurd, walk())).toThrow("the buffers must fit into the memory there is");
});

it.each([
  [
    "ppo",
    { numEnvs: 10_000_000, numSteps: 1 },
    "the environments must fit into 2 GB, got at least 9.5 GB: lower numEnvs",
  ],
  ["ppo", { hiddenSizes: [1_000_000, 1_000_000] }, "the networks must fit into 4 GB, got at least 29,"],
  ["reinforce", { hiddenSizes: [1_000_000_000] }, "the networks must fit into 4 GB"],
  ["actor-critic", { hiddenSizes: Array(64).fill(30_000) }, "the networks must fit into 4 GB"],
  ["off-policy-pg", { hiddenSizes: [100_000, 100_000] }, "the networks must fit into 4 GB"],
  ["a2c", { memory: "lstm", memorySize: 100_000 }, "the networks must fit into 4 GB, got at least 1,"],
  ["a2c", { memory: "history", historyLength: 1_000_000_000 }, "must fit into"],
])("refuses %s with %j, in a sentence and at once", (id, settings, message) => {
  const algorithm = algorithms.find((each) => each.id === id)!;
  const start = performance.now();
  expect(() => prepareRun(algorithm, "CartPole-v1", settings)).toThrow(message);
  expect(performance.now() - start).toBeLessThan(2000);
});

it.each(
  algorithms.filter(({ observationKinds }) => observationKinds.includes("box")).map((each) => [each.id, each] as const),
)("%s refuses observations that are too large", (_, algorithm) => {
  // As large as they are said to be, but never made.
  const shape = [300_000_000];
  const space = { ...box({ low: 0, high: 1, shape: [1] }), shape, size: shape[0], contains: () => true };
  const vast = () => ({
    ...walk("Vast-v0"),
    observationSpace: space,
    actionSpace: algorithm.actionKinds.includes("discrete") ? discrete(2) : box({ low: -1, high: 1 }),
  });
  const settings = { totalSteps: 1_000_000 };
  expect(() => prepareRun(algorithm, vast as never, settings)).toThrow(/must fit into|needs the model/);
});

it("says in a sentence what the platform says of memory that is not there", async () => {
  const greedy = { ...counter, init: () => new Float64Array(2 ** 36) as never };
  await expect(run(greedy, walk())).rejects.toThrow(
    /^there is not the memory that the run asks for \(Invalid typed array length/,
  );
  await expect(run(greedy, walk())).rejects.toThrow(ConfigError);
});
