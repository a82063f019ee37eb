import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { allocateActions, writeAction } from "./action.js";
import { environments } from "./catalog.js";
import { joinVectorSnapshots, sliceVectorSnapshot } from "./vector-snapshot.js";
import { vectorise } from "./vectorise.js";

test.each(environments.map(({ id, make }) => [id, make] as const))(
  "%s: slices draw, act and are saved as parts of the whole",
  (_, make) => {
    const whole = vectorise(make, 5);
    const slices = [
      { from: 0, to: 2, vector: vectorise(make, 2, 0) },
      { from: 2, to: 5, vector: vectorise(make, 3, 2) },
    ];
    const rng = Random.fromSeed(4);
    for (const vector of [whole, ...slices.map((slice) => slice.vector)]) vector.reset(rng.fork("env"));
    const perAction = allocateActions(whole.actionSpace, 1).length;
    const step = () => {
      const actions = allocateActions(whole.actionSpace, 5);
      for (let i = 0; i < 5; i++) writeAction(whole.actionSpace, whole.actionSpace.sample(rng), actions, i);
      whole.step(actions);
      for (const { from, to, vector } of slices) vector.step(actions.slice(from * perAction, to * perAction));
    };
    for (let t = 0; t < 30; t++) step();

    const snapshot = whole.snapshot();
    expect(joinVectorSnapshots(slices.map(({ vector }) => vector.snapshot()))).toEqual(snapshot);
    for (let t = 0; t < 3; t++) step();
    for (const { from, to, vector } of slices) {
      const own = sliceVectorSnapshot(snapshot, from, to, 5);
      vector.restore(own);
      expect(vector.snapshot()).toEqual(own);
    }
  },
);

test("a snapshot for another number of environments is refused", () => {
  expect(() => sliceVectorSnapshot({ elapsed: new Int32Array(3) }, 0, 1, 2)).toThrow(
    "the snapshot's arrays must have parts for 2 environments, got 3 elements",
  );
});
