import { expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { memoryLimit, requireMemory } from "./memory-limit.js";
import { prepareRun } from "./prepare.js";

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
  const absurd = { ...counter, memory: () => ({ rollout: 2 ** 60 }) };
  expect(() => prepareRun(absurd, walk())).toThrow("the buffers must fit into the memory there is");
});
