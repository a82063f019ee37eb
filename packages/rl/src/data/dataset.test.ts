import { Random } from "@advantage/engine";
import { box, discrete } from "@advantage/envs";
import { expect, it } from "vitest";
import { type DatasetColumns, datasetOf } from "./dataset.js";

/** A walk 0 → 1 → 2, whose end is the task's, and a walk 5 → 6, cut there with its true successor 7. */
const columns: DatasetColumns = {
  id: "walks",
  observationSpace: box({ low: 0, high: 9, shape: [1] }),
  actionSpace: discrete(2),
  observations: Float32Array.of(0, 1, 5, 6),
  actions: Int32Array.of(1, 1, 0, 1),
  rewards: [1, 2, 4, 8],
  nextObservations: Float32Array.of(1, 2, 6, 7),
  terminated: [0, 1, 0, 0],
  truncated: [0, 0, 0, 1],
};

const gathered = (rows: number[], options = {}) => {
  const dataset = datasetOf(columns);
  return dataset.gather(Int32Array.from(rows), dataset.allocate(rows.length), options);
};

it("finds the episodes, and keeps each successor once", () => {
  const { count, starts, lastObservations } = datasetOf(columns);
  expect(count).toBe(4);
  expect(starts).toEqual(Int32Array.of(0, 2, 4));
  expect(lastObservations).toEqual(Float32Array.of(2, 7));
});

it("gathers transitions, with the true successors", () => {
  const batch = gathered([0, 1, 2, 3], { discount: 0.5 });
  expect([...batch.observations]).toEqual([0, 1, 5, 6]);
  expect([...batch.actions]).toEqual([1, 1, 0, 1]);
  expect([...batch.rewards]).toEqual([1, 2, 4, 8]);
  expect([...batch.nextObservations]).toEqual([1, 2, 6, 7]);
  expect([...batch.terminated]).toEqual([0, 1, 0, 0]);
  expect([...batch.discounts]).toEqual([0.5, 0.5, 0.5, 0.5]);
});

it("gathers returns over several steps, which end with the episode", () => {
  const batch = gathered([0, 1, 2], { steps: 3, discount: 0.5 });
  expect([...batch.rewards]).toEqual([1 + 0.5 * 2, 2, 4 + 0.5 * 8]);
  expect([...batch.nextObservations]).toEqual([2, 2, 7]);
  expect([...batch.terminated]).toEqual([1, 1, 0]);
  expect([...batch.discounts]).toEqual([0.25, 0.5, 0.25]);
});

it("takes a row that the next one does not follow for a cut, and so the last", () => {
  const loose = { ...columns, terminated: [0, 0, 0, 0], truncated: [0, 0, 0, 0] };
  const { starts, truncated, lastObservations } = datasetOf(loose);
  expect(starts).toEqual(Int32Array.of(0, 2, 4)); // 2 is not followed by 5
  expect(truncated).toEqual(Uint8Array.of(0, 1, 0, 1));
  expect(lastObservations).toEqual(Float32Array.of(2, 7));
});

it("draws rows evenly, and the same for the same stream", () => {
  const dataset = datasetOf(columns);
  const draw = () => dataset.draw(Random.fromSeed(1), new Int32Array(4000));
  const counts = [0, 1, 2, 3].map((row) => draw().filter((each) => each === row).length);
  for (const drawn of counts) expect(Math.abs(drawn - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  expect(draw()).toEqual(draw());
});

it("refuses columns that do not fit", () => {
  expect(() => datasetOf({ ...columns, actions: Int32Array.of(1) })).toThrow(
    "dataset walks: actions must be 4 numbers, one for each of 4 transitions, got 1",
  );
  expect(() => datasetOf({ ...columns, rewards: [1, 2, Number.NaN, 4] })).toThrow(
    "dataset walks: rewards must be finite, got NaN in transition 2",
  );
  expect(() => datasetOf({ ...columns, rewards: [] })).toThrow(
    "dataset walks must have a transition at least, got none",
  );
});
