import { Random, readSafetensors, writeSafetensors } from "@advantage/engine";
import { box, discrete, multiDiscrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "./load-policy.js";
import { stateCount, stateIndex, tabularPolicy } from "./tabular-policy.js";

const parts = {
  algorithm: "q-learning",
  environment: "Corridor-v0",
  observationSpace: discrete(3, 10),
  actionSpace: discrete(2, 5),
  probabilities: [0.25, 0.75, 1, 0, 0.5, 0.5],
};

describe("a tabular policy", () => {
  it("takes the most probable action, the first of equals, in the spaces' own counting", () => {
    const policy = tabularPolicy(parts);
    expect([10, 11, 12].map((observation) => policy.act(observation))).toEqual([6, 5, 5]);
  });

  it("explains an observation by its row", () => {
    expect(tabularPolicy(parts).explain!(10)).toEqual({ probabilities: Float64Array.of(0.25, 0.75) });
  });

  it("samples with its probabilities", () => {
    const policy = tabularPolicy(parts);
    const random = Random.fromSeed(1);
    let count = 0;
    for (let i = 0; i < 10_000; i++) if (policy.act(10, { deterministic: false, random }) === 6) count++;
    expect(Math.abs(count / 10_000 - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / 10_000));
    for (let i = 0; i < 100; i++) expect(policy.act(11, { deterministic: false, random })).toBe(5);
  });

  it("reads flattened observations, actions counted from 0", () => {
    const actions = new Int32Array(3);
    tabularPolicy(parts).actBatch(Float32Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1), 3, actions);
    expect([...actions]).toEqual([0, 1, 0]);
    expect(() => tabularPolicy(parts).actBatch(new Float32Array(3), 1, new Int32Array(1))).toThrow("must hold a 1");
  });

  it("counts the elements of a multiDiscrete space row by row", () => {
    const space = multiDiscrete([2, 3, 4]);
    expect(stateCount(space)).toBe(24);
    expect(stateIndex(space, Int32Array.of(1, 2, 3))).toBe(23);
    expect(stateIndex(space, [0, 1, 2])).toBe(6);
    const probabilities = new Float64Array(24).fill(1);
    const policy = tabularPolicy({ ...parts, observationSpace: space, actionSpace: discrete(1), probabilities });
    const flat = Float32Array.of(0, 1, 0, 0, 1, 0, 0, 0, 1);
    const actions = new Int32Array(1);
    policy.actBatch(flat, 1, actions);
    expect(actions[0]).toBe(0);
  });

  it("is the same after saving and loading", () => {
    const loaded = loadPolicy(tabularPolicy(parts).save());
    expect([10, 11, 12].map((observation) => loaded.act(observation))).toEqual([6, 5, 5]);
    expect(loaded.save()).toEqual(tabularPolicy(parts).save());
  });

  it("refuses a file whose table has another shape", () => {
    const {
      tensors,
      metadata: { crc32: _, ...metadata },
    } = readSafetensors(tabularPolicy(parts).save());
    const table = { ...tensors.probabilities, shape: [2, 3] };
    expect(() => loadPolicy(writeSafetensors({ probabilities: table }, metadata))).toThrow(
      "policy file cannot be used: the table 'probabilities' has shape [2, 3], expected [3, 2]",
    );
  });

  it("says what is wrong", () => {
    expect(() => tabularPolicy({ ...parts, probabilities: [1, 0] })).toThrow("must hold 6 numbers, got 2");
    expect(() => tabularPolicy({ ...parts, probabilities: [1, 0, 0.5, 0.4, 1, 0] })).toThrow(
      "the probabilities of state 1 must sum to 1, got 0.9",
    );
    expect(() => tabularPolicy({ ...parts, probabilities: [1, 0, 1.5, -0.5, 1, 0] })).toThrow(
      "probabilities must be at least 0, got -0.5 for action 1 in state 1",
    );
    expect(() => tabularPolicy(parts).act(13)).toThrow("observation must be an element of");
    expect(() => stateIndex(multiDiscrete([2, 3]), Int32Array.of(0, 3))).toThrow("got [0, 3]");
    expect(() => tabularPolicy({ ...parts, observationSpace: box({ low: 0, high: 1, shape: [1] }) })).toThrow(
      "observations of a table must be discrete or multiDiscrete",
    );
  });
});
