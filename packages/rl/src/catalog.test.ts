import { describe, expect, it } from "vitest";
import { algorithms } from "./catalog.js";
import { conformanceChecks } from "./testing/conformance.js";

describe.each(algorithms.map((algorithm) => [algorithm.id, algorithm] as const))("%s", (_, algorithm) => {
  const checks = conformanceChecks(algorithm).map(({ name, check }) => [name, check] as const);
  it.each(checks)("%s", async (_, check) => await check());
});

it("every algorithm says where the course notes treat it", () => {
  expect(algorithms.filter(({ notes }) => notes.length === 0).map(({ id }) => id)).toEqual([]);
});

it("every algorithm has its own id", () => {
  expect(new Set(algorithms.map(({ id }) => id)).size).toBe(algorithms.length);
});
